//! What this node says about itself, and what its peers said last.

use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

use faic_core::{ChainId, SecretKey};

use crate::{NodeId, NodeState, SignedNodeState};

/// What a state that a peer told is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// It differs from the one before.
    Changed(NodeState),
    /// It says the same, or is older.
    Same,
    /// It is not the peer's, not signed, or of another chain.
    Bad,
}

/// Signs this node's states and keeps its peers'.
pub(crate) struct StateManager {
    /// The node's key.
    key: SecretKey,
    /// The chain that peers follow.
    chain_id: ChainId,
    /// The time of the last state that was signed, in milliseconds of Unix time.
    signed_ms: u64,
    /// What connected peers said last.
    peers: BTreeMap<NodeId, SignedNodeState>,
}

impl StateManager {
    /// Signs with the node's key.
    pub(crate) const fn new(key: SecretKey, chain_id: ChainId) -> Self {
        Self { key, chain_id, signed_ms: 0, peers: BTreeMap::new() }
    }

    /// Signs a state; each is later than the one before, whatever the clock does.
    pub(crate) fn sign(&mut self, state: NodeState) -> SignedNodeState {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.signed_ms = now_ms.max(self.signed_ms.saturating_add(1));
        SignedNodeState::sign(&self.key, self.signed_ms, state)
    }

    /// Takes note of what a peer says with its hello, in place of all that it said before; whether it is good.
    pub(crate) fn greet(&mut self, peer: NodeId, signed: SignedNodeState) -> bool {
        let is_good = self.is_good(&peer, &signed);
        if is_good {
            self.peers.insert(peer, signed);
        }
        is_good
    }

    /// Takes note of what a connected peer says.
    pub(crate) fn hear(&mut self, peer: NodeId, signed: SignedNodeState) -> News {
        if signed.node != peer {
            return News::Bad;
        }
        let before = self.peers.get(&peer);
        // A repeated state was verified the first time.
        if before.is_some_and(|before| *before == signed) {
            return News::Same;
        }
        if !self.is_good(&peer, &signed) {
            return News::Bad;
        }
        if before.is_some_and(|before| before.time_ms >= signed.time_ms) {
            return News::Same;
        }
        let is_same = before.is_some_and(|before| before.state == signed.state);
        let state = signed.state.clone();
        self.peers.insert(peer, signed);
        if is_same { News::Same } else { News::Changed(state) }
    }

    /// What a connected peer said last.
    pub(crate) fn state(&self, peer: &NodeId) -> Option<&NodeState> {
        self.peers.get(peer).map(|signed| &signed.state)
    }

    /// Forgets a peer that is gone.
    pub(crate) fn forget(&mut self, peer: &NodeId) {
        self.peers.remove(peer);
    }

    /// Whether a state is the peer's own, signed by it, and of this chain.
    fn is_good(&self, peer: &NodeId, signed: &SignedNodeState) -> bool {
        signed.node == *peer && signed.state.chain_id == self.chain_id && signed.verify()
    }
}

#[cfg(test)]
mod tests;
