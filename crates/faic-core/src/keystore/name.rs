//! The names of wallets, which are also the names of their files.

use std::fmt;
use std::str::FromStr;

use borsh::BorshSerialize;
use serde::{Deserialize, Serialize};

/// Most characters in a wallet's name.
pub const WALLET_NAME_CHARACTERS_MAX: usize = 64;

/// The name of a wallet: 1 to 64 of lower-case letters, digits, `_` and `-`, so that it is safe in a path on any system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, BorshSerialize)]
#[serde(try_from = "String")]
pub struct WalletName(String);

impl WalletName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for WalletName {
    type Error = WalletNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
        if text.is_empty() || text.len() > WALLET_NAME_CHARACTERS_MAX || !text.bytes().all(allowed) {
            return Err(WalletNameError);
        }
        Ok(Self(text))
    }
}

impl FromStr for WalletName {
    type Err = WalletNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for WalletName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text is no name of a wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a wallet's name is 1 to {WALLET_NAME_CHARACTERS_MAX} lower-case letters, digits, hyphens and underscores")]
pub struct WalletNameError;
