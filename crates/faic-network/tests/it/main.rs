//! The network through its public face: real sockets on loopback with free ports, real files, hostile peers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod attacker;
mod connections;
mod discovery;
mod exchanges;
mod golden;
mod gossip;
mod hostile;
mod log;
mod node;
mod refusals;
