//! Ed25519 keys and signatures under the rules of ZIP-215.
//!
//! Verification, one by one or in a batch, is a consensus rule: every node must give every signature the same verdict,
//! so the cofactored equation of ZIP-215 is used for both. A [`PublicKey`] is further refused when it is not the
//! canonical encoding of a point or has a small order, because such keys have several spellings or no secret.
//! What is signed, and under which domain, is decided by [`crate::crypto`], never by a caller with raw bytes.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_zebra::{SigningKey, VerificationKey, VerificationKeyBytes, batch};
use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use crate::entropy::{self, EntropyError};

/// The field prime 2^255 − 19, little-endian (RFC 8032, §5.1).
const FIELD_PRIME: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// The y coordinates of the eight points of small order, little-endian (ZIP-215; "It's 255:19AM", de Valence 2020).
const SMALL_ORDER_Y: [[u8; 32]; 5] = [
    [0; 32],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
];

/// An ed25519 public key in its only spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// Checks 32 bytes to be the canonical encoding of a field element that is not of a small-order point.
    ///
    /// Whether they decode to a point is found out by the first verification; a key that does not verifies nothing.
    ///
    /// # Errors
    /// [`KeyError`] names what is wrong.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, KeyError> {
        let mut y = bytes;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f;
        }
        if y.iter().rev().ge(FIELD_PRIME.iter().rev()) {
            return Err(KeyError::NotCanonical);
        }
        if SMALL_ORDER_Y.contains(&y) {
            return Err(KeyError::SmallOrder);
        }
        Ok(Self(bytes))
    }

    /// The key's 32 bytes (RFC 8032, §5.1.5).
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether `signature` is this key's over `message`, under ZIP-215.
    pub(crate) fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_zebra::Signature::from_bytes(&signature.0);
        VerificationKey::try_from(self.0).is_ok_and(|key| key.verify(&signature, message).is_ok())
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl BorshDeserialize for PublicKey {
    /// Refuses every spelling but the canonical one.
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = <[u8; 32]>::deserialize_reader(reader)?;
        Self::from_bytes(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

/// Why 32 bytes are not an acceptable public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A y coordinate that is not below the field prime.
    #[error("the public key is not in canonical form")]
    NotCanonical,
    /// One of the points that have no secret key.
    #[error("the public key is a point of small order, which anybody could sign for")]
    SmallOrder,
}

/// An ed25519 signature: R and s, 64 bytes (RFC 8032, §5.1.6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Wraps 64 bytes; whether they are a signature of anything is for verification to say.
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The signature's 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// An ed25519 secret key, wiped from memory when dropped.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<SigningKey>);

impl SecretKey {
    /// Makes a new key from the operating system's randomness.
    ///
    /// # Errors
    /// [`EntropyError`] when the operating system gives no randomness.
    pub fn generate() -> Result<Self, EntropyError> {
        let mut seed = Zeroizing::new([0; 32]);
        entropy::fill(seed.as_mut_slice())?;
        Ok(Self::from_seed(&seed))
    }

    /// The key of a 32-byte seed (RFC 8032, §5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Zeroizing::new(SigningKey::from_bytes(seed)))
    }

    /// The seed that the key was made from, for a file that keeps it.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verification_key().into())
    }

    /// Signs `message`; deterministic (RFC 8032, §5.1.6).
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    /// Shows the public half only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey of {}", self.public_key())
    }
}

/// One signature to be checked: who signed, what, and the signature.
pub(crate) type Claim<'a> = (PublicKey, &'a [u8], Signature);

/// Whether every claim holds; the same verdict as verifying one by one, at about half the cost.
///
/// The weights of the batch equation are drawn from a hash of all claims, so no randomness enters, and a forger would
/// have to find claims whose own hash makes their errors cancel, which is 2^128 work.
pub(crate) fn verify_batch(claims: &[Claim<'_>]) -> bool {
    let mut transcript = blake3::Hasher::new_derive_key("faic v1 signature batch");
    let mut verifier = batch::Verifier::new();
    for (key, message, signature) in claims {
        transcript.update(&key.0).update(&signature.0).update(blake3::hash(message).as_bytes());
        let signature = ed25519_zebra::Signature::from_bytes(&signature.0);
        verifier.queue((VerificationKeyBytes::from(key.0), signature, *message));
    }
    verifier.verify(BatchWeights(transcript.finalize_xof())).is_ok()
}

/// The stream of weights of one batch.
struct BatchWeights(blake3::OutputReader);

impl TryRng for BatchWeights {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for BatchWeights {}

#[cfg(test)]
mod tests;
