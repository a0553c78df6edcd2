//! Which nodes are known, where they may be, and what they were last heard to say.
//!
//! Most of it is hearsay from peers, so it is bounded, and hearsay never displaces what this node found out itself.

use std::collections::BTreeMap;

use crate::{NodeAddress, NodeId, NodeInfo, NodeState, node_info::ADDRESSES_MAX};

/// The most nodes that are known; one that was never reached gives way first, then the one reached longest ago.
pub(crate) const NODES_MAX: usize = 1024;

/// What is known of a node.
#[derive(Debug, Clone, Default)]
struct Entry {
    /// Where it may be, the place that is most likely first; without the node's id.
    addresses: Vec<NodeAddress>,
    /// What it was last heard to say.
    state: Option<NodeState>,
    /// When this node last was its peer, in seconds of Unix time; 0 for never.
    seen: u64,
    /// When the entry was made: the number of entries before it.
    number: u64,
}

/// The nodes that are known.
#[derive(Debug, Default)]
pub(crate) struct AddressBook {
    /// The entries.
    nodes: BTreeMap<NodeId, Entry>,
    /// How many entries were ever made.
    made: u64,
}

impl AddressBook {
    /// Takes note of addresses that somebody tells of a node.
    pub(crate) fn learn<'a>(&mut self, node: NodeId, addresses: impl IntoIterator<Item = &'a NodeAddress>) {
        let entry = self.entry(node);
        for address in addresses {
            let address = address.without_node();
            if entry.addresses.len() < ADDRESSES_MAX && !entry.addresses.contains(&address) {
                entry.addresses.push(address);
            }
        }
    }

    /// Takes note that a node was reached at an address.
    pub(crate) fn confirm(&mut self, node: NodeId, address: &NodeAddress) {
        let entry = self.entry(node);
        let address = address.without_node();
        entry.addresses.retain(|other| *other != address);
        entry.addresses.truncate(ADDRESSES_MAX - 1);
        entry.addresses.insert(0, address);
    }

    /// Takes note that a node is or was a peer at a time in seconds of Unix time.
    pub(crate) fn see(&mut self, node: NodeId, unix_time: u64) {
        let entry = self.entry(node);
        entry.seen = entry.seen.max(unix_time);
    }

    /// Takes note of what a node said.
    pub(crate) fn set_state(&mut self, node: NodeId, state: NodeState) {
        self.entry(node).state = Some(state);
    }

    /// Takes note of what a peer tells of another node; its state only where nothing is known.
    pub(crate) fn hear(&mut self, info: NodeInfo) {
        self.learn(info.id, &info.addresses);
        let entry = self.entry(info.id);
        if entry.state.is_none() {
            entry.state = info.state;
        }
    }

    /// What a node was last heard to say.
    pub(crate) fn state(&self, node: &NodeId) -> Option<&NodeState> {
        self.nodes.get(node)?.state.as_ref()
    }

    /// Where a node may be, the likeliest place first.
    pub(crate) fn addresses(&self, node: &NodeId) -> &[NodeAddress] {
        self.nodes.get(node).map_or(&[], |entry| &entry.addresses)
    }

    /// The ids of all nodes with an address.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &NodeId> {
        self.nodes.iter().filter(|(_, entry)| !entry.addresses.is_empty()).map(|(id, _)| id)
    }

    /// All nodes with an address, those that were peers most lately first.
    pub(crate) fn nodes(&self) -> Vec<NodeInfo> {
        self.select(NODES_MAX, |_| false, |_, _| true)
    }

    /// The most important nodes with an address that is told, at most `count`: the first ones first, then those that were
    /// peers most lately. Only what is returned is copied.
    pub(crate) fn select(
        &self,
        count: usize,
        is_first: impl Fn(&NodeId) -> bool,
        is_told: impl Fn(&NodeId, &NodeAddress) -> bool,
    ) -> Vec<NodeInfo> {
        let told = |(id, entry): &(&NodeId, &Entry)| entry.addresses.iter().any(|address| is_told(id, address));
        let mut nodes: Vec<_> = self.nodes.iter().filter(told).collect();
        nodes.sort_by_cached_key(|(id, entry)| (!is_first(id), std::cmp::Reverse(entry.seen)));
        let info = |(id, entry): (&NodeId, &Entry)| NodeInfo {
            id: *id,
            addresses: entry.addresses.iter().filter(|address| is_told(id, address)).cloned().collect(),
            state: entry.state.clone(),
        };
        nodes.into_iter().take(count).map(info).collect()
    }

    /// The nodes that were peers, with when that was, the latest first.
    pub(crate) fn seen(&self) -> Vec<(NodeId, u64, &[NodeAddress])> {
        let seen = self.nodes.iter().filter(|(_, entry)| entry.seen > 0 && !entry.addresses.is_empty());
        let mut seen: Vec<_> = seen.map(|(id, entry)| (*id, entry.seen, entry.addresses.as_slice())).collect();
        seen.sort_by_key(|(_, seen, _)| std::cmp::Reverse(*seen));
        seen
    }

    /// The entry of a node, made if there is none.
    fn entry(&mut self, node: NodeId) -> &mut Entry {
        if self.nodes.len() >= NODES_MAX && !self.nodes.contains_key(&node) {
            let least = self.nodes.iter().min_by_key(|(_, entry)| (entry.seen, entry.number)).map(|(id, _)| *id);
            least.map(|least| self.nodes.remove(&least));
        }
        self.made = self.made.saturating_add(1);
        let number = self.made;
        self.nodes.entry(node).or_insert_with(|| Entry { number, ..Entry::default() })
    }
}

#[cfg(test)]
mod tests;
