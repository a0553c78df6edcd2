//! Transactions of an account whose key this node holds: sequence, fee, signature, submission.
//!
//! Those of one account are made one after the other, so that concurrent ones get distinct sequences. The sequence comes
//! from the mempool where the lane has something waiting and from the ledger else, read at one moment. Where the same key
//! signs elsewhere too, a transaction whose sequence was taken meanwhile is made again.

use std::sync::Arc;

use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, Hash, Height, KeyManager, SecretKey, SignedTransaction, Signer,
    Transaction,
    crypto::sign_transaction,
    transaction::{Action, FeePayer, LANES, Nonce, OUTPUTS_MAX, Output, TransactionBuilder},
};
use faic_ledger::{Ledger, VerifiedTransaction, execution::VALID_FOR_BLOCKS_MAX};
use tracing::{debug, info, instrument};

use super::turns::Turns;
use crate::{Chain, ErrorCode, FaicError, Mempool, chain::News};

/// How often a transaction is tried whose sequence somebody else with the same key takes meanwhile.
const TRIES: u32 = 5;

/// What to do about an order that no transaction can be made of.
const CORRECT_BODY: &str = "Correct the body: 1 to 256 outputs, each with a memo of at most 64 bytes or none.";

/// What an account is to do, and how.
#[derive(Debug, Clone)]
pub struct Order {
    /// What to do.
    pub action: Action,
    /// For how many blocks from now the transaction may become final; a thousand when not given.
    pub valid_for: Option<u64>,
    /// The lane; 0 when not given.
    pub lane: Option<u8>,
    /// A note on the whole transaction; may be empty.
    pub memo: String,
    /// Who pays the fee in place of the account.
    pub fee_payer: Option<FeePayer>,
}

impl Order {
    /// For how many blocks a transaction is valid when the user does not say.
    pub const VALID_FOR_BLOCKS_DEFAULT: u64 = 1_000;
    /// Most blocks for which a transaction may be valid.
    pub const VALID_FOR_BLOCKS_MAX: u64 = VALID_FOR_BLOCKS_MAX;

    /// An action with what the user says of time and lane, without a note, whose fee the account itself pays.
    pub const fn new(action: Action, valid_for: Option<u64>, lane: Option<u8>) -> Self {
        Self { action, valid_for, lane, memo: String::new(), fee_payer: None }
    }

    /// A transfer to `outputs`, for the time and in the lane that hold when nobody says otherwise.
    pub const fn transfer(outputs: Vec<Output>) -> Self {
        Self::new(Action::Transfer { outputs }, None, None)
    }

    /// Checks every rule that needs no key and no chain, before anything costly is done.
    ///
    /// # Errors
    /// The broken rule.
    pub fn check(&self) -> Result<(), FaicError> {
        let valid_for = self.valid_for();
        if valid_for == 0 || valid_for > VALID_FOR_BLOCKS_MAX {
            let message = format!("valid_for is {valid_for} blocks where 1 to {VALID_FOR_BLOCKS_MAX} are allowed");
            return Err(FaicError::new(ErrorCode::InvalidBody, message));
        }
        if self.lane() >= LANES {
            let message = format!("lane {} does not exist, lanes are 0 to {}", self.lane(), LANES.saturating_sub(1));
            return Err(FaicError::new(ErrorCode::InvalidBody, message));
        }
        self.action.check().map_err(|error| {
            let error = FaicError::from(error);
            let error = if error.code() == ErrorCode::InvalidTransaction { error.advise(CORRECT_BODY) } else { error };
            match self.bad_output() {
                Some(index) => error.at(&format!("outputs[{index}]")),
                None => error,
            }
        })
    }

    /// Which output breaks a rule by itself, where their number does not.
    fn bad_output(&self) -> Option<usize> {
        let outputs = self.action.outputs();
        if outputs.len() > OUTPUTS_MAX {
            return None;
        }
        outputs.iter().position(|output| output.check().is_err())
    }

    /// For how many blocks from now the transaction may become final.
    fn valid_for(&self) -> u64 {
        self.valid_for.unwrap_or(Self::VALID_FOR_BLOCKS_DEFAULT)
    }

    /// The lane.
    fn lane(&self) -> u8 {
        self.lane.unwrap_or_default()
    }
}

/// A transaction that was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The id of the transaction.
    pub id: Hash,
    /// What is paid for it.
    pub fee: Amount,
    /// Its place among the transactions of the sender.
    pub nonce: Nonce,
    /// The last height at which it may become final.
    pub valid_until: Height,
}

/// Makes transactions.
pub(super) struct Spending {
    /// Where they go.
    chain: Arc<Chain>,
    /// Whose turn it is, for each account.
    turns: Turns<Address>,
}

impl Spending {
    /// Transactions on that chain.
    pub(super) fn new(chain: Arc<Chain>) -> Self {
        Self { chain, turns: Turns::new() }
    }

    /// Signs and submits what the account that begins with `key` is to do.
    ///
    /// # Errors
    /// What [`Chain::admit`] refuses; [`ErrorCode::InvalidTransaction`] for an order that breaks a rule by itself.
    #[instrument(name = "spending.act", skip_all, fields(action = order.action.name()))]
    pub(super) async fn act(&self, key: SecretKey, order: Order) -> Result<Sent, FaicError> {
        order.check()?;
        let lane = order.lane();
        let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key]) };
        let public = *crypto.public_keys().first().expect("one key was put in");
        let authority = Authority::single(public);
        let sender = authority.address();

        let _turn = self.turns.take(sender).await;
        self.check_news(sender, &order.action).await?;
        let mut tries = TRIES;
        loop {
            let transaction = prepare(&self.chain, sender, authority.clone(), &order).await?;
            let (fee, nonce, valid_until) = (transaction.fee, transaction.nonce, transaction.valid_until);
            let signed = sign_transaction(&crypto, transaction)?;
            tries = tries.saturating_sub(1);
            match self.submit(signed).await {
                Ok(id) => {
                    info!(tx = %id, lane, sequence = nonce.sequence, fee = fee.nano(), "spending.sent");
                    return Ok(Sent { id, fee, nonce, valid_until });
                }
                Err(error) if tries > 0 && is_sequence_taken(error.code()) => {
                    debug!(lane, sequence = nonce.sequence, "spending.again");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Refuses settings that the account has already, or will have by what waits, for they would cost a fee and change
    /// nothing.
    async fn check_news(&self, sender: Address, action: &Action) -> Result<(), FaicError> {
        let Action::SetAccount { authority: None, memo_required: Some(wanted) } = *action else { return Ok(()) };
        let state = self.chain.read_with_mempool(move |ledger, mempool| {
            let waiting: Vec<bool> = mempool.of_sender(&sender).filter_map(sets_memo_required).collect();
            Ok::<_, FaicError>((ledger.account(&sender)?.memo_required, waiting))
        });
        let (current, waiting) = state.await?;
        let state = if wanted { "true" } else { "false" };
        if waiting.is_empty() && current == wanted {
            let message = format!("memo_required is {state} already");
            return Err(FaicError::new(ErrorCode::NothingToDo, message));
        }
        if !waiting.is_empty() && waiting.iter().all(|waits| *waits == wanted) {
            let message = format!("memo_required becomes {state} by a transaction that waits for a block");
            return Err(FaicError::new(ErrorCode::NothingToDo, message));
        }
        Ok(())
    }

    /// Submits a transaction that must be new: one that is known is an equal one from elsewhere with the same sequence, and
    /// taking it for this one would pay once where twice was asked for.
    async fn submit(&self, signed: SignedTransaction) -> Result<Hash, FaicError> {
        let admitted = self.chain.admit(signed).await?;
        match admitted.news {
            News::New => Ok(admitted.id),
            News::Pooled | News::Final => {
                Err(FaicError::new(ErrorCode::SequenceUsed, "the same transaction was made elsewhere at this moment"))
            }
        }
    }
}

/// Builds the unsigned transaction of an order: what is missing is filled in as of one moment.
///
/// # Errors
/// The rule that it breaks by itself; that the ledger can't be read.
pub(super) async fn prepare(
    chain: &Arc<Chain>,
    sender: Address,
    authority: Authority,
    order: &Order,
) -> Result<Transaction, FaicError> {
    let (lane, valid_for) = (order.lane(), order.valid_for());
    let quote = quote(chain, sender, lane).await?;
    let mut builder = TransactionBuilder::new(quote.chain_id, sender, authority, order.action.clone())
        .nonce(lane, quote.sequence)
        .valid_until(quote.height.saturating_add(valid_for))
        .memo(&order.memo);
    if let Some(payer) = &order.fee_payer {
        builder = builder.fee_payer(payer.address, payer.authority.clone());
    }
    Ok(builder.build(quote.fee_per_byte)?)
}

/// What a transaction needs to know of the chain, as of one moment.
async fn quote(chain: &Arc<Chain>, sender: Address, lane: u8) -> Result<Quote, FaicError> {
    let quote = chain.read_with_mempool(move |ledger, mempool| {
        let sequence = match mempool.next_sequence(&sender, lane) {
            Some(sequence) => sequence,
            None => ledger.account(&sender)?.next_sequence(lane),
        };
        Ok::<_, FaicError>(Quote {
            chain_id: ledger.genesis().chain_id.clone(),
            height: ledger.tip().height,
            sequence,
            fee_per_byte: fee_per_byte(ledger, mempool),
        })
    });
    quote.await
}

/// What to pay for a byte now, in nano.
pub(super) fn fee_per_byte(ledger: &Ledger, mempool: &Mempool) -> u64 {
    with_headroom(ledger.system().base_fee_per_byte).max(mempool.fee_per_byte_min())
}

/// What a transaction needs to know of the chain.
struct Quote {
    /// The chain.
    chain_id: ChainId,
    /// The height of the tip.
    height: Height,
    /// The next free sequence of the lane.
    sequence: u64,
    /// What to pay for a byte, in nano.
    fee_per_byte: u64,
}

/// What a transaction makes of whether payments to its sender need a memo, where it says so.
fn sets_memo_required(transaction: &VerifiedTransaction) -> Option<bool> {
    match transaction.signed().transaction.action {
        Action::SetAccount { memo_required, .. } => memo_required,
        Action::Transfer { .. } | Action::Bond { .. } | Action::Unbond { .. } | Action::Withdraw | Action::Unjail => {
            None
        }
    }
}

/// Whether a transaction was refused because another one took its sequence.
fn is_sequence_taken(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::SequenceUsed | ErrorCode::ReplacementFeeTooLow)
}

/// What to pay for a byte where the base fee is `base_fee`: half as much again, rounded up, so that the fee still suffices when the next three blocks are full.
pub const fn with_headroom(base_fee: u64) -> u64 {
    base_fee.saturating_add(base_fee.div_ceil(2))
}

#[cfg(test)]
mod tests;
