//! The network through its public face: real sockets on loopback with free ports, real files, hostile peers.

mod attacker;
mod connections;
mod discovery;
mod exchanges;
mod gossip;
mod hostile;
mod log;
mod node;
mod refusals;
