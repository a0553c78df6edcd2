//! What peers say to each other, and its bytes.
//!
//! A message is one byte of version and the canonical bytes (borsh) of a [`NetworkMessage`], whose first byte is its
//! kind. Every kind has a limit of its own, which the first two bytes reveal, so a frame that is too large is refused
//! before it is read. The seed's `CreateWallet` and `ImportWallet` are no messages, because a mnemonic never crosses the
//! network; those about compute and rewards come with what they are about. A new kind goes after the others: its
//! position is its byte.

mod response;

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    Address, SignedTransaction, bounded,
    transaction::{Height, TRANSACTION_BYTES_MAX},
};

pub use self::response::{
    BalanceAnswer, REASON_BYTES_MAX, ResponseMessage, SNAPSHOT_BYTES_MAX, SNAPSHOT_CHUNK_BYTES_MAX,
};
use crate::{NodeInfo, SignedNodeState, node_address::ADDRESS_BYTES_MAX, node_info::ADDRESSES_MAX};

/// The version of the bytes that this module reads and writes.
pub const MESSAGE_VERSION: u8 = 1;
/// The most bytes of any message.
pub const MESSAGE_BYTES_MAX: usize = RESPONSE_BYTES_MAX;
/// The most bytes of a message that begins an exchange, whatever its kind allows: only an answer may be larger.
pub const REQUEST_BYTES_MAX: usize = 1024 * 1024;
/// The most bytes of a message that is gossiped, whatever its kind allows.
pub const GOSSIP_BYTES_MAX: usize = 256 * 1024;

/// The most bytes of a question: [`NetworkMessage::GetBalance`], [`NetworkMessage::DiscoverNodes`],
/// [`NetworkMessage::GetBlocks`], [`NetworkMessage::GetSnapshot`], [`NetworkMessage::GetSnapshotChunk`].
const QUESTION_BYTES_MAX: usize = 64;
/// The most bytes of [`NetworkMessage::Transfer`]: the largest transaction, version and kind.
const TRANSFER_BYTES_MAX: usize = TRANSACTION_BYTES_MAX + 2;
/// The most transactions in [`NetworkMessage::Transfers`].
pub const TRANSFERS_MAX: usize = 128;
/// The most bytes of [`NetworkMessage::Transfers`]; the largest transaction finds room in it.
pub const TRANSFERS_BYTES_MAX: usize = 64 * 1024;
/// What [`NetworkMessage::Transfers`] takes beside its transactions: version, kind and their number.
pub const TRANSFERS_OVERHEAD_BYTES: usize = 6;
const _: () = assert!(TRANSACTION_BYTES_MAX + TRANSFERS_OVERHEAD_BYTES <= TRANSFERS_BYTES_MAX, "one always fits");
/// The most bytes of [`NetworkMessage::NodeState`].
pub(crate) const NODE_STATE_BYTES_MAX: usize = 512;
/// The most nodes in [`NetworkMessage::NodeList`].
pub const NODES_MAX: usize = 64;
/// The most bytes of [`NetworkMessage::NodeList`].
const NODE_LIST_BYTES_MAX: usize = NODES_MAX * (ADDRESSES_MAX * (ADDRESS_BYTES_MAX + 4) + NODE_STATE_BYTES_MAX);
/// The most bytes of [`NetworkMessage::Consensus`].
pub const CONSENSUS_BYTES_MAX: usize = RESPONSE_BYTES_MAX;
/// The most bytes of [`NetworkMessage::Response`]: the largest block that a genesis allows, its certificate, and some.
pub const RESPONSE_BYTES_MAX: usize = 20 * 1024 * 1024;
/// The most blocks that an answer may have; one with more is not read. How many a node asks for and gives at once is its
/// own affair, and less.
pub const BLOCKS_MAX: u32 = 256;

/// What a peer says.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum NetworkMessage {
    /// Asks for the balance of an account; answered by [`ResponseMessage::Balance`].
    GetBalance(GetBalanceRequest),
    /// A signed transaction that is handed to one node, which answers by [`ResponseMessage::Done`].
    Transfer(Box<SignedTransaction>),
    /// What the sender says about itself; answered by the receiver's own.
    NodeState(SignedNodeState),
    /// Asks which nodes the receiver knows; answered by [`Self::NodeList`], or refused when it is asked too often.
    DiscoverNodes(DiscoverNodesRequest),
    /// Some nodes that the sender knows; at most [`NODES_MAX`].
    NodeList(#[borsh(deserialize_with = "read_nodes")] Vec<NodeInfo>),
    /// Asks for final blocks; answered by [`ResponseMessage::Blocks`].
    GetBlocks(BlocksRequest),
    /// Bytes of the consensus, which only it can read: gossiped, sent, or an answer to such.
    Consensus(Vec<u8>),
    /// An answer.
    Response(ResponseMessage),
    /// Asks for a snapshot of the state; answered by [`ResponseMessage::Snapshot`].
    GetSnapshot,
    /// Asks for a piece of a snapshot that was offered; answered by [`ResponseMessage::SnapshotChunk`].
    GetSnapshotChunk(SnapshotChunkRequest),
    /// Signed transactions, gossiped together: at least one, at most [`TRANSFERS_MAX`], those of a lane in their order.
    Transfers(#[borsh(deserialize_with = "read_transfers")] Vec<SignedTransaction>),
}

/// The account whose balance is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GetBalanceRequest {
    /// Its address.
    pub address: Address,
}

/// How many nodes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DiscoverNodesRequest {
    /// The most that the answer may have; more than [`NODES_MAX`] counts as that.
    pub count_max: u16,
}

/// A range of final blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlocksRequest {
    /// The height of the first.
    pub from: Height,
    /// The most that the answer may have; the receiver may give fewer, and never gives more than [`BLOCKS_MAX`].
    pub count: u32,
}

/// A piece of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SnapshotChunkRequest {
    /// The height of the snapshot.
    pub height: Height,
    /// Which piece.
    pub piece: SnapshotPiece,
}

/// Which piece of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum SnapshotPiece {
    /// Changes of the validators, to sets that decide from this height or a later one on.
    Handovers(Height),
    /// The part of the state of this number.
    Part(u32),
}

/// Reads at most [`NODES_MAX`] nodes.
fn read_nodes<R: io::Read>(reader: &mut R) -> io::Result<Vec<NodeInfo>> {
    bounded::read_list(reader, NODES_MAX)
}

/// Reads at least one transaction, and at most [`TRANSFERS_MAX`].
fn read_transfers<R: io::Read>(reader: &mut R) -> io::Result<Vec<SignedTransaction>> {
    let transfers = bounded::read_list(reader, TRANSFERS_MAX)?;
    if transfers.is_empty() { Err(bounded::invalid("no transactions at all")) } else { Ok(transfers) }
}

/// The most bytes of a message of the kind that a byte stands for, version and kind included.
const fn bytes_max_of_kind(kind: u8) -> Option<usize> {
    match kind {
        0 | 3 | 5 | 8 | 9 => Some(QUESTION_BYTES_MAX),
        1 => Some(TRANSFER_BYTES_MAX),
        2 => Some(NODE_STATE_BYTES_MAX),
        4 => Some(NODE_LIST_BYTES_MAX),
        6 => Some(CONSENSUS_BYTES_MAX),
        7 => Some(RESPONSE_BYTES_MAX),
        10 => Some(TRANSFERS_BYTES_MAX),
        _ => None,
    }
}

impl NetworkMessage {
    /// The name of the kind, for logs and errors.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::GetBalance(_) => "get_balance",
            Self::Transfer(_) => "transfer",
            Self::NodeState(_) => "node_state",
            Self::DiscoverNodes(_) => "discover_nodes",
            Self::NodeList(_) => "node_list",
            Self::GetBlocks(_) => "get_blocks",
            Self::Consensus(_) => "consensus",
            Self::Response(_) => "response",
            Self::GetSnapshot => "get_snapshot",
            Self::GetSnapshotChunk(_) => "get_snapshot_chunk",
            Self::Transfers(_) => "transfers",
        }
    }

    /// Whether the kind begins an exchange.
    pub const fn is_request(&self) -> bool {
        match self {
            Self::GetBalance(_)
            | Self::Transfer(_)
            | Self::NodeState(_)
            | Self::DiscoverNodes(_)
            | Self::GetBlocks(_)
            | Self::Consensus(_)
            | Self::GetSnapshot
            | Self::GetSnapshotChunk(_) => true,
            Self::NodeList(_) | Self::Response(_) | Self::Transfers(_) => false,
        }
    }

    /// Whether the kind is gossiped.
    pub const fn is_gossip(&self) -> bool {
        match self {
            Self::Transfers(_) | Self::Consensus(_) => true,
            Self::GetBalance(_)
            | Self::Transfer(_)
            | Self::NodeState(_)
            | Self::DiscoverNodes(_)
            | Self::NodeList(_)
            | Self::GetBlocks(_)
            | Self::Response(_)
            | Self::GetSnapshot
            | Self::GetSnapshotChunk(_) => false,
        }
    }

    /// A refusal, whose reason is cut to [`REASON_BYTES_MAX`] bytes.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Response(ResponseMessage::refused(reason))
    }

    /// The message's bytes; whether they keep within the limits is for [`Self::check_head`] to say.
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(&(MESSAGE_VERSION, self)).expect("writing to memory does not fail")
    }

    /// Reads all of the bytes as one message.
    ///
    /// # Errors
    /// [`MessageError`] names what is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let head = bytes.first_chunk().ok_or(MessageError::Malformed("it ends too early".to_owned()))?;
        Self::check_head(*head, bytes.len())?;
        let body = bytes.get(1..).unwrap_or_default();
        borsh::from_slice(body).map_err(|error| MessageError::Malformed(error.to_string()))
    }

    /// Checks the first two bytes of a message that has `bytes` in all, so that the rest need not be read to refuse it.
    ///
    /// # Errors
    /// [`MessageError::Version`], [`MessageError::Kind`] or [`MessageError::TooLarge`].
    pub fn check_head(head: [u8; 2], bytes: usize) -> Result<(), MessageError> {
        let [version, kind] = head;
        if version != MESSAGE_VERSION {
            return Err(MessageError::Version(version));
        }
        let bytes_max = bytes_max_of_kind(kind).ok_or(MessageError::Kind(kind))?;
        if bytes > bytes_max { Err(MessageError::TooLarge { bytes, bytes_max }) } else { Ok(()) }
    }
}

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Another version of the bytes.
    #[error("version {0} of messages is not known")]
    Version(u8),
    /// A kind that there is not.
    #[error("there is no message of kind {0}")]
    Kind(u8),
    /// More bytes than the kind may have.
    #[error("the message has {bytes} bytes, its kind at most {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit of its kind.
        bytes_max: usize,
    },
    /// Bytes that are no message of their kind.
    #[error("the message cannot be read: {0}")]
    Malformed(String),
}

#[cfg(test)]
mod tests;
