//! Who is kept out, why, and until when.
//!
//! A node is banned by its id. Because a new id costs nothing, an address from which several banned nodes came is banned
//! too, except loopback, where all nodes of one machine live. Bans are not kept over a restart.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use tokio::time::Instant;

use crate::NodeId;

/// The most bans of nodes that are remembered, and of addresses; the one that ends first gives way.
pub(crate) const BANS_MAX: usize = 4096;
/// How many nodes that were banned at one address ban the address.
const STRIKES_MAX: usize = 4;

/// Why and until when a node is kept out.
#[derive(Debug, Clone)]
pub(crate) struct Ban {
    /// What it did.
    pub(crate) reason: String,
    /// When it may come back.
    pub(crate) until: Instant,
}

/// What is remembered of an address.
#[derive(Debug)]
struct Strikes {
    /// The nodes at it that were banned, at most [`STRIKES_MAX`].
    nodes: BTreeSet<NodeId>,
    /// When they are forgotten.
    until: Instant,
}

/// The bans in force.
#[derive(Debug, Default)]
pub(crate) struct Bans {
    /// Banned nodes.
    nodes: BTreeMap<NodeId, Ban>,
    /// Addresses from which banned nodes came.
    addresses: BTreeMap<IpAddr, Strikes>,
}

impl Bans {
    /// Keeps a node out, and in the end its address.
    pub(crate) fn ban(
        &mut self,
        node: NodeId,
        address: Option<IpAddr>,
        reason: &str,
        duration: Duration,
        now: Instant,
    ) {
        let until = now + duration;
        make_room(&mut self.nodes, &node, |ban| ban.until);
        self.nodes.insert(node, Ban { reason: reason.to_owned(), until });
        if let Some(address) = address.filter(|address| !address.is_loopback()) {
            make_room(&mut self.addresses, &address, |strikes| strikes.until);
            let strikes = self.addresses.entry(address).or_insert(Strikes { nodes: BTreeSet::new(), until });
            strikes.until = until;
            if strikes.nodes.len() < STRIKES_MAX {
                strikes.nodes.insert(node);
            }
        }
    }

    /// Lets a node in again.
    pub(crate) fn lift(&mut self, node: &NodeId) -> bool {
        self.nodes.remove(node).is_some()
    }

    /// The ban of a node, if there is one.
    pub(crate) fn node(&self, node: &NodeId, now: Instant) -> Option<&Ban> {
        self.nodes.get(node).filter(|ban| ban.until > now)
    }

    /// Whether an address is banned.
    pub(crate) fn is_address_banned(&self, address: &IpAddr, now: Instant) -> bool {
        self.addresses.get(address).is_some_and(|strikes| strikes.nodes.len() >= STRIKES_MAX && strikes.until > now)
    }

    /// The bans of nodes that are in force.
    pub(crate) fn nodes(&self, now: Instant) -> impl Iterator<Item = (&NodeId, &Ban)> {
        self.nodes.iter().filter(move |(_, ban)| ban.until > now)
    }

    /// Forgets what has ended.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.nodes.retain(|_, ban| ban.until > now);
        self.addresses.retain(|_, strikes| strikes.until > now);
    }
}

/// Removes the entry that ends first when the map is full and the new one is not in it.
fn make_room<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, new: &K, until: impl Fn(&V) -> Instant) {
    if map.len() < BANS_MAX || map.contains_key(new) {
        return;
    }
    let first = map.iter().min_by_key(|(_, value)| until(value)).map(|(key, _)| key.clone());
    if let Some(first) = first {
        map.remove(&first);
    }
}

#[cfg(test)]
mod tests;
