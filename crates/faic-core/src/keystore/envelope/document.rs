//! The JSON of a wallet's document, strict in its fields and lengths.

use serde::{Deserialize, Serialize};

use crate::hexadecimal::Hex;
use crate::keystore::kdf::SALT_BYTES;
use crate::keystore::name::WalletName;
use crate::keystore::secret::SECRET_BYTES;

/// Bytes of nonce (draft-irtf-cfrg-xchacha, §2).
pub(super) const NONCE_BYTES: usize = 24;

/// Bytes of authentication tag (RFC 8439, §2.8).
pub(super) const TAG_BYTES: usize = 16;

/// The one field that every version has; it ignores all others.
#[derive(Deserialize)]
pub(super) struct VersionOnly {
    /// The document's version.
    pub(super) version: u32,
}

/// The whole document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// The document's version.
    pub(super) version: u32,
    /// The wallet's name, which is the file's too.
    pub(super) name: WalletName,
    /// The address, whose prefix tells the network.
    pub(super) address: String,
    /// Which key of the mnemonic it is; absent in the first version, which is that of the first key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<Path>,
    /// How the password becomes a key.
    pub(super) kdf: Kdf,
    /// How the key seals the secret.
    pub(super) cipher: Cipher,
}

/// Which key of the mnemonic: the variable parts of the derivation path.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Path {
    /// The account.
    pub(super) account: u32,
    /// The index within it.
    pub(super) index: u32,
}

/// How the password becomes a key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kdf {
    /// The algorithm.
    pub(super) name: KdfName,
    /// Memory, in KiB.
    pub(super) memory_kib: u32,
    /// Passes over the memory.
    pub(super) iterations: u32,
    /// Lanes of the memory.
    pub(super) parallelism: u32,
    /// The salt.
    pub(super) salt: Hex<SALT_BYTES>,
}

/// The algorithms that make a key of a password.
#[derive(Serialize, Deserialize)]
pub(super) enum KdfName {
    /// RFC 9106.
    #[serde(rename = "argon2id")]
    Argon2id,
}

/// How the key seals the secret.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cipher {
    /// The algorithm.
    pub(super) name: CipherName,
    /// The nonce.
    pub(super) nonce: Hex<NONCE_BYTES>,
    /// What authenticates the header and the secret.
    pub(super) tag: Hex<TAG_BYTES>,
    /// The encrypted secret.
    pub(super) ciphertext: Hex<SECRET_BYTES>,
}

/// The algorithms that seal.
#[derive(Serialize, Deserialize)]
pub(super) enum CipherName {
    /// draft-irtf-cfrg-xchacha.
    #[serde(rename = "xchacha20poly1305")]
    XChaCha20Poly1305,
}
