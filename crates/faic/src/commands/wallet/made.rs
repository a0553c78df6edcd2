//! What making a wallet has in common, whether its mnemonic is new or not: its options, its network and its file.

use std::path::PathBuf;

use clap::Args;
use faic_core::{
    Address, Authority, Network,
    derivation::AccountPath,
    keystore::{KeystoreError, UnlockedWallet, WalletEntry, WalletName, WalletSecret},
    mnemonic::Mnemonic,
};
use zeroize::Zeroizing;

use super::{KeystoreOption, NodeOption};
use crate::{
    client::Client,
    failure::{Context, Failure},
    interruption,
    secrets::Secret,
};

/// The options of a wallet that is made.
#[derive(Debug, Args)]
pub(super) struct MakeOptions {
    /// The wallet's name: lower-case letters, digits, hyphens and underscores.
    #[arg(value_name = "NAME")]
    pub(super) name: WalletName,

    /// The network that the wallet is for: main, test or dev [default: that of the node].
    #[arg(long, value_name = "NETWORK")]
    pub(super) network: Option<Network>,

    /// A file with the password that protects the wallet; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,

    /// A file with BIP-39's passphrase, the "25th word"; another passphrase is another wallet.
    #[arg(long, value_name = "FILE")]
    pub(super) passphrase_file: Option<PathBuf>,

    /// Which key of the mnemonic: the last number of its path; a mnemonic has a wallet at each index.
    #[arg(long, value_name = "INDEX", default_value = "0", value_parser = parse_index)]
    index: AccountPath,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Which node is asked for its network.
    #[command(flatten)]
    node: NodeOption,
}

/// Reads the index of a key.
fn parse_index(text: &str) -> Result<AccountPath, String> {
    let index = text.parse().map_err(|_| "this is not a number from 0 to 2147483647".to_owned())?;
    AccountPath::new(0, index).map_err(|error| error.to_string())
}

/// A wallet that was made.
pub(super) struct Made {
    /// Its public part.
    pub(super) entry: WalletEntry,
    /// The derivation path of its key.
    pub(super) path: String,
}

impl MakeOptions {
    /// The network that was named, or else the node's.
    pub(super) fn network(&self) -> Result<Network, Failure> {
        if let Some(network) = self.network {
            return Ok(network);
        }
        let status = self.node.client().status();
        let status = status.advice("or say which network the wallet is for with --network main, test or dev")?;
        Ok(status.network)
    }

    /// Reads BIP-39's passphrase, which is empty where no file is named.
    pub(super) fn passphrase(&self) -> Result<Zeroizing<String>, Failure> {
        match &self.passphrase_file {
            Some(file) => Ok(Secret::Passphrase.read(Some(file), "BIP-39 passphrase")?),
            None => Ok(Zeroizing::default()),
        }
    }

    /// Asks for a password and keeps the wallet in the keystore.
    ///
    /// `address` gives the account's, which does not follow from its key after a change of keys. `found` gives the numbers
    /// of the accounts that it has beside the one of its index.
    pub(super) fn make(
        &self,
        network: Network,
        mnemonic: Mnemonic,
        passphrase: &str,
        address: impl FnOnce(&Authority) -> Result<Address, Failure>,
        found: impl FnOnce(&WalletSecret) -> Result<Vec<u32>, Failure>,
    ) -> Result<Made, Failure> {
        let keystore = self.keystore.open()?;
        if keystore.list()?.wallets.iter().any(|wallet| wallet.name == self.name) {
            return Err(KeystoreError::NameTaken { name: self.name.clone() }.into());
        }
        let secret = WalletSecret::new(mnemonic, passphrase)?;
        let numbers = found(&secret)?;
        let prompt = format!("password for the wallet {}", self.name);
        let password = Secret::Password.read_new(self.password_file.as_deref(), &prompt)?;
        let path = self.index;
        let authority = Authority::single(secret.account_key(network, path).public_key());
        let entry = WalletEntry::new(self.name.clone(), network, path, address(&authority)?);
        let mut wallet = UnlockedWallet::new(entry, secret);
        for number in numbers.into_iter().filter(|number| *number != path.index()) {
            wallet.add_account(Some(number), None)?;
        }
        // A wallet whose words nobody has seen must not stay behind.
        interruption::hold_off();
        keystore.add(&wallet, &password).advice("nothing was made")?;
        Ok(Made { entry: wallet.entry, path: path.on(network).to_string() })
    }

    /// Whether the first key is meant, as where no index was named.
    pub(super) fn is_first(&self) -> bool {
        self.index == AccountPath::default()
    }

    /// A client of the node that is asked.
    pub(super) fn client(&self) -> Client {
        self.node.client()
    }

    /// The folder of the wallets.
    pub(super) fn keystore_folder(&self) -> Result<PathBuf, Failure> {
        self.keystore.folder()
    }

    /// Takes back what [`MakeOptions::make`] made.
    pub(super) fn unmake(&self) -> Result<(), Failure> {
        self.keystore.open()?.delete(&self.name)?;
        Ok(())
    }
}
