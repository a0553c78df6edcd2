//! Byzantine fault tolerant agreement of many validators, weighted by stake.
//!
//! Blocks are decided as long as more than two thirds of the stake is honest and can talk. The algorithm is Tendermint's,
//! in the pure core of Malachite; everything around it is here: [`replica`] is one validator's part without clock, disk
//! or network, [`BftConsensus`] drives it in a node. The invariant: a validator never contradicts what it signed, through
//! any crash, because nothing leaves before it is in the journal.

mod config;
mod driver;
mod fetch;
mod journal;
mod mailbox;
mod tasks;

mod blocks;
pub mod message;
pub mod record;
pub mod replica;

mod context;
mod proposer;
mod remembering;
mod verification;

pub use config::{Config, ConfigError};
pub use driver::BftConsensus;
pub use journal::JournalError;
pub use mailbox::{ConsensusHandle, Mailbox, channel};

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;
