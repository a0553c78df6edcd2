//! `faic wallet public-key`: the public halves of a wallet's keys, for those who build transactions for it or share an
//! account with it. Whoever knows them can pay nothing with them.

use clap::Args;
use faic_core::{PublicKey, authority::AuthorityKey, keystore::AccountLabel};
use serde::Serialize;

use super::{WalletArgument, selection, transaction_file::of_keys, unlock::UnlockOptions};
use crate::{
    failure::Failure,
    output::{Answer, Output, fields},
};

/// The options of showing public keys.
#[derive(Debug, Args)]
pub(crate) struct ShowPublicKey {
    /// The wallet, WALLET/ACCOUNT for another account than its first, or a watched account whose keys are kept.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// Which account of the wallet: its number or its name [default: the first].
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountLabel>,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The public keys of an account.
#[derive(Serialize)]
struct PublicKeyAnswer {
    /// The wallet, with the account where it is not the first.
    wallet: String,
    /// The address of the account.
    address: String,
    /// How many of the keys must sign.
    threshold: u8,
    /// The keys.
    public_keys: Vec<String>,
    /// How many of how many must sign, for people, where there are several.
    #[serde(skip)]
    of: Option<String>,
}

impl Answer for PublicKeyAnswer {
    fn to_text(&self) -> String {
        let mut facts = vec![("wallet", self.wallet.clone()), ("address", self.address.clone())];
        facts.extend(self.of.iter().map(|of| ("signs", of.clone())));
        facts.extend(self.public_keys.iter().map(|key| ("public key", key.clone())));
        fields(&facts)
    }
}

/// Shows the public keys.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &ShowPublicKey, output: Output) -> Result<(), Failure> {
    let label = command.wallet.label(command.account.as_ref())?;
    let entry = command.unlock.keystore.open()?.find(&command.wallet.wallet)?;
    if !matches!(label, Some(AccountLabel::Name(_))) {
        // A number that the wallet does not have is told before the password is asked for.
        selection::listed(&entry, label)?;
    }
    if let Some(authority) = &entry.authority {
        let account = selection::listed(&entry, label)?;
        let (wallet, address) = (entry.label(account), account.address.encode(entry.network));
        let key = |AuthorityKey::Ed25519(key): &AuthorityKey| key.to_string();
        return output.show(&PublicKeyAnswer {
            wallet,
            address,
            threshold: authority.threshold(),
            public_keys: authority.keys().iter().map(key).collect(),
            of: Some(of_keys(authority)),
        });
    }
    let opened = command.unlock.unlock(&command.wallet.wallet)?;
    let account = selection::opened(&opened, label)?;
    let key: PublicKey = opened.key(account).public_key();
    let (wallet, address) = (opened.label(account), account.address.encode(entry.network));
    output.show(&PublicKeyAnswer { wallet, address, threshold: 1, public_keys: vec![key.to_string()], of: None })
}
