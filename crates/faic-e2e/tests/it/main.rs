//! Scenario tests of whole nodes.

#![expect(clippy::unwrap_used, reason = "a test ends where something unexpected happens")]

mod crash;
mod disk;
mod load;
mod network;
mod page;
mod simulation;
mod staking;
mod walkthrough;
