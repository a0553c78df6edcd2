//! `faic genesis new`: a document from options.
//!
//! Without `--out` the document goes to standard output and what it says in short to standard error, so that it can be
//! piped; an existing file is not replaced.

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
    str::FromStr,
    time::{SystemTime, UNIX_EPOCH},
};

use clap::{Args, ValueEnum};
use faic_core::{
    Address, Amount, ChainId, Network, PublicKey,
    address::AddressError,
    amount::AmountError,
    block::{Validator, ValidatorSet},
    keys::KeyError,
};
use faic_node::genesis::{Genesis, Parameters};
use serde::Serialize;

use super::Summary;
use crate::{
    failure::{Code, Context, Failure},
    output::{self, Answer, Output},
};

/// The options of a new document.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The name of the chain: lower-case letters, digits and hyphens.
    #[arg(long, value_name = "ID", value_parser = |text: &str| ChainId::new(text))]
    chain_id: ChainId,

    /// The kind of network: main, test or dev.
    #[arg(long, value_name = "NETWORK")]
    network: Network,

    /// A validator: its key (64 hexadecimal digits), the address that receives its fees, and its stake in FAIC. May be
    /// repeated.
    #[arg(long = "validator", value_name = "KEY,OPERATOR,STAKE", required = true)]
    validators: Vec<ValidatorOption>,

    /// An account that has money from the beginning, in FAIC. May be repeated.
    #[arg(long = "balance", value_name = "ADDRESS=AMOUNT")]
    balances: Vec<BalanceOption>,

    /// The time of height 0, in milliseconds since 1970-01-01 UTC [default: now].
    #[arg(long, value_name = "MS")]
    time_ms: Option<u64>,

    /// The least base fee, in nano for a byte of a transaction.
    #[arg(long, value_name = "NANO", default_value_t = Parameters::default().base_fee_per_byte_min)]
    base_fee_per_byte_min: u64,

    /// Most bytes of the transactions of one block.
    #[arg(long, value_name = "BYTES", default_value_t = Parameters::default().block_bytes_max)]
    block_bytes_max: u32,

    /// The language of the document.
    #[arg(long, value_enum, default_value_t = Format::Toml)]
    format: Format,

    /// The file to write, which must not exist yet [default: standard output].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The language of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// TOML.
    Toml,
    /// JSON.
    Json,
}

/// A validator as it is written on the command line.
#[derive(Debug, Clone)]
struct ValidatorOption {
    /// Its key.
    key: PublicKey,
    /// The network of its operator's address.
    network: Network,
    /// The address that receives its fees.
    operator: Address,
    /// Its stake.
    stake: Amount,
}

impl FromStr for ValidatorOption {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let [key, operator, stake] = text
            .split(',')
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| OptionError::Shape("a validator is written as KEY,OPERATOR,STAKE"))?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(key, &mut bytes).map_err(|_| OptionError::Shape("a key has 64 hexadecimal digits"))?;
        let key = PublicKey::from_bytes(bytes).map_err(OptionError::Key)?;
        let (network, operator) = Address::parse_any(operator).map_err(OptionError::Address)?;
        Ok(Self { key, network, operator, stake: amount(stake)? })
    }
}

/// An account as it is written on the command line.
#[derive(Debug, Clone)]
struct BalanceOption {
    /// The network of its address.
    network: Network,
    /// Its address.
    address: Address,
    /// What it has.
    amount: Amount,
}

impl FromStr for BalanceOption {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let shape = OptionError::Shape("a balance is written as ADDRESS=AMOUNT");
        let (address, balance) = text.split_once('=').ok_or(shape)?;
        let (network, address) = Address::parse_any(address).map_err(OptionError::Address)?;
        Ok(Self { network, address, amount: amount(balance)? })
    }
}

/// Reads an amount of FAIC.
fn amount(text: &str) -> Result<Amount, OptionError> {
    Amount::parse_faic(text).map_err(|source| OptionError::Amount { text: text.to_owned(), source })
}

/// What is wrong with a validator or a balance on the command line.
#[derive(Debug, thiserror::Error)]
enum OptionError {
    /// It is written in another way.
    #[error("{0}")]
    Shape(&'static str),
    /// The key is none.
    #[error("{0}")]
    Key(#[source] KeyError),
    /// The address is none.
    #[error("{0}")]
    Address(#[source] AddressError),
    /// The amount is none.
    #[error("{text:.40}: {source}")]
    Amount {
        /// What was typed.
        text: String,
        /// What is wrong with it.
        source: AmountError,
    },
}

/// The answer where the document went to a file, and to programs.
#[derive(Serialize)]
struct NewAnswer {
    /// The document in short.
    #[serde(flatten)]
    summary: Summary,
    /// The file that it was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The document, where it was not written to a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
}

impl Answer for NewAnswer {
    fn to_text(&self) -> String {
        let file = self.file.as_deref().unwrap_or("standard output");
        format!("The genesis document is in {file}.\n\n{}", self.summary.text())
    }
}

/// Makes the document.
///
/// # Errors
/// A failure that names the option that is wrong.
pub(super) fn run(command: &New, output: Output) -> Result<(), Failure> {
    let genesis = genesis(command)?;
    let summary = Summary::of(&genesis)?;
    let document = match command.format {
        Format::Toml => genesis.to_toml(),
        Format::Json => format!("{}\n", genesis.to_json()),
    };
    match (&command.out, output) {
        (Some(path), Output::People | Output::Json) => {
            write_new(path, &document)?;
            output.show(&NewAnswer { summary, file: Some(path.display().to_string()), document: None })
        }
        (None, Output::Json) => output.show(&NewAnswer { summary, file: None, document: Some(document) }),
        (None, Output::People) => {
            output.note(summary.text());
            output::print(&document)
        }
    }
}

/// The checked document of the options.
fn genesis(command: &New) -> Result<Genesis, Failure> {
    let network = command.network;
    let networks = command.validators.iter().map(|validator| (validator.network, &validator.operator));
    let networks = networks.chain(command.balances.iter().map(|balance| (balance.network, &balance.address)));
    for (found, address) in networks {
        if found != network {
            let address = address.encode(found);
            let message = format!("{address} is an address of the {found} network, this is for {network}");
            return Err(Failure::new(Code::OtherNetwork, message)
                .advice(format!("name an address of {network}, or another network with --network"))
                .of_argument());
        }
    }
    let validators = command.validators.iter();
    let validators =
        validators.map(|option| Validator { key: option.key, operator: option.operator, stake: option.stake });
    let mut balances: Vec<_> = command.balances.iter().map(|option| (option.address, option.amount)).collect();
    balances.sort();
    let genesis = Genesis {
        chain_id: command.chain_id.clone(),
        network,
        time_ms: command.time_ms.map_or_else(now_ms, Ok)?,
        validators: ValidatorSet::new(validators.collect()).map_err(|error| Failure::from(error).into_usage())?,
        balances,
        parameters: Parameters {
            base_fee_per_byte_min: command.base_fee_per_byte_min,
            block_bytes_max: command.block_bytes_max,
            ..Parameters::default()
        },
    };
    genesis.check().map_err(|error| Failure::from(error).into_usage())?;
    Ok(genesis)
}

/// The time, in milliseconds since 1970-01-01 UTC.
fn now_ms() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock of this machine is before 1970")?;
    u64::try_from(since.as_millis()).context("the clock of this machine is too far ahead")
}

/// Writes a file that did not exist, and forces it to disk.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .context(format!("{} cannot be written", path.display()))
        .advice("name a file that is not there yet, in a folder that you may write to, with --out")
}
