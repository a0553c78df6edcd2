//! The JSON of an authority in documents: how many of which keys must sign.

use serde::{Deserialize, Serialize};

use super::{Authority, AuthorityError, AuthorityKey};
use crate::{PublicKey, hexadecimal::Hex, keys::KeyError};

/// Which keys sign, and how many of them must.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthorityDocument {
    /// How many must sign.
    threshold: u8,
    /// The keys, ascending.
    ed25519_keys: Vec<Hex<32>>,
}

impl From<&Authority> for AuthorityDocument {
    fn from(authority: &Authority) -> Self {
        let key = |AuthorityKey::Ed25519(key): &AuthorityKey| Hex(*key.as_bytes());
        Self { threshold: authority.threshold(), ed25519_keys: authority.keys().iter().map(key).collect() }
    }
}

impl AuthorityDocument {
    /// Reads the authority, whose keys must be in their order.
    ///
    /// # Errors
    /// What is wrong with a key, or with all of it.
    pub(crate) fn authority<E: From<KeyError> + From<AuthorityError>>(self) -> Result<Authority, E> {
        let keys = self.ed25519_keys.into_iter().map(|Hex(key)| PublicKey::from_bytes(key));
        Ok(Authority::in_order(self.threshold, keys.collect::<Result<_, _>>()?)?)
    }
}
