//! The consensus as the node's network and synchronisation see it.

use async_trait::async_trait;
use faic_network::{NetworkMessage, NodeId, Verdict};

/// Where messages of the consensus go, and news of the ledger that it did not make itself.
#[async_trait]
pub(crate) trait Agreement: Send + Sync {
    /// Judges bytes that were gossiped.
    fn receive(&self, from: NodeId, bytes: &[u8]) -> Verdict;

    /// Answers bytes that a peer sent to this node alone.
    async fn answer(&self, from: NodeId, bytes: Vec<u8>) -> NetworkMessage;

    /// Says that the ledger has a new tip that the consensus did not commit.
    fn advance(&self);
}
