//! What a validator says to the others, and what it asks them for.

use std::sync::Arc;

use faic_core::Hash;
use faic_network::{NetworkMessage, message::REQUEST_BYTES_MAX};
use tracing::{debug, warn};

use super::Driver;
use crate::bft::{
    fetch::{Wanted, claimants, fetch},
    mailbox::encode,
    message::Message,
};

impl Driver {
    /// Says something to the other validators.
    pub(super) async fn say(&mut self, message: Message) {
        self.nonce = self.nonce.wrapping_add(1);
        let bytes = encode(self.nonce, &message);
        if let Message::Block(_) = message {
            self.send_block(bytes).await;
            return;
        }
        let kind = message.name();
        if let Err(error) = self.network.broadcast(NetworkMessage::Consensus(bytes)).await {
            warn!(kind, error = &error as &dyn std::error::Error, "consensus.not_said");
        }
    }

    /// Sends a proposed block to every peer that claims to be a validator of the height; one that is too large for that is asked for.
    async fn send_block(&mut self, bytes: Vec<u8>) {
        if bytes.len().saturating_add(2) > REQUEST_BYTES_MAX {
            return;
        }
        for peer in claimants(&*self.network, &self.application.validators()).await {
            let (network, message) = (Arc::clone(&self.network), NetworkMessage::Consensus(bytes.clone()));
            self.errands.spawn(async move {
                if let Err(error) = network.send(peer.id, message).await {
                    debug!(peer = %peer.id, error = &error as &dyn std::error::Error, "consensus.block_not_sent");
                }
            });
        }
    }

    /// Looks for a block at the other validators.
    pub(super) fn begin_fetching(&mut self, block: Hash) {
        if self.fetching.contains_key(&block) {
            return;
        }
        let wanted = Wanted {
            height: self.replica.height(),
            block,
            proposer: self.replica.proposer_of(&block),
            validators: self.application.validators(),
        };
        let task = self.fetches.spawn(fetch(Arc::clone(&self.network), wanted));
        self.fetching.insert(block, task);
    }

    /// Looks for a block no longer.
    pub(super) fn stop_fetching(&mut self, block: &Hash) {
        if let Some(task) = self.fetching.remove(block) {
            task.abort();
        }
    }
}
