//! Which network a thing belongs to: the kind of network and the id of its chain.
//!
//! A [`Network`] decides how addresses look and which keys a mnemonic gives; a [`ChainId`] is bound into every
//! signature, so that nothing signed for one chain is valid on another.

use std::{fmt, io, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};

/// Most bytes in a chain id.
const CHAIN_ID_BYTES_MAX: usize = 32;

/// The three kinds of network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Network {
    /// The main network, where FAIC has worth.
    Main = 0,
    /// Public test networks.
    Test = 1,
    /// A developer's own network.
    Dev = 2,
}

impl Network {
    /// Every network, in the order of their bytes.
    pub const ALL: [Self; 3] = [Self::Main, Self::Test, Self::Dev];

    /// The human-readable part of the network's addresses.
    pub const fn address_prefix(self) -> &'static str {
        match self {
            Self::Main => "faic",
            Self::Test => "tfaic",
            Self::Dev => "dfaic",
        }
    }

    /// The coin type in derivation paths (SLIP-0044): FAIC's own on the main network, 1 on all test networks.
    pub const fn coin_type(self) -> u32 {
        match self {
            Self::Main => 1_010_101_010,
            Self::Test | Self::Dev => 1,
        }
    }

    /// The name in documents and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Test => "test",
            Self::Dev => "dev",
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Network {
    type Err = UnknownNetwork;

    fn from_str(text: &str) -> Result<Self, UnknownNetwork> {
        Self::ALL.into_iter().find(|network| network.name() == text).ok_or(UnknownNetwork)
    }
}

/// The text names none of the three networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a network is one of main, test, dev")]
pub struct UnknownNetwork;

/// The name of one chain, such as `faic-dev`: 1 to 32 of lower-case letters, digits and hyphens.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct ChainId(String);

impl ChainId {
    /// Checks and wraps the text.
    ///
    /// # Errors
    /// [`ChainIdError`] when the text is empty, too long or has other characters.
    pub fn new(text: impl Into<String>) -> Result<Self, ChainIdError> {
        let text = text.into();
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > CHAIN_ID_BYTES_MAX || !text.bytes().all(good) {
            return Err(ChainIdError);
        }
        Ok(Self(text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl BorshDeserialize for ChainId {
    /// Reads at most the allowed number of bytes, so that a forged length costs nothing.
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let text = crate::bounded::read_text(reader, CHAIN_ID_BYTES_MAX)?;
        Self::new(text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// The text is not a chain id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a chain id is 1 to 32 lower-case letters, digits and hyphens")]
pub struct ChainIdError;

#[cfg(test)]
mod tests;
