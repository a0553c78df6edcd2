//! Finding a proposed block that did not come by itself.

use std::{sync::Arc, time::Duration};

use faic_core::{Block, Hash, Height, PublicKey, block::ValidatorSet};
use faic_network::{NetworkMessage, NodeId, P2PNetworkInterface, PeerInfo};
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
/// How many are asked at first: the proposer, and another where it is silent or does not have it any more.
const ASKED_FIRST: usize = 2;
/// After what time without an answer all others are asked too.
const PATIENCE: Duration = Duration::from_millis(500);
/// How long to wait for answers after all were asked.
const LAST_PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait after all were asked in vain.
const PAUSE: Duration = Duration::from_millis(200);

/// A block that is looked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// Its height.
    pub(super) height: Height,
    /// Its id.
    pub(super) block: Hash,
    /// Who proposed it, and so has it.
    pub(super) proposer: Option<PublicKey>,
    /// The validators of the height.
    pub(super) validators: ValidatorSet,
}

/// The peers that claim the key of a validator of a set.
pub(super) async fn claimants(network: &dyn P2PNetworkInterface, validators: &ValidatorSet) -> Vec<PeerInfo> {
    let mut peers = network.peers().await.unwrap_or_default();
    peers.retain(|peer| peer.state.validator.is_some_and(|key| validators.get(&key).is_some()));
    peers
}

/// Asks the proposer and another validator for a block, then all others, until one has it; ends by being dropped
/// otherwise.
///
/// One that is silent keeps nobody else from being asked for long, because silence costs a dishonest validator nothing,
/// and a claim to be one costs nobody anything.
pub(super) async fn fetch(network: Arc<dyn P2PNetworkInterface>, wanted: Wanted) -> Block {
    sleep(GRACE).await;
    loop {
        let mut asked = JoinSet::new();
        let mut first = claimants(&*network, &wanted.validators).await;
        first.sort_by_key(|peer| peer.state.validator != wanted.proposer);
        let others = first.split_off(ASKED_FIRST.min(first.len()));
        for peers in [first, others] {
            for peer in peers {
                asked.spawn(ask(Arc::clone(&network), peer.id, wanted.height, wanted.block));
            }
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
