//! The chain at the end of a restore: the ledger is another one from one moment to the next.

use std::sync::Arc;

use faic_ledger::{
    VerifiedTransaction,
    ledger::{Restore, RestoreError},
};
use tracing::info;

use super::{Chain, Outcome, Reason, Terms, run_blocking};

impl Chain {
    /// Makes a restored state the final one, and tells everybody of the new tip.
    ///
    /// What waits was checked against the genesis, so it is dropped and may be submitted again.
    ///
    /// # Errors
    /// Those of [`Ledger::restore`](faic_ledger::Ledger::restore).
    pub(crate) async fn restore(self: &Arc<Self>, restore: Restore) -> Result<(), RestoreError> {
        let chain = Arc::clone(self);
        run_blocking(move || chain.restore_now(&restore)).await
    }

    /// [`Chain::restore`] on this thread.
    fn restore_now(&self, restore: &Restore) -> Result<(), RestoreError> {
        let mut ledger = self.ledger.write().expect("a panic while the ledger was locked stops the node");
        ledger.restore(restore)?;
        let tip = *ledger.tip();
        *self.terms() = Terms::of(&ledger);
        *self.kept.lock().expect("a panic while the kept block was locked stops the node") = None;
        let mut mempool = self.mempool();
        drop(ledger);
        info!(height = tip.height, id = %tip.id.short(), "chain.restored");
        self.deciding().clear();
        let waiting: Vec<_> = mempool.candidates(0).map(VerifiedTransaction::id).collect();
        for departure in waiting.iter().flat_map(|id| mempool.remove(id)).collect::<Vec<_>>() {
            self.record(departure.id, Outcome::Rejected(Reason::Restored));
        }
        self.tip.send_replace(tip);
        drop(mempool);
        Ok(())
    }
}
