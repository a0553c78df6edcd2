//! Finding the accounts of a mnemonic that were used: BIP-44's account discovery, by asking a node.
//!
//! Accounts are asked for one after the other until [`GAP`] in a row were never used. The node learns by this which
//! addresses belong together; who does not want that says so. What it says is proved, so it can't hide an account.

use faic_core::{
    Authority, Network,
    derivation::AccountPath,
    keystore::{ACCOUNTS_MAX, WalletSecret},
};
use indicatif::ProgressBar;

use super::Account;
use crate::{
    client::{Client, ClientError, Status},
    failure::Failure,
    output::Output,
    trust::Trust,
};

/// So many unused accounts in a row end the search (BIP-44, "Address gap limit").
pub(super) const GAP: u32 = 20;

/// The most accounts that are found; with the first a wallet is full then.
const FOUND_MAX: usize = ACCOUNTS_MAX - 1;

/// An account of a mnemonic that was used.
#[derive(Debug, Clone, Copy)]
pub(super) struct UsedAccount {
    /// Its number.
    pub(super) number: u32,
    /// Whether the mnemonic's key governs it still.
    pub(super) has_its_key: bool,
}

/// The accounts that were used, for a wallet that is imported; none, with a remark, where no node answers.
///
/// `begin_trust` gives what is trusted of the node's chain.
pub(super) fn at_import(
    client: &Client,
    begin_trust: impl FnOnce(&Status) -> Result<Option<Trust>, Failure>,
    secret: &WalletSecret,
    network: Network,
    output: Output,
) -> Result<Vec<UsedAccount>, Failure> {
    match client.status() {
        Ok(status) if status.network == network => {
            used(client, begin_trust(&status)?.as_ref(), secret, network, output)
        }
        Ok(_)
        | Err(ClientError::Unreachable { .. } | ClientError::TimedOut { .. } | ClientError::Connection { .. }) => {
            output.note(
                "note: no node of the wallet's network was asked which other accounts were used; `faic wallet account \
                 discover` asks later",
            );
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

/// The accounts of a mnemonic that were used, at most [`FOUND_MAX`].
pub(super) fn used(
    client: &Client,
    trust: Option<&Trust>,
    secret: &WalletSecret,
    network: Network,
    output: Output,
) -> Result<Vec<UsedAccount>, Failure> {
    let bar = ProgressBar::new_spinner();
    let mut used = Vec::new();
    let mut unused_in_a_row = 0;
    for number in 0.. {
        bar.set_message(format!("asking for account {number}; {} were used", used.len()));
        bar.tick();
        let path = AccountPath::new(0, number)?;
        let authority = Authority::single(secret.account_key(network, path).public_key());
        let account = Account { name: None, network, address: authority.address() };
        let answer = account.read(client, trust)?;
        client.patience().renew();
        if answer.is_unused() {
            unused_in_a_row += 1;
        } else {
            unused_in_a_row = 0;
            used.push(UsedAccount { number, has_its_key: answer.is_governed_by(&account.address, &authority) });
        }
        if used.len() >= FOUND_MAX {
            output.note(&format!("note: the first {FOUND_MAX} accounts that were used are enough; there may be more"));
            break;
        }
        if unused_in_a_row >= GAP {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(used)
}

/// The warning of an account whose keys were changed to those of newer words.
pub(super) fn lost_account(address: &str) -> String {
    format!(
        "warning: other keys govern {address}, so this wallet cannot pay from it: its keys were changed. `faic wallet \
         import NAME --address {address}` makes a wallet of its newest words"
    )
}
