//! A running FAIC node without HTTP: the assembly of chain, mempool and services.
//!
//! What enters from a user or a peer comes in by a service or by the chain, and what goes wrong at this edge is a
//! [`FaicError`].

mod byte_size;
mod certified_block;

pub mod chain;
pub mod mempool;
pub mod services;

#[cfg(test)]
mod testing;

mod gossip;
mod inbox;
pub mod network;
mod snapshots;
pub mod sync;

pub mod error;

pub mod config;
pub mod node;

pub mod audit;
pub mod bench;
pub mod data_folder;
pub mod dev;
pub mod secret_file;
pub mod supervision;
pub mod telemetry;
pub mod token;

pub use chain::{Chain, ChainApplication, Event, TransactionState};
pub use config::Config;
pub use data_folder::DataFolder;
pub use error::{ErrorCode, ErrorKind, FaicError, FaicError as FAICError};
pub use faic_ledger::genesis;
pub use faic_network as p2p;
pub use mempool::Mempool;
pub use network::P2PNetwork;
pub use node::{Node, Services};
pub use telemetry::Telemetry;
pub use token::ApiToken;
