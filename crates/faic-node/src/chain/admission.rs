//! Letting transactions in: how they come, what becomes of them, and who is to blame for a refusal.

use std::sync::Arc;

use faic_core::{Hash, Height, SignedTransaction, crypto::VerifyError};
use faic_ledger::{
    Ledger, VerifiedTransaction, execution::ExecutionError, state::Accounts, store::StoreError, validation::FastError,
};
use tracing::{Span, debug, instrument};

use super::{Chain, Event, Outcome, Reason, inclusion};
use crate::mempool::{Inserted, Insertion, MempoolError, Standing};

/// How a transaction came to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A user, or a peer in the name of one, handed it to this node alone, which tells the others of it.
    Here,
    /// It was gossiped: the network passes it on by itself.
    Gossip,
}

/// What became of a submitted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// The id of the transaction.
    pub id: Hash,
    /// Whether it is new here; only what is new is gossiped.
    pub news: News,
}

/// Whether a transaction is new to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is.
    New,
    /// It was pooled already.
    Pooled,
    /// It was final already.
    Final,
}

/// Why a transaction is not let into the mempool.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// It breaks a rule.
    #[error(transparent)]
    Fast(#[from] FastError),
    /// There is no room for it, or it does not fit to what waits.
    #[error(transparent)]
    Mempool(#[from] MempoolError),
    /// Another transaction with its sequence is in the block that is being decided, so it is too late to replace it.
    #[error("another transaction with this sequence is in the block that is being decided")]
    Deciding,
    /// The ledger can't be read; nothing is known about the transaction.
    #[error("the ledger can't be read")]
    Store(#[from] StoreError),
}

/// What a first look at a transaction finds.
enum Look {
    /// It is here already, with the same signatures.
    Known(Admitted),
    /// It is here already, with other signatures, which the id does not cover: they must hold by themselves.
    KnownOtherwise(Admitted),
    /// It is new, and keeps the rules that cost little to check.
    New,
}

impl Chain {
    /// Checks a transaction and lets it into the mempool; the door for users and peers alike.
    ///
    /// A transaction that is pooled or final already is found so, and nothing changes.
    ///
    /// # Errors
    /// [`AdmitError`] names the broken rule or the limit.
    #[instrument(name = "chain.admit", level = "debug", skip_all, fields(tx = %signed.id()))]
    pub async fn admit(self: &Arc<Self>, signed: SignedTransaction) -> Result<Admitted, AdmitError> {
        self.admit_from(Origin::Here, signed).await
    }

    /// [`Chain::admit`] for a transaction that came in another way.
    ///
    /// # Errors
    /// Those of [`Chain::admit`].
    pub async fn admit_from(
        self: &Arc<Self>,
        origin: Origin,
        signed: SignedTransaction,
    ) -> Result<Admitted, AdmitError> {
        let mut admitted = self.admit_all(origin, vec![signed]).await;
        admitted.pop().expect("there is an answer for each transaction")
    }

    /// [`Chain::admit_from`] for many transactions, which are let in in their order: their signatures are verified
    /// together, and what is asked of the ledger is asked once. Each has an answer of its own.
    pub async fn admit_all(
        self: &Arc<Self>,
        origin: Origin,
        transactions: Vec<SignedTransaction>,
    ) -> Vec<Result<Admitted, AdmitError>> {
        let (chain, span) = (Arc::clone(self), Span::current());
        self.run_visitor(move || span.in_scope(|| chain.admit_now(origin, transactions))).await
    }

    /// [`Chain::admit_all`] on this thread.
    fn admit_now(&self, origin: Origin, transactions: Vec<SignedTransaction>) -> Vec<Result<Admitted, AdmitError>> {
        let ids: Vec<Hash> = transactions.iter().map(SignedTransaction::id).collect();
        let answers = self.admit_checked(origin, &ids, transactions);
        let mut has_new = false;
        for (id, answer) in ids.iter().zip(&answers) {
            match answer {
                Ok(Admitted { news: News::New, .. }) => {
                    has_new = true;
                    debug!(tx = %id, "transaction.pooled");
                }
                Ok(Admitted { news: News::Pooled | News::Final, .. }) => {}
                Err(error) => debug!(tx = %id, error = error as &dyn std::error::Error, "transaction.refused"),
            }
        }
        if has_new {
            self.work.notify_waiters();
        }
        answers
    }

    /// Checks transactions and pools them, without holding a lock while their signatures are verified.
    fn admit_checked(
        &self,
        origin: Origin,
        ids: &[Hash],
        transactions: Vec<SignedTransaction>,
    ) -> Vec<Result<Admitted, AdmitError>> {
        let (height, looks) = {
            let ledger = self.ledger();
            let mut accounts = ledger.accounts();
            let look = |(id, signed): (&Hash, &SignedTransaction)| self.look_at(&ledger, &mut accounts, *id, signed);
            (ledger.tip().height, ids.iter().zip(&transactions).map(look).collect::<Vec<_>>())
        };
        let unverified = transactions.into_iter().zip(&looks);
        let unverified = unverified.filter(|(_, look)| matches!(look, Ok(Look::New | Look::KnownOtherwise(_))));
        let unverified = unverified.map(|(signed, _)| signed).collect();
        let mut verified = self.validation.fast.check_signatures_of_all(unverified).into_iter();
        let ledger = self.ledger();
        let mut accounts = ledger.accounts();
        let settle = |look: Result<Look, AdmitError>| {
            let look = look?;
            if let Look::Known(known) = look {
                return Ok(known);
            }
            let verified = verified.next().expect("what is not known was verified")?;
            match look {
                Look::Known(known) | Look::KnownOtherwise(known) => Ok(known),
                Look::New => self.enter(origin, (&ledger, &mut accounts), height, verified),
            }
        };
        looks.into_iter().map(settle).collect()
    }

    /// Takes a first look at a transaction, and checks what costs little.
    fn look_at(
        &self,
        ledger: &Ledger,
        accounts: &mut Accounts<'_>,
        id: Hash,
        signed: &SignedTransaction,
    ) -> Result<Look, AdmitError> {
        match self.known(ledger, id)? {
            Some((admitted, same)) if same == *signed => Ok(Look::Known(admitted)),
            Some((admitted, _)) => Ok(Look::KnownOtherwise(admitted)),
            None => {
                self.validation.fast.check_rules(&ledger.context(), accounts, signed)?;
                Ok(Look::New)
            }
        }
    }

    /// Lets in a transaction whose rules were checked at a height and whose signatures hold.
    fn enter(
        &self,
        origin: Origin,
        (ledger, accounts): (&Ledger, &mut Accounts<'_>),
        height: Height,
        verified: VerifiedTransaction,
    ) -> Result<Admitted, AdmitError> {
        if ledger.tip().height != height {
            if let Some((known, _)) = self.known(ledger, verified.id())? {
                return Ok(known);
            }
            self.validation.fast.check_rules(&ledger.context(), accounts, verified.signed())?;
        }
        self.validation.fast.check_action(&ledger.context(), accounts, &verified)?;
        self.pool(origin, verified, accounts)
    }

    /// How a transaction is found that is pooled or final already, and with which signatures it is.
    fn known(&self, ledger: &Ledger, id: Hash) -> Result<Option<(Admitted, SignedTransaction)>, StoreError> {
        if let Some(pooled) = self.mempool().get(&id) {
            return Ok(Some((Admitted { id, news: News::Pooled }, pooled.signed().clone())));
        }
        let Some((height, index)) = ledger.locate(&id)? else { return Ok(None) };
        let inclusion = inclusion(ledger, &id, height, index)?;
        Ok(Some((Admitted { id, news: News::Final }, inclusion.signed)))
    }

    /// Puts a verified transaction into the mempool, and tells of it and of those that left for it.
    ///
    /// The caller holds the ledger that `accounts` read from.
    fn pool(
        &self,
        origin: Origin,
        verified: VerifiedTransaction,
        accounts: &mut Accounts<'_>,
    ) -> Result<Admitted, AdmitError> {
        let id = verified.id();
        let transaction = &verified.signed().transaction;
        let payer_balance = accounts.get(transaction.payer())?.balance;
        let sender = accounts.get(&transaction.sender)?;
        let standing = Standing {
            next_sequence: sender.next_sequence(transaction.nonce.lane),
            balance: sender.balance,
            payer_balance,
        };
        let place = (transaction.sender, transaction.nonce);
        let accounts = transaction.participants().into_iter().collect();
        let mut mempool = self.mempool();
        let is_taken = mempool.next_sequence(&place.0, place.1.lane).is_some_and(|next| place.1.sequence < next);
        if is_taken && mempool.get(&id).is_none() && self.deciding().contains(&place) {
            return Err(AdmitError::Deciding);
        }
        let Insertion { inserted, evicted } = mempool.insert(verified, &standing)?;
        self.drop_departed(evicted);
        match inserted {
            Inserted::Known => return Ok(Admitted { id, news: News::Pooled }),
            Inserted::New => {}
            Inserted::Replaced(replaced) => self.record(replaced, Outcome::Rejected(Reason::Replaced(id))),
        }
        self.publish(Event::Pooled { id, origin, accounts });
        drop(mempool);
        Ok(Admitted { id, news: News::New })
    }
}

/// Who is to blame for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The peer that passed it on: no honest node would have.
    Peer,
    /// Nobody: it is a matter of what this node holds at the moment.
    Nobody,
}

impl AdmitError {
    /// Who is to blame, if the transaction was gossiped.
    ///
    /// A peer is where the transaction breaks a rule that is the same at every node and every height; whatever depends on
    /// the state, the base fee or the room in a mempool may have looked different there.
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Fast(error) => blame_of_check(error),
            Self::Mempool(_) | Self::Deciding | Self::Store(_) => Blame::Nobody,
        }
    }
}

/// Who is to blame when the first gate refuses.
const fn blame_of_check(error: &FastError) -> Blame {
    match error {
        FastError::Transaction(_)
        | FastError::Signature(VerifyError::Transaction(_) | VerifyError::BadSignature | VerifyError::BadPossession) => {
            Blame::Peer
        }
        FastError::Execution(error) => match error {
            ExecutionError::OtherChain { .. } => Blame::Peer,
            ExecutionError::Expired { .. }
            | ExecutionError::ValidTooLong { .. }
            | ExecutionError::FeeTooLow { .. }
            | ExecutionError::Sequence { .. }
            | ExecutionError::SequenceEnd
            | ExecutionError::OtherAuthority
            | ExecutionError::OtherPayerAuthority
            | ExecutionError::InsufficientBalance { .. }
            | ExecutionError::MemoRequired { .. }
            | ExecutionError::NotACandidate
            | ExecutionError::Tombstoned
            | ExecutionError::NothingToBond
            | ExecutionError::KeyTaken
            | ExecutionError::CandidatesFull
            | ExecutionError::StakeTooLow { .. }
            | ExecutionError::InsufficientStake { .. }
            | ExecutionError::UnbondingFull
            | ExecutionError::NothingToWithdraw { .. }
            | ExecutionError::StillUnbonding { .. }
            | ExecutionError::NotJailed
            | ExecutionError::StillJailed { .. }
            | ExecutionError::OverSupply
            | ExecutionError::UnknownProposer
            | ExecutionError::State(_) => Blame::Nobody,
        },
    }
}

#[cfg(test)]
mod tests;
