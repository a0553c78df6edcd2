//! Whole nodes for scenario tests: real processes on loopback with real files, and simulated clusters from a seed.
//!
//! A test starts a [`NodeProcess`], talks to it over its HTTP API as a user would, and may end it politely or with
//! `kill -9`. Nothing here is part of the product. Every wait is for a condition with a deadline, and every process that
//! is started is ended when its handle is dropped.

pub mod api;
pub mod browser;
pub mod namespace;
pub mod network;
pub mod process;
pub mod simulation;
pub mod walkthrough;
pub mod wires;

pub use api::{Answer, Api};
pub use browser::Browser;
pub use network::Network;
pub use process::{NodeProcess, program};
pub use walkthrough::Document;
pub use wires::Wires;
