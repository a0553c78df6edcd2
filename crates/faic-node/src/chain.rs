//! The chain: the one door through which transactions and blocks reach mempool and ledger.
//!
//! HTTP and peers enter by [`Chain::admit`]; the consensus by the upcall in [`application`](self). Reads take the ledger's
//! lock for their own time only, and everything that computes, touches the disk or waits for the ledger runs off the async
//! threads. Invariants: the ledger is locked before the mempool, the mempool before anything else, and nothing after that.
//! A commit takes the mempool before it lets go of the ledger, and what leaves the mempool is recorded and told of before
//! the mempool is let go; so whoever holds the ledger finds a transaction in it, in the mempool or among the outcomes, and
//! events come in the order in which things happened.

use std::{
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use faic_consensus::ApplicationError;
use faic_core::{
    Address, BasicCrypto, Certificate, Hash, Height, PublicKey, SignedTransaction, Verifier, block::ValidatorSet,
    transaction::Nonce,
};
use faic_ledger::{
    Ledger, Tip, ValidationManager, VerifiedBlock, VerifiedTransaction, ledger::Inclusion, store::StoreError,
    validation::FastError,
};
use tokio::sync::{Notify, Semaphore, broadcast, watch};
use tracing::debug;

use crate::mempool::{Departure, Mempool};

mod admission;
mod application;
mod blocking;
mod event;
mod evidence;
mod outcomes;
mod restoring;

pub use admission::{AdmitError, Admitted, Blame, News, Origin};
pub use application::ChainApplication;
pub(crate) use blocking::run_blocking;
pub use event::Event;
use evidence::EvidencePool;
use outcomes::Outcomes;
pub use outcomes::{Outcome, Reason};

/// How far a block's time may be ahead of this node's clock.
const CLOCK_DRIFT_MAX: Duration = Duration::from_secs(5);
/// How much runs at once for users and peers, for each processor; more than one because each may wait for the disk.
const VISITORS_PER_PROCESSOR: usize = 2;
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
    /// It left the mempool without being final, and [`Outcome`] says how certain that end is; remembered for a while.
    Dropped(Outcome),
    /// Never seen, or forgotten.
    Unknown,
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

impl MempoolStatus {
    /// How full that mempool is.
    pub(crate) fn of(mempool: &Mempool) -> Self {
        Self { transactions: mempool.len(), bytes: mempool.bytes(), fee_per_byte_min: mempool.fee_per_byte_min() }
    }
}

/// What the next block is made under.
#[derive(Debug, Clone)]
struct Terms {
    /// Its base fee, in nano a byte.
    base_fee_per_byte: u64,
    /// Its validators.
    validators: ValidatorSet,
}

impl Terms {
    /// The terms of the block after the ledger's tip.
    fn of(ledger: &Ledger) -> Self {
        Self { base_fee_per_byte: ledger.system().base_fee_per_byte, validators: ledger.validators().clone() }
    }
}

/// The ledger and the mempool of a node.
pub struct Chain {
    /// The final state.
    ledger: RwLock<Ledger>,
    /// What waits.
    mempool: Mutex<Mempool>,
    /// What left the mempool without becoming final.
    outcomes: Mutex<Outcomes>,
    /// The block that was built or verified last on this tip, so that its commit need not execute it again.
    kept: Mutex<Option<VerifiedBlock>>,
    /// A certificate of the tip with more signatures than the ledger's, until the next block is built.
    stronger: Mutex<Option<Certificate>>,
    /// Proofs against validators, for a block of this node.
    evidence: Mutex<EvidencePool>,
    /// The places of the transactions in the block that is being decided; they are not replaced.
    deciding: Mutex<Vec<(Address, Nonce)>>,
    /// What the next block is made under, for those who must not wait for the ledger.
    terms: Mutex<Terms>,
    /// A permit for each piece of work that users and peers may have running, so that a flood of them leaves processor and
    /// ledger to the blocks.
    visitors: Arc<Semaphore>,
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
        let (tip, terms) = (*ledger.tip(), Terms::of(&ledger));
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            ledger: RwLock::new(ledger),
            mempool: Mutex::new(mempool),
            outcomes: Mutex::new(Outcomes::default()),
            kept: Mutex::new(None),
            stronger: Mutex::new(None),
            evidence: Mutex::default(),
            deciding: Mutex::new(Vec::new()),
            terms: Mutex::new(terms),
            visitors: Arc::new(Semaphore::new(processors.saturating_mul(VISITORS_PER_PROCESSOR))),
            validation: ValidationManager::new(&verifier),
            clock,
            work: Notify::new(),
            tip: watch::Sender::new(tip),
            events: broadcast::Sender::new(EVENTS_MAX),
        }
    }

    /// Checks the signatures of transactions, off the async threads, also of those that are refused for what they ask.
    ///
    /// # Errors
    /// [`FastError`] says why the first of them that does not hold does not.
    pub(crate) async fn check_signatures(
        self: &Arc<Self>,
        transactions: Vec<SignedTransaction>,
    ) -> Result<(), FastError> {
        if transactions.is_empty() {
            return Ok(());
        }
        let chain = Arc::clone(self);
        let check = move || chain.validation.fast.check_signatures_of_all(transactions);
        self.run_visitor(check).await.into_iter().try_for_each(|checked| checked.map(drop))
    }

    /// A transaction that waits.
    pub(crate) fn waiting(&self, id: &Hash) -> Option<VerifiedTransaction> {
        self.mempool().get(id).cloned()
    }

    /// The ids of the best transactions that wait, at most `most`.
    pub(crate) fn waiting_ids(&self, most: usize) -> Vec<Hash> {
        self.mempool().candidates(0).take(most).map(VerifiedTransaction::id).collect()
    }

    /// The first sequence of a lane of a sender that is neither pooled nor final; `None` where the ledger can't be read.
    pub(crate) async fn next_sequence(self: &Arc<Self>, (sender, lane): (Address, u8)) -> Option<u64> {
        if let Some(next) = self.mempool().next_sequence(&sender, lane) {
            return Some(next);
        }
        self.read(move |ledger| ledger.account(&sender).map(|account| account.next_sequence(lane))).await.ok()
    }

    /// How full the mempool is.
    pub(crate) fn mempool_status(&self) -> MempoolStatus {
        MempoolStatus::of(&self.mempool())
    }

    /// How full the mempool is, in percent of the limit that it is nearest to.
    pub(crate) fn load_percent(&self) -> u8 {
        self.mempool().load_percent()
    }

    /// Whether a key is that of a validator of the next block.
    pub(crate) fn is_validator(&self, key: &PublicKey) -> bool {
        self.terms().validators.get(key).is_some()
    }

    /// What is known of a transaction.
    ///
    /// # Errors
    /// [`StoreError`] when the ledger can't be read.
    pub async fn state_of(self: &Arc<Self>, id: Hash) -> Result<TransactionState, StoreError> {
        let chain = Arc::clone(self);
        self.run_visitor(move || chain.state_now(&id)).await
    }

    /// [`Chain::state_of`] on this thread.
    fn state_now(&self, id: &Hash) -> Result<TransactionState, StoreError> {
        let ledger = self.ledger();
        if let Some((height, index)) = ledger.locate(id)? {
            let inclusion = Box::new(inclusion(&ledger, id, height, index)?);
            return Ok(TransactionState::Final { height, index, inclusion });
        }
        if let Some(pooled) = self.mempool().get(id) {
            return Ok(TransactionState::Pooled(pooled.clone()));
        }
        Ok(self.outcomes().get(id).map_or(TransactionState::Unknown, TransactionState::Dropped))
    }

    /// Waits until a transaction is final or dropped, or `timeout` has passed; answers how it stands then.
    ///
    /// It looks at each new tip, so a transaction that is dropped between two blocks is told of at the second.
    ///
    /// # Errors
    /// [`StoreError`] when the ledger can't be read.
    pub async fn wait_for(self: &Arc<Self>, id: Hash, timeout: Duration) -> Result<TransactionState, StoreError> {
        let mut tip = self.tip.subscribe();
        let settled = async {
            loop {
                let state = self.state_of(id).await?;
                if matches!(state, TransactionState::Final { .. } | TransactionState::Dropped(_)) {
                    return Ok(state);
                }
                // What is still pooled after a block is not in it: most waits look no further.
                while tip.changed().await.is_ok() && self.mempool().get(&id).is_some() {}
            }
        };
        match tokio::time::timeout(timeout, settled).await {
            Ok(state) => state,
            Err(_) => self.state_of(id).await,
        }
    }

    /// The end of the chain: the last block that is durable.
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

    /// Reads the ledger off the async threads; `read` must be short, because a commit waits for it.
    pub async fn read<T: Send + 'static>(self: &Arc<Self>, read: impl FnOnce(&Ledger) -> T + Send + 'static) -> T {
        let chain = Arc::clone(self);
        self.run_visitor(move || read(&chain.ledger())).await
    }

    /// Reads the ledger like [`Self::read`], and goes on with what was read when the ledger is let go: for work that a
    /// commit must not wait for.
    pub async fn read_then<R, T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Ledger) -> R + Send + 'static,
        then: impl FnOnce(R) -> T + Send + 'static,
    ) -> T {
        let chain = Arc::clone(self);
        self.run_visitor(move || {
            let found = read(&chain.ledger());
            then(found)
        })
        .await
    }

    /// Reads ledger and mempool at one moment, off the async threads; `read` must be short, because a commit waits for it.
    pub async fn read_with_mempool<T: Send + 'static>(
        self: &Arc<Self>,
        read: impl FnOnce(&Ledger, &Mempool) -> T + Send + 'static,
    ) -> T {
        let chain = Arc::clone(self);
        self.run_visitor(move || {
            let ledger = chain.ledger();
            let mempool = chain.mempool();
            // The lock is let go before a panic goes on: whoever only reads leaves nothing half done.
            let done = catch_unwind(AssertUnwindSafe(|| read(&ledger, &mempool)));
            drop(mempool);
            done.unwrap_or_else(|panic| resume_unwind(panic))
        })
        .await
    }

    /// Runs the work of a user or a peer off the async threads, once it is its turn; a panic there is passed on.
    async fn run_visitor<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let permit = Arc::clone(&self.visitors).acquire_owned().await.expect("the semaphore is never closed");
        // The permit goes with the work, which goes on when nobody waits for it any more.
        run_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
    }

    /// Records what left the mempool, and tells of it; the caller holds the mempool.
    fn drop_departed(&self, departures: impl IntoIterator<Item = Departure>) {
        for Departure { id, cause } in departures {
            self.record(id, Outcome::from(cause));
        }
    }

    /// Records what became of a transaction that left the mempool, and tells of it; the caller holds the mempool.
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

    /// The places of the transactions in the block that is being decided.
    fn deciding(&self) -> MutexGuard<'_, Vec<(Address, Nonce)>> {
        self.deciding.lock().expect("a panic while the places were locked stops the node")
    }

    /// What the next block is made under.
    fn terms(&self) -> MutexGuard<'_, Terms> {
        self.terms.lock().expect("a panic while the terms were locked stops the node")
    }
}

/// The transaction that the ledger locates at that place.
fn inclusion(ledger: &Ledger, id: &Hash, height: Height, index: u32) -> Result<Inclusion, StoreError> {
    ledger.inclusion(height, index)?.ok_or_else(|| StoreError::Corrupt {
        detail: format!("transaction {id} is missing at height {height}, position {index}"),
    })
}

/// The ledger failed, whatever the block.
fn failed(source: impl std::error::Error + Send + Sync + 'static) -> ApplicationError {
    ApplicationError::Failed { source: Box::new(source) }
}

#[cfg(test)]
mod tests;
