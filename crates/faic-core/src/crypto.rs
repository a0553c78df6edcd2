//! Signing and verifying, one method for each purpose.
//!
//! No method takes raw bytes: what is signed is always a thing of the domain, under that thing's own domain tag and with
//! its chain id, so a signature for one purpose is worthless for every other. [`BasicCrypto`] does both with keys that a
//! [`KeyManager`] holds in memory.

use std::{collections::BTreeMap, fmt};

use crate::{
    ChainId, PublicKey, SecretKey, Signature,
    authority::{Authority, AuthorityKey},
    block::{Certificate, ValidatorSet, VoteSignature},
    keys::{self, Claim},
    message::Message,
    staking::Possession,
    transaction::{KeySignature, Messages, SignedTransaction, Transaction, TransactionError},
    vote::{Proposal, Vote},
};

/// Signs with keys that never leave it.
pub trait Signer: Send + Sync {
    /// The public halves of the keys at hand.
    fn public_keys(&self) -> Vec<PublicKey>;

    /// Signs a transaction with one key.
    ///
    /// # Errors
    /// [`SignError::UnknownKey`] when the key is not at hand.
    fn sign_transaction(&self, key: &PublicKey, transaction: &Transaction) -> Result<Signature, SignError>;

    /// Signs a vote with a validator key.
    ///
    /// Whether the vote may be cast (never two of a kind for one height and round) is for the caller to know.
    ///
    /// # Errors
    /// [`SignError::UnknownKey`] when the key is not at hand.
    fn sign_vote(&self, key: &PublicKey, vote: &Vote) -> Result<Signature, SignError>;

    /// Signs a proposal with a validator key.
    ///
    /// Whether it may be made (never two for one height and round) is for the caller to know.
    ///
    /// # Errors
    /// [`SignError::UnknownKey`] when the key is not at hand.
    fn sign_proposal(&self, key: &PublicKey, proposal: &Proposal) -> Result<Signature, SignError>;

    /// Signs with a validator key, which the claim names, that an operator may bond with it.
    ///
    /// # Errors
    /// [`SignError::UnknownKey`] when the key is not at hand.
    fn sign_possession(&self, possession: &Possession) -> Result<Signature, SignError>;

    /// Signs a message of an account, which moves nothing on the ledger, with one key.
    ///
    /// # Errors
    /// [`SignError::UnknownKey`] when the key is not at hand.
    fn sign_message(&self, key: &PublicKey, message: &Message<'_>) -> Result<Signature, SignError>;
}

/// Checks signatures; a pure function of its arguments, the same on every node.
pub trait Verifier: Send + Sync {
    /// Checks shape and signatures of one transaction.
    ///
    /// # Errors
    /// [`VerifyError`] names what is wrong.
    fn verify_transaction(&self, transaction: &SignedTransaction) -> Result<(), VerifyError>;

    /// Checks many transactions at once, with the same verdict as one by one.
    ///
    /// Rules come before signatures, because they cost less.
    ///
    /// # Errors
    /// The position of the first transaction that breaks a rule; if none does, of the first with a bad signature; and why.
    fn verify_transactions(&self, transactions: &[SignedTransaction]) -> Result<(), (usize, VerifyError)>;

    /// Whether a signature is a validator key's over a vote.
    fn verify_vote(&self, key: &PublicKey, vote: &Vote, signature: &Signature) -> bool;

    /// Whether a signature is a validator key's over a proposal.
    fn verify_proposal(&self, key: &PublicKey, proposal: &Proposal, signature: &Signature) -> bool;

    /// Whether a signature is that of the claim's validator key over the claim.
    fn verify_possession(&self, possession: &Possession, signature: &Signature) -> bool;

    /// Whether a signature is a key's over a message of an account.
    fn verify_message(&self, key: &PublicKey, message: &Message<'_>, signature: &Signature) -> bool;

    /// Checks that more than two thirds of the stake signed the certificate's block, and that no signature is bad.
    ///
    /// Stake comes before signatures, because it costs less to add up. Which block, which chain and which validators
    /// it should be is for the caller to compare with the header.
    ///
    /// # Errors
    /// [`CertificateError`] names what is wrong.
    fn verify_certificate(
        &self,
        chain_id: &ChainId,
        certificate: &Certificate,
        validators: &ValidatorSet,
    ) -> Result<(), CertificateError>;
}

/// Completes a transaction with signatures by the keys that `signer` has.
///
/// # Errors
/// [`SignError::NotEnoughKeys`] when they don't reach a threshold.
pub fn sign_transaction(signer: &dyn Signer, transaction: Transaction) -> Result<SignedTransaction, SignError> {
    let sign = |key: &PublicKey| signer.sign_transaction(key, &transaction);
    let signatures = sign_for(signer, &transaction.authority, sign)?;
    let fee_payer_signatures = match &transaction.fee_payer {
        Some(payer) => sign_for(signer, &payer.authority, sign)?,
        None => Vec::new(),
    };
    Ok(SignedTransaction { transaction, signatures, fee_payer_signatures })
}

/// Has `sign` sign with the first keys of `authority` that `signer` has at hand, up to its threshold.
///
/// # Errors
/// [`SignError::NotEnoughKeys`] when they don't reach it.
pub(crate) fn sign_for(
    signer: &dyn Signer,
    authority: &Authority,
    sign: impl Fn(&PublicKey) -> Result<Signature, SignError>,
) -> Result<Vec<KeySignature>, SignError> {
    let at_hand = signer.public_keys();
    let needed = usize::from(authority.threshold());
    let signatures = (0..=u8::MAX)
        .zip(authority.keys())
        .filter(|(_, AuthorityKey::Ed25519(key))| at_hand.contains(key))
        .take(needed)
        .map(|(index, AuthorityKey::Ed25519(key))| sign(key).map(|signature| KeySignature { key: index, signature }))
        .collect::<Result<Vec<_>, _>>()?;
    if signatures.len() < needed {
        return Err(SignError::NotEnoughKeys { needed, found: signatures.len() });
    }
    Ok(signatures)
}

/// Unlocked keys, by their public halves; wiped from memory when dropped.
#[derive(Default, Clone)]
pub struct KeyManager {
    /// The keys.
    keys: BTreeMap<PublicKey, SecretKey>,
}

impl KeyManager {
    /// Adds a key and returns its public half.
    pub fn add(&mut self, key: SecretKey) -> PublicKey {
        let public = key.public_key();
        self.keys.insert(public, key);
        public
    }

    /// Forgets a key; whether it was there.
    pub fn remove(&mut self, key: &PublicKey) -> bool {
        self.keys.remove(key).is_some()
    }

    /// The secret half of a key.
    fn get(&self, key: &PublicKey) -> Result<&SecretKey, SignError> {
        self.keys.get(key).ok_or(SignError::UnknownKey(*key))
    }
}

impl FromIterator<SecretKey> for KeyManager {
    fn from_iter<I: IntoIterator<Item = SecretKey>>(keys: I) -> Self {
        let mut manager = Self::default();
        for key in keys {
            manager.add(key);
        }
        manager
    }
}

impl fmt::Debug for KeyManager {
    /// Shows the public halves only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.keys()).finish()
    }
}

/// Signs and verifies in this process.
#[derive(Debug, Default, Clone)]
pub struct BasicCrypto {
    /// The keys to sign with.
    pub key_manager: KeyManager,
}

impl Signer for BasicCrypto {
    fn public_keys(&self) -> Vec<PublicKey> {
        self.key_manager.keys.keys().copied().collect()
    }

    fn sign_transaction(&self, key: &PublicKey, transaction: &Transaction) -> Result<Signature, SignError> {
        Ok(self.key_manager.get(key)?.sign(transaction.signing_hash().as_bytes()))
    }

    fn sign_vote(&self, key: &PublicKey, vote: &Vote) -> Result<Signature, SignError> {
        Ok(self.key_manager.get(key)?.sign(vote.signing_hash().as_bytes()))
    }

    fn sign_proposal(&self, key: &PublicKey, proposal: &Proposal) -> Result<Signature, SignError> {
        Ok(self.key_manager.get(key)?.sign(proposal.signing_hash().as_bytes()))
    }

    fn sign_possession(&self, possession: &Possession) -> Result<Signature, SignError> {
        Ok(self.key_manager.get(&possession.key)?.sign(possession.signing_hash().as_bytes()))
    }

    fn sign_message(&self, key: &PublicKey, message: &Message<'_>) -> Result<Signature, SignError> {
        Ok(self.key_manager.get(key)?.sign(message.signing_hash().as_bytes()))
    }
}

impl Verifier for BasicCrypto {
    fn verify_transaction(&self, transaction: &SignedTransaction) -> Result<(), VerifyError> {
        transaction.check()?;
        if let Some((claim, signature)) = transaction.transaction.possession()
            && !self.verify_possession(&claim, &signature)
        {
            return Err(VerifyError::BadPossession);
        }
        let messages = transaction.messages();
        let good = transaction.claims(&messages).all(|(key, message, signature)| key.verify(message, &signature));
        if good { Ok(()) } else { Err(VerifyError::BadSignature) }
    }

    fn verify_transactions(&self, transactions: &[SignedTransaction]) -> Result<(), (usize, VerifyError)> {
        for (index, transaction) in transactions.iter().enumerate() {
            transaction.check().map_err(|error| (index, error.into()))?;
        }
        let messages: Vec<Messages> = transactions.iter().map(SignedTransaction::messages).collect();
        let claims: Vec<Claim<'_>> = transactions
            .iter()
            .zip(&messages)
            .flat_map(|(transaction, messages)| transaction.claims(messages))
            .collect();
        if keys::verify_batch(&claims) {
            return Ok(());
        }
        // Only a bad block or a hostile peer comes here; one by one names the culprit.
        transactions
            .iter()
            .enumerate()
            .try_for_each(|(index, transaction)| self.verify_transaction(transaction).map_err(|error| (index, error)))
    }

    fn verify_vote(&self, key: &PublicKey, vote: &Vote, signature: &Signature) -> bool {
        key.verify(vote.signing_hash().as_bytes(), signature)
    }

    fn verify_proposal(&self, key: &PublicKey, proposal: &Proposal, signature: &Signature) -> bool {
        key.verify(proposal.signing_hash().as_bytes(), signature)
    }

    fn verify_possession(&self, possession: &Possession, signature: &Signature) -> bool {
        possession.key.verify(possession.signing_hash().as_bytes(), signature)
    }

    fn verify_message(&self, key: &PublicKey, message: &Message<'_>, signature: &Signature) -> bool {
        key.verify(message.signing_hash().as_bytes(), signature)
    }

    fn verify_certificate(
        &self,
        chain_id: &ChainId,
        certificate: &Certificate,
        validators: &ValidatorSet,
    ) -> Result<(), CertificateError> {
        if !certificate.signatures.is_sorted_by(|left, right| left.validator < right.validator) {
            return Err(CertificateError::NotAscending);
        }
        let mut signed: u128 = 0;
        for vote in &certificate.signatures {
            let validator =
                validators.get(&vote.validator).ok_or(CertificateError::UnknownValidator(vote.validator))?;
            signed = signed.saturating_add(u128::from(validator.stake.nano()));
        }
        let total = u128::from(validators.total_stake().nano());
        if signed.saturating_mul(3) <= total.saturating_mul(2) {
            return Err(CertificateError::NotEnoughStake);
        }
        let message = certificate.vote(chain_id).signing_hash();
        let claim = |vote: &VoteSignature| (vote.validator, message.as_bytes().as_slice(), vote.signature);
        if keys::verify_batch(&certificate.signatures.iter().map(claim).collect::<Vec<Claim<'_>>>()) {
            return Ok(());
        }
        let is_bad = |vote: &&VoteSignature| !vote.validator.verify(message.as_bytes(), &vote.signature);
        let bad = certificate.signatures.iter().find(is_bad);
        bad.map_or(Ok(()), |vote| Err(CertificateError::BadSignature(vote.validator)))
    }
}

/// Why something can't be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is not at hand.
    #[error("the secret key of {0} is not at hand")]
    UnknownKey(PublicKey),
    /// The keys at hand don't reach the threshold.
    #[error("{needed} signatures are needed, the keys at hand can make {found}")]
    NotEnoughKeys {
        /// The authority's threshold.
        needed: usize,
        /// How many of its keys are at hand.
        found: usize,
    },
}

/// Why a transaction's signatures are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The transaction breaks a rule.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// A signature is not its key's over this transaction.
    #[error("a signature does not match the transaction and its key")]
    BadSignature,
    /// The signature of a bond is not its validator key's over the operator and this chain.
    #[error("the possession signature is not the validator key's for this operator and chain")]
    BadPossession,
}

/// Why a certificate does not make a block final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Votes out of order, or two of one validator.
    #[error("the votes are not in ascending order of their validators")]
    NotAscending,
    /// A vote by a key that is not in the set.
    #[error("{0} is not a validator of this height")]
    UnknownValidator(PublicKey),
    /// A vote whose signature does not hold.
    #[error("the signature of validator {0} does not hold")]
    BadSignature(PublicKey),
    /// Two thirds of the stake or less.
    #[error("the votes hold no more than two thirds of the stake")]
    NotEnoughStake,
}

#[cfg(test)]
mod tests;
