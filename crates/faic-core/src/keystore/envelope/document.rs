//! The JSON of a wallet's document, strict in its fields and lengths.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::authority::document::AuthorityDocument;
use crate::derivation::AccountPath;
use crate::hexadecimal::Hex;
use crate::keystore::kdf::SALT_BYTES;
use crate::keystore::name::WalletName;

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

/// The whole document of the first two versions.
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

/// The whole document of the third and the fourth version.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaterDocument {
    /// The document's version.
    pub(super) version: u32,
    /// The wallet's name, which is the file's too.
    pub(super) name: WalletName,
    /// The accounts, by ascending number.
    pub(super) accounts: Vec<AccountDocument>,
    /// Who signs for a watched account; absent in the third version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) authority: Option<AuthorityDocument>,
    /// How the password becomes a key; absent where the account is only watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) kdf: Option<Kdf>,
    /// How the key seals the content; absent where the account is only watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cipher: Option<Cipher>,
}

/// An account.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountDocument {
    /// Which key of a mnemonic it has; absent for a key that came without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<Path>,
    /// The address, whose prefix tells the network.
    pub(super) address: String,
    /// Which of the sealed secrets its key is made of.
    pub(super) secret: u8,
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

impl Path {
    /// The path as it is written.
    pub(super) fn of(path: AccountPath) -> Self {
        Self { account: path.account(), index: path.index() }
    }
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
    pub(super) ciphertext: SealedBytes,
}

/// The algorithms that seal.
#[derive(Serialize, Deserialize)]
pub(super) enum CipherName {
    /// draft-irtf-cfrg-xchacha.
    #[serde(rename = "xchacha20poly1305")]
    XChaCha20Poly1305,
}

/// Sealed bytes, written as hexadecimal digits; no more than a file has.
pub(super) struct SealedBytes(pub(super) Vec<u8>);

impl Serialize for SealedBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for SealedBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(text).map(Self).map_err(|_| D::Error::custom("these are not the hexadecimal digits of bytes"))
    }
}
