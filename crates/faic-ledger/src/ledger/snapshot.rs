//! Snapshots: the state of one height as it is given to a node that is far behind, while blocks go on being committed.
//!
//! What is given proves itself to who knows the genesis: an [`Offer`] names a final header and the [parts](Parts) of its
//! state, [handovers](Handover) lead from the genesis to the validators of that header, and the parts follow one by one.
//! [`Restore`](super::Restore) is the other side. See `docs/adr/0012-state-snapshots.md`.

use std::{
    io::{self, Read},
    ops::Bound,
    sync::Arc,
};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{Certificate, Handover, Hash, Header, Height, bounded, merkle, state_proof::StateProof};

use super::{Ledger, StoredHeader, corrupt, rows};
use crate::{
    state::{read_validator_history, validator_history_key},
    store::{Direction, Store, StoreError, Table},
    tree::{PARTS_MAX, Part, PartError, Parts, TreeError},
};

/// The most bytes of an [`Offer`]: its parts, its certificate, and some.
pub const OFFER_BYTES_MAX: usize = 4 << 20;
/// The bytes after which an answer takes no further handover; the first is given whatever its size.
pub const HANDOVERS_BYTES_MAX: usize = 512 << 10;
/// The most handovers of one answer.
pub const HANDOVERS_MAX: usize = 256;

/// What a snapshot is, and what it takes to believe it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Offer {
    /// The header of the last block before the snapshot.
    pub header: Header,
    /// The proof that the header is final.
    pub certificate: Certificate,
    /// The hash over all validator sets up to that of the next height, as the state has it.
    pub history: Hash,
    /// The proof that the state has it.
    pub history_proof: StateProof,
    /// The roots of the complete subtrees of the list of the ids of all blocks before the header's, the largest first.
    #[borsh(deserialize_with = "read_ancestors")]
    pub ancestors: Vec<Hash>,
    /// The parts of the state, in the order of their keys.
    #[borsh(deserialize_with = "read_parts")]
    pub parts: Vec<Part>,
}

/// Reads the roots of subtrees, no more than one for each bit of a height.
fn read_ancestors<R: Read>(reader: &mut R) -> io::Result<Vec<Hash>> {
    bounded::read_list(reader, merkle::SIBLINGS_MAX)
}

/// Reads the parts of a state, no more than it may have.
fn read_parts<R: Read>(reader: &mut R) -> io::Result<Vec<Part>> {
    bounded::read_list(reader, PARTS_MAX)
}

/// Some handovers, ascending, as they travel.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Handovers(#[borsh(deserialize_with = "read_handovers")] pub Vec<Handover>);

/// Reads handovers, no more than one answer may have.
fn read_handovers<R: Read>(reader: &mut R) -> io::Result<Vec<Handover>> {
    bounded::read_list(reader, HANDOVERS_MAX)
}

/// The state of one height, open for reading while the ledger goes on.
///
/// While it is held, the disk keeps the rows of its height also where they were changed since.
pub struct Snapshot {
    /// The store as it was.
    view: Arc<dyn Store>,
    /// The height of the ledger's first own block, less one.
    base: Height,
    /// The height of the state.
    height: Height,
    /// The parts of the state.
    parts: Parts,
    /// The canonical bytes of the offer.
    offer: Vec<u8>,
}

impl Ledger {
    /// Opens a snapshot of the tip; `None` at height 0, of which everybody knows the state.
    ///
    /// # Errors
    /// [`SnapshotError`] when the state is too large, or the store fails or is damaged.
    pub fn snapshot(&self) -> Result<Option<Snapshot>, SnapshotError> {
        let Some(decision) = &self.decision else { return Ok(None) };
        let view = self.store.view()?;
        let parts = self.tree.parts()?;
        let offer = Offer {
            header: decision.header.clone(),
            certificate: decision.certificate.clone(),
            history: read_validator_history(view.as_ref())?,
            history_proof: self.tree.prove(view.as_ref(), &validator_history_key())?,
            ancestors: rows::read_frontier(view.as_ref(), self.tip.height)?.peaks().to_vec(),
            parts: parts.iter().copied().collect(),
        };
        let offer = borsh::to_vec(&offer).expect("writing to memory does not fail");
        Ok(Some(Snapshot { view, base: self.base_height(), height: self.tip.height, parts, offer }))
    }
}

impl Snapshot {
    /// The height of the state.
    pub const fn height(&self) -> Height {
        self.height
    }

    /// The canonical bytes of the [`Offer`].
    pub fn offer(&self) -> &[u8] {
        &self.offer
    }

    /// The canonical bytes of a part's [`Rows`](crate::tree::Rows); `None` beyond the last part.
    ///
    /// # Errors
    /// [`TreeError`] when the store fails or is damaged.
    pub fn part(&self, index: usize) -> Result<Option<Vec<u8>>, TreeError> {
        let rows = self.parts.read(self.view.as_ref(), index)?;
        Ok(rows.map(|rows| borsh::to_vec(&rows).expect("writing to memory does not fail")))
    }

    /// The canonical bytes of the [`Handovers`] to sets that decide from a height of at least `from` on and up to that of
    /// the snapshot: as many as one answer holds.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or is damaged.
    pub fn handovers(&self, from: Height) -> Result<Vec<u8>, StoreError> {
        let (mut handovers, mut bytes) = (Vec::new(), 0_usize);
        // The set of height 1 is that of the genesis.
        let (first, last) = (rows::height_key(from.max(2)), rows::height_key(self.height));
        let range = (Bound::Included(first.as_slice()), Bound::Included(last.as_slice()));
        for (key, value) in self.view.page(Table::Validators, range, Direction::Ascending, HANDOVERS_MAX)? {
            let handover = self.handover(&key, &value)?;
            bytes = bytes.saturating_add(borsh::object_length(&handover).unwrap_or(usize::MAX));
            if !handovers.is_empty() && bytes > HANDOVERS_BYTES_MAX {
                break;
            }
            handovers.push(handover);
        }
        Ok(borsh::to_vec(&Handovers(handovers)).expect("writing to memory does not fail"))
    }

    /// The handover to the set of a row of [`Table::Validators`].
    fn handover(&self, key: &[u8], value: &[u8]) -> Result<Handover, StoreError> {
        let missing = || corrupt("a change of the validators is not kept");
        let from = Height::from_be_bytes(key.try_into().map_err(|_| missing())?);
        let height = from.checked_sub(1).ok_or_else(missing)?;
        if height <= self.base {
            return rows::read(self.view.as_ref(), Table::Handovers, key)?.ok_or_else(missing);
        }
        let stored: Option<StoredHeader> = rows::read(self.view.as_ref(), Table::Blocks, &rows::height_key(height))?;
        let StoredHeader { header, certificate, .. } = stored.ok_or_else(missing)?;
        Ok(Handover { header, certificate, next: rows::decode(Table::Validators, value)? })
    }
}

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The state is too large.
    #[error("the state can't be cut into parts")]
    Parts(#[from] PartError),
    /// The state tree can't be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The store can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests;
