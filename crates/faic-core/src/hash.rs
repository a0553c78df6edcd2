//! Hashes and their domains.
//!
//! Every hash of the protocol is BLAKE3 in key-derivation mode under one [`Domain`], so bytes that were hashed for one
//! purpose never collide with bytes hashed for another. This module knows no encoding of the hashed things.

use std::fmt;
use std::sync::LazyLock;

use blake3::hazmat::{ContextKey, HasherExt};
use borsh::{BorshDeserialize, BorshSerialize};

/// A 32-byte BLAKE3 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The root of an empty tree or list, which is no digest of anything.
    pub const ZERO: Self = Self([0; 32]);

    /// Wraps a digest that was computed or received elsewhere.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Parses 64 hexadecimal digits, of either case.
    ///
    /// # Errors
    /// [`HashParseError`] when the text is not exactly 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, HashParseError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| HashParseError)?;
        Ok(Self(bytes))
    }

    /// The first eight hexadecimal digits, for log lines.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text was not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is written as exactly 64 hexadecimal digits")]
pub struct HashParseError;

/// What a hash is for; each has its own derivation context (BLAKE3 paper, §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// The address of an account, over its first authority.
    Address,
    /// The id of an authority.
    Authority,
    /// The id of a transaction, over its unsigned body.
    TransactionId,
    /// A leaf of a block's transactions tree, over the signed bytes.
    TransactionLeaf,
    /// A leaf of a block's receipts tree.
    ReceiptLeaf,
    /// An inner node of a block's transactions, receipts or evidence tree.
    MerkleNode,
    /// The id of a block, over its header.
    BlockId,
    /// The hash by which a header names the certificate of its parent.
    Certificate,
    /// A leaf of a block's evidence tree.
    EvidenceLeaf,
    /// The hash of a validator set.
    ValidatorSet,
    /// The id of a genesis document, over its canonical bytes.
    Genesis,
    /// A value of the state tree.
    StateValue,
    /// The place of an account in the state tree, over its address.
    AccountKey,
    /// The place of a candidate in the state tree, over its operator's address.
    CandidateKey,
    /// The place of a single part of the state, over its name.
    SystemKey,
    /// A leaf of the state tree: its key and the hash of its value.
    StateLeaf,
    /// An inner node of the state tree.
    StateNode,
    /// What a key signs to authorise a transaction.
    SignTransaction,
    /// What a validator signs to vote for a block.
    SignVote,
    /// What a validator signs to propose a block.
    SignProposal,
    /// What a node signs to tell its state.
    SignNodeState,
    /// The id of a gossiped message, over its bytes.
    GossipId,
    /// The checksum of a frame of a validator's journal.
    JournalFrame,
    /// What a validator key signs to let an operator bond with it.
    SignPossession,
    /// The hash over all validator sets that there were, each with the first height that it decides.
    ValidatorHistory,
    /// The hash over all transactions of an account, each with its place and its receipt.
    AccountHistory,
    /// What a key signs to say something in the name of an account.
    SignMessage,
    /// The checksum of a partially signed transaction in compact text.
    PartiallySignedText,
    /// The id by which a wallet knows a list of payments again; it never leaves the wallet.
    PaymentBatch,
    /// The checksum of a file in which a wallet records what it signed; it never leaves the wallet.
    OutboxFile,
}

/// The key of each domain, derived once: deriving it anew would double the cost of every short hash.
static CONTEXT_KEYS: LazyLock<[ContextKey; Domain::ALL.len()]> =
    LazyLock::new(|| Domain::ALL.map(|domain| blake3::hazmat::hash_derive_key_context(domain.context())));

impl Domain {
    /// Every domain, in the order of declaration.
    const ALL: [Self; Self::OutboxFile as usize + 1] = [
        Self::Address,
        Self::Authority,
        Self::TransactionId,
        Self::TransactionLeaf,
        Self::ReceiptLeaf,
        Self::MerkleNode,
        Self::BlockId,
        Self::Certificate,
        Self::EvidenceLeaf,
        Self::ValidatorSet,
        Self::Genesis,
        Self::StateValue,
        Self::AccountKey,
        Self::CandidateKey,
        Self::SystemKey,
        Self::StateLeaf,
        Self::StateNode,
        Self::SignTransaction,
        Self::SignVote,
        Self::SignProposal,
        Self::SignNodeState,
        Self::GossipId,
        Self::JournalFrame,
        Self::SignPossession,
        Self::ValidatorHistory,
        Self::AccountHistory,
        Self::SignMessage,
        Self::PartiallySignedText,
        Self::PaymentBatch,
        Self::OutboxFile,
    ];

    /// The derivation context, which is part of the protocol and never changes.
    const fn context(self) -> &'static str {
        match self {
            Self::Address => "faic v1 address",
            Self::Authority => "faic v1 authority",
            Self::TransactionId => "faic v1 transaction id",
            Self::TransactionLeaf => "faic v1 transaction leaf",
            Self::ReceiptLeaf => "faic v1 receipt leaf",
            Self::MerkleNode => "faic v1 merkle node",
            Self::BlockId => "faic v1 block id",
            Self::Certificate => "faic v1 certificate",
            Self::EvidenceLeaf => "faic v1 evidence leaf",
            Self::ValidatorSet => "faic v1 validator set",
            Self::Genesis => "faic v1 genesis",
            Self::StateValue => "faic v1 state value",
            Self::AccountKey => "faic v1 account key",
            Self::CandidateKey => "faic v1 candidate key",
            Self::SystemKey => "faic v1 system key",
            Self::StateLeaf => "faic v1 state leaf",
            Self::StateNode => "faic v1 state node",
            Self::SignTransaction => "faic v1 sign transaction",
            Self::SignVote => "faic v1 sign vote",
            Self::SignProposal => "faic v1 sign proposal",
            Self::SignNodeState => "faic v1 sign node state",
            Self::GossipId => "faic v1 gossip id",
            Self::JournalFrame => "faic v1 journal frame",
            Self::SignPossession => "faic v1 sign possession",
            Self::ValidatorHistory => "faic v1 validator history",
            Self::AccountHistory => "faic v1 account history",
            Self::SignMessage => "faic v1 sign message",
            Self::PartiallySignedText => "faic v1 partially signed text",
            Self::PaymentBatch => "faic v1 payment batch",
            Self::OutboxFile => "faic v1 outbox file",
        }
    }

    /// Hashes the concatenation of `parts`; the caller keeps them unambiguous (fixed lengths, or one part).
    ///
    /// The digest is BLAKE3's `derive_key` of the domain's context and the bytes.
    pub fn hash(self, parts: &[&[u8]]) -> Hash {
        let key = CONTEXT_KEYS.get(self as usize).expect("`ALL` lists every domain in the order of declaration");
        let mut hasher = blake3::Hasher::new_from_context_key(key);
        for part in parts {
            hasher.update(part);
        }
        Hash(*hasher.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests;
