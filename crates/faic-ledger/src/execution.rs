//! Execution: what a block does to the accounts and the candidates.
//!
//! First absence is counted, then evidence punished, then each transaction done. Proposer and verifier run the same code: [`Execution::apply`] drafts a transaction and then keeps the whole draft, or
//! forgets it and says why. Signatures are not looked at here, which is why it takes only a [`VerifiedTransaction`]. A
//! block moves money and makes none: [`Execution::finish`] adds up every account that changed, before and after.

use std::collections::BTreeMap;

use faic_core::{
    Account, Address, Amount, Certificate, ChainId, Equivocation, Hash, Height, PublicKey, Transaction,
    account::History,
    block::{Receipt, ValidatorSet},
    transaction::Action,
};

use crate::{
    election, fees,
    genesis::Parameters,
    state::{
        Accounts, SystemState,
        candidates::{Listed, ListedChanges},
        leaf_bytes, validators_key,
    },
    store::{Store, StoreError},
    validation::VerifiedTransaction,
};

mod absence;
mod bond;
mod error;
mod evidence;
mod set_account;
mod transfer;
mod unbond;
mod unjail;
mod withdraw;

pub use error::ExecutionError;
pub use evidence::EvidenceError;

/// How far ahead of the chain `valid_until` may lie, in blocks.
pub const VALID_FOR_BLOCKS_MAX: u64 = 1_000_000;

/// What a transaction is checked against, beside the accounts.
#[derive(Debug, Clone)]
pub struct Context {
    /// The chain.
    pub chain_id: ChainId,
    /// The height of the block that the transaction would be in.
    pub height: Height,
    /// The base fee of that block, in nano a byte.
    pub base_fee_per_byte: u64,
    /// The last height whose unbonding time has passed; 0 when none has.
    pub unbonded: Height,
    /// The rules that the chain chose.
    pub parameters: Parameters,
}

impl Context {
    /// The first height at which the unbonding blocks of `height` have passed.
    const fn release(&self, height: Height) -> Height {
        height.saturating_add(self.parameters.unbonding_blocks)
    }

    /// Whether the unbonding time of the height that is released at `release` has passed.
    const fn is_timely(&self, release: Height) -> bool {
        release.saturating_sub(self.parameters.unbonding_blocks) <= self.unbonded
    }
}

/// Which sequences a check accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SequenceRule {
    /// The lane's next, as a block needs it.
    Next,
    /// The lane's next or a later one, as the mempool may hold it.
    NextOrLater,
}

/// Checks the rules that ask for sender and fee payer, at the cost of at most two reads.
///
/// # Errors
/// [`ExecutionError`] names the first broken rule.
pub fn check(
    context: &Context,
    accounts: &mut Accounts<'_>,
    transaction: &Transaction,
    bytes: usize,
    rule: SequenceRule,
) -> Result<(), ExecutionError> {
    check_context(context, transaction, bytes)?;
    let sender = accounts.get(&transaction.sender)?;
    check_sequence(sender, transaction, rule)?;
    if !sender.is_governed_by(&transaction.sender, &transaction.authority) {
        return Err(ExecutionError::OtherAuthority);
    }
    let sender_balance = sender.balance;
    let spent = transaction.outputs_total().map_err(|_| ExecutionError::OverSupply)?;
    if let Some(payer) = &transaction.fee_payer {
        let account = accounts.get(&payer.address)?;
        if !account.is_governed_by(&payer.address, &payer.authority) {
            return Err(ExecutionError::OtherPayerAuthority);
        }
        check_balance(account.balance, transaction.fee)?;
        check_balance(sender_balance, spent)?;
    } else {
        check_balance(sender_balance, spent.checked_add(transaction.fee).ok_or(ExecutionError::OverSupply)?)?;
    }
    Ok(())
}

/// Checks what the action itself asks of the state: the receivers of a payment, of which each may cost a read, and the
/// candidate of the sender.
///
/// # Errors
/// [`ExecutionError`] names the first broken rule.
pub fn check_action(
    context: &Context,
    accounts: &mut Accounts<'_>,
    transaction: &Transaction,
) -> Result<(), ExecutionError> {
    let sender = &transaction.sender;
    match &transaction.action {
        Action::Transfer { outputs } => transfer::check(accounts, outputs, &transaction.memo),
        Action::SetAccount { .. } => Ok(()),
        Action::Bond { key, possession: _, amount } => bond::draft(context, accounts, sender, key, *amount).map(drop),
        Action::Unbond { amount } => unbond::draft(context, accounts, sender, *amount).map(drop),
        Action::Withdraw => withdraw::draft(context, accounts, sender).map(drop),
        Action::Unjail => unjail::draft(context, accounts, sender).map(drop),
    }
}

/// Checks chain, time and fee.
fn check_context(context: &Context, transaction: &Transaction, bytes: usize) -> Result<(), ExecutionError> {
    if transaction.chain_id != context.chain_id {
        return Err(ExecutionError::OtherChain { expected: context.chain_id.clone() });
    }
    let Some(ahead) = transaction.valid_until.checked_sub(context.height) else {
        return Err(ExecutionError::Expired { valid_until: transaction.valid_until, height: context.height });
    };
    if ahead > VALID_FOR_BLOCKS_MAX {
        return Err(ExecutionError::ValidTooLong { most: context.height.saturating_add(VALID_FOR_BLOCKS_MAX) });
    }
    let needed = base_fee(context.base_fee_per_byte, bytes).ok_or(ExecutionError::OverSupply)?;
    if transaction.fee < needed { Err(ExecutionError::FeeTooLow { needed }) } else { Ok(()) }
}

/// The least fee of a transaction of so many bytes; `None` beyond the supply, which no chain's base fee reaches.
pub fn base_fee(base_fee_per_byte: u64, bytes: usize) -> Option<Amount> {
    Amount::from_nano(base_fee_per_byte).ok()?.checked_mul(u64::try_from(bytes).ok()?)
}

/// Checks the place in the lane.
fn check_sequence(sender: &Account, transaction: &Transaction, rule: SequenceRule) -> Result<(), ExecutionError> {
    let expected = sender.next_sequence(transaction.nonce.lane);
    let found = transaction.nonce.sequence;
    if found == u64::MAX {
        return Err(ExecutionError::SequenceEnd);
    }
    let good = match rule {
        SequenceRule::Next => found == expected,
        SequenceRule::NextOrLater => found >= expected,
    };
    if good { Ok(()) } else { Err(ExecutionError::Sequence { expected, found }) }
}

/// Refuses to spend more than there is.
fn check_balance(balance: Amount, needed: Amount) -> Result<(), ExecutionError> {
    if balance < needed { Err(ExecutionError::InsufficientBalance { balance, needed }) } else { Ok(()) }
}

/// A block in execution.
pub struct Execution<'a> {
    /// What transactions are checked against.
    context: Context,
    /// The accounts and candidates with the changes so far.
    accounts: Accounts<'a>,
    /// The sums so far.
    totals: Totals,
    /// A receipt for each transaction.
    receipts: Vec<Receipt>,
    /// For each transaction, the histories before it of those who took part.
    histories: Vec<Histories>,
}

/// The histories of accounts.
pub(crate) type Histories = BTreeMap<Address, History>;

/// What a transaction does, beside changes of the accounts.
struct Draft {
    /// Its receipt.
    receipt: Receipt,
    /// The histories before it of those who took part.
    histories: Histories,
    /// The sums with it.
    totals: Totals,
}

/// The sums over a block.
#[derive(Debug, Clone, Copy)]
struct Totals {
    /// What is shared among the validators: the fees of its transactions, and what was slashed.
    fees: Amount,
    /// The canonical bytes of its transactions.
    bytes: usize,
}

impl<'a> Execution<'a> {
    /// Begins a block on the state in `store`, whose listed candidates are given.
    pub fn new(context: Context, store: &'a dyn Store, listed: &'a Listed) -> Self {
        let totals = Totals { fees: Amount::ZERO, bytes: 0 };
        Self { context, accounts: Accounts::new(store, listed), totals, receipts: Vec::new(), histories: Vec::new() }
    }

    /// The canonical bytes of the transactions so far.
    pub const fn bytes(&self) -> usize {
        self.totals.bytes
    }

    /// Counts who of the parent's validators was absent, by the certificate that the block carries.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails, and then nothing was counted.
    pub fn observe(&mut self, certificate: &Certificate, validators: &ValidatorSet) -> Result<(), StoreError> {
        let observed = absence::observe(&self.context, &mut self.accounts.candidates, certificate, validators);
        if observed.is_ok() {
            self.accounts.keep();
        } else {
            self.accounts.forget();
        }
        observed
    }

    /// Punishes whom the evidence proves to be dishonest; `validators` is the set of the height that it is about.
    ///
    /// # Errors
    /// [`EvidenceError`] says why nobody was punished.
    pub fn punish(&mut self, evidence: &Equivocation, validators: Option<&ValidatorSet>) -> Result<(), EvidenceError> {
        let punished = evidence::punish(&self.context, &mut self.accounts.candidates, evidence, validators)
            .and_then(|taken| self.totals.fees.checked_add(taken).ok_or(EvidenceError::OverSupply));
        match punished {
            Ok(fees) => {
                self.accounts.keep();
                self.totals.fees = fees;
                Ok(())
            }
            Err(error) => {
                self.accounts.forget();
                Err(error)
            }
        }
    }

    /// Does all that a transaction asks, or nothing.
    ///
    /// # Errors
    /// [`ExecutionError`] says why nothing was done.
    pub fn apply(&mut self, verified: &VerifiedTransaction) -> Result<(), ExecutionError> {
        let transaction = &verified.signed().transaction;
        match self.draft(transaction, verified.id(), verified.bytes()) {
            Ok(Draft { receipt, histories, totals }) => {
                self.accounts.keep();
                self.totals = totals;
                self.receipts.push(receipt);
                self.histories.push(histories);
                Ok(())
            }
            Err(error) => {
                self.accounts.forget();
                Err(error)
            }
        }
    }

    /// What a transaction would do next, whoever signed it; nothing is done.
    ///
    /// # Errors
    /// [`ExecutionError`] says why nothing would be done.
    pub fn rehearse(&mut self, transaction: &Transaction) -> Result<Rehearsal, ExecutionError> {
        let rehearsed = self.draft(transaction, transaction.id(), transaction.signed_bytes());
        let rehearsal = rehearsed.map(|Draft { receipt, .. }| Rehearsal { receipt, balances: self.accounts.drafted() });
        self.accounts.forget();
        rehearsal
    }

    /// Checks and drafts a transaction; wherever it fails, nothing but the draft has changed.
    fn draft(&mut self, transaction: &Transaction, id: Hash, bytes: usize) -> Result<Draft, ExecutionError> {
        check(&self.context, &mut self.accounts, transaction, bytes, SequenceRule::Next)?;
        check_action(&self.context, &mut self.accounts, transaction)?;
        debit(&mut self.accounts, transaction.payer(), transaction.fee)?;
        let next = transaction.nonce.sequence.checked_add(1).ok_or(ExecutionError::SequenceEnd)?;
        self.accounts.get_mut(&transaction.sender)?.lanes.insert(transaction.nonce.lane, next);
        self.act(&transaction.sender, &transaction.action)?;
        let totals = Totals {
            fees: self.totals.fees.checked_add(transaction.fee).ok_or(ExecutionError::OverSupply)?,
            bytes: self.totals.bytes.checked_add(bytes).expect("a block in memory has an address space"),
        };
        let receipt = Receipt {
            transaction: id,
            payer: *transaction.payer(),
            fee: transaction.fee,
            base_fee_per_byte: self.context.base_fee_per_byte,
            sender_balance: self.accounts.get(&transaction.sender)?.balance,
        };
        let histories = self.record(transaction, &receipt)?;
        Ok(Draft { receipt, histories, totals })
    }

    /// Drafts the transaction into the histories of those who take part; gives the histories before it.
    fn record(&mut self, transaction: &Transaction, receipt: &Receipt) -> Result<Histories, ExecutionError> {
        let height = self.context.height;
        let index = u32::try_from(self.receipts.len()).expect("the limit on a block's bytes keeps it below 2^32");
        let mut histories = Histories::new();
        for address in transaction.participants() {
            let account = self.accounts.get_mut(&address)?;
            histories.insert(address, account.history);
            account.history = account.history.after(height, index, receipt);
        }
        Ok(histories)
    }

    /// Drafts what a checked action does.
    fn act(&mut self, sender: &Address, action: &Action) -> Result<(), ExecutionError> {
        let Self { context, accounts, .. } = self;
        match action {
            Action::Transfer { outputs } => transfer::apply(accounts, sender, outputs)?,
            Action::SetAccount { authority, memo_required } => {
                set_account::apply(accounts.get_mut(sender)?, sender, authority.as_ref(), *memo_required);
            }
            Action::Bond { key, possession: _, amount } => {
                let candidate = bond::draft(context, accounts, sender, key, *amount)?;
                debit(accounts, sender, *amount)?;
                accounts.candidates.put(*sender, candidate);
            }
            Action::Unbond { amount } => {
                let candidate = unbond::draft(context, accounts, sender, *amount)?;
                accounts.candidates.put(*sender, candidate);
            }
            Action::Withdraw => {
                let (candidate, amount) = withdraw::draft(context, accounts, sender)?;
                credit(accounts, sender, amount)?;
                accounts.candidates.put(*sender, candidate);
            }
            Action::Unjail => {
                let candidate = unjail::draft(context, accounts, sender)?;
                accounts.candidates.put(*sender, candidate);
            }
        }
        Ok(())
    }

    /// Ends the block of that time: shares the fees, moves base fee and clock, and elects the validators of the next height.
    ///
    /// # Errors
    /// [`ExecutionError::State`] when the store fails, [`ExecutionError::UnknownProposer`] for a proposer outside the set.
    ///
    /// # Panics
    /// When what changed does not add up to what it did before.
    pub fn finish(
        mut self,
        system: SystemState,
        validators: &ValidatorSet,
        proposer: &PublicKey,
        time_ms: u64,
    ) -> Result<Effects, ExecutionError> {
        let shares = fees::share(self.totals.fees, validators, proposer).ok_or(ExecutionError::UnknownProposer)?;
        for (operator, amount) in shares {
            credit(&mut self.accounts, &operator, amount)?;
        }
        self.accounts.keep();
        let (before, after) = self.accounts.sums();
        assert_eq!(before, after, "every debit has its credit, and every fee its shares");
        let parameters = &self.context.parameters;
        let bytes = u64::try_from(self.totals.bytes).expect("no address space has more than 64 bits");
        let base_fee_per_byte = fees::next_base_fee(system.base_fee_per_byte, bytes, parameters);
        let clock = system.clock.after(self.context.height, time_ms, parameters.unbonding_ms());
        let next = SystemState { base_fee_per_byte, clock, ..system };
        let candidates = &self.accounts.candidates;
        let elected = candidates.is_changed().then(|| election::elect(candidates.iter(), parameters.bond_min));
        let elected = elected.flatten().unwrap_or_else(|| validators.clone());
        let Self { accounts, receipts, histories, .. } = self;
        let (mut changes, listed) = accounts.into_changes();
        if next != system {
            changes.insert(SystemState::key(), Some(leaf_bytes(&next)));
        }
        if elected != *validators {
            changes.insert(validators_key(), Some(leaf_bytes(&elected)));
        }
        Ok(Effects { receipts, histories, system: next, validators: elected, listed, changes })
    }
}

/// What a transaction would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// The receipt that it would have.
    pub receipt: Receipt,
    /// What each account that it touches has before and would have after it.
    pub balances: BTreeMap<Address, (Amount, Amount)>,
}

/// What a block does.
pub struct Effects {
    /// A receipt for each transaction, in their order.
    pub receipts: Vec<Receipt>,
    /// For each transaction, the histories before it of those who took part.
    pub(crate) histories: Vec<Histories>,
    /// The facts about the chain after the block.
    pub system: SystemState,
    /// The validators of the next height.
    pub validators: ValidatorSet,
    /// The changes of the list of candidates.
    pub(crate) listed: ListedChanges,
    /// The changed rows of the state tree.
    pub changes: BTreeMap<Hash, Option<Vec<u8>>>,
}

/// Takes money from an account.
fn debit(accounts: &mut Accounts<'_>, address: &Address, amount: Amount) -> Result<(), ExecutionError> {
    let account = accounts.get_mut(address)?;
    let rest = account.balance.checked_sub(amount);
    account.balance = rest.ok_or(ExecutionError::InsufficientBalance { balance: account.balance, needed: amount })?;
    Ok(())
}

/// Gives money to an account.
fn credit(accounts: &mut Accounts<'_>, address: &Address, amount: Amount) -> Result<(), ExecutionError> {
    let account = accounts.get_mut(address)?;
    account.balance = account.balance.checked_add(amount).ok_or(ExecutionError::OverSupply)?;
    Ok(())
}

#[cfg(test)]
mod tests;
