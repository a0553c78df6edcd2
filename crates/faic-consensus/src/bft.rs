//! Byzantine fault tolerant agreement of many validators, weighted by stake.
//!
//! Blocks are decided as long as more than two thirds of the stake is honest and can talk. The algorithm is Tendermint's,
//! in the pure core of Malachite; everything around it is here: [`replica`] is one validator's part without clock, disk
//! or network, [`BftConsensus`] drives it in a node. The invariant: a validator never contradicts what it signed, through
//! any crash, because nothing leaves before it is in the journal.

mod blocks;
mod context;
mod journal;
pub mod message;
mod proposer;
pub mod record;
pub mod replica;
mod verification;
