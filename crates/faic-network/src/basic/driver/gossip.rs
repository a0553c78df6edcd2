//! Messages for everybody: each is read, judged by the node above, and passed on, dropped or punished.

use std::{collections::VecDeque, sync::Arc};

use libp2p::{
    PeerId,
    gossipsub::{self, MessageAcceptance, MessageId, PublishError},
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};
use tracing::debug;

use super::{Driver, Outcome};
use crate::{
    Inbox, NetworkError, NetworkMessage, NodeId, Verdict,
    basic::{Kind, behaviour},
    message_handler::{Offence, VERDICT_WAIT_MAX, VERDICTS_MAX},
};

/// The most messages that were not told and are remembered; the oldest gives way.
const UNTOLD_MAX: usize = 1024;

/// The messages of this node for which the queues of all peers were full. Gossip counts them as known all the same and
/// does not send them until it has forgotten them, which must not pass for success.
#[derive(Debug, Default)]
pub(super) struct Untold(VecDeque<MessageId>);

impl Untold {
    /// Takes note that a message was not told.
    fn remember(&mut self, id: MessageId) {
        if self.0.len() >= UNTOLD_MAX {
            self.0.pop_front();
        }
        self.0.push_back(id);
    }

    /// Takes note that a message was told.
    fn forget(&mut self, id: &MessageId) {
        self.0.retain(|other| other != id);
    }

    /// Whether a message was not told.
    fn contains(&self, id: &MessageId) -> bool {
        self.0.contains(id)
    }
}

/// A message that is to be judged.
pub(super) struct Judging {
    /// The peer that passed it on.
    node: NodeId,
    /// The same peer, as gossip knows it.
    source: PeerId,
    /// What gossip calls the message.
    id: MessageId,
    /// The message.
    message: NetworkMessage,
}

/// A message that was judged.
pub(super) struct Judged {
    /// The peer that passed it on.
    node: NodeId,
    /// The same peer, as gossip knows it.
    source: PeerId,
    /// What gossip calls the message.
    id: MessageId,
    /// How many transactions it carried.
    transfers: usize,
    /// The verdict, if it came in time.
    verdict: Option<Verdict>,
}

impl Judging {
    /// Has the message judged.
    async fn judge(self, inbox: &dyn Inbox) -> Judged {
        let transfers = self.transfers();
        let Self { node, source, id, message } = self;
        let verdict = timeout(VERDICT_WAIT_MAX, inbox.receive(node, message)).await.ok();
        Judged { node, source, id, transfers, verdict }
    }

    /// How many transactions the message carries.
    fn transfers(&self) -> usize {
        if let NetworkMessage::Transfers(transfers) = &self.message { transfers.len() } else { 0 }
    }
}

/// Has the messages of the consensus judged one after the other, until the network ends.
pub(super) async fn judge_in_order(
    inbox: Arc<dyn Inbox>,
    mut queue: mpsc::Receiver<Judging>,
    outcomes: mpsc::Sender<Outcome>,
) {
    while let Some(judging) = queue.recv().await {
        let judged = judging.judge(inbox.as_ref()).await;
        if outcomes.send(Outcome::Verdict(judged)).await.is_err() {
            return;
        }
    }
}

impl Driver {
    /// Takes note of a gossiped message.
    pub(super) fn on_gossip(&mut self, event: gossipsub::Event) {
        let (source, id, message) = match event {
            gossipsub::Event::Message { propagation_source, message_id, message } => {
                (propagation_source, message_id, message)
            }
            gossipsub::Event::SlowPeer { peer_id, failed_messages } => {
                if let Some(node) = Self::node_of(&peer_id) {
                    self.on_slow(node, &failed_messages);
                }
                return;
            }
            gossipsub::Event::Subscribed { .. }
            | gossipsub::Event::Unsubscribed { .. }
            | gossipsub::Event::GossipsubNotSupported { .. } => return,
        };
        let node = Self::node_of(&source).filter(|node| self.connections.is_ready(node));
        let Some(node) = node else {
            self.report(&id, &source, MessageAcceptance::Ignore);
            return;
        };
        self.heard(&node);
        if !self.messages.admit_gossip(node, Instant::now()) {
            self.report(&id, &source, MessageAcceptance::Ignore);
            self.blame(node, Offence::Flood, "gossip");
            return;
        }
        let kind = if message.topic == self.topics.consensus.hash() { Kind::Consensus } else { Kind::Transfer };
        match (kind, NetworkMessage::from_bytes(&message.data)) {
            (Kind::Transfer, Ok(NetworkMessage::Transfers(transfers)))
                if !self.messages.admit_transfers(node, transfers.len(), Instant::now()) =>
            {
                self.report(&id, &source, MessageAcceptance::Ignore);
                self.blame(node, Offence::Flood, "gossip");
            }
            (Kind::Transfer, Ok(message @ NetworkMessage::Transfers(_)))
            | (Kind::Consensus, Ok(message @ NetworkMessage::Consensus(_))) => {
                self.judge(kind, Judging { node, source, id, message });
            }
            (_, Ok(other)) => self.reject(node, &source, &id, &format!("a {} on another's topic", other.name())),
            (_, Err(error)) => self.reject(node, &source, &id, &error.to_string()),
        }
    }

    /// Refuses a message that no node wrote as it should be.
    fn reject(&mut self, node: NodeId, source: &PeerId, id: &MessageId, reason: &str) {
        debug!(%node, %id, reason, "gossip.rejected");
        self.report(id, source, MessageAcceptance::Reject);
        self.blame(node, Offence::Malformed, reason);
    }

    /// Has a message judged, unless too many are.
    fn judge(&mut self, kind: Kind, judging: Judging) {
        let overload = match kind {
            Kind::Consensus => self.consensus.try_send(judging).err().map(|error| match error {
                mpsc::error::TrySendError::Full(judging) | mpsc::error::TrySendError::Closed(judging) => judging,
            }),
            Kind::Transfer if self.judging >= VERDICTS_MAX => Some(judging),
            Kind::Transfer => {
                self.judging += judging.transfers();
                let (inbox, outcomes) = (Arc::clone(&self.inbox), self.outcomes_in.clone());
                self.upcalls.spawn(async move {
                    let judged = judging.judge(inbox.as_ref()).await;
                    // Without a receiver the network has ended.
                    let _ = outcomes.send(Outcome::Verdict(judged)).await;
                });
                None
            }
        };
        if let Some(Judging { node, source, id, .. }) = overload {
            debug!(%node, ?kind, "gossip.overload");
            self.report(&id, &source, MessageAcceptance::Ignore);
        }
    }

    /// Passes a message on, drops it, or punishes who passed it on.
    pub(super) fn on_verdict(&mut self, judged: Judged) {
        let Judged { node, source, id, transfers, verdict } = judged;
        self.judging = self.judging.saturating_sub(transfers);
        match verdict {
            Some(Verdict::Accept) => self.report(&id, &source, MessageAcceptance::Accept),
            Some(Verdict::Ignore) => self.report(&id, &source, MessageAcceptance::Ignore),
            Some(Verdict::Reject { reason }) => {
                debug!(%node, %id, reason, "gossip.rejected");
                self.report(&id, &source, MessageAcceptance::Reject);
                self.blame(node, Offence::BadGossip, &reason);
            }
            None => {
                debug!(%node, %id, "gossip.verdict_late");
                self.report(&id, &source, MessageAcceptance::Ignore);
            }
        }
    }

    /// Tells gossip the verdict; a message that it has forgotten meanwhile goes nowhere.
    fn report(&mut self, id: &MessageId, source: &PeerId, acceptance: MessageAcceptance) {
        self.swarm.behaviour_mut().gossip.report_message_validation_result(id, source, acceptance);
    }

    /// Gossips a message of this node.
    pub(super) fn publish(&mut self, kind: Kind, bytes: Vec<u8>) -> Result<(), NetworkError> {
        let topic = match kind {
            Kind::Transfer => &self.topics.transactions,
            Kind::Consensus => &self.topics.consensus,
        };
        let (length, id) = (bytes.len(), behaviour::message_id(&bytes));
        match self.swarm.behaviour_mut().gossip.publish(topic.hash(), bytes) {
            Ok(_) => {
                self.untold.forget(&id);
                Ok(())
            }
            Err(PublishError::Duplicate) if self.untold.contains(&id) => Err(NetworkError::Untold),
            Err(PublishError::Duplicate) => Ok(()),
            Err(PublishError::NoPeersSubscribedToTopic) => {
                debug!(?kind, "gossip.nobody_listens");
                Ok(())
            }
            Err(PublishError::AllQueuesFull(_)) => {
                self.untold.remember(id);
                Err(NetworkError::Full)
            }
            Err(error @ (PublishError::SigningError(_) | PublishError::TransformFailed(_))) => {
                Err(NetworkError::Unanswered(error.to_string()))
            }
            Err(PublishError::MessageTooLarge) => {
                Err(NetworkError::TooLarge { bytes: length, bytes_max: crate::message::GOSSIP_BYTES_MAX })
            }
        }
    }
}

#[cfg(test)]
mod tests;
