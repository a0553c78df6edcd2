//! What the handles ask for.

use tokio::time::Instant;
use tracing::info;

use super::Driver;
use crate::{
    NetworkError, NetworkMessage, NodeId, PeerInfo,
    basic::{BannedNode, Command},
    connection_manager::Stage,
};

impl Driver {
    /// Does what a handle asks for; one that no longer waits gets no answer.
    pub(super) fn obey(&mut self, command: Command) {
        match command {
            Command::Connect(address, reply) => self.connect(address, reply),
            Command::Disconnect(node, reply) => drop(reply.send(self.disconnect(&node))),
            Command::Broadcast(kind, bytes, reply) => drop(reply.send(self.publish(kind, bytes))),
            Command::Send(node, message, reply) => {
                let own = || NetworkMessage::NodeState(self.states.sign(self.inbox.state()));
                let message = message.map_or_else(own, |message| *message);
                self.ask(node, message, Some(reply));
            }
            Command::Peers(reply) => drop(reply.send(Ok(self.peer_infos()))),
            Command::Nodes(reply) => {
                let mut nodes = self.connections.book.nodes();
                nodes.retain(|info| info.id != self.own);
                drop(reply.send(Ok(nodes)));
            }
            Command::KnownState(node, reply) => {
                let known = self.connections.book.state(&node).cloned();
                drop(reply.send(known.ok_or(NetworkError::UnknownNode(node))));
            }
            Command::TakePart(takes_part, reply) => drop(reply.send(self.take_part(takes_part))),
            Command::Ban(node, reason, reply) => {
                self.ban(node, &reason);
                drop(reply.send(Ok(())));
            }
            Command::LiftBan(node, reply) => {
                let was_banned = self.swarm.behaviour_mut().gate.bans.lift(&node);
                drop(reply.send(if was_banned { Ok(()) } else { Err(NetworkError::UnknownNode(node)) }));
            }
            Command::Bans(reply) => drop(reply.send(Ok(self.banned()))),
        }
    }

    /// Parts from a peer.
    fn disconnect(&mut self, node: &NodeId) -> Result<(), NetworkError> {
        if self.connections.peer(node).is_none() {
            return Err(NetworkError::NotConnected(*node));
        }
        info!(%node, "peer.dropped");
        self.connections.drop_wish(node);
        self.leave(node);
        self.close(node);
        Ok(())
    }

    /// Listens to the consensus, or no longer.
    fn take_part(&mut self, takes_part: bool) -> Result<(), NetworkError> {
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        if takes_part {
            gossip.subscribe(&self.topics.consensus).map_err(|error| NetworkError::Unanswered(error.to_string()))?;
        } else {
            gossip.unsubscribe(&self.topics.consensus);
        }
        info!(takes_part, "network.consensus");
        Ok(())
    }

    /// The peers, as this node sees them.
    fn peer_infos(&self) -> Vec<PeerInfo> {
        let now = Instant::now();
        let ready = self.connections.peers().filter(|(_, peer)| peer.stage == Stage::Ready);
        let info = ready.filter_map(|(id, peer)| {
            let link = peer.links.first()?;
            Some(PeerInfo {
                id: *id,
                address: link.address.without_node(),
                direction: link.direction,
                round_trip: peer.round_trip,
                state: self.states.state(id)?.clone(),
                score: self.messages.score(id, now),
                connected_for: now.duration_since(peer.since),
                heard_ago: now.duration_since(peer.heard),
            })
        });
        info.collect()
    }

    /// The nodes that are kept out.
    fn banned(&self) -> Vec<BannedNode> {
        let now = Instant::now();
        let bans = self.swarm.behaviour().gate.bans.nodes(now);
        let banned = |(id, ban): (&NodeId, &crate::connection_manager::Ban)| BannedNode {
            id: *id,
            reason: ban.reason.clone(),
            remaining: ban.until.duration_since(now),
        };
        bans.map(banned).collect()
    }
}
