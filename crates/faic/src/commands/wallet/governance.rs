//! Which keys govern an account, found without a key of it.
//!
//! The ledger keeps only a hash of an account's authority. The keys themselves are named on the command line, kept with a
//! watched account, read from a transaction that the account made before, or those of a wallet that is opened for it.
//! Whatever is found is compared with the hash, so it need not be trusted.

use std::path::Path;

use faic_core::{
    Authority, PublicKey,
    keystore::{Keystore, UnlockedWallet, WalletEntry},
};

use super::Account;
use crate::{
    client::{AccountAnswer, Client},
    failure::{Code, Failure},
    secrets::Secret,
};

/// The authority of keys that were named; nothing where none were.
///
/// # Errors
/// A failure of usage for keys and a threshold that are no authority.
pub(super) fn named(keys: &[PublicKey], threshold: Option<u8>, option: &str) -> Result<Option<Authority>, Failure> {
    match (keys, threshold) {
        ([], None) => Ok(None),
        ([], Some(_)) => Err(Failure::usage(format!("{option} needs the keys of which so many must sign"))),
        ([key], None) => Ok(Some(Authority::single(*key))),
        (_, None) => Err(Failure::usage(format!("with several keys, {option} says how many of them must sign"))),
        (keys, Some(threshold)) => Authority::multi(threshold, keys.iter().copied()).map(Some).map_err(Failure::usage),
    }
}

/// What is known for the search.
pub(super) struct Search<'a> {
    /// The wallets of this machine.
    pub(super) keystore: &'a Keystore,
    /// The node that tells what the account did.
    pub(super) client: &'a Client,
    /// The account's own wallet, where it was opened before.
    pub(super) opened: Option<&'a UnlockedWallet>,
    /// A file with the password of the account's own wallet.
    pub(super) password_file: Option<&'a Path>,
}

impl Search<'_> {
    /// The authority that governs an account now; `answer` is what was proved of it.
    ///
    /// # Errors
    /// [`Code::AuthorityUnknown`] where nothing that is known here has the hash that the ledger keeps.
    pub(super) fn governing(
        &self,
        account: &Account,
        answer: &AccountAnswer,
        named: Option<Authority>,
    ) -> Result<Authority, Failure> {
        let governs = |authority: &Authority| answer.is_governed_by(&account.address, authority);
        if let Some(authority) = named {
            return if governs(&authority) { Ok(authority) } else { Err(other_keys(account)) };
        }
        if let Some(known) = known(self.keystore, self.client, account, answer)? {
            return Ok(known);
        }
        if let Some(found) = self.opened.and_then(|wallet| authorities(wallet, account).into_iter().find(governs)) {
            return Ok(found);
        }
        let is_closed = |entry: &&WalletEntry| {
            !entry.watch_only && self.opened.is_none_or(|opened| opened.entry.name != entry.name)
        };
        for entry in entries(self.keystore, account)?.iter().filter(is_closed) {
            let prompt = format!("password of the wallet {}, whose public key is needed", entry.name);
            let password = Secret::Password.read(self.password_file, &prompt)?;
            let wallet = self.keystore.unlock(&entry.name, &password)?;
            if let Some(found) = authorities(&wallet, account).into_iter().find(governs) {
                return Ok(found);
            }
        }
        let message = format!("the keys that govern {} are not known here", account.text());
        Err(Failure::new(Code::AuthorityUnknown, message).advice(
            "name them with --key, and --threshold where there are several; `faic wallet public-key` shows those of a wallet",
        ))
    }
}

/// The wallets and watched accounts of this machine that have the account.
fn entries(keystore: &Keystore, account: &Account) -> Result<Vec<WalletEntry>, Failure> {
    let has = |entry: &WalletEntry| entry.accounts.iter().any(|known| known.address == account.address);
    let wallets = keystore.list()?.wallets;
    Ok(wallets.into_iter().filter(|entry| entry.network == account.network && has(entry)).collect())
}

/// The authority that governs an account now, where a watched account of this machine or the account's history has it.
///
/// # Errors
/// A failure where the wallets cannot be listed.
pub(super) fn known(
    keystore: &Keystore,
    client: &Client,
    account: &Account,
    answer: &AccountAnswer,
) -> Result<Option<Authority>, Failure> {
    let governs = |authority: &Authority| answer.is_governed_by(&account.address, authority);
    if let Some(kept) = entries(keystore, account)?.into_iter().filter_map(|entry| entry.authority).find(governs) {
        return Ok(Some(kept));
    }
    // A node that cannot tell leaves the other ways.
    let seen = client.authorities(&account.address, account.network).unwrap_or_default();
    Ok(seen.into_iter().find(governs))
}

/// The failure of keys that do not govern the account.
fn other_keys(account: &Account) -> Failure {
    let message = format!("the keys that were named do not govern {}", account.text());
    Failure::new(Code::AuthorityUnknown, message).advice("compare them, and the threshold, with those of the account")
}

/// The authorities of one key that a wallet has for an account, newest first.
fn authorities(wallet: &UnlockedWallet, account: &Account) -> Vec<Authority> {
    let known = wallet.entry.accounts.iter().filter(|known| known.address == account.address);
    let candidates = known.flat_map(|known| wallet.candidates(known));
    candidates.map(|candidate| Authority::single(candidate.key.public_key())).collect()
}
