//! The answers of the API, as far as this program reads them.
//!
//! Amounts and addresses are checked while they are read; fields that this program does not need are passed over, so that
//! a newer node may say more.

use std::collections::BTreeMap;

use faic_core::{Account, Address, Amount, Authority, ChainId, Hash, Height, Network, proof::TransactionProof};
use faic_node::services;
use serde::{Deserialize, Deserializer, de::Error};

use super::{
    ClientError,
    proofs::{ProofAnswer, optional_canonical},
};

/// Reads an amount in nano.
pub(crate) fn amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Amount, D::Error> {
    Amount::parse_nano(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads a number of nano.
fn nano<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    amount(deserializer).map(Amount::nano)
}

/// Reads a hash.
pub(crate) fn hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
    Hash::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads a hash or null.
fn optional_hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hash>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| Hash::parse(&text).map_err(D::Error::custom)).transpose()
}

/// Reads a kind of network.
fn network<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Network, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Reads the name of a chain.
fn chain_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ChainId, D::Error> {
    ChainId::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// How a node and its chain are.
#[derive(Debug, Deserialize)]
pub(crate) struct Status {
    /// The chain.
    #[serde(deserialize_with = "chain_id")]
    pub(crate) chain_id: ChainId,
    /// The kind of network.
    #[serde(deserialize_with = "network")]
    pub(crate) network: Network,
    /// The id of the genesis document.
    #[serde(deserialize_with = "hash")]
    pub(crate) genesis: Hash,
    /// The last final height.
    pub(crate) height: Height,
    /// The time of the last block in milliseconds since 1970-01-01 UTC.
    pub(crate) block_time_ms: u64,
    /// The base fee of the next block, in nano a byte.
    #[serde(deserialize_with = "nano")]
    pub(crate) base_fee_per_byte: u64,
    /// What waits at the node.
    pub(crate) mempool: MempoolStatus,
}

impl Status {
    /// What to pay for a byte, in nano, so that the fee still suffices when the next blocks are full.
    pub(crate) fn fee_per_byte(&self) -> u64 {
        services::with_headroom(self.base_fee_per_byte).max(self.mempool.fee_per_byte_min)
    }
}

/// What waits at a node.
#[derive(Debug, Deserialize)]
pub(crate) struct MempoolStatus {
    /// The least that is accepted, in nano a byte.
    #[serde(deserialize_with = "nano")]
    pub(crate) fee_per_byte_min: u64,
}

/// An account as of the node's last block.
#[derive(Debug, Deserialize)]
pub(crate) struct AccountAnswer {
    /// What can be spent.
    #[serde(deserialize_with = "amount")]
    pub(crate) balance: Amount,
    /// The id of the authority that was set in place of the first; nothing while the first governs.
    #[serde(deserialize_with = "optional_hash")]
    authority: Option<Hash>,
    /// Whether payments to it must carry a memo.
    pub(crate) memo_required: bool,
    /// The lanes that were used.
    lanes: Vec<Lane>,
    /// The height that the answer speaks of.
    pub(crate) height: Height,
    /// The proof, where it was asked for.
    pub(crate) proof: Option<ProofAnswer>,
    /// The sequences of the lanes as they were proved, without what waits at the node; nothing where its word is taken.
    #[serde(skip)]
    proved_lanes: Option<BTreeMap<u8, u64>>,
}

/// A lane of an account.
#[derive(Debug, Deserialize)]
struct Lane {
    /// Its number.
    lane: u8,
    /// The sequence of its next transaction.
    next_sequence: u64,
}

impl AccountAnswer {
    /// The answer, if it says what was proved; `height` is that of the proof.
    ///
    /// # Errors
    /// A failure that names what was not true.
    pub(crate) fn proved(self, account: &Account, height: Height) -> Result<Self, ClientError> {
        let lies = [
            ("balance", self.balance != account.balance),
            ("authority", self.authority != account.authority),
            ("memo_required", self.memo_required != account.memo_required),
            ("height", self.height != height),
            ("lanes", account.lanes.iter().any(|(lane, next)| self.next_sequence(*lane) < *next)),
        ];
        match lies.into_iter().find(|(_, is_lie)| *is_lie) {
            Some((field, _)) => Err(ClientError::Untrue { field }),
            None => Ok(Self { proved_lanes: Some(account.lanes.clone()), ..self }),
        }
    }

    /// The sequence of `lane` below which all places were used: that which was proved, or else that which the node says.
    pub(crate) fn used_sequence(&self, lane: u8) -> u64 {
        self.proved_sequence(lane).unwrap_or_else(|| self.next_sequence(lane))
    }

    /// The sequence of `lane` below which all places were used, where that was proved.
    pub(crate) fn proved_sequence(&self, lane: u8) -> Option<u64> {
        self.proved_lanes.as_ref().map(|lanes| lanes.get(&lane).copied().unwrap_or_default())
    }

    /// The sequence of the next transaction in `lane`; 0 for one that was never used.
    pub(crate) fn next_sequence(&self, lane: u8) -> u64 {
        self.lanes.iter().find(|known| known.lane == lane).map_or(0, |known| known.next_sequence)
    }

    /// Whether `authority` governs the account, whose address is `address`.
    pub(crate) fn is_governed_by(&self, address: &Address, authority: &Authority) -> bool {
        match self.authority {
            Some(id) => authority.id() == id,
            None => authority.address() == *address,
        }
    }

    /// Whether the account never paid and has nothing.
    pub(crate) fn is_unused(&self) -> bool {
        self.balance.is_zero() && self.lanes.is_empty()
    }
}

/// A final block, as far as it tells two chains apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct BlockAnswer {
    /// Its id.
    #[serde(deserialize_with = "hash")]
    pub(crate) id: Hash,
    /// The root of the state after it.
    #[serde(deserialize_with = "hash")]
    pub(crate) state_root: Hash,
}

/// A transaction that was submitted.
#[derive(Debug, Deserialize)]
pub(super) struct SubmittedAnswer {
    /// Its id.
    #[serde(deserialize_with = "hash")]
    pub(super) id: Hash,
}

/// How a transaction stands.
#[derive(Debug, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum TransactionAnswer {
    /// It waits.
    Pooled {},
    /// It is in a final block.
    Final {
        /// The height of the block.
        height: Height,
        /// What it did.
        receipt: Receipt,
        /// The proof, where it was asked for.
        proof: Option<ProofAnswer>,
    },
    /// It left the mempool and will not become final here.
    Rejected {
        /// Why.
        reason: String,
    },
    /// Its last height has passed.
    Expired {},
}

/// What a final transaction did.
#[derive(Debug, Deserialize)]
pub(crate) struct Receipt {
    /// The address that paid the fee.
    pub(crate) payer: String,
    /// What was paid for it.
    #[serde(deserialize_with = "amount")]
    pub(crate) fee: Amount,
    /// The sender's balance after it.
    #[serde(deserialize_with = "amount")]
    pub(crate) sender_balance: Amount,
}

impl Receipt {
    /// The receipt with the height of its block, if the node says of both what was proved.
    ///
    /// # Errors
    /// A failure that names what was not true.
    pub(crate) fn proved(
        self,
        height: Height,
        proof: &TransactionProof,
        network: Network,
    ) -> Result<(Height, Self), ClientError> {
        let lies = [
            ("height", height != proof.block.header.height),
            ("payer", self.payer != proof.receipt.payer.encode(network)),
            ("fee", self.fee != proof.receipt.fee),
            ("sender_balance", self.sender_balance != proof.receipt.sender_balance),
        ];
        match lies.into_iter().find(|(_, is_lie)| *is_lie) {
            Some((field, _)) => Err(ClientError::Untrue { field }),
            None => Ok((height, self)),
        }
    }
}

/// A page of an account's history, newest first.
#[derive(Debug, Deserialize)]
pub(crate) struct HistoryAnswer {
    /// The transactions.
    pub(crate) transactions: Vec<HistoryItem>,
    /// Where the next page begins.
    pub(crate) next_cursor: Option<String>,
    /// The proof of the account, where it was asked for.
    pub(crate) proof: Option<ProofAnswer>,
}

/// A transaction of an account's history.
#[derive(Debug, Deserialize)]
pub(crate) struct HistoryItem {
    /// Its id.
    #[serde(deserialize_with = "hash")]
    pub(crate) id: Hash,
    /// The height of its block.
    pub(crate) height: Height,
    /// Its place in the block.
    pub(crate) index: u32,
    /// The time of its block, in milliseconds since 1970-01-01 UTC.
    pub(crate) time_ms: u64,
    /// The transaction.
    pub(crate) transaction: TransactionDocument,
    /// What it did.
    pub(crate) receipt: Receipt,
    /// The canonical bytes of its proof, where it was asked for.
    #[serde(default, deserialize_with = "optional_canonical")]
    pub(crate) proof: Option<Vec<u8>>,
}

/// The body of a transaction.
#[derive(Debug, Deserialize)]
pub(crate) struct TransactionDocument {
    /// The address that acted.
    pub(crate) sender: String,
    /// The note on all of it.
    pub(crate) memo: String,
    /// What it does.
    pub(crate) action: ActionDocument,
}

/// What a transaction does.
#[derive(Debug, Deserialize)]
pub(crate) struct ActionDocument {
    /// The kind of it, such as `transfer`.
    pub(crate) kind: String,
    /// Who receives how much; nobody, where it moves no money.
    #[serde(default)]
    pub(crate) outputs: Vec<TransferOutput>,
}

/// One payment of a transfer.
#[derive(Debug, Deserialize)]
pub(crate) struct TransferOutput {
    /// The address that receives.
    pub(crate) to: String,
    /// How much.
    #[serde(deserialize_with = "amount")]
    pub(crate) amount: Amount,
    /// The note to the receiver.
    pub(crate) memo: String,
}
