//! `faic wallet password`: another password for a wallet.

use std::path::PathBuf;

use clap::Args;
use faic_core::keystore::WalletName;
use serde::Serialize;

use super::{selection::parse_wallet, unlock::UnlockOptions};
use crate::{
    failure::{Context, Failure},
    interruption,
    output::{Answer, Output},
    secrets::Secret,
};

/// The options of a change of password.
#[derive(Debug, Args)]
pub(crate) struct Password {
    /// The wallet.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// A file with the new password; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// A wallet whose password was changed.
#[derive(Serialize)]
struct PasswordAnswer {
    /// The wallet.
    wallet: String,
}

impl Answer for PasswordAnswer {
    fn to_text(&self) -> String {
        format!("The wallet {} has the new password. Backups made before still open with the old one.\n", self.wallet)
    }
}

/// Changes the password.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Password, output: Output) -> Result<(), Failure> {
    let Password { wallet, new_password_file, unlock } = command;
    let (keystore, old) = unlock.password(wallet)?;
    let prompt = format!("new password for the wallet {wallet}");
    let new = Secret::NewPassword.read_new(new_password_file.as_deref(), &prompt)?;
    interruption::hold_off();
    keystore.change_password(wallet, &old, &new).advice("the password is still the old one")?;
    output.show(&PasswordAnswer { wallet: wallet.to_string() })
}
