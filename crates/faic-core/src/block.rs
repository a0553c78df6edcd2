//! Blocks, receipts, the validator set, and the certificate that makes a block final.
//!
//! A header commits to the state *after* its block, so one header, one certificate and one state proof show a balance to
//! somebody who trusts only the validator set. A block carries the certificate of its parent, so who was absent is known
//! to all alike. Nothing here decides whether a block is valid; the ledger does.

use std::io::{self, Read};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, Amount, ChainId, Domain, Hash, PublicKey, Signature,
    bounded::{self, invalid},
    merkle,
    transaction::{Height, SignedTransaction},
    vote::{Equivocation, Vote, VoteKind},
};

/// The only version of blocks.
pub const BLOCK_VERSION: u8 = 1;
/// Most validators in a set.
pub const VALIDATORS_MAX: usize = 256;
/// Most evidence in one block.
pub const EVIDENCE_MAX: usize = 16;
/// Most canonical bytes of a block beside its transactions: header, certificate of the parent and evidence.
pub const BLOCK_OVERHEAD_BYTES_MAX: usize = 32 * 1024;

/// What a block commits to.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Header {
    /// [`BLOCK_VERSION`].
    pub version: u8,
    /// The chain that the block belongs to.
    pub chain_id: ChainId,
    /// The block's number; the first block has height 1.
    pub height: Height,
    /// The proposer's clock, in milliseconds since 1970-01-01 UTC; more than the parent's.
    pub time_ms: u64,
    /// The validator key of the proposer.
    pub proposer: PublicKey,
    /// The id of the block before; of the genesis document for the first block.
    pub parent: Hash,
    /// The Merkle root over the ids of all blocks before, from the genesis at 0 to the parent.
    pub ancestors: Hash,
    /// The hash of the certificate that the block carries of its parent; [`Hash::ZERO`] for the first block.
    pub last_certificate: Hash,
    /// The Merkle root over the evidence.
    pub evidence_root: Hash,
    /// The Merkle root over the signed transactions.
    pub transactions_root: Hash,
    /// The Merkle root over the receipts.
    pub receipts_root: Hash,
    /// The root of the state tree after this block.
    pub state_root: Hash,
    /// The hash of the validator set that makes this block final.
    pub validators: Hash,
    /// The hash of the validator set of the next height.
    pub next_validators: Hash,
}

impl Header {
    /// The id of the block.
    pub fn id(&self) -> Hash {
        Domain::BlockId.hash(&[&borsh::to_vec(self).expect("writing to memory does not fail")])
    }
}

/// A block as proposed, whose validity nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// What the block commits to.
    pub header: Header,
    /// The proof that the parent is final, as the proposer had it; `None` for the first block, whose parent is the genesis.
    pub last_certificate: Option<Certificate>,
    /// Proofs against validators, which are punished before the transactions; at most [`EVIDENCE_MAX`].
    #[borsh(deserialize_with = "read_evidence")]
    pub evidence: Vec<Equivocation>,
    /// The transactions, in the order of their execution.
    pub transactions: Vec<SignedTransaction>,
}

/// Reads the evidence of a block, no more than one may have.
fn read_evidence<R: Read>(reader: &mut R) -> io::Result<Vec<Equivocation>> {
    bounded::read_list(reader, EVIDENCE_MAX)
}

impl Block {
    /// The id of the block.
    pub fn id(&self) -> Hash {
        self.header.id()
    }

    /// Decodes canonical bytes, all of them, of at most `bytes_max`.
    ///
    /// # Errors
    /// [`BlockDecodeError`] for more bytes, or bytes that are not a block's.
    pub fn from_bytes(bytes: &[u8], bytes_max: usize) -> Result<Self, BlockDecodeError> {
        if bytes.len() > bytes_max {
            return Err(BlockDecodeError::TooLarge { found: bytes.len(), bytes_max });
        }
        borsh::from_slice(bytes).map_err(|error| BlockDecodeError::Malformed(error.to_string()))
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory does not fail")
    }
}

/// Why bytes are not a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockDecodeError {
    /// More bytes than allowed.
    #[error("the block has {found} bytes, at most {bytes_max} are allowed")]
    TooLarge {
        /// How many there are.
        found: usize,
        /// How many are allowed.
        bytes_max: usize,
    },
    /// The bytes are not those of a block.
    #[error("the bytes are not a block: {0}")]
    Malformed(String),
}

/// The leaf of a signed transaction.
pub fn transaction_leaf(transaction: &SignedTransaction) -> Hash {
    Domain::TransactionLeaf.hash(&[&transaction.to_bytes()])
}

/// The Merkle root over signed transactions.
pub fn transactions_root<'a>(transactions: impl IntoIterator<Item = &'a SignedTransaction>) -> Hash {
    merkle::root(&transactions.into_iter().map(transaction_leaf).collect::<Vec<_>>())
}

/// What a header says of the certificate that its block carries.
pub fn last_certificate_hash(certificate: Option<&Certificate>) -> Hash {
    certificate.map_or(Hash::ZERO, Certificate::hash)
}

/// The Merkle root over evidence.
pub fn evidence_root(evidence: &[Equivocation]) -> Hash {
    let leaf = |evidence: &Equivocation| {
        Domain::EvidenceLeaf.hash(&[&borsh::to_vec(evidence).expect("writing to memory does not fail")])
    };
    merkle::root(&evidence.iter().map(leaf).collect::<Vec<_>>())
}

/// The leaf of a receipt.
pub fn receipt_leaf(receipt: &Receipt) -> Hash {
    Domain::ReceiptLeaf.hash(&[&borsh::to_vec(receipt).expect("writing to memory does not fail")])
}

/// The Merkle root over receipts.
pub fn receipts_root(receipts: &[Receipt]) -> Hash {
    merkle::root(&receipts.iter().map(receipt_leaf).collect::<Vec<_>>())
}

/// What one transaction of a final block did.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Receipt {
    /// The id of the transaction.
    pub transaction: Hash,
    /// The account that paid the fee.
    pub payer: Address,
    /// The fee that was paid.
    pub fee: Amount,
    /// The base fee of the block, in nano a byte.
    pub base_fee_per_byte: u64,
    /// The sender's balance after the transaction.
    pub sender_balance: Amount,
}

/// A member of the validator set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Validator {
    /// The key that votes.
    pub key: PublicKey,
    /// The account that receives the validator's share of the fees.
    pub operator: Address,
    /// The weight of its vote and of its share; more than zero.
    pub stake: Amount,
}

/// The validators of one height, ascending by key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct ValidatorSet(Vec<Validator>);

impl ValidatorSet {
    /// Sorts and checks the validators.
    ///
    /// # Errors
    /// [`ValidatorSetError`] for an empty or too large set, a key that stands twice, or a stake of zero.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        validators.sort_by_key(|validator| validator.key);
        if validators.is_empty() || validators.len() > VALIDATORS_MAX {
            return Err(ValidatorSetError::Size(validators.len()));
        }
        if !validators.is_sorted_by(|left, right| left.key < right.key) {
            return Err(ValidatorSetError::DuplicateKey);
        }
        if validators.iter().any(|validator| validator.stake.is_zero()) {
            return Err(ValidatorSetError::ZeroStake);
        }
        let set = Self(validators);
        Amount::checked_sum(set.iter().map(|validator| validator.stake)).ok_or(ValidatorSetError::OverSupply)?;
        Ok(set)
    }

    /// The validators, ascending by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Validator> {
        self.0.iter()
    }

    /// The validator of `key`.
    pub fn get(&self, key: &PublicKey) -> Option<&Validator> {
        self.0.binary_search_by_key(key, |validator| validator.key).ok().and_then(|index| self.0.get(index))
    }

    /// The sum of the stakes.
    pub fn total_stake(&self) -> Amount {
        Amount::checked_sum(self.iter().map(|validator| validator.stake))
            .expect("the sum was checked when the set was made")
    }

    /// The hash by which headers name the set.
    pub fn hash(&self) -> Hash {
        Domain::ValidatorSet.hash(&[&borsh::to_vec(self).expect("writing to memory does not fail")])
    }
}

impl BorshDeserialize for ValidatorSet {
    /// Refuses what [`ValidatorSet::new`] refuses, and any other order than its own.
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let validators: Vec<Validator> = bounded::read_list(reader, VALIDATORS_MAX)?;
        if !validators.is_sorted_by_key(|validator| validator.key) {
            return Err(invalid("the validators are not in ascending order"));
        }
        Self::new(validators).map_err(|error| invalid(error.to_string()))
    }
}

/// Why validators are no set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// No validator, or too many.
    #[error("{0} validators where 1 to {VALIDATORS_MAX} are allowed")]
    Size(usize),
    /// A key that stands twice.
    #[error("a validator key stands twice")]
    DuplicateKey,
    /// A validator without stake.
    #[error("a validator has no stake")]
    ZeroStake,
    /// Stakes that add up to more than can exist.
    #[error("the stakes add up to more than the supply")]
    OverSupply,
}

/// A validator's signature under a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct VoteSignature {
    /// The validator key.
    pub validator: PublicKey,
    /// Its signature over the [`Vote`].
    pub signature: Signature,
}

/// Signatures by more than two thirds of the stake: the proof that a block is final.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Certificate {
    /// The height that was decided.
    pub height: Height,
    /// The round in which it was decided.
    pub round: u32,
    /// The id of the block.
    pub block: Hash,
    /// The precommits, ascending by validator key; at most [`VALIDATORS_MAX`].
    #[borsh(deserialize_with = "read_votes")]
    pub signatures: Vec<VoteSignature>,
}

/// Reads the votes of a certificate, no more than a set has validators.
fn read_votes<R: Read>(reader: &mut R) -> io::Result<Vec<VoteSignature>> {
    bounded::read_list(reader, VALIDATORS_MAX)
}

impl Certificate {
    /// The hash by which the header of the next block names the certificate.
    pub fn hash(&self) -> Hash {
        Domain::Certificate.hash(&[&borsh::to_vec(self).expect("writing to memory does not fail")])
    }

    /// The vote that every signature is over.
    pub fn vote(&self, chain_id: &ChainId) -> Vote {
        Vote {
            chain_id: chain_id.clone(),
            kind: VoteKind::Precommit,
            height: self.height,
            round: self.round,
            block: Some(self.block),
        }
    }
}

#[cfg(test)]
mod tests;
