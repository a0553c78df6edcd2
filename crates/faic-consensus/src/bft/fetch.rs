//! Finding a proposed block that did not come by itself.

use std::{sync::Arc, time::Duration};

use faic_core::{Block, Hash, Height};
use faic_network::{NetworkMessage, P2PNetworkInterface};
use tokio::time::sleep;
use tracing::debug;

use super::{
    blocks::is_whole,
    mailbox::{decode, encode},
    message::Message,
};

/// How long a block that was proposed may take to come by itself.
const GRACE: Duration = Duration::from_millis(30);
/// How long to wait after all were asked in vain.
const PAUSE: Duration = Duration::from_millis(200);

/// Asks one validator after the other for a block until one has it; ends by being dropped otherwise.
pub(super) async fn fetch(network: Arc<dyn P2PNetworkInterface>, height: Height, block: Hash) -> Block {
    sleep(GRACE).await;
    loop {
        let peers = network.peers().await.unwrap_or_default();
        for peer in peers.into_iter().filter(|peer| peer.state.validator.is_some()) {
            let question = NetworkMessage::Consensus(encode(0, &Message::GetBlock { height, block }));
            let Ok(NetworkMessage::Consensus(answer)) = network.send(peer.id, question).await else { continue };
            match decode(&answer) {
                Ok(Message::Block(found)) if found.id() == block && is_whole(&found) => return *found,
                Ok(_) | Err(_) => debug!(peer = %peer.id, block = %block.short(), "consensus.wrong_block"),
            }
        }
        sleep(PAUSE).await;
    }
}
