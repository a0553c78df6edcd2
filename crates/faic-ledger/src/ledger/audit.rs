//! The audit: reads everything back and checks that it fits together.
//!
//! It recomputes what every commit relied on: money adds up to the supply, the state tree has the tip's root, every block
//! follows its parent with a certificate that holds, and every transaction is found once. For operators and tests, not for
//! the hot path: its cost is that of reading the whole store.

use std::{collections::BTreeMap, ops::ControlFlow};

use faic_core::{
    Account, Amount, Hash, Height, Verifier,
    block::{receipts_root, transactions_root},
    crypto::CertificateError,
};

use super::{Inclusion, Ledger};
use crate::{
    state::{SystemState, validators_key},
    store::{ALL_KEYS, Direction, MemoryStore, StoreError, Table},
    tree::StateTree,
};

/// What an audit found to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// The height of the tip.
    pub height: Height,
    /// How many accounts there are.
    pub accounts: u64,
    /// The sum of all balances.
    pub balances: Amount,
    /// The sum of all stakes.
    pub stakes: Amount,
    /// How many transactions are final.
    pub transactions: u64,
}

impl Ledger {
    /// Checks that everything in the store fits together.
    ///
    /// # Errors
    /// [`AuditError`] names the first thing that does not.
    pub fn audit(&self, verifier: &dyn Verifier) -> Result<Audit, AuditError> {
        let (accounts, balances) = self.audit_accounts()?;
        let stakes = self.validators.total_stake();
        let found =
            balances.checked_add(stakes).ok_or(AuditError::Supply { found: None, supply: self.system.supply })?;
        if found != self.system.supply {
            return Err(AuditError::Supply { found: Some(found), supply: self.system.supply });
        }
        self.audit_tree()?;
        let transactions = self.audit_blocks(verifier)?;
        Ok(Audit { height: self.tip.height, accounts, balances, stakes, transactions })
    }

    /// Counts the accounts and adds up their balances.
    fn audit_accounts(&self) -> Result<(u64, Amount), AuditError> {
        let system = [*SystemState::key().as_bytes(), *validators_key().as_bytes()];
        let mut sum = Ok((0_u64, Amount::ZERO));
        self.store.scan(Table::State, ALL_KEYS, Direction::Ascending, &mut |key, value| {
            if system.iter().any(|other| other.as_slice() == key) {
                return ControlFlow::Continue(());
            }
            sum = sum.as_ref().ok().copied().map_or_else(
                || Err(AuditError::State("an account can't be decoded".to_owned())),
                |(count, balances)| {
                    let account: Account = borsh::from_slice(value)
                        .map_err(|_| AuditError::State("an account can't be decoded".to_owned()))?;
                    let balances = balances
                        .checked_add(account.balance)
                        .ok_or(AuditError::Supply { found: None, supply: self.system.supply })?;
                    Ok((count.saturating_add(1), balances))
                },
            );
            if sum.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        sum
    }

    /// Computes the state tree again from its leaves alone.
    fn audit_tree(&self) -> Result<(), AuditError> {
        let mut leaves = BTreeMap::new();
        self.store.scan(Table::State, ALL_KEYS, Direction::Ascending, &mut |key, value| {
            if let Ok(key) = key.try_into() {
                leaves.insert(Hash::from_bytes(key), Some(value.to_vec()));
            }
            ControlFlow::Continue(())
        })?;
        let nothing = MemoryStore::new();
        let rebuilt = StateTree::open(&nothing)
            .and_then(|tree| tree.prepare(&nothing, leaves))
            .map_err(|error| AuditError::State(error.to_string()))?;
        if rebuilt.root() == self.tip.state_root {
            Ok(())
        } else {
            Err(AuditError::State("its root is not that of the last block".to_owned()))
        }
    }

    /// Checks the chain of blocks from the first to the tip, and counts the transactions.
    fn audit_blocks(&self, verifier: &dyn Verifier) -> Result<u64, AuditError> {
        let mut parent = self.genesis.id();
        let mut transactions = 0_u64;
        for height in 1..=self.tip.height {
            let stored = self.header(height)?.ok_or(AuditError::Block { height, what: "is missing" })?;
            let inclusions = self.inclusions(height)?;
            let header = &stored.header;
            let bad = |what| Err(AuditError::Block { height, what });
            if header.parent != parent {
                return bad("does not follow its parent");
            }
            if stored.certificate.block != header.id() {
                return bad("has the certificate of another block");
            }
            verifier
                .verify_certificate(&self.genesis.chain_id, &stored.certificate, &self.validators)
                .map_err(|source| AuditError::Certificate { height, source })?;
            if transactions_root(inclusions.iter().map(|inclusion| &inclusion.signed)) != header.transactions_root {
                return bad("has other transactions than its header says");
            }
            let receipts: Vec<_> = inclusions.iter().map(|inclusion| inclusion.receipt.clone()).collect();
            if receipts_root(&receipts) != header.receipts_root {
                return bad("has other receipts than its header says");
            }
            self.audit_places(height, &inclusions)?;
            transactions = transactions.saturating_add(u64::from(stored.transactions));
            parent = header.id();
        }
        if parent == self.tip.id {
            Ok(transactions)
        } else {
            Err(AuditError::Block { height: self.tip.height, what: "is not the tip" })
        }
    }

    /// Checks that each transaction of a block is found at its place, and so nowhere else.
    fn audit_places(&self, height: Height, inclusions: &[Inclusion]) -> Result<(), AuditError> {
        for (index, inclusion) in (0_u32..).zip(inclusions) {
            let id: Hash = inclusion.signed.id();
            if self.locate(&id)? != Some((height, index)) {
                return Err(AuditError::Block { height, what: "has a transaction that is also elsewhere" });
            }
        }
        Ok(())
    }
}

/// What does not fit together.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Money was made or lost.
    #[error("balances and stakes add up to {found:?}, the supply is {supply:?}")]
    Supply {
        /// The sum, `None` when it is more than can exist.
        found: Option<Amount>,
        /// What it should be.
        supply: Amount,
    },
    /// The state is not the one that the tip commits to.
    #[error("the state is damaged: {0}")]
    State(String),
    /// A block is not what it should be.
    #[error("block {height} {what}")]
    Block {
        /// The block's height.
        height: Height,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A certificate does not hold.
    #[error("the certificate of block {height} does not hold")]
    Certificate {
        /// The block's height.
        height: Height,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
