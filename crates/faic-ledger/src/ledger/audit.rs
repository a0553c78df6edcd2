//! The audit: reads everything back and checks that it fits together.
//!
//! It recomputes what every commit relied on: money adds up to the supply, the state tree has the root of the last header,
//! every block follows its parent and carries a certificate of it that holds, every validator set is the one that the
//! header before announced and the last one is that of the candidates, every transaction is found once and stands in the
//! history of those who took part, and no table has a row beyond that. For operators and tests, not for the hot path: it reads the
//! whole store and holds the whole state in memory. A ledger that began at a snapshot is audited from there: the changes of
//! the validators lead from the genesis to the block at which it begins.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use faic_core::{
    Account, Address, Amount, Hash, Header, Height, Succession, Verifier,
    account::History,
    block::{ValidatorSet, evidence_root, last_certificate_hash, receipts_root, transactions_root},
    crypto::CertificateError,
    merkle::Frontier,
    succession::{SuccessionError, history_after},
    transaction::Action,
};

use super::{Decision, Inclusion, Ledger, OpenError, StoredHeader, Tip, opening::genesis_changes, rows};
use crate::{
    execution::Histories,
    genesis::GenesisError,
    state::{SystemState, candidates::listed_key, read_validator_history, validator_history_key, validators_key},
    store::{ALL_KEYS, Direction, MemoryStore, StoreError, Table},
    tree::{StateTree, TreeError},
};

mod base;
mod candidates;

use base::is_tombstone;

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
    /// The sum of all that is on its way back from stake.
    pub unbonding: Amount,
    /// How many transactions are final.
    pub transactions: u64,
}

/// What the blocks say that there is.
#[derive(Debug, Clone, Default)]
struct Counts {
    /// Transactions.
    transactions: u64,
    /// Entries in histories.
    entries: u64,
    /// Validator sets.
    sets: u64,
    /// Changes of the validators before the first block.
    handovers: u64,
    /// The operators that ever had something at stake.
    operators: BTreeSet<Address>,
    /// The histories of the accounts, as the blocks make them.
    histories: Histories,
    /// Complete subtrees of the list of all block ids.
    subtrees: u64,
}

/// How far the chain of blocks was followed.
struct Walk {
    /// The last block.
    last: Tip,
    /// The ids of the blocks up to it.
    ancestors: Frontier,
    /// How the last block was decided.
    decision: Option<Decision>,
    /// The validators of the block after it.
    validators: ValidatorSet,
    /// The hash over all validator sets up to them.
    history: Hash,
    /// What the blocks say that there is.
    counts: Counts,
}

impl Ledger {
    /// Checks that everything in the store fits together.
    ///
    /// # Errors
    /// [`AuditError`] names the first thing that does not.
    pub fn audit(&self, verifier: &dyn Verifier) -> Result<Audit, AuditError> {
        self.audit_facts()?;
        let counts = self.audit_blocks(verifier)?;
        self.audit_histories(&counts)?;
        let staked = self.audit_candidates(&counts.operators)?;
        let (accounts, balances) = self.audit_accounts(&staked.rows, &counts.histories)?;
        let (stakes, unbonding, supply) = (staked.stakes, staked.unbonding, self.system.supply);
        match Amount::checked_sum([balances, stakes, unbonding]) {
            Some(found) if found == supply => {}
            found => return Err(AuditError::Supply { found, supply }),
        }
        self.audit_tree()?;
        self.audit_leftovers(counts.handovers)?;
        let blocks = self.tip.height.saturating_sub(self.base_height());
        self.audit_count(Table::Blocks, blocks)?;
        self.audit_count(Table::BlockIds, blocks)?;
        self.audit_count(Table::Validators, counts.sets)?;
        self.audit_count(Table::Inclusions, counts.transactions)?;
        self.audit_count(Table::Transactions, counts.transactions)?;
        self.audit_count(Table::History, counts.entries)?;
        self.audit_count(Table::Ancestors, counts.subtrees)?;
        let (height, transactions) = (self.tip.height, counts.transactions);
        Ok(Audit { height, accounts, balances, stakes, unbonding, transactions })
    }

    /// Checks the single facts: which chain this is, and where it ends.
    fn audit_facts(&self) -> Result<(), AuditError> {
        let identity = rows::read_identity(self.store.as_ref())?;
        if identity != Some(rows::Identity::of(&self.genesis)) {
            return Err(AuditError::Fact("which chain this is"));
        }
        if rows::read_tip(self.store.as_ref())? != self.tip {
            return Err(AuditError::Fact("where the chain ends"));
        }
        Ok(())
    }

    /// Counts the accounts, adds up their balances, and checks that each names the history that the blocks made; an account
    /// is every row that is no other.
    fn audit_accounts(&self, candidates: &BTreeSet<Hash>, histories: &Histories) -> Result<(u64, Amount), AuditError> {
        let facts = [SystemState::key(), validators_key(), validator_history_key(), listed_key()];
        let others: BTreeSet<[u8; 32]> = candidates.iter().chain(&facts).map(|key| *key.as_bytes()).collect();
        let histories: BTreeMap<_, _> =
            histories.iter().map(|(address, history)| (*Account::key(address).as_bytes(), *history)).collect();
        // Of an account that no block names nothing is known where the ledger began at a snapshot.
        let unnamed = self.base.is_none().then(History::default);
        let mut sum = Ok((0_u64, Amount::ZERO));
        self.store.scan(Table::State, ALL_KEYS, Direction::Ascending, &mut |key, value| {
            if others.contains(key) || (self.base.is_some() && is_tombstone(value)) {
                return ControlFlow::Continue(());
            }
            let Ok((count, balances)) = sum else { return ControlFlow::Break(()) };
            let history = histories.get(key).copied().or(unnamed);
            sum = self.audit_account(value, balances, history).map(|balances| (count.saturating_add(1), balances));
            ControlFlow::Continue(())
        })?;
        sum
    }

    /// Adds one account's balance to the others', and checks its history where that is known.
    fn audit_account(&self, value: &[u8], balances: Amount, history: Option<History>) -> Result<Amount, AuditError> {
        let account: Account = borsh::from_slice(value)
            .map_err(|error| AuditError::State(format!("an account can't be decoded: {error}")))?;
        if history.is_some_and(|history| history != account.history) {
            return Err(other_history());
        }
        let sum = balances.checked_add(account.balance);
        sum.ok_or(AuditError::Supply { found: None, supply: self.system.supply })
    }

    /// Computes the state tree again from its leaves alone, and reads back what a restart would read.
    fn audit_tree(&self) -> Result<(), AuditError> {
        let mut leaves = BTreeMap::new();
        let mut misread = None;
        self.store.scan(Table::State, ALL_KEYS, Direction::Ascending, &mut |key, value| match key.try_into() {
            Ok(key) => {
                leaves.insert(Hash::from_bytes(key), Some(value.to_vec()));
                ControlFlow::Continue(())
            }
            Err(_) => {
                misread = Some(AuditError::State(format!("a key has {} bytes", key.len())));
                ControlFlow::Break(())
            }
        })?;
        if let Some(error) = misread {
            return Err(error);
        }
        let count = u64::try_from(leaves.len()).expect("no address space has more than 64 bits");
        if root_of(leaves)? != self.tip.state_root {
            return Err(AuditError::State("its root is not that of the last block".to_owned()));
        }
        let kept = StateTree::open(self.store.as_ref())?;
        if (kept.root(), kept.len()) != (self.tip.state_root, count) {
            return Err(AuditError::State("what is kept of the tree is not that of its leaves".to_owned()));
        }
        Ok(())
    }

    /// Checks the chain of blocks from the genesis to the tip, and counts what is in them.
    fn audit_blocks(&self, verifier: &dyn Verifier) -> Result<Counts, AuditError> {
        let genesis = &self.genesis;
        let state_root = root_of(genesis_changes(genesis)?)?;
        let mut walk = Walk {
            last: Tip { height: 0, id: genesis.id(), time_ms: genesis.time_ms, state_root },
            ancestors: Frontier::default(),
            decision: None,
            validators: genesis.validators.clone(),
            history: *Succession::begin(genesis.validators.clone()).history(),
            counts: Counts { sets: 1, ..Counts::default() },
        };
        walk.counts.operators.extend(genesis.validators.iter().map(|validator| validator.operator));
        if rows::validators_at(self.store.as_ref(), walk.last.next_height())?.as_ref() != Some(&genesis.validators) {
            return Err(AuditError::Fact("who validates first"));
        }
        if let Some(base) = &self.base {
            self.audit_base(base, &mut walk, verifier)?;
        }
        self.audit_id(&mut walk)?;
        while walk.last.height < self.tip.height {
            self.audit_block(&mut walk, verifier)?;
        }
        let bad = |what| Err(AuditError::Block { height: self.tip.height, what });
        if walk.last != self.tip {
            return bad("does not lead to the state and the id of the tip");
        }
        if (walk.validators, walk.decision) != (self.validators.clone(), self.decision.clone()) {
            return bad("was decided otherwise, or announces other validators");
        }
        let kept = read_validator_history(self.store.as_ref())?;
        if (walk.history, walk.history) != (self.validator_history, kept) {
            return bad("leads to other validator sets than the state names");
        }
        Ok(walk.counts)
    }

    /// Checks one block after those before it.
    fn audit_block(&self, walk: &mut Walk, verifier: &dyn Verifier) -> Result<(), AuditError> {
        let height = walk.last.next_height();
        let stored = self.header(height)?.ok_or(AuditError::Block { height, what: "is missing" })?;
        self.audit_header(&stored.header, walk)?;
        self.audit_carried(&stored, walk, verifier)?;
        let header = &stored.header;
        walk.last = Tip::of(header);
        if self.height_of(&walk.last.id)? != Some(height) {
            return Err(AuditError::Block { height, what: "is not found by its id" });
        }
        self.audit_id(walk)?;
        self.audit_certificate(&stored, walk, verifier)?;
        let certificate = stored.certificate.clone();
        walk.decision = Some(Decision { header: header.clone(), certificate, validators: walk.validators.clone() });
        if header.next_validators != header.validators {
            let next = rows::validators_at(self.store.as_ref(), walk.last.next_height())?;
            let what = "announces validators that are not kept";
            walk.validators = next.ok_or(AuditError::Block { height, what })?;
            walk.counts.sets = walk.counts.sets.saturating_add(1);
            walk.history = history_after(&walk.history, walk.last.next_height(), &header.next_validators);
        }
        if header.next_validators != walk.validators.hash() {
            return Err(AuditError::Block { height, what: "announces other validators than are kept" });
        }
        self.audit_transactions(&stored, &mut walk.counts)
    }

    /// Adds the id of the last block of the walk to the others, and checks what is kept of them.
    fn audit_id(&self, walk: &mut Walk) -> Result<(), AuditError> {
        for (subtree, root) in walk.ancestors.push(walk.last.id) {
            if rows::read_subtree(self.store.as_ref(), subtree)? != root {
                return Err(AuditError::Fact("which blocks there were"));
            }
            walk.counts.subtrees = walk.counts.subtrees.saturating_add(1);
        }
        Ok(())
    }

    /// Checks that every account that the blocks name is there and names the history that they made.
    fn audit_histories(&self, counts: &Counts) -> Result<(), AuditError> {
        for (address, history) in &counts.histories {
            if self.account(address)?.history != *history {
                return Err(other_history());
            }
        }
        Ok(())
    }

    /// Checks what a header says against the block before it.
    fn audit_header(&self, header: &Header, walk: &Walk) -> Result<(), AuditError> {
        let parent = &walk.last;
        let wrong = [
            ("has another height than its place", header.height != parent.next_height()),
            ("is of another chain", header.chain_id != self.genesis.chain_id),
            ("does not follow its parent", header.parent != parent.id),
            ("names other blocks before it", header.ancestors != walk.ancestors.root()),
            ("is not after its parent in time", header.time_ms <= parent.time_ms),
            ("names other validators", header.validators != walk.validators.hash()),
        ];
        let height = parent.next_height();
        match wrong.into_iter().find(|(_, is_wrong)| *is_wrong) {
            Some((what, _)) => Err(AuditError::Block { height, what }),
            None => Ok(()),
        }
    }

    /// Checks the certificate of the parent and the evidence that a block carries.
    fn audit_carried(&self, stored: &StoredHeader, walk: &Walk, verifier: &dyn Verifier) -> Result<(), AuditError> {
        let (header, carried) = (&stored.header, stored.last_certificate.as_ref());
        let height = header.height;
        let bad = |what| Err(AuditError::Block { height, what });
        if last_certificate_hash(carried) != header.last_certificate {
            return bad("carries another certificate than its header says");
        }
        if evidence_root(&stored.evidence) != header.evidence_root {
            return bad("carries other evidence than its header says");
        }
        if stored.evidence.iter().any(|evidence| evidence.check(&self.genesis.chain_id).is_err()) {
            return bad("carries evidence that does not hold");
        }
        match (carried, &walk.decision) {
            (None, None) => Ok(()),
            (Some(certificate), Some(decision)) => {
                if (certificate.height, certificate.block) != (walk.last.height, walk.last.id) {
                    return bad("carries the certificate of another block than its parent");
                }
                verifier
                    .verify_certificate(&self.genesis.chain_id, certificate, &decision.validators)
                    .map_err(|source| AuditError::Certificate { height: walk.last.height, source })
            }
            (None, Some(_)) | (Some(_), None) => bad("carries no certificate of its parent, or one of the genesis"),
        }
    }

    /// Checks that the last block of the walk was decided.
    fn audit_certificate(&self, stored: &StoredHeader, walk: &Walk, verifier: &dyn Verifier) -> Result<(), AuditError> {
        let (certificate, height) = (&stored.certificate, walk.last.height);
        if (certificate.height, certificate.block) != (height, walk.last.id) {
            return Err(AuditError::Block { height, what: "has the certificate of another block" });
        }
        verifier
            .verify_certificate(&self.genesis.chain_id, certificate, &walk.validators)
            .map_err(|source| AuditError::Certificate { height, source })
    }

    /// Checks a block's transactions and their places, and counts them and what they leave.
    fn audit_transactions(&self, stored: &StoredHeader, counts: &mut Counts) -> Result<(), AuditError> {
        let (header, transactions) = (&stored.header, stored.transactions);
        let height = header.height;
        let bad = |what| Err(AuditError::Block { height, what });
        let inclusions = self.inclusions(height)?;
        if usize::try_from(transactions) != Ok(inclusions.len()) {
            return bad("has another number of transactions than it says");
        }
        if transactions_root(inclusions.iter().map(|inclusion| &inclusion.signed)) != header.transactions_root {
            return bad("has other transactions than its header says");
        }
        let receipts: Vec<_> = inclusions.iter().map(|inclusion| inclusion.receipt.clone()).collect();
        if receipts_root(&receipts) != header.receipts_root {
            return bad("has other receipts than its header says");
        }
        let places = (0..).map(|index| rows::HistoryCursor { height, index });
        for (place, inclusion) in places.zip(&inclusions) {
            self.audit_places(place, inclusion, counts)?;
            let transaction = &inclusion.signed.transaction;
            if matches!(transaction.action, Action::Bond { .. }) {
                counts.operators.insert(transaction.sender);
            }
        }
        counts.transactions = counts.transactions.saturating_add(u64::from(transactions));
        Ok(())
    }

    /// Checks that a transaction is found by its id and in the history of all who took part, and counts those.
    fn audit_places(
        &self,
        place: rows::HistoryCursor,
        inclusion: &Inclusion,
        counts: &mut Counts,
    ) -> Result<(), AuditError> {
        let id = inclusion.signed.id();
        let bad = |what| AuditError::Block { height: place.height, what };
        if self.locate(&id)? != Some((place.height, place.index)) {
            return Err(bad("has a transaction that is not found by its id"));
        }
        for address in inclusion.signed.transaction.participants() {
            let key = rows::history_key(&address, place);
            let row = self.store.read(Table::History, &key)?;
            let entry = row.map(|value| rows::history_entry(&key, &value)).transpose()?;
            let Some(entry) = entry.filter(|entry| entry.transaction == id) else {
                return Err(bad("has a transaction that is not in the history of one who took part"));
            };
            // What came before the first block of a ledger that began at a snapshot is known by its hash alone.
            let unknown = if self.base.is_some() { entry.before } else { History::default() };
            let history = counts.histories.entry(address).or_insert(unknown);
            if *history != entry.before {
                return Err(bad("has a transaction that is kept with another history before it"));
            }
            *history = history.after(place.height, place.index, &inclusion.receipt);
            counts.entries = counts.entries.saturating_add(1);
        }
        Ok(())
    }

    /// Checks that a table has no row beyond those that were asked for one by one.
    fn audit_count(&self, table: Table, expected: u64) -> Result<(), AuditError> {
        let mut found = 0_u64;
        self.store.scan(table, ALL_KEYS, Direction::Ascending, &mut |_, _| {
            found = found.saturating_add(1);
            ControlFlow::Continue(())
        })?;
        if found == expected { Ok(()) } else { Err(AuditError::Rows { table: table.name(), found, expected }) }
    }
}

/// The error of an account whose history is not the one of the blocks.
fn other_history() -> AuditError {
    AuditError::State("an account names another history than the blocks made".to_owned())
}

/// The root of a state of these leaves.
fn root_of(leaves: BTreeMap<Hash, Option<Vec<u8>>>) -> Result<Hash, TreeError> {
    let nothing = MemoryStore::new();
    Ok(StateTree::open(&nothing)?.prepare(&nothing, leaves)?.root())
}

/// What does not fit together.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Money was made or lost.
    #[error("balances, stakes and unbonding money add up to {found:?}, the supply is {supply:?}")]
    Supply {
        /// The sum, `None` when it is more than can exist.
        found: Option<Amount>,
        /// What it should be.
        supply: Amount,
    },
    /// The state is not the one that the tip commits to.
    #[error("the state is damaged: {0}")]
    State(String),
    /// A table has rows that belong to nothing, or too few.
    #[error("{table} has {found} rows where {expected} belong")]
    Rows {
        /// The name of the table.
        table: &'static str,
        /// How many rows there are.
        found: u64,
        /// How many there should be.
        expected: u64,
    },
    /// A single fact is not what it should be.
    #[error("the row that says {0} is not what it should be")]
    Fact(&'static str),
    /// The identity can't be read.
    #[error(transparent)]
    Identity(#[from] OpenError),
    /// The genesis breaks its rules.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The state tree can't be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
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
    /// A change of the validators before the first block does not hold.
    #[error("the block at which the ledger begins is not to be trusted")]
    Base(#[from] SuccessionError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
pub(crate) mod tests;
