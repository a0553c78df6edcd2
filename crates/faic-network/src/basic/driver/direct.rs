//! Messages for one peer, and their answers.

use std::{io, sync::Arc};

use libp2p::request_response::{self, InboundFailure, InboundRequestId, Message, OutboundFailure, ResponseChannel};
use tokio::time::{Instant, timeout};
use tracing::debug;

use super::{Driver, Outcome};
use crate::{
    NetworkError, NetworkMessage, NodeId, PeerEvent, SignedNodeState,
    basic::{
        Reply,
        codec::{Request, Room},
    },
    message_handler::{Admission, Offence, REQUESTS_PER_PEER_MAX, weight_of},
    state_manager::News,
};

/// The channel of an answer.
type Channel = ResponseChannel<NetworkMessage>;

/// A message that waits for its answer.
pub(super) struct Asked {
    /// The peer that it was sent to.
    node: NodeId,
    /// Who waits for the answer; nobody for a heartbeat.
    reply: Option<Reply<NetworkMessage>>,
}

/// A message that is being answered.
pub(super) struct Answering {
    /// Who sent it.
    node: NodeId,
    /// How much it counts.
    weight: usize,
    /// The bytes of its answer, once that is being written.
    bytes: Option<usize>,
}

/// A message that was answered.
pub(super) struct Answered {
    /// Who sent it.
    node: NodeId,
    /// What libp2p calls it.
    request: InboundRequestId,
    /// Where the answer goes.
    channel: Channel,
    /// The answer, if it came in time.
    answer: Option<NetworkMessage>,
}

impl Driver {
    /// Sends a message to a peer.
    pub(super) fn ask(&mut self, node: NodeId, message: NetworkMessage, reply: Option<Reply<NetworkMessage>>) {
        let waiting = self.asked.values().filter(|asked| asked.node == node).count();
        let error = if !self.connections.is_ready(&node) {
            Some(NetworkError::NotConnected(node))
        } else if waiting >= REQUESTS_PER_PEER_MAX {
            Some(NetworkError::Full)
        } else {
            None
        };
        if let Some(error) = error {
            respond(reply, Err(error));
            return;
        }
        let request = self.swarm.behaviour_mut().direct.send_request(&node.peer_id(), Request::new(message));
        self.asked.insert(request, Asked { node, reply });
    }

    /// Tells every peer this node's state.
    pub(super) fn tell_state(&mut self) {
        (self.told_at, self.is_untold) = (Instant::now(), false);
        let signed = self.states.sign(self.inbox.state());
        let ready: Vec<NodeId> = self.connections.ready().copied().collect();
        for node in ready {
            self.ask(node, NetworkMessage::NodeState(signed.clone()), None);
        }
    }

    /// Takes note of a message for this node, of an answer, or of what came in between.
    pub(super) fn on_direct(&mut self, event: request_response::Event<Request, NetworkMessage>) {
        match event {
            request_response::Event::Message { peer, message, .. } => {
                let Some(node) = Self::node_of(&peer) else { return };
                match message {
                    Message::Request { request_id, request, channel } => match request.message {
                        Ok(message) => self.on_request(node, request_id, (message, request.room), channel),
                        Err(error) => {
                            self.answer(channel, NetworkMessage::refused(error.to_string()));
                            self.blame(node, Offence::Malformed, &error.to_string());
                        }
                    },
                    Message::Response { request_id, response } => {
                        if let Some(asked) = self.asked.remove(&request_id) {
                            self.on_response(asked, response);
                        }
                    }
                }
            }
            request_response::Event::ResponseSent { request_id, .. } => {
                self.end_answering(request_id);
            }
            request_response::Event::OutboundFailure { request_id, error, .. } => {
                if let Some(asked) = self.asked.remove(&request_id) {
                    self.on_no_answer(asked, &error);
                }
            }
            request_response::Event::InboundFailure { peer, request_id, error, .. } => {
                let is_writing = self.end_answering(request_id);
                let Some(node) = Self::node_of(&peer) else { return };
                debug!(%node, %error, is_writing, "peer.request_failed");
                if is_writing && matches!(error, InboundFailure::Timeout) {
                    self.blame(node, Offence::Slow, "an answer");
                }
            }
        }
    }

    /// Takes note that a message is done with; whether its answer was being written.
    fn end_answering(&mut self, request: InboundRequestId) -> bool {
        let Some(Answering { node, weight, bytes }) = self.answering.remove(&request) else { return false };
        self.messages.answered(&node, weight, bytes.unwrap_or_default());
        bytes.is_some()
    }

    /// Answers a message, or has the node above answer it.
    fn on_request(
        &mut self,
        node: NodeId,
        request: InboundRequestId,
        (message, room): (NetworkMessage, Room),
        channel: Channel,
    ) {
        if !self.connections.is_ready(&node) {
            self.answer(channel, NetworkMessage::refused("say hello first"));
            return;
        }
        self.heard(&node);
        let weight = weight_of(&message);
        match self.messages.admit_request(node, weight, Instant::now()) {
            Admission::Admitted => {}
            Admission::TooOften => {
                self.answer(channel, NetworkMessage::refused("too many requests"));
                self.blame(node, Offence::Flood, message.name());
                return;
            }
            Admission::Busy => {
                self.answer(channel, NetworkMessage::refused("too busy"));
                return;
            }
        }
        self.answering.insert(request, Answering { node, weight, bytes: None });
        let answer = match message {
            NetworkMessage::NodeState(signed) => self.on_state(node, signed),
            NetworkMessage::DiscoverNodes(request) if self.messages.admit_nodes(node, Instant::now()) => {
                self.nodes_for(&node, request)
            }
            NetworkMessage::DiscoverNodes(_) => NetworkMessage::refused("too many questions for nodes"),
            NetworkMessage::GetBalance(_)
            | NetworkMessage::Transfer(_)
            | NetworkMessage::Transfers(_)
            | NetworkMessage::GetBlocks(_)
            | NetworkMessage::Consensus(_)
            | NetworkMessage::NodeList(_)
            | NetworkMessage::Response(_)
            | NetworkMessage::GetSnapshot
            | NetworkMessage::GetSnapshotChunk(_) => {
                let (inbox, outcomes, wait) =
                    (Arc::clone(&self.inbox), self.outcomes_in.clone(), self.config.answer_timeout);
                self.upcalls.spawn(async move {
                    let answer = timeout(wait, inbox.answer(node, message)).await.ok();
                    drop(room);
                    let answered = Answered { node, request, channel, answer };
                    // Without a receiver the network has ended.
                    let _ = outcomes.send(Outcome::Answer(answered)).await;
                });
                return;
            }
        };
        self.on_answer(Answered { node, request, channel, answer: Some(answer) });
    }

    /// Sends an answer that was found.
    pub(super) fn on_answer(&mut self, answered: Answered) {
        let Answered { node, request, channel, answer } = answered;
        let Some(mut answer) = answer else {
            // The channel's end tells the peer, and its failure takes the request off the list.
            debug!(%node, "peer.answer_late");
            return;
        };
        // Without an entry the connection is gone, and nothing is written.
        let Some(answering) = self.answering.get_mut(&request) else { return };
        let bytes = borsh::object_length(&answer).unwrap_or(usize::MAX);
        let is_admitted = self.messages.admit_answer(node, bytes, Instant::now());
        answering.bytes = Some(if is_admitted { bytes } else { 0 });
        if !is_admitted {
            answer = NetworkMessage::refused("too many answers are not read yet");
        }
        self.answer(channel, answer);
    }

    /// Writes an answer; if the connection is gone, that is told elsewhere.
    fn answer(&mut self, channel: Channel, answer: NetworkMessage) {
        let _ = self.swarm.behaviour_mut().direct.send_response(channel, answer);
    }

    /// Takes note of what a peer says about itself, and answers with this node's state.
    fn on_state(&mut self, node: NodeId, signed: SignedNodeState) -> NetworkMessage {
        if self.hear_state(node, signed) {
            NetworkMessage::NodeState(self.states.sign(self.inbox.state()))
        } else {
            NetworkMessage::refused("the state is not yours, or not of this chain")
        }
    }

    /// Takes note of what a peer says about itself; whether it may say so.
    fn hear_state(&mut self, node: NodeId, signed: SignedNodeState) -> bool {
        match self.states.hear(node, signed) {
            News::Changed(state) => {
                self.connections.book.set_state(node, state.clone());
                self.inbox.peer_changed(PeerEvent::StateChanged(node, state));
                true
            }
            News::Same => true,
            News::Bad => {
                self.blame(node, Offence::BadState, "a state");
                false
            }
        }
    }

    /// Takes note of an answer, and hands it to who waits for it.
    fn on_response(&mut self, asked: Asked, response: NetworkMessage) {
        let Asked { node, reply } = asked;
        self.heard(&node);
        let is_answer = match &response {
            NetworkMessage::NodeState(signed) => self.hear_state(node, signed.clone()),
            NetworkMessage::NodeList(nodes) => {
                self.on_nodes(nodes);
                true
            }
            NetworkMessage::Response(_) | NetworkMessage::Consensus(_) => true,
            NetworkMessage::GetBalance(_)
            | NetworkMessage::Transfer(_)
            | NetworkMessage::Transfers(_)
            | NetworkMessage::DiscoverNodes(_)
            | NetworkMessage::GetBlocks(_)
            | NetworkMessage::GetSnapshot
            | NetworkMessage::GetSnapshotChunk(_) => {
                self.blame(node, Offence::Malformed, response.name());
                false
            }
        };
        let result = if is_answer {
            Ok(response)
        } else {
            Err(NetworkError::Unanswered(format!("a {} is no answer here", response.name())))
        };
        respond(reply, result);
    }

    /// Takes note that there will be no answer, and tells who waits for it.
    fn on_no_answer(&mut self, asked: Asked, error: &OutboundFailure) {
        let Asked { node, reply } = asked;
        debug!(%node, %error, "peer.unanswered");
        if matches!(error, OutboundFailure::Io(failure) if failure.kind() == io::ErrorKind::InvalidData) {
            self.blame(node, Offence::Malformed, &error.to_string());
        }
        let told = match error {
            OutboundFailure::Timeout => NetworkError::Timeout,
            OutboundFailure::DialFailure
            | OutboundFailure::ConnectionClosed
            | OutboundFailure::UnsupportedProtocols
            | OutboundFailure::Io(_) => NetworkError::Unanswered(error.to_string()),
        };
        respond(reply, Err(told));
    }
}

/// Tells who waits, if anybody does.
fn respond(reply: Option<Reply<NetworkMessage>>, result: Result<NetworkMessage, NetworkError>) {
    if let Some(reply) = reply {
        drop(reply.send(result));
    }
}
