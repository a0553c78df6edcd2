//! Transactions: what an account asks the ledger to do, and the signatures that authorise it.
//!
//! The id is the hash of the unsigned body, so it is known before signing and no change of signatures changes it. A
//! lane's sequence makes a replay impossible, `valid_until` gives every transaction an end, and the chain id binds all of
//! it to one chain. This module knows the rules that need no state; the ledger knows the others.

use std::{
    collections::BTreeSet,
    io::{self, Read},
};

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    Address, Amount, Authority, ChainId, Domain, Hash, PublicKey, Signature,
    authority::{AuthorityError, AuthorityKey},
    bounded,
    keys::Claim,
    staking::Possession,
};

mod builder;

pub use builder::{BuildError, TransactionBuilder};

/// The number of a block; the genesis state is height 0.
pub type Height = u64;

/// The only version of transactions.
pub const TRANSACTION_VERSION: u8 = 1;
/// Most canonical bytes of a signed transaction.
pub const TRANSACTION_BYTES_MAX: usize = 48 * 1024;
/// Most outputs of one transfer.
pub const OUTPUTS_MAX: usize = 256;
/// Most bytes of a memo.
pub const MEMO_BYTES_MAX: usize = 64;
/// Lanes of an account, numbered from 0.
pub const LANES: u8 = 16;

/// The place of a transaction among those of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Nonce {
    /// Which of the sender's [`LANES`] independent sequences.
    pub lane: u8,
    /// The position in the lane, without gaps from 0.
    pub sequence: u64,
}

/// Who pays the fee in place of the sender.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FeePayer {
    /// The paying account.
    pub address: Address,
    /// The authority that governs it; its signatures are needed too.
    pub authority: Authority,
}

/// One payment of a transfer.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Output {
    /// The receiving account.
    pub to: Address,
    /// How much it receives; more than zero.
    pub amount: Amount,
    /// A note to the receiver, at most [`MEMO_BYTES_MAX`] bytes; may be empty.
    #[borsh(deserialize_with = "read_memo")]
    pub memo: String,
}

/// What a transaction does.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Action {
    /// Pays every output, or none.
    Transfer {
        /// From 1 to [`OUTPUTS_MAX`] payments.
        outputs: Vec<Output>,
    },
    /// Changes settings of the sender's account; at least one.
    SetAccount {
        /// The authority that governs the account from now on.
        authority: Option<Authority>,
        /// Whether transfers to the account must carry a memo from now on.
        memo_required: Option<bool>,
    },
    /// Puts money of the sender at stake, and names the key that votes with it.
    ///
    /// The first one makes the sender a candidate; a later one may add to the stake, name another key, or both.
    Bond {
        /// The key that votes from the next height on.
        key: PublicKey,
        /// The key's signature over the [`Possession`] of the sender.
        possession: Signature,
        /// How much is added to the stake; may be zero where only the key changes.
        amount: Amount,
    },
    /// Takes money of the sender out of stake; it can be withdrawn when the unbonding period has passed.
    Unbond {
        /// How much; more than zero.
        amount: Amount,
    },
    /// Moves all unbonding money whose period has passed to the sender's balance.
    Withdraw,
    /// Lets the sender, which was jailed for its absence, be a validator again.
    Unjail,
}

/// The body of a transaction, which its signatures cover.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transaction {
    /// [`TRANSACTION_VERSION`].
    pub version: u8,
    /// The only chain on which it is valid.
    pub chain_id: ChainId,
    /// The account that acts.
    pub sender: Address,
    /// The authority that governs the sender.
    pub authority: Authority,
    /// Its place among the sender's transactions.
    pub nonce: Nonce,
    /// The last height at which it may be in a block.
    pub valid_until: Height,
    /// What is paid for its inclusion, exactly.
    pub fee: Amount,
    /// Who pays the fee, when not the sender.
    pub fee_payer: Option<FeePayer>,
    /// A note on the whole transaction, at most [`MEMO_BYTES_MAX`] bytes; may be empty.
    #[borsh(deserialize_with = "read_memo")]
    pub memo: String,
    /// What it does.
    pub action: Action,
}

impl Transaction {
    /// The id, by which everybody names the transaction.
    pub fn id(&self) -> Hash {
        Domain::TransactionId.hash(&[&self.to_bytes()])
    }

    /// What every signature of the transaction is made over.
    pub(crate) fn signing_hash(&self) -> Hash {
        Domain::SignTransaction.hash(&[&self.to_bytes()])
    }

    /// The number of bytes of the transaction once signed; the fee is by this size.
    pub fn signed_bytes(&self) -> usize {
        let signatures = |authority: &Authority| usize::from(authority.threshold()).saturating_mul(KeySignature::BYTES);
        let payer = self.fee_payer.as_ref().map_or(0, |payer| signatures(&payer.authority));
        let lists = 8;
        borsh::object_length(self)
            .expect("a transaction in memory is shorter than the address space")
            .saturating_add(lists)
            .saturating_add(signatures(&self.authority))
            .saturating_add(payer)
    }

    /// The account that pays the fee.
    pub fn payer(&self) -> &Address {
        self.fee_payer.as_ref().map_or(&self.sender, |payer| &payer.address)
    }

    /// The accounts that take part, in whose history it is: sender, fee payer and receivers, each once.
    pub fn participants(&self) -> BTreeSet<Address> {
        let receivers = self.action.outputs().iter().map(|output| output.to);
        [self.sender, *self.payer()].into_iter().chain(receivers).collect()
    }

    /// What the action takes from the sender's balance: the sum of the outputs, or what is put at stake.
    ///
    /// # Errors
    /// [`TransactionError::OverSupply`] when the sum is over the supply.
    pub fn outputs_total(&self) -> Result<Amount, TransactionError> {
        match &self.action {
            Action::Transfer { outputs } => Amount::checked_sum(outputs.iter().map(|output| output.amount)),
            Action::Bond { amount, .. } => Some(*amount),
            Action::SetAccount { .. } | Action::Unbond { .. } | Action::Withdraw | Action::Unjail => Some(Amount::ZERO),
        }
        .ok_or(TransactionError::OverSupply)
    }

    /// What the validator key of a bond claims to have signed, with its signature; `None` for every other action.
    pub fn possession(&self) -> Option<(Possession, Signature)> {
        match &self.action {
            Action::Bond { key, possession, amount: _ } => {
                let claim = Possession { chain_id: self.chain_id.clone(), operator: self.sender, key: *key };
                Some((claim, *possession))
            }
            Action::Transfer { .. }
            | Action::SetAccount { .. }
            | Action::Unbond { .. }
            | Action::Withdraw
            | Action::Unjail => None,
        }
    }

    /// Checks every rule that needs neither state nor signatures.
    ///
    /// # Errors
    /// [`TransactionError`] names the first broken rule.
    pub fn check(&self) -> Result<(), TransactionError> {
        if self.version != TRANSACTION_VERSION {
            return Err(TransactionError::Version(self.version));
        }
        if self.nonce.lane >= LANES {
            return Err(TransactionError::Lane(self.nonce.lane));
        }
        check_memo(&self.memo)?;
        self.authority.check()?;
        if let Some(payer) = &self.fee_payer {
            payer.authority.check()?;
            if payer.address == self.sender {
                return Err(TransactionError::PayerIsSender);
            }
        }
        self.action.check()?;
        self.outputs_total().map(drop)
    }

    /// Decodes the canonical bytes of an unsigned transaction, all of them.
    ///
    /// # Errors
    /// [`TransactionError::TooLarge`] beyond [`TRANSACTION_BYTES_MAX`], [`TransactionError::Malformed`] for bytes that are
    /// not a transaction's or that go on after it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TransactionError> {
        if bytes.len() > TRANSACTION_BYTES_MAX {
            return Err(TransactionError::TooLarge(bytes.len()));
        }
        borsh::from_slice(bytes).map_err(|error| TransactionError::Malformed(malformed(&error)))
    }

    /// The canonical bytes without signatures, over which ids and signatures are made.
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory does not fail")
    }
}

impl Action {
    /// The kind's name in the API and in logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Transfer { .. } => "transfer",
            Self::SetAccount { .. } => "set_account",
            Self::Bond { .. } => "bond",
            Self::Unbond { .. } => "unbond",
            Self::Withdraw => "withdraw",
            Self::Unjail => "unjail",
        }
    }

    /// The payments that it makes; none for every action but a transfer.
    pub fn outputs(&self) -> &[Output] {
        match self {
            Self::Transfer { outputs } => outputs,
            Self::SetAccount { .. } | Self::Bond { .. } | Self::Unbond { .. } | Self::Withdraw | Self::Unjail => &[],
        }
    }

    /// Checks the rules of this kind of action that need no state, so that a wallet can refuse before it signs.
    ///
    /// # Errors
    /// [`TransactionError`] names the first broken rule.
    pub fn check(&self) -> Result<(), TransactionError> {
        match self {
            Self::Transfer { outputs } => check_outputs(outputs),
            Self::SetAccount { authority: None, memo_required: None } => Err(TransactionError::NothingToSet),
            Self::SetAccount { authority, memo_required: _ } => {
                authority.as_ref().map_or(Ok(()), Authority::check).map_err(TransactionError::from)
            }
            Self::Unbond { amount } if amount.is_zero() => Err(TransactionError::NothingToUnbond),
            Self::Bond { .. } | Self::Unbond { .. } | Self::Withdraw | Self::Unjail => Ok(()),
        }
    }
}

/// Checks the rules of a transfer's outputs that need no state.
fn check_outputs(outputs: &[Output]) -> Result<(), TransactionError> {
    if outputs.is_empty() {
        return Err(TransactionError::NoOutputs);
    }
    if outputs.len() > OUTPUTS_MAX {
        return Err(TransactionError::TooManyOutputs(outputs.len()));
    }
    outputs.iter().try_for_each(Output::check)
}

impl Output {
    /// Checks the rules of one payment that need no state.
    ///
    /// # Errors
    /// [`TransactionError::ZeroAmount`] or [`TransactionError::MemoTooLong`].
    pub fn check(&self) -> Result<(), TransactionError> {
        if self.amount.is_zero() {
            return Err(TransactionError::ZeroAmount);
        }
        check_memo(&self.memo)
    }
}

/// Reads a memo; a forged length claims no more memory than a whole transaction may have.
///
/// Memos between the two limits are read, so that [`Transaction::check`] can say what is wrong with them.
fn read_memo<R: Read>(reader: &mut R) -> io::Result<String> {
    bounded::read_text(reader, TRANSACTION_BYTES_MAX)
}

/// Refuses a memo that is too long.
fn check_memo(memo: &str) -> Result<(), TransactionError> {
    if memo.len() > MEMO_BYTES_MAX { Err(TransactionError::MemoTooLong(memo.len())) } else { Ok(()) }
}

/// A signature, and which of the authority's keys made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeySignature {
    /// The key's position in the authority.
    pub key: u8,
    /// The signature.
    pub signature: Signature,
}

impl KeySignature {
    /// The canonical bytes of one signature.
    const BYTES: usize = 65;
}

/// A transaction with its signatures, whose validity nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedTransaction {
    /// The signed body.
    pub transaction: Transaction,
    /// Exactly as many signatures as the sender's threshold, by ascending key.
    pub signatures: Vec<KeySignature>,
    /// The fee payer's signatures, likewise; empty without a fee payer.
    pub fee_payer_signatures: Vec<KeySignature>,
}

impl SignedTransaction {
    /// Decodes canonical bytes, all of them.
    ///
    /// # Errors
    /// [`TransactionError::TooLarge`] beyond [`TRANSACTION_BYTES_MAX`], [`TransactionError::Malformed`] for bytes that are
    /// not a transaction's or that go on after it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TransactionError> {
        if bytes.len() > TRANSACTION_BYTES_MAX {
            return Err(TransactionError::TooLarge(bytes.len()));
        }
        borsh::from_slice(bytes).map_err(|error| TransactionError::Malformed(malformed(&error)))
    }

    /// The canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        borsh::to_vec(self).expect("writing to memory does not fail")
    }

    /// The id of the transaction.
    pub fn id(&self) -> Hash {
        self.transaction.id()
    }

    /// Checks the body and the shape of the signatures, not the signatures themselves.
    ///
    /// # Errors
    /// [`TransactionError`] names the first broken rule.
    pub fn check(&self) -> Result<(), TransactionError> {
        let bytes = self.transaction.signed_bytes();
        if bytes > TRANSACTION_BYTES_MAX {
            return Err(TransactionError::TooLarge(bytes));
        }
        self.transaction.check()?;
        check_shape(&self.transaction.authority, &self.signatures)?;
        match &self.transaction.fee_payer {
            Some(payer) => check_shape(&payer.authority, &self.fee_payer_signatures),
            None if self.fee_payer_signatures.is_empty() => Ok(()),
            None => Err(TransactionError::SignatureCount { expected: 0, found: self.fee_payer_signatures.len() }),
        }
    }

    /// What its signatures are made over.
    pub(crate) fn messages(&self) -> Messages {
        let possession = self.transaction.possession();
        Messages {
            body: self.transaction.signing_hash(),
            possession: possession.map(|(claim, signature)| (claim.key, claim.signing_hash(), signature)),
        }
    }

    /// What each signature claims, for verification, with the possession of a bond last.
    ///
    /// A signature by a key that the authority does not have claims nothing; [`SignedTransaction::check`] refuses it.
    pub(crate) fn claims<'a>(&'a self, messages: &'a Messages) -> impl Iterator<Item = Claim<'a>> {
        let message = &messages.body;
        let possession = messages.possession.as_ref();
        let possession = possession.map(|(key, message, signature)| (*key, message.as_bytes().as_slice(), *signature));
        let payer = self.transaction.fee_payer.iter().map(|payer| (&payer.authority, &self.fee_payer_signatures));
        std::iter::once((&self.transaction.authority, &self.signatures))
            .chain(payer)
            .flat_map(move |(authority, signatures)| {
                signatures.iter().filter_map(move |signature| {
                    let AuthorityKey::Ed25519(key) = *authority.keys().get(usize::from(signature.key))?;
                    Some((key, message.as_bytes().as_slice(), signature.signature))
                })
            })
            .chain(possession)
    }
}

/// What the signatures of one transaction are made over.
pub(crate) struct Messages {
    /// The hash that the signatures of sender and fee payer are over.
    body: Hash,
    /// The validator key of a bond, the hash that it signed, and its signature.
    possession: Option<(PublicKey, Hash, Signature)>,
}

/// What is wrong with bytes that cannot be decoded, in our own words where the library has only its own.
fn malformed(error: &io::Error) -> String {
    let text = error.to_string();
    let begins = |beginning| text.starts_with(beginning);
    if begins("Unexpected length of input") {
        "they end too early".to_owned()
    } else if begins("Not all bytes read") {
        "they go on after its end".to_owned()
    } else if begins("Unexpected variant tag") || begins("Invalid ") {
        "they hold a tag that is not known".to_owned()
    } else {
        text
    }
}

/// Checks number and order of an authority's signatures.
///
/// # Errors
/// [`TransactionError::SignatureCount`] and [`TransactionError::SignatureKeys`].
pub(crate) fn check_shape(authority: &Authority, signatures: &[KeySignature]) -> Result<(), TransactionError> {
    let expected = usize::from(authority.threshold());
    if signatures.len() != expected {
        return Err(TransactionError::SignatureCount { expected, found: signatures.len() });
    }
    let ascending = signatures.is_sorted_by(|left, right| left.key < right.key);
    let known = signatures.iter().all(|signature| usize::from(signature.key) < authority.keys().len());
    if ascending && known { Ok(()) } else { Err(TransactionError::SignatureKeys) }
}

/// Why a transaction is refused before any state is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransactionError {
    /// The bytes are not those of a signed transaction.
    #[error("the bytes are not a signed transaction: {0}")]
    Malformed(String),
    /// More bytes than allowed.
    #[error("the transaction has {0} bytes, at most {TRANSACTION_BYTES_MAX} are allowed")]
    TooLarge(usize),
    /// A version that this software does not know.
    #[error("transactions of version {0} are not known")]
    Version(u8),
    /// A lane beyond the last.
    #[error("lane {0} does not exist, an account has {LANES} lanes, numbered from 0")]
    Lane(u8),
    /// A memo over the limit.
    #[error("a memo of {0} bytes is too long, at most {MEMO_BYTES_MAX} are allowed")]
    MemoTooLong(usize),
    /// An authority that breaks its rules.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The fee payer is the sender, who pays anyway.
    #[error("the fee payer must be another account than the sender")]
    PayerIsSender,
    /// A transfer to nobody.
    #[error("a transfer needs at least one output")]
    NoOutputs,
    /// More outputs than allowed.
    #[error("{0} outputs are too many, at most {OUTPUTS_MAX} are allowed in one transfer")]
    TooManyOutputs(usize),
    /// An output of nothing.
    #[error("the amount of an output must be more than zero")]
    ZeroAmount,
    /// Outputs that add up to more than can exist.
    #[error("the outputs add up to more than the supply")]
    OverSupply,
    /// A change of settings that changes none.
    #[error("the transaction sets neither an authority nor memo_required")]
    NothingToSet,
    /// An unbonding of nothing.
    #[error("the amount to unbond must be more than zero")]
    NothingToUnbond,
    /// Another number of signatures than the threshold.
    #[error("{found} signatures where exactly {expected} are needed")]
    SignatureCount {
        /// The authority's threshold.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// Signatures by unknown keys, twice by one key, or out of order.
    #[error("signatures must be by distinct keys of the authority, in ascending order")]
    SignatureKeys,
}

#[cfg(test)]
mod tests;
