//! The genesis document: what a chain begins with.
//!
//! A person writes it as TOML or JSON with amounts in decimal FAIC. Its id is a hash of its canonical bytes, not of its
//! text, and is the parent of the first block; so two nodes with the same id began with the same state, rules and
//! validators. A document is used only after [`Genesis::check`], which [`Genesis::parse`] does by itself.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    Address, Amount, ChainId, Domain, Hash, Network,
    address::AddressError,
    amount::AmountError,
    block::{ValidatorSet, ValidatorSetError},
    keys::KeyError,
    network::{ChainIdError, UnknownNetwork},
};

use crate::fees::BASE_FEE_PER_BYTE_MAX;

mod document;

/// Most bytes of a document's text.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Smallest allowed limit on a block's size; a block must hold one transaction of the largest size.
const BLOCK_BYTES_FLOOR: u32 = 128 * 1024;
/// Largest allowed limit on a block's size.
const BLOCK_BYTES_CEILING: u32 = 16 * 1024 * 1024;

/// Largest allowed number of blocks of a period, which at one block a second is three years.
pub const PERIOD_BLOCKS_MAX: u64 = 100_000_000;
/// Largest allowed number of seconds of a period, about three years.
pub const PERIOD_SECONDS_MAX: u64 = 100_000_000;
/// Largest allowed limit on the blocks that a validator may miss in a row.
pub const ABSENT_BLOCKS_CEILING: u32 = 100_000_000;

/// The last time that a chain may begin at: the end of the year 9999, in milliseconds since 1970-01-01 UTC.
pub const TIME_MS_MAX: u64 = 253_402_300_799_999;

/// The rules that a chain may choose at its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Parameters {
    /// The least base fee, in nano a byte of a signed transaction; from 1 to [`BASE_FEE_PER_BYTE_MAX`].
    pub base_fee_per_byte_min: u64,
    /// Most canonical bytes of the transactions of one block.
    pub block_bytes_max: u32,
    /// The least stake of a validator; more than zero, and no more than any validator of the genesis has.
    pub bond_min: Amount,
    /// How many blocks money stays slashable after it left the stake; from 1 to [`PERIOD_BLOCKS_MAX`].
    pub unbonding_blocks: u64,
    /// How many seconds it stays slashable at least, however fast the blocks are; at most [`PERIOD_SECONDS_MAX`].
    pub unbonding_seconds: u64,
    /// Most blocks in a row that a validator may miss before it is jailed; from 1 to [`ABSENT_BLOCKS_CEILING`].
    pub absent_blocks_max: u32,
    /// How many blocks a jailed validator waits before it may return; from 1 to [`PERIOD_BLOCKS_MAX`].
    pub jail_blocks: u64,
    /// How much of its money a validator loses that signed what excludes each other; at most 100.
    pub slash_percent: u8,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            base_fee_per_byte_min: 10,
            block_bytes_max: 2 * 1024 * 1024,
            bond_min: Amount::from_faic(100).expect("the constant is below the supply"),
            unbonding_blocks: 100_000,
            unbonding_seconds: 24 * 60 * 60,
            absent_blocks_max: 1_000,
            jail_blocks: 600,
            slash_percent: 5,
        }
    }
}

impl Parameters {
    /// The unbonding time in milliseconds.
    pub(crate) const fn unbonding_ms(&self) -> u64 {
        self.unbonding_seconds.saturating_mul(1_000)
    }

    /// Checks that every parameter is in its range.
    fn check(&self) -> Result<(), GenesisError> {
        if !(1..=BASE_FEE_PER_BYTE_MAX).contains(&self.base_fee_per_byte_min) {
            return Err(GenesisError::BaseFee(self.base_fee_per_byte_min));
        }
        if !(BLOCK_BYTES_FLOOR..=BLOCK_BYTES_CEILING).contains(&self.block_bytes_max) {
            return Err(GenesisError::BlockBytes(self.block_bytes_max));
        }
        if self.bond_min.is_zero() {
            return Err(GenesisError::BondMin);
        }
        let absent = (u64::from(self.absent_blocks_max), 1, u64::from(ABSENT_BLOCKS_CEILING));
        for (name, (found, least, most)) in [
            ("unbonding_blocks", (self.unbonding_blocks, 1, PERIOD_BLOCKS_MAX)),
            ("unbonding_seconds", (self.unbonding_seconds, 0, PERIOD_SECONDS_MAX)),
            ("absent_blocks_max", absent),
            ("jail_blocks", (self.jail_blocks, 1, PERIOD_BLOCKS_MAX)),
            ("slash_percent", (u64::from(self.slash_percent), 0, 100)),
        ] {
            if !(least..=most).contains(&found) {
                return Err(GenesisError::Range { name, found, least, most });
            }
        }
        Ok(())
    }
}

/// What a chain begins with.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct Genesis {
    /// The name of the chain.
    pub chain_id: ChainId,
    /// The kind of network.
    pub network: Network,
    /// The time of height 0, in milliseconds since 1970-01-01 UTC; at most [`TIME_MS_MAX`].
    pub time_ms: u64,
    /// The validators of the first block.
    pub validators: ValidatorSet,
    /// The accounts that have money from the beginning, ascending by address.
    pub balances: Vec<(Address, Amount)>,
    /// The rules that the chain chose.
    pub parameters: Parameters,
}

impl Genesis {
    /// Parses and checks a document, in TOML or JSON.
    ///
    /// # Errors
    /// [`GenesisError`] names the field that is wrong.
    pub fn parse(text: &str) -> Result<Self, GenesisError> {
        document::parse(text)
    }

    /// The document as TOML, which [`Genesis::parse`] reads back to the same id.
    pub fn to_toml(&self) -> String {
        document::to_toml(self)
    }

    /// The document as JSON, which [`Genesis::parse`] reads back to the same id.
    pub fn to_json(&self) -> String {
        document::to_json(self)
    }

    /// The id of the document and parent of the first block.
    pub fn id(&self) -> Hash {
        Domain::Genesis.hash(&[&borsh::to_vec(self).expect("writing to memory does not fail")])
    }

    /// All the money there is: balances and stakes.
    ///
    /// # Errors
    /// [`GenesisError::OverSupply`] when it is more than can exist.
    pub fn supply(&self) -> Result<Amount, GenesisError> {
        let balances = self.balances.iter().map(|(_, amount)| *amount);
        let stakes = self.validators.iter().map(|validator| validator.stake);
        Amount::checked_sum(balances.chain(stakes)).ok_or(GenesisError::OverSupply)
    }

    /// Checks the rules that the types do not keep.
    ///
    /// # Errors
    /// [`GenesisError`] names the broken rule.
    pub fn check(&self) -> Result<(), GenesisError> {
        self.supply()?;
        if !self.balances.is_sorted_by(|left, right| left.0 < right.0) {
            return Err(GenesisError::DuplicateAddress);
        }
        let operators: BTreeSet<_> = self.validators.iter().map(|validator| validator.operator).collect();
        if operators.len() != self.validators.iter().len() {
            return Err(GenesisError::DuplicateOperator);
        }
        if self.time_ms > TIME_MS_MAX {
            return Err(GenesisError::Time(self.time_ms));
        }
        self.parameters.check()?;
        let least = self.parameters.bond_min;
        if let Some(validator) = self.validators.iter().find(|validator| validator.stake < least) {
            return Err(GenesisError::Stake { found: validator.stake, least });
        }
        Ok(())
    }
}

/// Why a document can't begin a chain.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// A text beyond [`DOCUMENT_BYTES_MAX`].
    #[error("the genesis document is larger than 64 MiB")]
    TooLarge,
    /// Neither TOML nor JSON of the right fields.
    #[error("the genesis document can't be read: {0}")]
    Syntax(String),
    /// A chain id of other characters.
    #[error("chain_id")]
    ChainId(#[from] ChainIdError),
    /// A network that does not exist.
    #[error("network")]
    Network(#[from] UnknownNetwork),
    /// A validator key that is not one.
    #[error("the key of validator {index} is not a public key in 64 hexadecimal digits")]
    ValidatorKey {
        /// The validator's position, from 0.
        index: usize,
        /// What is wrong with the key; `None` when it is not 64 hexadecimal digits.
        source: Option<KeyError>,
    },
    /// An address that is not one of this network.
    #[error("the address {text}")]
    Address {
        /// The address as written.
        text: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// An amount that is not one.
    #[error("the amount {text}")]
    Amount {
        /// The amount as written.
        text: String,
        /// What is wrong with it.
        source: AmountError,
    },
    /// Validators that are no set.
    #[error("validators")]
    Validators(#[from] ValidatorSetError),
    /// Two validators with one operator.
    #[error("two validators have the same operator")]
    DuplicateOperator,
    /// An address that stands twice.
    #[error("an address stands twice in balances")]
    DuplicateAddress,
    /// More money than can exist.
    #[error("balances and stakes add up to more than the supply of 1000000000 FAIC")]
    OverSupply,
    /// A time that no clock shows.
    #[error("time_ms is {0}, it must be at most {TIME_MS_MAX}, the end of the year 9999")]
    Time(u64),
    /// A base fee of zero, or above what a base fee may ever be.
    #[error("base_fee_per_byte_min is {0}, it must be from 1 to {BASE_FEE_PER_BYTE_MAX}")]
    BaseFee(u64),
    /// A least stake of nothing.
    #[error("bond_min must be more than zero")]
    BondMin,
    /// A parameter outside of its range.
    #[error("{name} is {found}, it must be from {least} to {most}")]
    Range {
        /// The parameter.
        name: &'static str,
        /// Its value.
        found: u64,
        /// The least that is allowed.
        least: u64,
        /// The most that is allowed.
        most: u64,
    },
    /// A validator below the least stake, which the first change of the set would remove.
    #[error("a validator has a stake of {found} FAIC, bond_min is {least} FAIC")]
    Stake {
        /// Its stake.
        found: Amount,
        /// The least stake.
        least: Amount,
    },
    /// A limit that would not hold one transaction, or too large to send.
    #[error("block_bytes_max is {0}, it must be from {BLOCK_BYTES_FLOOR} to {BLOCK_BYTES_CEILING}")]
    BlockBytes(u32),
}

#[cfg(test)]
mod tests;
