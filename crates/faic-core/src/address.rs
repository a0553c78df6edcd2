//! Addresses: 32 bytes that name an account, shown as bech32m (BIP-350).
//!
//! An address is the hash of an account's *first* authority and never changes. Its text carries the network in its
//! human-readable part, so a wallet notices money that is about to go to another network.

use std::fmt;

use bech32::{Bech32m, Hrp, primitives::decode::UncheckedHrpstring};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::network::Network;

/// The name of an account on every network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Address([u8; 32]);

impl Address {
    /// Wraps the 32 bytes of an address.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The address' 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The text form on `network`, in lower case.
    pub fn encode(&self, network: Network) -> String {
        bech32::encode_lower::<Bech32m>(prefix(network), &self.0)
            .expect("32 bytes are within the length of a bech32m code")
    }

    /// Parses the text form; the network must be `network`.
    ///
    /// # Errors
    /// [`AddressError`] says which of prefix, case, checksum or length is wrong.
    pub fn parse(text: &str, network: Network) -> Result<Self, AddressError> {
        let (found, address) = Self::parse_any(text)?;
        if found == network { Ok(address) } else { Err(AddressError::OtherNetwork { found, expected: network }) }
    }

    /// Whether a text begins as the addresses of some network do, in any case: then it is an address, perhaps a mistyped one,
    /// and never a name.
    pub fn is_begun_by(text: &str) -> bool {
        let begins = |prefix: &str| {
            let (start, rest) = text.split_at_checked(prefix.len()).unwrap_or_default();
            start.eq_ignore_ascii_case(prefix) && rest.starts_with('1')
        };
        Network::ALL.into_iter().any(|network| begins(network.address_prefix()))
    }

    /// Parses the text form of any of the three networks.
    ///
    /// # Errors
    /// [`AddressError`] says which of prefix, case, checksum or length is wrong.
    pub fn parse_any(text: &str) -> Result<(Network, Self), AddressError> {
        let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
        let lower = text.bytes().any(|byte| byte.is_ascii_lowercase());
        if upper && lower {
            return Err(AddressError::MixedCase);
        }
        let unchecked = UncheckedHrpstring::new(text).map_err(|_| AddressError::NotBech32)?;
        let network = Network::ALL
            .into_iter()
            .find(|network| unchecked.hrp() == prefix(*network))
            .ok_or(AddressError::UnknownPrefix)?;
        let checked = unchecked.validate_and_remove_checksum::<Bech32m>().map_err(|_| AddressError::BadChecksum)?;
        let bytes: Vec<u8> = checked.byte_iter().collect();
        let address = Self(bytes.try_into().map_err(|_| AddressError::WrongLength)?);
        // One text an address: the four padding bits must be zero, which only a second encoding shows.
        if address.encode(network) == text.to_ascii_lowercase() {
            Ok((network, address))
        } else {
            Err(AddressError::WrongLength)
        }
    }
}

/// The human-readable part of a network.
fn prefix(network: Network) -> Hrp {
    Hrp::parse_unchecked(network.address_prefix())
}

impl fmt::Debug for Address {
    /// The first eight hexadecimal digits; the text form needs a network.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, ..] = self.0;
        write!(f, "address {a:02x}{b:02x}{c:02x}{d:02x}…")
    }
}

/// Why a text is not an address of this network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a bech32 string at all.
    #[error("this is not an address: it should look like faic1…, tfaic1… or dfaic1…")]
    NotBech32,
    /// Upper and lower case in one address.
    #[error("the address mixes upper and lower case")]
    MixedCase,
    /// A human-readable part of none of our networks.
    #[error("the address does not begin with faic1, tfaic1 or dfaic1")]
    UnknownPrefix,
    /// A character was mistyped.
    #[error("the address' checksum is wrong: a character was mistyped or lost")]
    BadChecksum,
    /// A valid checksum over something that is not 32 bytes.
    #[error("the address does not hold 32 bytes")]
    WrongLength,
    /// An address of another network.
    #[error("the address belongs to the {found} network, this is the {expected} network")]
    OtherNetwork {
        /// The network that the address names.
        found: Network,
        /// The network that was asked for.
        expected: Network,
    },
}

#[cfg(test)]
mod tests;
