//! What is valid on the FAIC ledger, what it does and how it is kept.
//!
//! Synchronous and deterministic: the same blocks give the same state, byte for byte, on every machine.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

#[cfg(test)]
mod testing;

pub mod genesis;

pub mod election;
pub mod execution;
pub mod fees;
pub mod ledger;
pub mod validation;

pub mod state;
pub mod store;
pub mod tree;

pub use genesis::Genesis;
pub use ledger::{Ledger, Tip};
pub use store::{Store, StoreError};
pub use tree::StateTree;
pub use validation::{FinalBlock, ValidationManager, VerifiedBlock, VerifiedTransaction};
