//! The chain: the one door through which transactions and blocks reach mempool and ledger.
//!
//! HTTP and peers enter by [`Chain::admit`]; the consensus by the upcall in [`application`](self). Reads take the ledger's
//! lock for their own time only, and everything that computes or touches the disk runs off the async threads.
//! Invariants: the ledger is locked before the mempool, never the other way; a transaction leaves the mempool only after
//! the ledger has its block, so whoever holds the ledger's lock finds it in one of the two.

use std::{
    sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use faic_consensus::ApplicationError;
use faic_core::{BasicCrypto, Hash, Height, SignedTransaction, Verifier};
use faic_ledger::{
    Ledger, Tip, ValidationManager, VerifiedBlock, VerifiedTransaction, ledger::Inclusion, store::StoreError,
    validation::FastError,
};
use tokio::sync::{Notify, broadcast, watch};
use tracing::{debug, instrument};

use crate::mempool::{Departure, Inserted, Mempool, MempoolError, Standing};

mod application;
mod outcomes;

pub use application::ChainApplication;
use outcomes::Outcomes;
pub use outcomes::{Outcome, Reason};

/// How far a block's time may be ahead of this node's clock.
const CLOCK_DRIFT_MAX: Duration = Duration::from_secs(5);
/// Most events that a slow subscriber may fall behind.
const EVENTS_MAX: usize = 4_096;

/// Reads the time, in milliseconds since 1970-01-01 UTC.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The clock of this machine.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// Something that subscribers may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A block became final.
    Block {
        /// Its height.
        height: Height,
        /// Its id.
        id: Hash,
        /// The ids of its transactions, in their order.
        transactions: Arc<[Hash]>,
    },
    /// A transaction entered the mempool.
    Pooled(Hash),
    /// A transaction left the mempool and will not become final.
    Dropped {
        /// Its id.
        id: Hash,
        /// Why it left.
        outcome: Outcome,
    },
}

/// What is known of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionState {
    /// In the mempool.
    Pooled(VerifiedTransaction),
    /// In a final block.
    Final {
        /// The height of the block.
        height: Height,
        /// The position in the block.
        index: u32,
        /// The transaction and its receipt.
        inclusion: Box<Inclusion>,
    },
    /// It left the mempool and will not become final; remembered for a while.
    Dropped(Outcome),
    /// Never seen, or forgotten.
    Unknown,
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

/// How full the mempool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MempoolStatus {
    /// Transactions that wait.
    pub transactions: usize,
    /// Their canonical bytes.
    pub bytes: usize,
    /// The least fee a byte, in nano, with which a transaction gets in now.
    pub fee_per_byte_min: u64,
}

/// The ledger and the mempool of a node.
pub struct Chain {
    /// The final state.
    ledger: RwLock<Ledger>,
    /// What waits.
    mempool: Mutex<Mempool>,
    /// What left the mempool without becoming final.
    outcomes: Mutex<Outcomes>,
    /// The block that was built or verified last, so that its commit need not execute it again.
    verified: Mutex<Option<VerifiedBlock>>,
    /// The gates.
    validation: ValidationManager,
    /// Reads the time.
    clock: Clock,
    /// Wakes a proposer that waits for work.
    work: Notify,
    /// Tells of every new tip.
    tip: watch::Sender<Tip>,
    /// Tells of everything else.
    events: broadcast::Sender<Event>,
}

impl Chain {
    /// A chain over an open ledger and an empty mempool.
    pub fn new(ledger: Ledger, mempool: Mempool, clock: Clock) -> Self {
        let verifier: Arc<dyn Verifier> = Arc::new(BasicCrypto::default());
        let tip = *ledger.tip();
        Self {
            ledger: RwLock::new(ledger),
            mempool: Mutex::new(mempool),
            outcomes: Mutex::new(Outcomes::default()),
            verified: Mutex::new(None),
            validation: ValidationManager::new(&verifier),
            clock,
            work: Notify::new(),
            tip: watch::Sender::new(tip),
            events: broadcast::Sender::new(EVENTS_MAX),
        }
    }

    /// Checks a transaction and lets it into the mempool; the door for users and peers alike.
    ///
    /// A transaction that is pooled or final already is found so, and nothing changes.
    ///
    /// # Errors
    /// [`AdmitError`] names the broken rule or the limit.
    #[instrument(name = "chain.admit", skip_all, fields(tx = %signed.id()))]
    pub async fn admit(self: &Arc<Self>, signed: SignedTransaction) -> Result<Admitted, AdmitError> {
        let (chain, span) = (Arc::clone(self), tracing::Span::current());
        run_blocking(move || span.in_scope(|| chain.admit_now(signed))).await
    }

    /// [`Chain::admit`] on this thread.
    fn admit_now(&self, signed: SignedTransaction) -> Result<Admitted, AdmitError> {
        signed.check().map_err(FastError::from)?;
        let id = signed.id();
        let ledger = self.ledger();
        // The ledger is asked first: a transaction that was just committed is in the mempool for a moment longer.
        if ledger.locate(&id)?.is_some() {
            return Ok(Admitted { id, news: News::Final });
        }
        if self.mempool().get(&id).is_some() {
            return Ok(Admitted { id, news: News::Pooled });
        }
        let mut accounts = ledger.accounts();
        let verified = self.validation.fast.check(&ledger.context(), &mut accounts, signed).inspect_err(|error| {
            debug!(error = error as &dyn std::error::Error, "transaction.refused");
        })?;
        let transaction = &verified.signed().transaction;
        let payer_balance = accounts.get(transaction.payer())?.balance;
        let sender = accounts.get(&transaction.sender)?;
        let standing = Standing {
            next_sequence: sender.next_sequence(transaction.nonce.lane),
            balance: sender.balance,
            payer_balance,
        };
        let insertion = self.mempool().insert(verified, &standing).inspect_err(|error| {
            debug!(error = error as &dyn std::error::Error, "transaction.refused");
        })?;
        drop(ledger);
        self.drop_departed(insertion.evicted);
        let news = match insertion.inserted {
            Inserted::Known => News::Pooled,
            Inserted::New => News::New,
            Inserted::Replaced(replaced) => {
                self.record(replaced, Outcome::Rejected(Reason::Replaced(id)));
                News::New
            }
        };
        if news == News::New {
            debug!("transaction.pooled");
            self.publish(Event::Pooled(id));
            self.work.notify_waiters();
        }
        Ok(Admitted { id, news })
    }

    /// What is known of a transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the ledger can't be read.
    pub async fn state_of(self: &Arc<Self>, id: Hash) -> Result<TransactionState, StoreError> {
        let chain = Arc::clone(self);
        run_blocking(move || chain.state_now(&id)).await
    }

    /// [`Chain::state_of`] on this thread.
    fn state_now(&self, id: &Hash) -> Result<TransactionState, StoreError> {
        let ledger = self.ledger();
        if let Some((height, index)) = ledger.locate(id)? {
            let inclusion = ledger.inclusion(height, index)?.ok_or_else(|| StoreError::Corrupt {
                detail: format!("transaction {id} is missing at height {height}, position {index}"),
            })?;
            return Ok(TransactionState::Final { height, index, inclusion: Box::new(inclusion) });
        }
        if let Some(pooled) = self.mempool().get(id) {
            return Ok(TransactionState::Pooled(pooled.clone()));
        }
        Ok(self.outcomes().get(id).map_or(TransactionState::Unknown, TransactionState::Dropped))
    }

    /// Waits until a transaction is final or dropped, or `timeout` has passed; answers how it stands then.
    ///
    /// # Errors
    /// [`StoreError`] when the ledger can't be read.
    pub async fn wait_for(self: &Arc<Self>, id: Hash, timeout: Duration) -> Result<TransactionState, StoreError> {
        let mut tip = self.tip.subscribe();
        let deadline = tokio::time::Instant::now() + timeout;
        loop {
            let state = self.state_of(id).await?;
            let settled = matches!(state, TransactionState::Final { .. } | TransactionState::Dropped(_));
            if settled || !matches!(tokio::time::timeout_at(deadline, tip.changed()).await, Ok(Ok(()))) {
                return Ok(state);
            }
        }
    }

    /// The end of the chain, as of the last commit that returned.
    pub fn tip(&self) -> Tip {
        *self.tip.borrow()
    }

    /// A receiver that sees every new tip.
    pub fn tips(&self) -> watch::Receiver<Tip> {
        self.tip.subscribe()
    }

    /// A receiver of what happens from now on; one that falls too far behind is told how much it missed.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// How full the mempool is.
    pub fn mempool_status(&self) -> MempoolStatus {
        let mempool = self.mempool();
        MempoolStatus {
            transactions: mempool.len(),
            bytes: mempool.bytes(),
            fee_per_byte_min: mempool.fee_per_byte_min(),
        }
    }

    /// Reads the ledger off the async threads; `read` must be short, because a commit waits for it.
    pub async fn read<T: Send + 'static>(self: &Arc<Self>, read: impl FnOnce(&Ledger) -> T + Send + 'static) -> T {
        let chain = Arc::clone(self);
        run_blocking(move || read(&chain.ledger())).await
    }

    /// Reads ledger and mempool at one moment, off the async threads; `read` must be short, because a commit waits for it.
    pub async fn read_with_mempool<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Ledger, &Mempool) -> T + Send + 'static,
    ) -> T {
        let chain = Arc::clone(self);
        run_blocking(move || {
            let ledger = chain.ledger();
            let mempool = chain.mempool();
            read(&ledger, &mempool)
        })
        .await
    }

    /// Records what left the mempool, and tells of it.
    fn drop_departed(&self, departures: impl IntoIterator<Item = Departure>) {
        for Departure { id, cause } in departures {
            self.record(id, Outcome::from(cause));
        }
    }

    /// Records what became of a transaction that will not become final, and tells of it.
    fn record(&self, id: Hash, outcome: Outcome) {
        debug!(tx = %id, outcome = %outcome, "transaction.dropped");
        self.outcomes().insert(id, outcome.clone());
        self.publish(Event::Dropped { id, outcome });
    }

    /// Tells the subscribers, if there are any.
    fn publish(&self, event: Event) {
        // An error only says that nobody listens.
        let _ = self.events.send(event);
    }

    /// The ledger, to be read.
    fn ledger(&self) -> RwLockReadGuard<'_, Ledger> {
        self.ledger.read().expect("a panic while the ledger was locked stops the node")
    }

    /// The mempool.
    fn mempool(&self) -> MutexGuard<'_, Mempool> {
        self.mempool.lock().expect("a panic while the mempool was locked stops the node")
    }

    /// What left the mempool.
    fn outcomes(&self) -> MutexGuard<'_, Outcomes> {
        self.outcomes.lock().expect("a panic while the outcomes were locked stops the node")
    }
}

/// Runs what computes or touches the disk off the async threads; a panic there is passed on.
pub(crate) async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
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
    /// The ledger can't be read; nothing is known about the transaction.
    #[error("the ledger can't be read")]
    Store(#[from] StoreError),
}

/// The ledger failed, or a rule is broken; which of them, the consensus must know.
fn failed(source: impl std::error::Error + Send + Sync + 'static) -> ApplicationError {
    ApplicationError::Failed { source: Box::new(source) }
}

#[cfg(test)]
mod tests;
