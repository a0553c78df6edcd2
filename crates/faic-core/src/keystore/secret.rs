//! The secret of a wallet and its bytes under the seal.
//!
//! The bytes always have the same length, so a file does not tell how many words the mnemonic has or whether there is a
//! passphrase.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use zeroize::Zeroizing;

use crate::bounded;
use crate::derivation::{AccountPath, derive_account_key};
use crate::keys::SecretKey;
use crate::mnemonic::{Language, Mnemonic};
use crate::network::Network;

/// Most bytes in a BIP-39 passphrase that a keystore keeps.
pub const PASSPHRASE_BYTES_MAX: usize = 256;

/// Bytes under the seal: language, entropy and passphrase, and zeros up to here.
pub(super) const SECRET_BYTES: usize = 512;

/// The mnemonic and the BIP-39 passphrase of a wallet, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct WalletSecret {
    /// The mnemonic.
    mnemonic: Mnemonic,
    /// The passphrase; empty where there is none.
    passphrase: Zeroizing<String>,
}

impl WalletSecret {
    /// Joins a mnemonic and a passphrase, which is empty where there is none.
    ///
    /// # Errors
    /// [`PassphraseTooLong`] beyond [`PASSPHRASE_BYTES_MAX`].
    pub fn new(mnemonic: Mnemonic, passphrase: &str) -> Result<Self, PassphraseTooLong> {
        if passphrase.len() > PASSPHRASE_BYTES_MAX {
            return Err(PassphraseTooLong);
        }
        Ok(Self { mnemonic, passphrase: Zeroizing::new(passphrase.to_owned()) })
    }

    /// The mnemonic.
    pub fn mnemonic(&self) -> &Mnemonic {
        &self.mnemonic
    }

    /// The BIP-39 passphrase; empty where there is none.
    pub fn passphrase(&self) -> &str {
        &self.passphrase
    }

    /// Derives the secret key at `path` on `network`.
    pub fn account_key(&self, network: Network, path: AccountPath) -> SecretKey {
        derive_account_key(&self.mnemonic.to_seed(&self.passphrase), network, path)
    }

    /// The bytes that are sealed.
    pub(super) fn to_bytes(&self) -> Zeroizing<[u8; SECRET_BYTES]> {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        let mut rest = bytes.as_mut_slice();
        let written = self
            .mnemonic
            .language()
            .serialize(&mut rest)
            .and_then(|()| self.mnemonic.to_entropy().serialize(&mut rest))
            .and_then(|()| self.passphrase.serialize(&mut rest));
        written.expect("language, entropy and passphrase are shorter than the space for them");
        bytes
    }

    /// Reads what [`WalletSecret::to_bytes`] wrote, or nothing when it is anything else.
    pub(super) fn from_bytes(bytes: &[u8; SECRET_BYTES]) -> Option<Self> {
        let mut rest = bytes.as_slice();
        let language = Language::deserialize(&mut rest).ok()?;
        let entropy_bytes = usize::try_from(u32::deserialize(&mut rest).ok()?).ok()?;
        // Read in place, so that no copy of the entropy is left behind.
        let (entropy, mut rest) = rest.split_at_checked(entropy_bytes)?;
        let mnemonic = Mnemonic::from_entropy(language, entropy)?;
        let passphrase = Zeroizing::new(bounded::read_text(&mut rest, PASSPHRASE_BYTES_MAX).ok()?);
        rest.iter().all(|byte| *byte == 0).then_some(Self { mnemonic, passphrase })
    }
}

impl fmt::Debug for WalletSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WalletSecret").field("mnemonic", &self.mnemonic).finish_non_exhaustive()
    }
}

/// The passphrase is beyond the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a passphrase has at most {PASSPHRASE_BYTES_MAX} bytes")]
pub struct PassphraseTooLong;
