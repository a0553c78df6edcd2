//! `faic wallet backup`, `faic wallet restore`, `faic wallet mnemonic`: what keeps a wallet when its disk does not.

use std::path::PathBuf;

use clap::Args;
use faic_core::keystore::{AccountLabel, EditError, WALLET_FILE_BYTES_MAX, WalletName};
use serde::Serialize;

use super::{
    KeystoreOption, WalletArgument,
    message::read_bounded,
    selection::{self, parse_wallet},
    unlock::UnlockOptions,
};
use crate::{
    failure::{Code, Context, Failure},
    files, interruption,
    output::{Answer, Output, fields, numbered_words},
    secrets::Secret,
};

/// The options of a backup.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The wallet.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// A new file for the backup.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// How the wallet is opened, which makes sure that the backup can be.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The options of a restore.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The file of the backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Another name for the wallet [default: its own].
    #[arg(long, value_name = "NAME")]
    name: Option<WalletName>,

    /// A file with the password that the wallet had when the backup was made; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,
}

/// The options of showing a mnemonic.
#[derive(Debug, Args)]
pub(crate) struct ShowMnemonic {
    /// The wallet, or WALLET/ACCOUNT for another account than the first.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// Which account of the wallet, where accounts have different mnemonics [default: the first].
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountLabel>,

    /// The wallet's name once more, in place of typing it on the terminal.
    #[arg(long, value_name = "WALLET")]
    confirm: Option<String>,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// A wallet and a file.
#[derive(Serialize)]
struct FileAnswer {
    /// The wallet's name.
    wallet: String,
    /// The address of its first account.
    address: String,
    /// The file.
    file: String,
}

impl Answer for FileAnswer {
    fn to_text(&self) -> String {
        fields(&[("wallet", self.wallet.clone()), ("address", self.address.clone()), ("backup", self.file.clone())])
    }
}

/// A mnemonic that is shown once more.
#[derive(Serialize)]
struct MnemonicAnswer<'a> {
    /// The wallet's name.
    wallet: String,
    /// The language of the words.
    language: String,
    /// The words.
    mnemonic: &'a str,
    /// Whether a BIP-39 passphrase, which is not shown, belongs to them.
    has_passphrase: bool,
}

impl Answer for MnemonicAnswer<'_> {
    fn to_text(&self) -> String {
        let rows = numbered_words(self.mnemonic).into_iter().map(|row| format!("  {row}\n"));
        let mut text: String = rows.collect();
        if self.has_passphrase {
            text.push_str("\nA BIP-39 passphrase belongs to these words, which is not shown.\n");
        }
        text + "\nWhoever has the words has the money.\n"
    }
}

/// Writes the backup.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn backup(command: &Backup, output: Output) -> Result<(), Failure> {
    let (keystore, password) = command.unlock.password(&command.wallet)?;
    let bytes = keystore.backup(&command.wallet, &password)?;
    let entry = keystore.find(&command.wallet)?;
    interruption::hold_off();
    files::create(&command.out, &bytes)?;
    let (wallet, address) = (entry.name.to_string(), entry.address.encode(entry.network));
    let file = command.out.display().to_string();
    let written = format!("the backup {file} was written");
    output.show(&FileAnswer { wallet, address, file }).advice(written)
}

/// Makes a wallet of a backup.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn restore(command: &Restore, output: Output) -> Result<(), Failure> {
    let bytes = read_bounded(&command.file, WALLET_FILE_BYTES_MAX.saturating_add(1))?;
    let keystore = command.keystore.open()?;
    let password = Secret::Password.read(command.password_file.as_deref(), "password of the backup")?;
    interruption::hold_off();
    let file = command.file.display().to_string();
    let entry = keystore.restore(&bytes, &password, command.name.clone()).context(&file).advice("nothing was made")?;
    let (wallet, address) = (entry.name.to_string(), entry.address.encode(entry.network));
    let made = format!("the wallet {wallet} was made");
    output.note(&format!(
        "note: whether keys of {wallet} were changed since the backup was made is on the ledger only; `faic wallet account \
         discover {wallet}` tells"
    ));
    output.show(&FileAnswer { wallet, address, file }).advice(made)
}

/// Shows the words, after the wallet's name was typed.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn show_mnemonic(command: &ShowMnemonic, output: Output) -> Result<(), Failure> {
    let label = command.wallet.label(command.account.as_ref())?;
    let name = command.wallet.wallet.as_str();
    let typed = match &command.confirm {
        Some(typed) => typed.clone(),
        None => output.ask(&format!("Whoever sees the words has the money. Type {name} to show them:"), "--confirm")?,
    };
    if typed.trim() != name {
        return Err(Failure::new(Code::NotConfirmed, "nothing was shown, because the wallet's name was not typed"));
    }
    let wallet = command.unlock.unlock(&command.wallet.wallet)?;
    let secret = wallet.secret(selection::opened(&wallet, label)?).ok_or(EditError::NoMnemonic)?;
    let phrase = secret.mnemonic().phrase();
    output.show(&MnemonicAnswer {
        wallet: name.to_owned(),
        language: secret.mnemonic().language().to_string(),
        mnemonic: &phrase,
        has_passphrase: !secret.passphrase().is_empty(),
    })
}
