//! Answers.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{bounded, transaction::Height};

use super::BLOCKS_MAX;

/// The most bytes of the reason of a refusal.
pub const REASON_BYTES_MAX: usize = 256;

/// The most bytes that describe a snapshot.
pub const SNAPSHOT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most bytes of a piece of a snapshot.
pub const SNAPSHOT_CHUNK_BYTES_MAX: usize = 1024 * 1024;

/// What a peer answers.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ResponseMessage {
    /// It has been taken note of.
    Done,
    /// A balance that proves itself.
    Balance(BalanceAnswer),
    /// Final blocks, ascending from the height that was asked for: each the canonical bytes of a block and of its
    /// certificate, which this crate does not read. At most [`BLOCKS_MAX`]; none when the first is not there.
    Blocks(#[borsh(deserialize_with = "read_blocks")] Vec<Vec<u8>>),
    /// It is not answered.
    Refused {
        /// Why, in at most [`REASON_BYTES_MAX`] bytes without control characters, for the log.
        #[borsh(deserialize_with = "read_reason")]
        reason: String,
    },
    /// A snapshot that the node holds: bytes that describe it, which this crate does not read; at most
    /// [`SNAPSHOT_BYTES_MAX`].
    Snapshot(#[borsh(deserialize_with = "read_snapshot")] Vec<u8>),
    /// A piece of a snapshot, as bytes that this crate does not read; at most [`SNAPSHOT_CHUNK_BYTES_MAX`].
    SnapshotChunk(#[borsh(deserialize_with = "read_chunk")] Vec<u8>),
}

impl ResponseMessage {
    /// A refusal, whose reason is cut to [`REASON_BYTES_MAX`] bytes and freed from control characters.
    pub fn refused(reason: impl Into<String>) -> Self {
        let mut reason: String = reason.into().replace(char::is_control, " ");
        let ends = reason.char_indices().map(|(start, character)| start + character.len_utf8());
        let end = ends.take_while(|end| *end <= REASON_BYTES_MAX).last().unwrap_or_default();
        reason.truncate(end);
        Self::Refused { reason }
    }
}

/// An account with all that it takes to believe it; this crate carries the parts, who asked verifies them.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BalanceAnswer {
    /// The height of the state.
    pub height: Height,
    /// The canonical bytes of the account, where there is one.
    pub account: Option<Vec<u8>>,
    /// The canonical bytes of the state proof.
    pub proof: Vec<u8>,
    /// The canonical bytes of the header whose state root the proof leads to.
    pub header: Vec<u8>,
    /// The canonical bytes of the header's certificate.
    pub certificate: Vec<u8>,
}

/// Reads at most [`BLOCKS_MAX`] blocks.
fn read_blocks<R: io::Read>(reader: &mut R) -> io::Result<Vec<Vec<u8>>> {
    let most = usize::try_from(BLOCKS_MAX).map_err(|_| bounded::invalid("no address space"))?;
    bounded::read_list(reader, most)
}

/// Reads the description of a snapshot.
fn read_snapshot<R: io::Read>(reader: &mut R) -> io::Result<Vec<u8>> {
    bounded::read_list(reader, SNAPSHOT_BYTES_MAX)
}

/// Reads a piece of a snapshot.
fn read_chunk<R: io::Read>(reader: &mut R) -> io::Result<Vec<u8>> {
    bounded::read_list(reader, SNAPSHOT_CHUNK_BYTES_MAX)
}

/// Reads a reason, which goes into logs as it is.
fn read_reason<R: io::Read>(reader: &mut R) -> io::Result<String> {
    let text = bounded::read_text(reader, REASON_BYTES_MAX)?;
    if text.contains(char::is_control) { Err(bounded::invalid("a reason has no control characters")) } else { Ok(text) }
}
