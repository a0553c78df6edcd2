//! Agreement on one block per height.
//!
//! A [`Consensus`] decides which block is the next one and hands it, with the certificate that makes it final, to an
//! [`Application`]. It knows no transaction rule and keeps no ledger: what a block means, whether it is valid and where
//! it is kept is the application's. The invariant: a block is committed only with a certificate, in the order of
//! heights, and nothing is proposed on top of a block whose commit has not returned.

#[cfg(test)]
mod testing;

mod application;
mod consensus;

pub mod bft;
pub mod simple;

pub use application::{Application, ApplicationError, Tip};
pub use consensus::{Consensus, ConsensusError};
pub use simple::SimpleConsensus;
