//! The text of a genesis document, as people write it.
//!
//! Fields are those of [`Genesis`], amounts decimal FAIC in quotes, addresses and keys in their text forms. Unknown fields
//! are refused, because a misspelt rule would otherwise be silently the default.

use std::fmt;

use faic_core::{
    Address, Amount, ChainId, Network, PublicKey,
    block::{Validator, ValidatorSet},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
};

use super::{DOCUMENT_BYTES_MAX, Genesis, GenesisError, Parameters};

/// The document's fields.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// See [`Genesis::chain_id`].
    chain_id: String,
    /// `main`, `test` or `dev`.
    network: String,
    /// See [`Genesis::time_ms`].
    time_ms: u64,
    /// See [`Genesis::parameters`]; left-out ones have their defaults.
    #[serde(default)]
    parameters: ParametersText,
    /// See [`Genesis::validators`].
    validators: Vec<ValidatorText>,
    /// Decimal FAIC by address.
    #[serde(default)]
    balances: BalancesText,
}

/// Addresses with their amounts, every entry of the text: a map would keep the last of two with one address.
#[derive(Default)]
struct BalancesText(Vec<(String, String)>);

impl Serialize for BalancesText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(address, amount)| (address, amount)))
    }
}

impl<'de> Deserialize<'de> for BalancesText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BalancesVisitor)
    }
}

/// Reads the entries of [`BalancesText`].
struct BalancesVisitor;

impl<'de> Visitor<'de> for BalancesVisitor {
    type Value = BalancesText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("amounts by address")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BalancesText, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(BalancesText(entries))
    }
}

/// The rules in a document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ParametersText {
    /// See [`Parameters::base_fee_per_byte_min`].
    base_fee_per_byte_min: u64,
    /// See [`Parameters::block_bytes_max`].
    block_bytes_max: u32,
    /// See [`Parameters::bond_min`]; decimal FAIC.
    bond_min: String,
    /// See [`Parameters::unbonding_blocks`].
    unbonding_blocks: u64,
    /// See [`Parameters::unbonding_seconds`].
    unbonding_seconds: u64,
    /// See [`Parameters::absent_blocks_max`].
    absent_blocks_max: u32,
    /// See [`Parameters::jail_blocks`].
    jail_blocks: u64,
    /// See [`Parameters::slash_percent`].
    slash_percent: u8,
}

impl Default for ParametersText {
    fn default() -> Self {
        Self::of(&Parameters::default())
    }
}

impl ParametersText {
    /// The rules as they are written.
    fn of(parameters: &Parameters) -> Self {
        let Parameters {
            base_fee_per_byte_min,
            block_bytes_max,
            bond_min,
            unbonding_blocks,
            unbonding_seconds,
            absent_blocks_max,
            jail_blocks,
            slash_percent,
        } = *parameters;
        Self {
            base_fee_per_byte_min,
            block_bytes_max,
            bond_min: bond_min.to_string(),
            unbonding_blocks,
            unbonding_seconds,
            absent_blocks_max,
            jail_blocks,
            slash_percent,
        }
    }

    /// The rules that are written; their ranges are not checked yet.
    fn parse(&self) -> Result<Parameters, GenesisError> {
        Ok(Parameters {
            base_fee_per_byte_min: self.base_fee_per_byte_min,
            block_bytes_max: self.block_bytes_max,
            bond_min: parse_amount(&self.bond_min)?,
            unbonding_blocks: self.unbonding_blocks,
            unbonding_seconds: self.unbonding_seconds,
            absent_blocks_max: self.absent_blocks_max,
            jail_blocks: self.jail_blocks,
            slash_percent: self.slash_percent,
        })
    }
}

/// A validator in a document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ValidatorText {
    /// The validator key, 64 hexadecimal digits.
    key: String,
    /// The address that receives the fees.
    operator: String,
    /// Decimal FAIC.
    stake: String,
}

/// Parses and checks TOML or JSON.
pub(super) fn parse(text: &str) -> Result<Genesis, GenesisError> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(GenesisError::TooLarge);
    }
    let document: Document = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| GenesisError::Syntax(error.to_string()))?
    } else {
        toml::from_str(text).map_err(|error| GenesisError::Syntax(sentence(text, &error)))?
    };
    let network: Network = document.network.parse()?;
    let validators = document.validators.iter().enumerate().map(|(index, text)| validator(index, text, network));
    let mut balances = document
        .balances
        .0
        .iter()
        .map(|(address, amount)| Ok((parse_address(address, network)?, parse_amount(amount)?)))
        .collect::<Result<Vec<_>, GenesisError>>()?;
    balances.sort();
    let genesis = Genesis {
        chain_id: ChainId::new(document.chain_id)?,
        network,
        time_ms: document.time_ms,
        validators: ValidatorSet::new(validators.collect::<Result<_, _>>()?)?,
        balances,
        parameters: document.parameters.parse()?,
    };
    genesis.check()?;
    Ok(genesis)
}

/// What is wrong with a text of TOML, in one sentence with the line and its field, where they are known.
fn sentence(text: &str, error: &toml::de::Error) -> String {
    let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else { return message };
    let before = before.matches('\n').count();
    let field = text.lines().nth(before).and_then(|line| line.split_once('=')).map(|(field, _)| field.trim());
    let field = field.map(|field| format!(", {field}")).unwrap_or_default();
    format!("line {}{field}: {message}", before.saturating_add(1))
}

/// Writes TOML.
pub(super) fn to_toml(genesis: &Genesis) -> String {
    toml::to_string_pretty(&document(genesis)).expect("every field of the document has a form in TOML")
}

/// Writes JSON.
pub(super) fn to_json(genesis: &Genesis) -> String {
    serde_json::to_string_pretty(&document(genesis)).expect("every field of the document has a form in JSON")
}

/// The document of a genesis.
fn document(genesis: &Genesis) -> Document {
    let network = genesis.network;
    let validators = genesis.validators.iter().map(|validator| ValidatorText {
        key: validator.key.to_string(),
        operator: validator.operator.encode(network),
        stake: validator.stake.to_string(),
    });
    Document {
        chain_id: genesis.chain_id.to_string(),
        network: network.to_string(),
        time_ms: genesis.time_ms,
        parameters: ParametersText::of(&genesis.parameters),
        validators: validators.collect(),
        balances: BalancesText(
            genesis.balances.iter().map(|(address, amount)| (address.encode(network), amount.to_string())).collect(),
        ),
    }
}

/// Parses one validator.
fn validator(index: usize, text: &ValidatorText, network: Network) -> Result<Validator, GenesisError> {
    let mut key = [0; 32];
    hex::decode_to_slice(&text.key, &mut key).map_err(|_| GenesisError::ValidatorKey { index, source: None })?;
    let key =
        PublicKey::from_bytes(key).map_err(|source| GenesisError::ValidatorKey { index, source: Some(source) })?;
    Ok(Validator { key, operator: parse_address(&text.operator, network)?, stake: parse_amount(&text.stake)? })
}

/// Parses an address of the document's network.
fn parse_address(text: &str, network: Network) -> Result<Address, GenesisError> {
    Address::parse(text, network).map_err(|source| GenesisError::Address { text: text.to_owned(), source })
}

/// Parses decimal FAIC.
fn parse_amount(text: &str) -> Result<Amount, GenesisError> {
    Amount::parse_faic(text).map_err(|source| GenesisError::Amount { text: text.to_owned(), source })
}
