//! Finding the accounts of a mnemonic that were used: BIP-44's account discovery, by asking a node.
//!
//! Accounts are asked for one after the other until [`GAP`] in a row were never used. The node learns by this which
//! addresses belong together; who does not want that says so.

use faic_core::{Authority, Network, derivation::AccountPath, keystore::WalletSecret};
use indicatif::ProgressBar;

use crate::{
    client::{Client, ClientError},
    failure::Failure,
    output::Output,
};

/// So many unused accounts in a row end the search (BIP-44, "Address gap limit").
pub(super) const GAP: u32 = 20;

/// The numbers of the accounts that were used, for a wallet that is imported; none, with a remark, where no node answers.
pub(super) fn at_import(
    client: &Client,
    secret: &WalletSecret,
    network: Network,
    output: Output,
) -> Result<Vec<u32>, Failure> {
    match client.status() {
        Ok(status) if status.network == network => {}
        Ok(_)
        | Err(ClientError::Unreachable { .. } | ClientError::TimedOut { .. } | ClientError::Connection { .. }) => {
            output.note(
                "note: no node of the wallet's network was asked which other accounts were used; `faic wallet account \
                 discover` asks later",
            );
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.into()),
    }
    used(client, network, |path| Authority::single(secret.account_key(network, path).public_key()))
}

/// The numbers of the accounts that were used, by the authority with which each begins.
pub(super) fn used(
    client: &Client,
    network: Network,
    authority: impl Fn(AccountPath) -> Authority,
) -> Result<Vec<u32>, Failure> {
    let bar = ProgressBar::new_spinner();
    let mut used = Vec::new();
    let mut unused_in_a_row = 0;
    for number in 0.. {
        bar.set_message(format!("asking for account {number}; {} were used", used.len()));
        bar.tick();
        let path = AccountPath::new(0, number)?;
        if client.account(&authority(path).address(), network)?.is_unused() {
            unused_in_a_row += 1;
            if unused_in_a_row >= GAP {
                break;
            }
        } else {
            unused_in_a_row = 0;
            used.push(number);
        }
    }
    bar.finish_and_clear();
    Ok(used)
}
