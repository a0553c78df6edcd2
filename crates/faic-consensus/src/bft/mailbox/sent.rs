//! What a peer sends to this node alone: proposed blocks, and questions for them.
//!
//! Blocks are large, and a header is not signed, so anybody can make one up. What can be found out about a block is found
//! out here, in the task that answers, before it waits for the loop: it is whole, and its proposer is a validator whose
//! turn it could be. Of each peer one block and one question wait at a time, in a queue that votes do not share.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
};

use arc_malachitebft_core_consensus::MAX_FUTURE_ROUND_LOOKAHEAD;
use faic_core::Block;
use faic_network::{NetworkMessage, NodeId, ResponseMessage};
use tokio::sync::oneshot;

use super::{ConsensusHandle, Letter, decode, encode, is_near};
use crate::bft::{blocks::is_whole, context::Validators, message::Message, proposer};

/// Up to which round it is found out whose turns there were; in a later one everybody may have had one.
const ROUNDS_TRIED_MAX: u32 = 64;

/// A peer and the kind of message of which it has one waiting.
type Sender = (NodeId, &'static str);

/// Whose messages wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<BTreeSet<Sender>>>);

impl Waiting {
    /// A place for a message of a peer; `None` while one of the same kind waits.
    fn take(&self, sender: Sender) -> Option<Place> {
        self.senders().insert(sender).then(|| Place { waiting: self.clone(), sender })
    }

    /// The peers and kinds.
    fn senders(&self) -> MutexGuard<'_, BTreeSet<Sender>> {
        self.0.lock().expect("nothing panics while it holds the senders")
    }
}

/// The place of a peer among those that wait; free again once it is dropped.
#[derive(Debug)]
pub(in crate::bft) struct Place {
    /// Where it is noted.
    waiting: Waiting,
    /// Whose it is.
    sender: Sender,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.waiting.senders().remove(&self.sender);
    }
}

impl ConsensusHandle {
    /// Takes bytes that a peer sent to this node alone, and answers them.
    pub async fn answer(&self, from: NodeId, bytes: &[u8]) -> NetworkMessage {
        let message = match decode(bytes) {
            Ok(message) => message,
            Err(error) => return NetworkMessage::refused(error.to_string()),
        };
        let (height, hears) = {
            let view = self.view();
            (view.height, view.hears)
        };
        if !hears || !is_near(height, message.height()) {
            return NetworkMessage::refused(format!("this node decides height {height}"));
        }
        if !matches!(message, Message::Block(_) | Message::GetBlock { .. }) {
            return NetworkMessage::refused("votes are gossiped");
        }
        let Some(place) = self.waiting.take((from, message.name())) else {
            return NetworkMessage::refused("one message of this node waits already");
        };
        if let Message::Block(block) = &message {
            if let Err(reason) = self.check_block(block) {
                return NetworkMessage::refused(reason);
            }
            return match self.blocks.try_send(Letter { message, reply: None, place: Some(place) }) {
                Ok(()) => NetworkMessage::Response(ResponseMessage::Done),
                Err(_) => NetworkMessage::refused("too much waits already"),
            };
        }
        let (reply, answer) = oneshot::channel();
        if self.blocks.try_send(Letter { message, reply: Some(reply), place: Some(place) }).is_err() {
            return NetworkMessage::refused("too much waits already");
        }
        answer.await.map_or_else(
            |_| NetworkMessage::refused("the block is not at hand"),
            |message| NetworkMessage::Consensus(encode(0, &message)),
        )
    }

    /// Checks what can be known of a block before anybody has proposed it, the cheap first.
    fn check_block(&self, block: &Block) -> Result<(), &'static str> {
        let header = &block.header;
        let (height, round, validators) = {
            let view = self.view();
            (view.height, view.round, view.validators.clone())
        };
        if header.height < height {
            return Err("its height is decided");
        }
        let Some(validators) = validators.filter(|validators| validators.get(&header.proposer).is_some()) else {
            return Err("its proposer is no validator");
        };
        let last = round.saturating_add(MAX_FUTURE_ROUND_LOOKAHEAD);
        if header.height == height && last <= ROUNDS_TRIED_MAX {
            let validators = Validators::from(&validators);
            // A block of an earlier round may be proposed again.
            let is_turn = |round| proposer::select(&validators, height, round).key.0 == header.proposer;
            if !(0..=last).any(is_turn) {
                return Err("it was never the turn of its proposer");
            }
        }
        if is_whole(block) { Ok(()) } else { Err("it does not hold what its header names") }
    }
}

#[cfg(test)]
mod tests;
