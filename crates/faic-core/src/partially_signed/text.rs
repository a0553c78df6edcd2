//! The compact text, for QR codes: `faic-tx:` and, in base32, a version, the network, the canonical bytes and a checksum.
//!
//! The alphabet is that of addresses (BIP-173), so the text may be all upper or all lower case, and in upper case a QR
//! code holds it in its alphanumeric mode.

use bech32::{
    Fe32,
    primitives::iter::{ByteIterExt, Fe32IterExt},
};

use super::{PARTIALLY_SIGNED_VERSION, PartiallySignedError, PartiallySignedTransaction};
use crate::{Domain, Network, SignedTransaction};

/// What the compact text begins with.
pub const PARTIALLY_SIGNED_SCHEME: &str = "faic-tx:";

/// The bytes of the checksum: the first of a hash.
const CHECKSUM_BYTES: usize = 4;

/// Whether a text begins as a compact text, in either case.
pub(super) fn is_like_one(text: &str) -> bool {
    text.get(..PARTIALLY_SIGNED_SCHEME.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(PARTIALLY_SIGNED_SCHEME))
}

impl PartiallySignedTransaction {
    /// The compact text, in lower case; in upper case it means the same.
    pub fn to_text(&self) -> String {
        let mut bytes = vec![u8::try_from(PARTIALLY_SIGNED_VERSION).expect("the version is small"), self.network as u8];
        bytes.extend(self.to_signed().to_bytes());
        bytes.extend(checksum(&bytes));
        PARTIALLY_SIGNED_SCHEME.to_owned() + &encode(&bytes)
    }

    /// Reads a compact text.
    ///
    /// # Errors
    /// [`PartiallySignedError`] says what is wrong with it.
    pub fn from_text(text: &str) -> Result<Self, PartiallySignedError> {
        if text.len() > super::PARTIALLY_SIGNED_BYTES_MAX {
            return Err(PartiallySignedError::TooLarge);
        }
        let is_mixed =
            text.bytes().any(|byte| byte.is_ascii_uppercase()) && text.bytes().any(|byte| byte.is_ascii_lowercase());
        let lower = text.to_ascii_lowercase();
        let digits = lower.strip_prefix(PARTIALLY_SIGNED_SCHEME).ok_or(PartiallySignedError::BadText)?;
        let bytes = decode(digits).filter(|_| !is_mixed).ok_or(PartiallySignedError::BadText)?;
        let (content, check) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(PartiallySignedError::BadText)?;
        if checksum(content) != *check {
            return Err(PartiallySignedError::BadChecksum);
        }
        let ([version, network], body) = content.split_first_chunk().ok_or(PartiallySignedError::BadText)?;
        if u32::from(*version) != PARTIALLY_SIGNED_VERSION {
            return Err(PartiallySignedError::UnsupportedVersion { found: u32::from(*version) });
        }
        let network = Network::ALL.into_iter().find(|known| *known as u8 == *network);
        let network = network.ok_or(PartiallySignedError::BadText)?;
        let SignedTransaction { transaction, signatures, fee_payer_signatures } = SignedTransaction::from_bytes(body)?;
        Self::with_signatures(network, transaction, [signatures, fee_payer_signatures])
    }
}

/// The first bytes of the hash of a content, by which a text that was not copied whole is told.
fn checksum(content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = Domain::PartiallySignedText.hash(&[content]);
    *hash.as_bytes().first_chunk().expect("a hash is longer than a checksum")
}

/// Bytes in base32.
fn encode(bytes: &[u8]) -> String {
    bytes.iter().copied().bytes_to_fes().map(Fe32::to_char).collect()
}

/// The bytes of a text in base32, of which there is one for every bytes.
fn decode(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(Fe32::from_char).collect::<Result<Vec<_>, _>>().ok()?;
    let bytes: Vec<u8> = digits.into_iter().fes_to_bytes().collect();
    (encode(&bytes) == text).then_some(bytes)
}
