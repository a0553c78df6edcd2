//! The API on a real node: a development network in a temporary folder, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod client;
mod network;
mod node;

mod access;
mod document;
mod drafts;
mod events;
mod limits;
mod malformed;
mod reads;
mod signed;
mod slow;
mod tls;
mod transfers;
mod wallets;
