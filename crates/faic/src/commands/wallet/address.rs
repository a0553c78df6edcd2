//! `faic wallet address`: the address of an account, for whoever wants to pay it.

use clap::Args;
use faic_core::keystore::AccountLabel;
use serde::Serialize;

use super::{Account, KeystoreOption, WalletArgument, qr_code, selection};
use crate::{
    failure::Failure,
    output::{Answer, Output},
};

/// The options of showing an address.
#[derive(Debug, Args)]
pub(crate) struct ShowAddress {
    /// The wallet, or WALLET/NUMBER for another account than the first.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// Which account of the wallet: its number [default: the first].
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountLabel>,

    /// Draw a QR code of the address too.
    #[arg(long)]
    qr: bool,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,
}

/// The address of an account.
#[derive(Serialize)]
struct AddressAnswer {
    /// The wallet, with the account where it is not the first.
    wallet: String,
    /// The network.
    network: String,
    /// The address.
    address: String,
    /// Its QR code, for people.
    #[serde(skip)]
    qr: Option<String>,
}

impl Answer for AddressAnswer {
    fn to_text(&self) -> String {
        let qr = self.qr.as_ref().map(|qr| format!("\n{qr}")).unwrap_or_default();
        format!("{}\n{qr}", self.address)
    }
}

/// Shows the address.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &ShowAddress, output: Output) -> Result<(), Failure> {
    let label = command.wallet.label(command.account.as_ref())?;
    let entry = command.keystore.open()?.find(&command.wallet.wallet)?;
    let account = Account::of(&entry, selection::listed(&entry, label)?);
    let address = account.text();
    // In upper case the same address needs a smaller code (BIP-173).
    let qr = if command.qr { qr_code::draw_beside(&address.to_ascii_uppercase(), output)? } else { None };
    output.show(&AddressAnswer {
        wallet: account.name.unwrap_or_default(),
        network: entry.network.to_string(),
        address,
        qr,
    })
}
