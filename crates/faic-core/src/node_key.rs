//! What a node signs with its own key, which is neither an account's nor a validator's.
//!
//! A node key names a peer and vouches for what that peer says about itself; it moves no money and casts no vote. The
//! words that are signed are the network's, so they come here as bytes, but under a domain of their own: a signature of
//! a node's state is worthless for anything else.

use crate::{Domain, PublicKey, SecretKey, Signature};

/// Signs the canonical bytes of what a node tells of its state.
pub fn sign_state(key: &SecretKey, state: &[u8]) -> Signature {
    key.sign(Domain::SignNodeState.hash(&[state]).as_bytes())
}

/// Whether the signature is the node key's over the canonical bytes of a state.
pub fn verify_state(key: &PublicKey, state: &[u8], signature: &Signature) -> bool {
    key.verify(Domain::SignNodeState.hash(&[state]).as_bytes(), signature)
}

#[cfg(test)]
mod tests;
