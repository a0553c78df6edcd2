//! `faic wallet rename`: another name for a wallet, with the record of what it sent.

use clap::Args;
use faic_core::keystore::{Keystore, KeystoreError, WalletEntry, WalletName};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{selection::parse_wallet, unlock::UnlockOptions};
use crate::{
    commands::target::TimeoutOption,
    failure::{Code, Context, Failure},
    interruption,
    outbox::{Belief, Outbox, Record},
    output::{Answer, Output, fields},
};

/// The options of another name.
#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// The wallet, or the watched account.
    #[arg(value_name = "OLD", value_parser = parse_wallet)]
    old: WalletName,

    /// Its new name.
    #[arg(value_name = "NEW")]
    new: WalletName,

    /// How long other commands of the keystore are waited for.
    #[command(flatten)]
    timeout: TimeoutOption,

    /// How the wallet is opened: its name is sealed anew; a watched account needs no password.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// A wallet that has another name.
#[derive(Serialize)]
struct RenameAnswer {
    /// Its name.
    wallet: String,
    /// Its name before.
    old_name: String,
    /// The address of its first account.
    address: String,
}

impl Answer for RenameAnswer {
    fn to_text(&self) -> String {
        let Self { wallet, old_name, address } = self;
        fields(&[("wallet", wallet.clone()), ("was", old_name.clone()), ("address", address.clone())])
    }
}

/// Gives the wallet its new name.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Rename, output: Output) -> Result<(), Failure> {
    let Rename { old, new, unlock, .. } = command;
    let (keystore, folder) = (unlock.keystore.open()?, unlock.keystore.folder()?);
    let entry = keystore.find(old)?;
    check_free(&keystore, &entry, new)?;
    let (before, after) = (Outbox::of(&folder, old), Outbox::of(&folder, new));
    check_decided(old, &before.records()?)?;
    let password = if entry.watch_only { Zeroizing::default() } else { unlock.password(old)?.1 };
    let alone = before.lock_wallets(&command.timeout.patience())?;
    interruption::hold_off();
    check_decided(old, &before.records()?)?;
    let is_new = !keystore.has(new)?;
    if is_new {
        after.check_vacant()?;
        before.begin_renaming(new)?;
    }
    let renamed = keystore.rename(old, new, &password, || before.move_to(&after).advice("the wallet keeps its name"));
    if renamed.is_ok() || (is_new && !keystore.has(new)?) {
        before.end_renaming()?;
        after.end_renaming()?;
    }
    let entry = renamed?;
    drop(alone);
    output.show(&RenameAnswer {
        wallet: new.to_string(),
        old_name: old.to_string(),
        address: entry.address.encode(entry.network),
    })
}

/// Refuses the name of another wallet; that of the same one was made by an earlier attempt that did not come to its end.
fn check_free(keystore: &Keystore, entry: &WalletEntry, new: &WalletName) -> Result<(), Failure> {
    let is_same = |there: &WalletEntry| there.name != entry.name && there.accounts == entry.accounts;
    if keystore.has(new)? && !keystore.find(new).is_ok_and(|there| is_same(&there)) {
        return Err(KeystoreError::NameTaken { name: new.clone() }.into());
    }
    Ok(())
}

/// Refuses while a transaction of the wallet may still become final.
fn check_decided(name: &WalletName, records: &[Record]) -> Result<(), Failure> {
    let Some(record) = records.iter().find(|record| !record.state.is_settled(Belief::Word)) else { return Ok(()) };
    let message = format!("the {} {} of {name} is undecided; the wallet keeps its name", record.noun(), record.id());
    Err(Failure::new(Code::EarlierUndecided, message).advice(format!("`faic wallet resume {name}` tells its end")))
}
