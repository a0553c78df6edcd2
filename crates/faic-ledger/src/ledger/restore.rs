//! Restoring: a ledger that stands at its genesis takes over the state of a later height, of which it trusts nothing.
//!
//! What comes is kept beside the genesis state, in tables of its own, and each piece is checked before it is kept: the
//! parts lead to the state root of the offered header, each handover is signed by the validators before it, and the header
//! by the last of them; each part has the hash that the list of parts says. So a piece that does not fit tells who lied,
//! and what was kept stays good after a restart. One batch makes it the state of the ledger.

use std::{collections::BTreeSet, mem, sync::Arc};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    ChainId, Handover, Hash, Height, Succession, Verifier,
    block::ValidatorSet,
    merkle::Frontier,
    succession::{SuccessionError, history_after},
};

use super::{
    Ledger, OpenError, Tip, corrupt,
    rows::{self, Base},
    snapshot::{HANDOVERS_BYTES_MAX, Handovers, OFFER_BYTES_MAX, Offer},
};
use crate::{
    state::{validator_history_key, validators_key},
    store::{Store, StoreError, Table, WriteBatch},
    tree::{PART_BYTES_MAX, PartError, Parts, Rows},
};

/// What a restore needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Handovers to sets that decide from a height of at least this on; no part is worth asking for before.
    Handovers(Height),
    /// The parts that [`Restore::missing`] names.
    Parts,
    /// Nothing: [`Ledger::restore`] takes it.
    Nothing,
}

/// How far trust reaches, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Trust {
    /// The validators who are trusted.
    succession: Succession,
    /// Whether they are those of the offered header, and it is final by them.
    is_complete: bool,
}

/// A state on its way into a ledger at its genesis.
pub struct Restore {
    /// Where it is kept.
    store: Arc<dyn Store>,
    /// The chain.
    chain_id: ChainId,
    /// What was offered.
    offer: Offer,
    /// The parts at their places.
    parts: Parts,
    /// How far trust reaches.
    trust: Trust,
    /// The parts that have not come.
    missing: BTreeSet<usize>,
}

impl Ledger {
    /// Begins to take over what the canonical bytes of an [`Offer`] name; what came of another one is forgotten.
    ///
    /// # Errors
    /// [`RestoreError::NotFresh`] for a ledger that has blocks; a [lie](RestoreError::is_lie); [`RestoreError::Store`].
    pub fn begin_restore(&self, verifier: &dyn Verifier, offer: &[u8]) -> Result<Restore, RestoreError> {
        if self.tip.height != 0 {
            return Err(RestoreError::NotFresh { height: self.tip.height });
        }
        let offer: Offer = decode(offer, OFFER_BYTES_MAX)?;
        let parts = check_offer(&self.genesis.chain_id, &offer)?;
        let trust = Trust { succession: Succession::begin(self.genesis.validators.clone()), is_complete: false };
        let missing = (0..parts.len()).collect();
        let (store, chain_id) = (Arc::clone(&self.store), self.genesis.chain_id.clone());
        let mut restore = Restore { store, chain_id, offer, parts, trust, missing };
        restore.complete(verifier)?;
        let mut batch = emptied();
        rows::stage_restore(&mut batch, &restore.offer, &restore.trust);
        self.store.write(batch)?;
        Ok(restore)
    }

    /// Goes on with what a restart interrupted; `None` when nothing was begun.
    ///
    /// # Errors
    /// [`RestoreError::Store`] when the store fails or is damaged.
    pub fn resume_restore(&self) -> Result<Option<Restore>, RestoreError> {
        let Some((offer, trust)) = rows::read_restore(self.store.as_ref())? else { return Ok(None) };
        let parts = check_offer(&self.genesis.chain_id, &offer)?;
        let mut missing = BTreeSet::new();
        for index in 0..parts.len() {
            if !parts.is_taken(self.store.as_ref(), index)? {
                missing.insert(index);
            }
        }
        let (store, chain_id) = (Arc::clone(&self.store), self.genesis.chain_id.clone());
        Ok(Some(Restore { store, chain_id, offer, parts, trust, missing }))
    }

    /// Forgets what was begun, if anything was.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn discard_restore(&self) -> Result<(), StoreError> {
        if rows::read_restore(self.store.as_ref())?.is_none() {
            return Ok(());
        }
        let mut batch = emptied();
        rows::remove_restore(&mut batch);
        self.store.write(batch)
    }

    /// Makes a state that has come the state of this ledger, whose chain begins after it then; one durable batch.
    ///
    /// # Errors
    /// [`RestoreError::NotFresh`]; [`RestoreError::Incomplete`]; [`RestoreError::Store`] and [`RestoreError::Open`], after
    /// which what the disk holds is known only when the ledger is opened again.
    pub fn restore(&mut self, restore: &Restore) -> Result<(), RestoreError> {
        if self.tip.height != 0 {
            return Err(RestoreError::NotFresh { height: self.tip.height });
        }
        if restore.need() != Need::Nothing {
            return Err(RestoreError::Incomplete);
        }
        self.store.write(restore.last_batch()?)?;
        let opened = Self::open(Arc::clone(&self.store), self.genesis.clone())?;
        tracing::info!(height = opened.tip.height, id = %opened.tip.id.short(), "ledger.restored");
        drop(mem::replace(self, opened));
        Ok(())
    }
}

/// A batch that forgets what came before.
fn emptied() -> WriteBatch {
    let mut batch = WriteBatch::new();
    for table in [Table::Handovers, Table::RestoredState, Table::RestoredBuckets] {
        batch.empty(table);
    }
    batch
}

/// Checks what an offer says of itself, and places its parts; whether its header is final shows later.
fn check_offer(chain_id: &ChainId, offer: &Offer) -> Result<Parts, RestoreError> {
    let Offer { header, certificate, history, history_proof, ancestors, parts } = offer;
    if header.chain_id != *chain_id || header.height == 0 {
        return Err(RestoreError::Offer("its header is of another chain"));
    }
    if (certificate.height, certificate.block) != (header.height, header.id()) {
        return Err(RestoreError::Offer("its certificate is for another block"));
    }
    let ancestors = Frontier::new(header.height, ancestors.clone());
    if ancestors.is_none_or(|ancestors| ancestors.root() != header.ancestors) {
        return Err(RestoreError::Offer("the ids of earlier blocks are not those of its header"));
    }
    let parts = Parts::assemble(parts)?;
    if parts.root() != header.state_root {
        return Err(RestoreError::Offer("its parts lead to another state than its header"));
    }
    let value = borsh::to_vec(history).expect("writing to memory does not fail");
    history_proof
        .verify(&header.state_root, &validator_history_key(), Some(&value))
        .map_err(|_| RestoreError::Offer("its validator sets are not those of the state"))?;
    Ok(parts)
}

/// Decodes what somebody sent.
fn decode<T: BorshDeserialize>(bytes: &[u8], bytes_max: usize) -> Result<T, RestoreError> {
    if bytes.len() > bytes_max {
        return Err(RestoreError::Malformed(format!("{} bytes where at most {bytes_max} are allowed", bytes.len())));
    }
    borsh::from_slice(bytes).map_err(|error| RestoreError::Malformed(error.to_string()))
}

impl Restore {
    /// The height of the state.
    pub const fn height(&self) -> Height {
        self.offer.header.height
    }

    /// The id of its block.
    pub fn id(&self) -> Hash {
        self.offer.header.id()
    }

    /// What is needed next.
    pub fn need(&self) -> Need {
        if !self.trust.is_complete {
            Need::Handovers(self.trust.succession.from().saturating_add(1))
        } else if self.missing.is_empty() {
            Need::Nothing
        } else {
            Need::Parts
        }
    }

    /// The parts that have not come, ascending.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.missing.iter().copied()
    }

    /// How many parts have come, and how many there are.
    pub fn progress(&self) -> (usize, usize) {
        (self.parts.len().saturating_sub(self.missing.len()), self.parts.len())
    }

    /// Takes the canonical bytes of [`Handovers`].
    ///
    /// # Errors
    /// A [lie](RestoreError::is_lie), of which nothing is kept; [`RestoreError::Store`].
    pub fn take_handovers(&mut self, verifier: &dyn Verifier, bytes: &[u8]) -> Result<(), RestoreError> {
        let Handovers(handovers) = decode(bytes, HANDOVERS_BYTES_MAX.saturating_mul(2))?;
        if self.trust.is_complete {
            return Ok(());
        }
        if handovers.is_empty() {
            return Err(RestoreError::Offer("the changes of the validators that it has are not all"));
        }
        let before = self.trust.clone();
        let followed = self.follow(verifier, &handovers);
        let kept = followed.and_then(|batch| Ok(self.store.write(batch)?));
        if kept.is_err() {
            self.trust = before;
        }
        kept
    }

    /// Follows handovers, and gives what keeps them.
    fn follow(&mut self, verifier: &dyn Verifier, handovers: &[Handover]) -> Result<WriteBatch, RestoreError> {
        let mut batch = WriteBatch::new();
        for handover in handovers {
            if handover.header.height >= self.height() {
                return Err(RestoreError::Offer("a change of the validators comes after it"));
            }
            self.trust.succession.follow(verifier, &self.chain_id, handover)?;
            rows::stage_handover(&mut batch, self.trust.succession.from(), handover);
        }
        self.complete(verifier)?;
        rows::stage_trust(&mut batch, &self.trust);
        Ok(batch)
    }

    /// Checks the offered header, if its validators are the trusted ones and none was left out.
    fn complete(&mut self, verifier: &dyn Verifier) -> Result<(), RestoreError> {
        let Offer { header, certificate, history, .. } = &self.offer;
        let succession = &self.trust.succession;
        let found = if header.next_validators == header.validators {
            *succession.history()
        } else {
            history_after(succession.history(), header.height.saturating_add(1), &header.next_validators)
        };
        if found == *history {
            succession.check(verifier, &self.chain_id, header, certificate)?;
            self.trust.is_complete = true;
        }
        Ok(())
    }

    /// Takes the canonical bytes of the [`Rows`] of a part; one that has come already is passed over.
    ///
    /// # Errors
    /// [`RestoreError::Untrusted`] before the header is trusted; a [lie](RestoreError::is_lie), of which nothing is kept;
    /// [`RestoreError::Store`].
    pub fn take_part(&mut self, index: usize, bytes: &[u8]) -> Result<(), RestoreError> {
        if !self.trust.is_complete {
            return Err(RestoreError::Untrusted);
        }
        let rows: Rows = decode(bytes, PART_BYTES_MAX)?;
        let mut batch = WriteBatch::new();
        self.parts.take(index, &rows, &mut batch)?;
        if self.missing.contains(&index) {
            self.store.write(batch)?;
            self.missing.remove(&index);
        }
        Ok(())
    }

    /// What makes the state that of the ledger.
    fn last_batch(&self) -> Result<WriteBatch, RestoreError> {
        let store = self.store.as_ref();
        let Offer { header, certificate, ancestors, .. } = &self.offer;
        let mut batch = WriteBatch::new();
        let corrupt = || corrupt("a snapshot was kept with other ids of earlier blocks");
        let mut frontier = Frontier::new(header.height, ancestors.clone()).ok_or_else(corrupt)?;
        batch.empty(Table::Ancestors);
        rows::stage_subtrees(&mut batch, Frontier::subtrees(header.height).zip(ancestors.iter().copied()));
        rows::stage_subtrees(&mut batch, frontier.push(header.id()));
        batch.move_rows(Table::RestoredState, Table::State);
        batch.move_rows(Table::RestoredBuckets, Table::StateBuckets);
        rows::remove_restore(&mut batch);
        for (from, handover) in rows::read_handovers(store)? {
            rows::stage_validators(&mut batch, from, &handover.next);
        }
        if header.next_validators != header.validators {
            let next: Option<ValidatorSet> = rows::read(store, Table::RestoredState, validators_key().as_bytes())?;
            let next = next.filter(|next| next.hash() == header.next_validators);
            let next = next.ok_or(RestoreError::Offer("its state has other validators than its header"))?;
            let from = header.height.saturating_add(1);
            rows::stage_validators(&mut batch, from, &next);
            let handover = Handover { header: header.clone(), certificate: certificate.clone(), next };
            rows::stage_handover(&mut batch, from, &handover);
        }
        rows::stage_base(&mut batch, &Base { header: header.clone(), certificate: certificate.clone() });
        rows::stage_tip(&mut batch, &Tip::of(header));
        Ok(batch)
    }
}

/// Why a state is not taken over.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The ledger has blocks, and none of them is given up.
    #[error("the ledger is at height {height}, and only one at its genesis takes over a state")]
    NotFresh {
        /// The height of the tip.
        height: Height,
    },
    /// Something has not come.
    #[error("parts of the state have not come")]
    Incomplete,
    /// A part came before the header was trusted.
    #[error("parts are taken only under a header that is trusted")]
    Untrusted,
    /// Bytes that are not what was asked for.
    #[error("the bytes can't be read: {0}")]
    Malformed(String),
    /// What was offered does not fit together.
    #[error("the snapshot is wrong: {0}")]
    Offer(&'static str),
    /// A header or a validator set that is not to be trusted.
    #[error("the snapshot is not to be trusted")]
    Succession(#[from] SuccessionError),
    /// A part that is none of the state.
    #[error("the part is wrong")]
    Part(#[from] PartError),
    /// The store failed or is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger can't be opened with the new state.
    #[error("the ledger can't be opened with the new state")]
    Open(#[from] OpenError),
}

impl RestoreError {
    /// Whether whoever sent it is to blame: an honest node does not send such a thing.
    pub const fn is_lie(&self) -> bool {
        match self {
            Self::Malformed(_) | Self::Offer(_) | Self::Succession(_) | Self::Part(_) => true,
            Self::NotFresh { .. } | Self::Incomplete | Self::Untrusted | Self::Store(_) | Self::Open(_) => false,
        }
    }
}

#[cfg(test)]
mod tests;
