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

/// The bytes that the network adds to those of a consensus message: its version, its kind and their number.
const OVERHEAD_BYTES: usize = 6;

/// Whether a consensus message of so many bytes can be sent as a request.
const fn fits_a_request(bytes: usize) -> bool {
    bytes.saturating_add(OVERHEAD_BYTES) <= REQUEST_BYTES_MAX
}

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

    /// Sends a proposed block to every peer that claims to be a validator of the height.
    ///
    /// One that is too large for that is asked for by the others, which takes longer; the operator is told once.
    async fn send_block(&mut self, bytes: Vec<u8>) {
        if !fits_a_request(bytes.len()) {
            if !std::mem::replace(&mut self.has_told_of_size, true) {
                let (height, bytes) = (self.replica.height(), bytes.len());
                warn!(height, bytes, bytes_max = REQUEST_BYTES_MAX, "consensus.block_not_pushed");
            }
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

#[cfg(test)]
mod tests;
