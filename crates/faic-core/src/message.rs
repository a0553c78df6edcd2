//! Messages that an account signs, so that its owner shows who wrote them: no transaction, and nothing on the ledger.
//!
//! A message is signed under a domain of its own, with its network and its account, so a signature of a message is never
//! one of a transaction, nor one of another account or network. A [`MessageSignature`] travels beside the message and
//! holds the authority that signed: the address of an account follows from its first authority, so for an account that
//! never changed its keys the document alone tells who signed. Whether an authority governs now, only the ledger knows.

use crate::{
    Address, Authority, Domain, Hash, Network, Signer, Verifier,
    authority::{AuthorityError, AuthorityKey},
    crypto::{self, SignError},
    transaction::{KeySignature, TransactionError, check_shape},
};

mod document;

/// Most bytes of a message.
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Most bytes of the document of a signature.
pub const MESSAGE_SIGNATURE_BYTES_MAX: usize = 16 * 1024;

/// A message of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// The network of the account.
    pub network: Network,
    /// The account that says it.
    pub address: Address,
    /// What it says; any bytes.
    pub bytes: &'a [u8],
}

impl Message<'_> {
    /// What a signature is made over: network and address have fixed lengths, and the message is the rest.
    pub(crate) fn signing_hash(&self) -> Hash {
        Domain::SignMessage.hash(&[&[self.network as u8], self.address.as_bytes(), self.bytes])
    }
}

/// Who signed a message, and the signatures; the message itself is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageSignature {
    /// The network of the account.
    pub network: Network,
    /// The account that says it.
    pub address: Address,
    /// The keys that sign for the account.
    pub authority: Authority,
    /// Exactly as many signatures as the authority's threshold, by ascending key.
    pub signatures: Vec<KeySignature>,
}

/// What the authority of a good signature is to its account, as far as it can be known without the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The account began with it, and is governed by it unless its keys were changed since.
    First,
    /// The account did not begin with it; only the ledger tells whether it governs.
    Later,
}

impl MessageSignature {
    /// Signs a message with the first keys of `authority` that `signer` has, up to its threshold.
    ///
    /// # Errors
    /// [`SignMessageError`] names what is missing.
    pub fn sign(signer: &dyn Signer, authority: Authority, message: &Message<'_>) -> Result<Self, SignMessageError> {
        if message.bytes.len() > MESSAGE_BYTES_MAX {
            return Err(SignMessageError::TooLong(message.bytes.len()));
        }
        let signatures = crypto::sign_for(signer, &authority, |key| signer.sign_message(key, message))?;
        Ok(Self { network: message.network, address: message.address, authority, signatures })
    }

    /// Checks that the authority signed `bytes` for the account.
    ///
    /// # Errors
    /// [`VerifyMessageError`] names what is wrong.
    pub fn verify(&self, verifier: &dyn Verifier, bytes: &[u8]) -> Result<Standing, VerifyMessageError> {
        self.authority.check()?;
        check_shape(&self.authority, &self.signatures).map_err(VerifyMessageError::Signatures)?;
        let message = Message { network: self.network, address: self.address, bytes };
        let is_good = |signature: &KeySignature| {
            let key = self.authority.keys().get(usize::from(signature.key));
            key.is_some_and(|AuthorityKey::Ed25519(key)| verifier.verify_message(key, &message, &signature.signature))
        };
        if !self.signatures.iter().all(is_good) {
            return Err(VerifyMessageError::BadSignature);
        }
        Ok(if self.authority.address() == self.address { Standing::First } else { Standing::Later })
    }
}

/// Why a message cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignMessageError {
    /// More bytes than a message may have.
    #[error("the message has {0} bytes, at most {MESSAGE_BYTES_MAX} are allowed")]
    TooLong(usize),
    /// The keys at hand do not suffice.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// Why a signature is not one of its account over the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyMessageError {
    /// The authority breaks its rules.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Another number of signatures than the threshold, or in another order than that of the keys.
    #[error(transparent)]
    Signatures(TransactionError),
    /// A signature does not hold.
    #[error("a signature does not match the message, the account and the key")]
    BadSignature,
}

/// Why a text is not the document of a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageSignatureError {
    /// More bytes than any document has.
    #[error("it is larger than {MESSAGE_SIGNATURE_BYTES_MAX} bytes")]
    TooLarge,
    /// Written by another version of the program.
    #[error("it has version {found}, this program reads version {known}", known = document::VERSION)]
    UnsupportedVersion {
        /// The document's version.
        found: u32,
    },
    /// Not the JSON document of a signature.
    #[error("it is not the document of a message's signature (line {line}, column {column})")]
    Malformed {
        /// The line of the first error, from 1.
        line: usize,
        /// The column of the first error.
        column: usize,
    },
    /// The address cannot be read.
    #[error("its address is wrong")]
    BadAddress {
        /// What is wrong with the address.
        #[from]
        source: crate::address::AddressError,
    },
    /// A key cannot be one.
    #[error("a key of it is wrong")]
    BadKey {
        /// What is wrong with the key.
        #[from]
        source: crate::keys::KeyError,
    },
    /// The keys and the threshold are no authority.
    #[error("its authority is wrong")]
    BadAuthority {
        /// What is wrong with the authority.
        #[from]
        source: AuthorityError,
    },
}

#[cfg(test)]
mod tests;
