//! Finding a proposed block that did not come by itself.

use std::{sync::Arc, time::Duration};

use faic_core::{Block, Hash, Height};
use faic_network::{NetworkMessage, NodeId, P2PNetworkInterface};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::debug;

use super::{
    blocks::is_whole,
    mailbox::{decode, encode},
    message::Message,
};

/// How long a block that was proposed may take to come by itself.
const GRACE: Duration = Duration::from_millis(30);
/// After what time without an answer the next validator is asked too.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long to wait for answers after all were asked.
const LAST_PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait after all were asked in vain.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks one validator after the other for a block until one has it; ends by being dropped otherwise.
///
/// One that is silent keeps nobody else from being asked, because silence costs a dishonest validator nothing.
pub(super) async fn fetch(network: Arc<dyn P2PNetworkInterface>, height: Height, block: Hash) -> Block {
    sleep(GRACE).await;
    loop {
        let mut asked = JoinSet::new();
        let peers = network.peers().await.unwrap_or_default();
        for peer in peers.into_iter().filter(|peer| peer.state.validator.is_some()) {
            asked.spawn(ask(Arc::clone(&network), peer.id, height, block));
            if let Ok(Some(found)) = timeout(PATIENCE, first_found(&mut asked)).await {
                return found;
            }
        }
        if let Ok(Some(found)) = timeout(LAST_PATIENCE, first_found(&mut asked)).await {
            return found;
        }
        sleep(PAUSE).await;
    }
}

/// The first block that one of those that were asked has; `None` once all have answered that they have none.
async fn first_found(asked: &mut JoinSet<Option<Block>>) -> Option<Block> {
    while let Some(answer) = asked.join_next().await {
        if let Ok(Some(found)) = answer {
            return Some(found);
        }
    }
    None
}

/// Asks one validator for a block.
async fn ask(network: Arc<dyn P2PNetworkInterface>, peer: NodeId, height: Height, block: Hash) -> Option<Block> {
    let question = NetworkMessage::Consensus(encode(0, &Message::GetBlock { height, block }));
    let Ok(NetworkMessage::Consensus(answer)) = network.send(peer, question).await else { return None };
    match decode(&answer) {
        Ok(Message::Block(found)) if found.id() == block && is_whole(&found) => Some(*found),
        Ok(_) | Err(_) => {
            debug!(%peer, block = %block.short(), "consensus.wrong_block");
            None
        }
    }
}

#[cfg(test)]
mod tests;
