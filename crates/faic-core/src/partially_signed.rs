//! Transactions on their way from one machine to another to be signed: built here, signed there, submitted by a third.
//!
//! The roles are those of BIP-174: who builds knows the chain and no key, signers have keys and no network, who combines
//! has neither, and who completes makes a [`SignedTransaction`] of it. A [`PartiallySignedTransaction`] holds only
//! signatures that hold, at most as many as are needed, whoever wrote the bytes. It is written as a JSON document, whose
//! readable part must say what its canonical bytes say, or as a compact text that fits a QR code.

use std::{collections::BTreeMap, fmt};

use crate::{
    Address, Authority, Hash, Network, PublicKey, Signature, SignedTransaction, Signer, Transaction,
    authority::AuthorityKey,
    crypto::SignError,
    transaction::{KeySignature, TRANSACTION_BYTES_MAX, TransactionError},
};

mod content;
mod document;
mod error;
mod text;

pub use document::{PARTIALLY_SIGNED_BYTES_MAX, PARTIALLY_SIGNED_VERSION};
pub use error::{CombineError, Incomplete, Missing, PartiallySignedError};
pub use text::PARTIALLY_SIGNED_SCHEME;

/// For whom a signature of a transaction is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The account that acts.
    Sender,
    /// The account that pays the fee in its place.
    FeePayer,
}

impl Role {
    /// Both roles.
    pub const ALL: [Self; 2] = [Self::Sender, Self::FeePayer];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sender => "sender",
            Self::FeePayer => "fee payer",
        })
    }
}

/// A transaction with the signatures that it has so far, all of which hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartiallySignedTransaction {
    /// How its addresses are shown.
    network: Network,
    /// What is signed; it keeps the rules that need no state.
    transaction: Transaction,
    /// The sender's signatures by the position of their keys, at most its threshold.
    sender: BTreeMap<u8, Signature>,
    /// The fee payer's signatures, likewise.
    fee_payer: BTreeMap<u8, Signature>,
}

impl PartiallySignedTransaction {
    /// A transaction that nobody has signed yet.
    ///
    /// # Errors
    /// [`PartiallySignedError`] for one that breaks a rule, or is a bond whose validator key did not sign.
    pub fn new(network: Network, transaction: Transaction) -> Result<Self, PartiallySignedError> {
        let bytes = transaction.signed_bytes();
        if bytes > TRANSACTION_BYTES_MAX {
            return Err(TransactionError::TooLarge(bytes).into());
        }
        transaction.check()?;
        if let Some((claim, signature)) = transaction.possession()
            && !claim.key.verify(claim.signing_hash().as_bytes(), &signature)
        {
            return Err(PartiallySignedError::BadPossession);
        }
        Ok(Self { network, transaction, sender: BTreeMap::new(), fee_payer: BTreeMap::new() })
    }

    /// A transaction with signatures that somebody else wrote down.
    ///
    /// # Errors
    /// [`PartiallySignedError`] also for a signature that is out of order, too many, by an unknown key or does not hold.
    fn with_signatures(
        network: Network,
        transaction: Transaction,
        signatures: [Vec<KeySignature>; 2],
    ) -> Result<Self, PartiallySignedError> {
        let mut signed = Self::new(network, transaction)?;
        for (role, list) in Role::ALL.into_iter().zip(signatures) {
            if !list.is_sorted_by(|one, other| one.key < other.key) {
                return Err(PartiallySignedError::SignatureOrder { role });
            }
            let needed = signed.needed(role);
            if list.len() > needed {
                return Err(PartiallySignedError::TooManySignatures { role, needed, found: list.len() });
            }
            for KeySignature { key, signature } in list {
                signed.check_signature(role, key, &signature)?;
                signed.signatures_mut(role).insert(key, signature);
            }
        }
        Ok(signed)
    }

    /// Checks that a signature is that of a role's key over this transaction.
    fn check_signature(&self, role: Role, position: u8, signature: &Signature) -> Result<(), PartiallySignedError> {
        let keys = self.authority(role).map(Authority::keys).unwrap_or_default();
        let AuthorityKey::Ed25519(key) =
            keys.get(usize::from(position)).ok_or(PartiallySignedError::UnknownKey { role, position })?;
        if key.verify(self.transaction.signing_hash().as_bytes(), signature) {
            Ok(())
        } else {
            Err(PartiallySignedError::BadSignature { role, key: *key })
        }
    }

    /// The network of its addresses.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// What is signed.
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The id of the transaction, which signatures do not change.
    pub fn id(&self) -> Hash {
        self.transaction.id()
    }

    /// The authority that must sign in a role; none for a fee payer that there is not.
    pub fn authority(&self, role: Role) -> Option<&Authority> {
        match role {
            Role::Sender => Some(&self.transaction.authority),
            Role::FeePayer => self.transaction.fee_payer.as_ref().map(|payer| &payer.authority),
        }
    }

    /// The account that has a role.
    pub fn address(&self, role: Role) -> Option<&Address> {
        match role {
            Role::Sender => Some(&self.transaction.sender),
            Role::FeePayer => self.transaction.fee_payer.as_ref().map(|payer| &payer.address),
        }
    }

    /// How many signatures a role needs.
    pub fn needed(&self, role: Role) -> usize {
        self.authority(role).map_or(0, |authority| usize::from(authority.threshold()))
    }

    /// The signatures that a role has, by ascending key.
    pub fn signatures(&self, role: Role) -> impl Iterator<Item = KeySignature> {
        let signatures = match role {
            Role::Sender => &self.sender,
            Role::FeePayer => &self.fee_payer,
        };
        signatures.iter().map(|(key, signature)| KeySignature { key: *key, signature: *signature })
    }

    /// The keys that have signed in a role, ascending.
    pub fn signers(&self, role: Role) -> Vec<PublicKey> {
        let keys = self.authority(role).map(Authority::keys).unwrap_or_default();
        let key = |signature: KeySignature| keys.get(usize::from(signature.key)).copied();
        self.signatures(role).filter_map(key).map(|AuthorityKey::Ed25519(key)| key).collect()
    }

    /// The signatures of a role, to be added to.
    fn signatures_mut(&mut self, role: Role) -> &mut BTreeMap<u8, Signature> {
        match role {
            Role::Sender => &mut self.sender,
            Role::FeePayer => &mut self.fee_payer,
        }
    }

    /// The roles in which one of `keys` may sign, whether it has or not.
    pub fn roles_of(&self, keys: &[PublicKey]) -> Vec<Role> {
        let has = |authority: &Authority| authority.keys().iter().any(|AuthorityKey::Ed25519(key)| keys.contains(key));
        Role::ALL.into_iter().filter(|role| self.authority(*role).is_some_and(has)).collect()
    }

    /// Signs with the keys that `signer` has, in every role that still needs signatures; tells with which.
    ///
    /// # Errors
    /// Those of the signer.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<Vec<(Role, PublicKey)>, SignError> {
        let at_hand = signer.public_keys();
        let mut added = Vec::new();
        for role in Role::ALL {
            let keys = self.authority(role).map(|authority| authority.keys().to_vec()).unwrap_or_default();
            for (position, AuthorityKey::Ed25519(key)) in (0..=u8::MAX).zip(keys) {
                let has_signed = self.signatures(role).any(|signature| signature.key == position);
                if self.missing(role) == 0 || has_signed || !at_hand.contains(&key) {
                    continue;
                }
                let signature = signer.sign_transaction(&key, &self.transaction)?;
                self.signatures_mut(role).insert(position, signature);
                added.push((role, key));
            }
        }
        Ok(added)
    }

    /// Takes over the signatures of another copy of the same transaction; tells how many are new.
    ///
    /// Where the two have more than are needed, those of the first keys stay.
    ///
    /// # Errors
    /// [`CombineError`] for another transaction, or another network of its addresses.
    pub fn combine(&mut self, other: &Self) -> Result<usize, CombineError> {
        let (expected, found) = (self.id(), other.id());
        if expected != found {
            return Err(CombineError::OtherTransaction { expected, found });
        }
        if self.network != other.network {
            return Err(CombineError::OtherNetwork { expected: self.network, found: other.network });
        }
        let before = self.clone();
        for role in Role::ALL {
            let needed = self.needed(role);
            let signatures = self.signatures_mut(role);
            for KeySignature { key, signature } in other.signatures(role) {
                signatures.entry(key).or_insert(signature);
            }
            while signatures.len() > needed {
                signatures.pop_last();
            }
        }
        let before = &before;
        let is_new = |role: Role| {
            let known = |key: u8| before.signatures(role).any(|signature| signature.key == key);
            self.signatures(role).filter(|signature| !known(signature.key)).count()
        };
        Ok(Role::ALL.into_iter().map(is_new).sum())
    }

    /// How many signatures a role lacks.
    pub fn missing(&self, role: Role) -> usize {
        self.needed(role).saturating_sub(self.signatures(role).count())
    }

    /// What each role lacks; nothing where the transaction can be submitted.
    pub fn all_missing(&self) -> Vec<Missing> {
        let missing = |role: Role| {
            let (address, count) = (*self.address(role)?, self.missing(role));
            let missing = Missing { role, address: address.encode(self.network), count, needed: self.needed(role) };
            (count > 0).then_some(missing)
        };
        Role::ALL.into_iter().filter_map(missing).collect()
    }

    /// The transaction with all its signatures.
    ///
    /// # Errors
    /// [`Incomplete`] names what is missing.
    pub fn complete(&self) -> Result<SignedTransaction, Incomplete> {
        let missing = self.all_missing();
        if missing.is_empty() { Ok(self.to_signed()) } else { Err(Incomplete { missing }) }
    }

    /// The transaction with the signatures that it has so far, which may be too few.
    fn to_signed(&self) -> SignedTransaction {
        SignedTransaction {
            transaction: self.transaction.clone(),
            signatures: self.signatures(Role::Sender).collect(),
            fee_payer_signatures: self.signatures(Role::FeePayer).collect(),
        }
    }

    /// Reads either form: the JSON document, or the compact text.
    ///
    /// # Errors
    /// [`PartiallySignedError`] says what is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, PartiallySignedError> {
        if bytes.len() > PARTIALLY_SIGNED_BYTES_MAX {
            return Err(PartiallySignedError::TooLarge);
        }
        let trimmed = bytes.trim_ascii();
        match str::from_utf8(trimmed) {
            Ok(text) if text::is_like_one(text) => Self::from_text(text),
            Ok(_) | Err(_) => Self::from_json(trimmed),
        }
    }
}

#[cfg(test)]
mod tests;
