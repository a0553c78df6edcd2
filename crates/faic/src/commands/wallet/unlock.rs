//! Opening a wallet for what needs its keys and no node.

use std::path::PathBuf;

use clap::Args;
use faic_core::keystore::{UnlockedWallet, WalletName};

use super::KeystoreOption;
use crate::{failure::Failure, secrets::Secret};

/// The options of a command that opens a wallet.
#[derive(Debug, Args)]
pub(super) struct UnlockOptions {
    /// A file with the wallet's password; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Where the wallets are.
    #[command(flatten)]
    pub(super) keystore: KeystoreOption,
}

impl UnlockOptions {
    /// Reads the password and opens the wallet.
    pub(super) fn unlock(&self, name: &WalletName) -> Result<UnlockedWallet, Failure> {
        let keystore = self.keystore.open()?;
        // A wallet that is not there is told of before its password is asked for.
        keystore.find(name)?;
        let password =
            Secret::Password.read(self.password_file.as_deref(), &format!("password of the wallet {name}"))?;
        Ok(keystore.unlock(name, &password)?)
    }
}
