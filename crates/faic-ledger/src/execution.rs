//! Execution: what the transactions of a block do to the accounts.
//!
//! Proposer and verifier run the same code: [`Execution::apply`] drafts a transaction and then keeps the whole draft, or
//! forgets it and says why. Signatures are not looked at here, which is why it takes only a [`VerifiedTransaction`]. A
//! block moves money and makes none: [`Execution::finish`] adds up every account that changed, before and after.

use std::collections::BTreeMap;

use faic_core::{
    Account, Address, Amount, ChainId, Hash, Height, PublicKey, Transaction,
    block::{Receipt, ValidatorSet},
    transaction::Action,
};

use crate::{
    fees,
    genesis::Parameters,
    state::{Accounts, SystemState, leaf_bytes},
    store::{Store, StoreError},
    validation::VerifiedTransaction,
};

mod set_account;
mod transfer;

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

/// Checks what the receivers ask of a payment to them; up to as many reads as there are outputs.
///
/// # Errors
/// [`ExecutionError::MemoRequired`] or [`ExecutionError::State`].
pub fn check_receivers(accounts: &mut Accounts<'_>, transaction: &Transaction) -> Result<(), ExecutionError> {
    match &transaction.action {
        Action::Transfer { outputs } => transfer::check(accounts, outputs, &transaction.memo),
        Action::SetAccount { .. } => Ok(()),
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
    /// The accounts with the changes so far.
    accounts: Accounts<'a>,
    /// The sums so far.
    totals: Totals,
    /// A receipt for each transaction.
    receipts: Vec<Receipt>,
}

/// The sums over the transactions of a block.
#[derive(Debug, Clone, Copy)]
struct Totals {
    /// Their fees.
    fees: Amount,
    /// Their canonical bytes.
    bytes: usize,
}

impl<'a> Execution<'a> {
    /// Begins a block on the state in `store`.
    pub fn new(context: Context, store: &'a dyn Store) -> Self {
        let totals = Totals { fees: Amount::ZERO, bytes: 0 };
        Self { context, accounts: Accounts::new(store), totals, receipts: Vec::new() }
    }

    /// The canonical bytes of the transactions so far.
    pub const fn bytes(&self) -> usize {
        self.totals.bytes
    }

    /// Does all that a transaction asks, or nothing.
    ///
    /// # Errors
    /// [`ExecutionError`] says why nothing was done.
    pub fn apply(&mut self, verified: &VerifiedTransaction) -> Result<(), ExecutionError> {
        match self.draft(verified) {
            Ok((receipt, totals)) => {
                self.accounts.keep();
                self.totals = totals;
                self.receipts.push(receipt);
                Ok(())
            }
            Err(error) => {
                self.accounts.forget();
                Err(error)
            }
        }
    }

    /// Checks and drafts a transaction; wherever it fails, nothing but the draft has changed.
    fn draft(&mut self, verified: &VerifiedTransaction) -> Result<(Receipt, Totals), ExecutionError> {
        let transaction = &verified.signed().transaction;
        check(&self.context, &mut self.accounts, transaction, verified.bytes(), SequenceRule::Next)?;
        check_receivers(&mut self.accounts, transaction)?;
        debit(&mut self.accounts, transaction.payer(), transaction.fee)?;
        let next = transaction.nonce.sequence.checked_add(1).ok_or(ExecutionError::SequenceEnd)?;
        self.accounts.get_mut(&transaction.sender)?.lanes.insert(transaction.nonce.lane, next);
        match &transaction.action {
            Action::Transfer { outputs } => transfer::apply(&mut self.accounts, &transaction.sender, outputs)?,
            Action::SetAccount { authority, memo_required } => {
                let account = self.accounts.get_mut(&transaction.sender)?;
                set_account::apply(account, &transaction.sender, authority.as_ref(), *memo_required);
            }
        }
        let totals = Totals {
            fees: self.totals.fees.checked_add(transaction.fee).ok_or(ExecutionError::OverSupply)?,
            bytes: self.totals.bytes.checked_add(verified.bytes()).expect("a block in memory has an address space"),
        };
        let receipt = Receipt {
            transaction: verified.id(),
            payer: *transaction.payer(),
            fee: transaction.fee,
            base_fee_per_byte: self.context.base_fee_per_byte,
            sender_balance: self.accounts.get(&transaction.sender)?.balance,
        };
        Ok((receipt, totals))
    }

    /// Ends the block: shares the fees and moves the base fee.
    ///
    /// # Errors
    /// [`ExecutionError::State`] when the store fails, [`ExecutionError::UnknownProposer`] for a proposer outside the set.
    ///
    /// # Panics
    /// When the accounts that changed do not add up to what they did before.
    pub fn finish(
        mut self,
        system: SystemState,
        parameters: &Parameters,
        validators: &ValidatorSet,
        proposer: &PublicKey,
    ) -> Result<Effects, ExecutionError> {
        let shares = fees::share(self.totals.fees, validators, proposer).ok_or(ExecutionError::UnknownProposer)?;
        for (operator, amount) in shares {
            credit(&mut self.accounts, &operator, amount)?;
        }
        self.accounts.keep();
        let (before, after) = self.accounts.sums();
        assert_eq!(before, after, "every debit has its credit, and every fee its shares");
        let bytes = u64::try_from(self.totals.bytes).expect("no address space has more than 64 bits");
        let base_fee_per_byte = fees::next_base_fee(system.base_fee_per_byte, bytes, parameters);
        let mut changes = self.accounts.into_changes();
        let next = SystemState { base_fee_per_byte, ..system };
        if next != system {
            changes.insert(SystemState::key(), Some(leaf_bytes(&next)));
        }
        Ok(Effects { receipts: self.receipts, system: next, changes })
    }
}

/// What a block does.
pub struct Effects {
    /// A receipt for each transaction, in their order.
    pub receipts: Vec<Receipt>,
    /// The facts about the chain after the block.
    pub system: SystemState,
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

/// Why a transaction can't be in the next block.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// Made for another chain.
    #[error("the transaction is for another chain, this is {expected}")]
    OtherChain {
        /// The chain of this ledger.
        expected: ChainId,
    },
    /// Its last height has passed.
    #[error("the transaction was valid until height {valid_until}, the next block is {height}")]
    Expired {
        /// The transaction's last height.
        valid_until: Height,
        /// The height of the next block.
        height: Height,
    },
    /// Its last height is too far ahead.
    #[error("valid_until is too far ahead, at most {most} is allowed now")]
    ValidTooLong {
        /// The highest `valid_until` at this height.
        most: Height,
    },
    /// A fee below the base fee.
    #[error("the fee is too low, at least {} nano are needed now", needed.nano())]
    FeeTooLow {
        /// The least fee now.
        needed: Amount,
    },
    /// Another place in the lane than the next.
    #[error("the sequence is {found}, the lane's next is {expected}")]
    Sequence {
        /// The lane's next sequence.
        expected: u64,
        /// The transaction's sequence.
        found: u64,
    },
    /// The lane's last sequence, after which none is left.
    #[error("the lane has no sequence left")]
    SequenceEnd,
    /// The authority does not govern the sender.
    #[error("the authority does not govern the sender's account")]
    OtherAuthority,
    /// The authority does not govern the fee payer.
    #[error("the authority does not govern the fee payer's account")]
    OtherPayerAuthority,
    /// More is spent than there is.
    #[error("the balance is {} nano, {} nano are needed", balance.nano(), needed.nano())]
    InsufficientBalance {
        /// What the account has.
        balance: Amount,
        /// What outputs and fee take from it.
        needed: Amount,
    },
    /// A receiver asks for a memo and there is none.
    #[error("output {output} goes to an account that requires a memo")]
    MemoRequired {
        /// The position of the output, from 0.
        output: usize,
    },
    /// A sum is over the supply.
    #[error("a sum is over the supply")]
    OverSupply,
    /// The proposer is not a validator of this height.
    #[error("the proposer is not a validator")]
    UnknownProposer,
    /// The store failed; nothing is known about the transaction.
    #[error("the state can't be read")]
    State(#[from] StoreError),
}

#[cfg(test)]
mod tests;
