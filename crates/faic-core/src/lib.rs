//! The vocabulary of FAIC: the words of the domain, their canonical bytes, keys and signatures.
//!
//! Pure and synchronous: no clock, no network, no async runtime. Randomness enters only where a key, a mnemonic or a
//! keystore's salt is made. Everything that another node must agree on is defined here, byte for byte.

#![warn(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::float_arithmetic)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

mod document;
mod hexadecimal;
mod nfkd;
#[cfg(test)]
mod samples;

pub mod bounded;
pub mod entropy;
pub mod hash;
pub mod network;

pub mod address;
pub mod amount;
pub mod authority;
pub mod keys;

pub mod derivation;
pub mod keystore;
pub mod mnemonic;

pub mod state_proof;

pub mod account;
pub mod block;
pub mod merkle;
pub mod staking;
pub mod transaction;
pub mod vote;

pub mod crypto;
pub mod light_client;
pub mod message;
pub mod node_key;
pub mod partially_signed;
pub mod payment_request;
pub mod proof;
pub mod succession;

pub use account::Account;
pub use address::Address;
pub use amount::Amount;
pub use authority::Authority;
pub use block::{Block, Certificate, Header};
pub use crypto::{BasicCrypto, KeyManager, Signer, Verifier};
pub use hash::{Domain, Hash};
pub use keys::{PublicKey, SecretKey, Signature};
pub use light_client::LightClient;
pub use message::{Message, MessageSignature};
pub use network::{ChainId, Network};
pub use partially_signed::PartiallySignedTransaction;
pub use payment_request::PaymentRequest;
pub use staking::Candidate;
pub use succession::{Handover, Succession};
pub use transaction::{Height, SignedTransaction, Transaction};
pub use vote::{Equivocation, Proposal, Vote};
