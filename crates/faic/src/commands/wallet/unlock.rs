//! Opening a wallet for what needs its keys and no node.

use std::path::PathBuf;

use clap::Args;
use faic_core::keystore::{EditError, Keystore, KeystoreError, UnlockedWallet, WalletName};
use zeroize::Zeroizing;

use super::KeystoreOption;
use crate::{failure::Failure, interruption, secrets::Secret};

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
    /// Whether the file of a password is named.
    pub(super) const fn names_a_password(&self) -> bool {
        self.password_file.is_some()
    }

    /// Opens the wallet.
    pub(super) fn unlock(&self, name: &WalletName) -> Result<UnlockedWallet, Failure> {
        let (keystore, password) = self.password(name)?;
        Ok(keystore.unlock(name, &password)?)
    }

    /// Opens the wallet, changes it and keeps it.
    pub(super) fn update<T>(
        &self,
        name: &WalletName,
        change: impl FnOnce(&mut UnlockedWallet) -> Result<T, EditError>,
    ) -> Result<T, Failure> {
        let (keystore, password) = self.password(name)?;
        interruption::hold_off();
        Ok(keystore.update(name, &password, change)?)
    }

    /// Reads the password of a wallet that has one.
    pub(super) fn password(&self, name: &WalletName) -> Result<(Keystore, Zeroizing<String>), Failure> {
        let keystore = self.keystore.open()?;
        // What is wrong without a password is told of before one is asked for.
        if keystore.find(name)?.watch_only {
            return Err(KeystoreError::WatchOnly { name: name.clone() }.into());
        }
        let password =
            Secret::Password.read(self.password_file.as_deref(), &format!("password of the wallet {name}"))?;
        Ok((keystore, password))
    }
}
