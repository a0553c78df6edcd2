//! The audit of what a ledger has in place of the blocks before a snapshot, and of what a restore left.

use faic_core::{Candidate, Handover, Height, Succession, Verifier};

use super::{AuditError, Walk};
use crate::{
    ledger::{
        Decision, Ledger, Tip,
        rows::{self, Base},
    },
    store::Table,
};

impl Ledger {
    /// Follows the changes of the validators from the genesis to the block at which the chain begins.
    pub(super) fn audit_base(&self, base: &Base, walk: &mut Walk, verifier: &dyn Verifier) -> Result<(), AuditError> {
        let Base { header, certificate } = base.clone();
        let height = header.height;
        let mut trusted = Succession::begin(self.genesis.validators.clone());
        let (before, last): (Vec<_>, Vec<_>) = rows::read_handovers(self.store.as_ref())?
            .into_iter()
            .partition(|(_, handover)| handover.header.height < height);
        for (from, handover) in &before {
            self.audit_handover(&mut trusted, *from, handover, verifier)?;
        }
        trusted.check(verifier, &self.genesis.chain_id, &header, &certificate)?;
        let validators = trusted.validators().clone();
        for (from, handover) in &last {
            if handover.header != header {
                return Err(AuditError::Block { height, what: "is another one in a change of validators" });
            }
            self.audit_handover(&mut trusted, *from, handover, verifier)?;
        }
        if header.next_validators != trusted.validators().hash() {
            return Err(AuditError::Block { height, what: "announces other validators than are kept" });
        }
        walk.ancestors = rows::read_frontier(self.store.as_ref(), height)?;
        if walk.ancestors.root() != header.ancestors {
            return Err(AuditError::Block { height, what: "names other blocks before it" });
        }
        walk.counts.subtrees = u64::from(height.count_ones());
        walk.last = Tip::of(&header);
        walk.decision = Some(Decision { header, certificate, validators });
        walk.history = *trusted.history();
        walk.validators = trusted.validators().clone();
        walk.counts.handovers = u64::try_from(before.len().saturating_add(last.len())).unwrap_or(u64::MAX);
        walk.counts.sets = walk.counts.sets.saturating_add(walk.counts.handovers);
        walk.counts.operators.extend(self.candidates().keys());
        Ok(())
    }

    /// Follows a change of the validators, and compares with the set that is kept.
    fn audit_handover(
        &self,
        trusted: &mut Succession,
        from: Height,
        handover: &Handover,
        verifier: &dyn Verifier,
    ) -> Result<(), AuditError> {
        trusted.follow(verifier, &self.genesis.chain_id, handover)?;
        let kept = rows::validators_at(self.store.as_ref(), from)?;
        if trusted.from() == from && kept.as_ref() == Some(trusted.validators()) {
            return Ok(());
        }
        Err(AuditError::Fact("who validates after a change"))
    }

    /// Checks that nothing lies in the tables of a restore, unless one is under way.
    pub(super) fn audit_leftovers(&self, handovers: u64) -> Result<(), AuditError> {
        let base_rows = u64::from(self.base.is_some());
        if rows::read_restore(self.store.as_ref())?.is_some() {
            return self.audit_count(
                Table::Meta,
                rows::META_ROWS.saturating_add(base_rows).saturating_add(rows::RESTORE_ROWS),
            );
        }
        self.audit_count(Table::Meta, rows::META_ROWS.saturating_add(base_rows))?;
        self.audit_count(Table::Handovers, handovers)?;
        self.audit_count(Table::RestoredState, 0)?;
        self.audit_count(Table::RestoredBuckets, 0)
    }
}

/// Whether a row of the state is that of an operator who was removed for ever and has no money left.
///
/// Such an operator is on no list, so a ledger without the block of its bond knows it by its row alone.
pub(super) fn is_tombstone(value: &[u8]) -> bool {
    let candidate: Result<Candidate, _> = borsh::from_slice(value);
    candidate.is_ok_and(|candidate| candidate.is_tombstoned() && !candidate.has_money())
}
