//! Tests of the ledger's store with real files and real processes.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod chain;
mod crash;
mod torn;
