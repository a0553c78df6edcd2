//! Which nodes there are and where: told by peers, by Kademlia, by multicast.

use libp2p::{identify, kad, mdns, ping};
use tokio::time::Instant;
use tracing::debug;

use super::{Driver, address_of};
use crate::{
    DiscoverNodesRequest, NetworkMessage, NodeAddress, NodeId, NodeInfo, connection_manager::Stage, message::NODES_MAX,
    node_info::ADDRESSES_MAX,
};

impl Driver {
    /// Takes note of where a peer says that it listens.
    pub(super) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, info, .. } = event else { return };
        let Some(node) = Self::node_of(&peer_id) else { return };
        let Some(peer) = self.connections.peer_mut(&node) else { return };
        let listens = info.listen_addrs.iter().filter_map(NodeAddress::from_multiaddr);
        peer.listens = listens.take(ADDRESSES_MAX).collect();
        if peer.stage == Stage::Ready {
            self.adopt_addresses(node);
        }
    }

    /// Believes a peer of this chain where it listens, unless it means a place on its own machine.
    pub(super) fn adopt_addresses(&mut self, node: NodeId) {
        let Some(peer) = self.connections.peer(&node) else { return };
        let is_local = is_local(address_of(peer));
        let listens = peer.listens.iter().filter(|address| is_local || !self::is_local(address));
        let listens: Vec<NodeAddress> = listens.cloned().collect();
        self.connections.book.learn(node, &listens);
        self.connections.book_changed(Instant::now());
        for address in listens {
            self.swarm.behaviour_mut().kad.add_address(&node.peer_id(), address.without_node().multiaddr().clone());
        }
    }

    /// Takes note of a round trip.
    pub(super) fn on_ping(&mut self, event: &ping::Event) {
        let Some(node) = Self::node_of(&event.peer) else { return };
        match &event.result {
            Ok(round_trip) => {
                if let Some(peer) = self.connections.peer_mut(&node) {
                    peer.round_trip = Some(*round_trip);
                }
            }
            Err(error) => debug!(%node, %error, "peer.ping_failed"),
        }
    }

    /// Takes note of nodes that Kademlia has found.
    pub(super) fn on_kad(&mut self, event: kad::Event) {
        if let kad::Event::RoutingUpdated { peer, addresses, .. } = event {
            let addresses: Vec<_> = addresses.iter().filter_map(NodeAddress::from_multiaddr).collect();
            if let Some(node) = Self::node_of(&peer) {
                self.connections.book.learn(node, &addresses);
            }
        } else if let kad::Event::OutboundQueryProgressed {
            result: kad::QueryResult::GetClosestPeers(Ok(found)), ..
        } = event
        {
            for peer in found.peers {
                let addresses: Vec<_> = peer.addrs.iter().filter_map(NodeAddress::from_multiaddr).collect();
                if let Some(node) = Self::node_of(&peer.peer_id) {
                    self.connections.book.learn(node, &addresses);
                }
            }
        }
    }

    /// Takes note of nodes on the same local network.
    pub(super) fn on_mdns(&mut self, event: mdns::Event) {
        let mdns::Event::Discovered(found) = event else { return };
        for (peer, address) in found {
            if let (Some(node), Some(address)) = (Self::node_of(&peer), NodeAddress::from_multiaddr(&address)) {
                debug!(%node, %address, "peer.nearby");
                self.connections.book.learn(node, [&address]);
            }
        }
    }

    /// Asks a new peer which nodes it knows.
    pub(super) fn ask_for_nodes(&mut self, node: NodeId) {
        let count_max = u16::try_from(NODES_MAX).unwrap_or(u16::MAX);
        self.ask(node, NetworkMessage::DiscoverNodes(DiscoverNodesRequest { count_max }), None);
    }

    /// Tells a peer which nodes this one knows, those that are peers now first.
    pub(super) fn nodes_for(&self, asker: &NodeId, request: DiscoverNodesRequest) -> NetworkMessage {
        let is_local = self.connections.peer(asker).is_some_and(|peer| self::is_local(address_of(peer)));
        let is_told = |address: &NodeAddress| is_local || !self::is_local(address);
        let count = usize::from(request.count_max).min(NODES_MAX);
        let is_first = |node: &NodeId| self.connections.is_ready(node);
        let nodes = self.connections.book.select(count, is_first, |node, address| node != asker && is_told(address));
        NetworkMessage::NodeList(nodes)
    }

    /// Takes note of nodes that a peer knows.
    pub(super) fn on_nodes(&mut self, nodes: &[NodeInfo]) {
        for info in nodes.iter().filter(|info| info.id != self.own) {
            self.connections.book.hear(info.clone());
        }
    }
}

/// Whether an address leads to the machine itself.
fn is_local(address: &NodeAddress) -> bool {
    address.ip().is_some_and(|ip| ip.is_loopback() || ip.is_unspecified())
}
