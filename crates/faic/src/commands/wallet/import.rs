//! `faic wallet import`: a wallet from the mnemonic of another one.

use std::path::PathBuf;

use clap::Args;
use faic_core::{Address, Authority, Network, keystore::AccountEntry, mnemonic::Mnemonic};
use serde::Serialize;

use super::{Account, bad_address, discovery, made::MakeOptions};
use crate::{
    client::{Client, Status},
    failure::{Code, Context, Failure},
    output::{Answer, Output, fields},
    secrets::Secret,
    trust::{Trust, TrustOption},
};

/// The options of a wallet from a mnemonic.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// What every wallet that is made needs.
    #[command(flatten)]
    make: MakeOptions,

    /// A file with the words; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    mnemonic_file: Option<PathBuf>,

    /// The address of an account whose keys were changed to those of this mnemonic; the node must prove it.
    #[arg(long, value_name = "ADDRESS")]
    address: Option<String>,

    /// Do not ask the node which accounts of the mnemonic were used; the first one only is imported then.
    #[arg(long)]
    no_discovery: bool,

    /// What is believed of the node's answers.
    #[command(flatten)]
    trust: TrustOption,

    /// Words that were typed as arguments, which is refused without repeating them.
    #[arg(hide = true)]
    words: Vec<String>,
}

/// The answer to an imported wallet.
#[derive(Serialize)]
struct ImportAnswer {
    /// The wallet's name.
    name: String,
    /// Its network.
    network: String,
    /// Its address.
    address: String,
    /// The derivation path of its key.
    path: String,
    /// The language of the words.
    language: String,
    /// How many words there are.
    words: usize,
    /// The numbers of its accounts.
    accounts: Vec<u32>,
    /// The numbers of those that other keys govern, because their keys were changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    governed_by_other_keys: Vec<u32>,
}

impl Answer for ImportAnswer {
    fn to_text(&self) -> String {
        let mut facts = vec![
            ("wallet", self.name.clone()),
            ("network", self.network.clone()),
            ("address", self.address.clone()),
            ("path", self.path.clone()),
            ("mnemonic", format!("{} words, {}", self.words, self.language)),
        ];
        if self.accounts.len() > 1 {
            let numbers: Vec<_> = self.accounts.iter().map(ToString::to_string).collect();
            facts.push(("accounts", numbers.join(", ")));
        }
        fields(&facts)
    }
}

/// Makes the wallet.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Import, output: Output) -> Result<(), Failure> {
    if !command.words.is_empty() {
        return Err(Failure::usage(
            "only the wallet's name is an argument; words that were typed as arguments stay in the shell's history, so a \
             wallet whose mnemonic was typed there is no longer safe; leave them out to be asked, or use --mnemonic-file",
        ));
    }
    let network = command.make.network()?;
    let phrase = Secret::Mnemonic.read(command.mnemonic_file.as_deref(), "mnemonic")?;
    let mnemonic = Mnemonic::parse(&phrase).context("the mnemonic is not valid")?;
    let (language, words) = (mnemonic.language(), mnemonic.word_count().number());
    let passphrase = command.make.passphrase()?;
    let folder = command.make.keystore_folder()?;
    let client = command.make.client();
    let begin_trust = |status: &Status| command.trust.begin(&folder, &client, status, output);
    let address = |authority: &Authority| match &command.address {
        None => Ok(authority.address()),
        Some(text) => governed(&client, begin_trust, network, text, authority),
    };
    let mut lost = Vec::new();
    let made = command.make.make(network, mnemonic, &passphrase, address, |secret| {
        if command.no_discovery || !command.make.is_first() || command.address.is_some() {
            return Ok(Vec::new());
        }
        let used = discovery::at_import(&client, begin_trust, secret, network, output)?;
        lost.extend(used.iter().filter(|account| !account.has_its_key).map(|account| account.number));
        Ok(used.iter().map(|account| account.number).collect())
    })?;
    for account in made.entry.accounts.iter().filter(|account| lost.contains(&account.number())) {
        output.note(&discovery::lost_account(&account.address.encode(network)));
    }
    output.show(&ImportAnswer {
        name: made.entry.name.to_string(),
        network: network.to_string(),
        address: made.entry.address.encode(network),
        path: made.path,
        language: language.to_string(),
        words,
        accounts: made.entry.accounts.iter().map(AccountEntry::number).collect(),
        governed_by_other_keys: lost,
    })
}

/// The address of an account of another first key, which the node proves that `authority` governs.
fn governed(
    client: &Client,
    begin_trust: impl FnOnce(&Status) -> Result<Option<Trust>, Failure>,
    network: Network,
    text: &str,
    authority: &Authority,
) -> Result<Address, Failure> {
    let address = Address::parse(text, network).map_err(|error| bad_address(text, error))?;
    let account = Account { name: None, network, address };
    let status = client.status()?;
    account.check_network(&status, client.url())?;
    if account.read(client, begin_trust(&status)?.as_ref())?.is_governed_by(&address, authority) {
        return Ok(address);
    }
    let message = format!("the key of this mnemonic does not govern {text:.80}; nothing was made");
    Err(Failure::new(Code::InvalidMnemonic, message)
        .advice("compare the words with those that the last change of keys gave, or name the account's --index"))
}
