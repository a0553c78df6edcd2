//! The audit of the candidates: their money, their list, and the validators that follow from them.

use std::collections::BTreeSet;

use faic_core::{Address, Amount, Candidate, Hash};

use super::AuditError;
use crate::{
    election,
    ledger::Ledger,
    state::candidates::{self, Listed},
};

/// What the candidates have together.
pub(super) struct Staked {
    /// The sum of the stakes.
    pub(super) stakes: Amount,
    /// The sum of what is on its way back.
    pub(super) unbonding: Amount,
    /// The places in the state that may hold a candidate.
    pub(super) rows: BTreeSet<Hash>,
}

impl Ledger {
    /// Reads the candidate of everybody who ever had something at stake, and compares with list and validators.
    pub(super) fn audit_candidates(&self, operators: &BTreeSet<Address>) -> Result<Staked, AuditError> {
        let mut staked = Staked { stakes: Amount::ZERO, unbonding: Amount::ZERO, rows: BTreeSet::new() };
        let mut listed = Listed::new();
        for operator in operators {
            staked.rows.insert(Candidate::state_key(operator));
            let Some(candidate) = candidates::read_candidate(self.store.as_ref(), operator)? else { continue };
            staked.add(&candidate).ok_or(AuditError::Supply { found: None, supply: self.system.supply })?;
            if candidate.has_money() {
                listed.insert(*operator, candidate);
            } else if !candidate.is_tombstoned() {
                return Err(AuditError::State("a candidate has no money and no reason to be there".to_owned()));
            }
        }
        if listed != self.listed || listed != candidates::read_listed(self.store.as_ref())? {
            return Err(AuditError::State("the list of candidates is not that of their money".to_owned()));
        }
        // Where nobody could be elected, the set that there was stays.
        match election::elect(listed.iter(), self.genesis.parameters.bond_min) {
            Some(elected) if elected != self.validators => {
                Err(AuditError::State("the validators are not those of the candidates".to_owned()))
            }
            Some(_) | None => Ok(staked),
        }
    }
}

impl Staked {
    /// Adds what one candidate has; `None` beyond the supply.
    fn add(&mut self, candidate: &Candidate) -> Option<()> {
        self.stakes = self.stakes.checked_add(candidate.stake)?;
        self.unbonding = self.unbonding.checked_add(candidate.unbonding_total()?)?;
        Some(())
    }
}
