//! `faic wallet balance`: what wallets or addresses have, as of the node's last block.

use clap::Args;
use faic_core::keystore::AccountLabel;
use serde::Serialize;

use super::{Account, KeystoreOption, NodeOption};
use crate::{
    failure::Failure,
    output::{Answer, Column, Output, table},
    trust::TrustOption,
};

/// The options of a balance.
#[derive(Debug, Args)]
pub(crate) struct Balance {
    /// Wallets, accounts of them (WALLET/NUMBER) or addresses [default: all wallets of the node's network].
    #[arg(value_name = "WALLET|ADDRESS")]
    accounts: Vec<String>,

    /// Which account of the wallets that are named: its number [default: the first].
    #[arg(long, value_name = "ACCOUNT", requires = "accounts")]
    account: Option<AccountLabel>,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// What is believed of its answers.
    #[command(flatten)]
    trust: TrustOption,
}

/// What accounts have.
#[derive(Serialize)]
struct BalanceAnswer {
    /// The chain that was asked.
    chain_id: String,
    /// The accounts, in the order in which they were named.
    accounts: Vec<BalanceItem>,
}

/// What one account has.
#[derive(Serialize)]
struct BalanceItem {
    /// The name of its wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<String>,
    /// Its address.
    address: String,
    /// What it has, in nano.
    balance: String,
    /// What it has, in FAIC.
    balance_faic: String,
    /// The height that this speaks of.
    height: u64,
    /// Whether it was proved, and not only said.
    proved: bool,
}

impl Answer for BalanceAnswer {
    fn to_text(&self) -> String {
        if self.accounts.is_empty() {
            return "There are no wallets of this node's network; make one with `faic wallet new NAME`.\n".to_owned();
        }
        let rows = self.accounts.iter().map(|item| {
            let wallet = item.wallet.clone().unwrap_or_default();
            [wallet, item.address.clone(), item.balance_faic.clone(), item.height.to_string()]
        });
        let mut text = table(
            ["wallet", "address", "balance (FAIC)", "height"],
            [Column::Words, Column::Id, Column::Number, Column::Number],
            rows,
        );
        text.push_str(&match self.accounts.iter().filter(|item| item.proved).map(|item| item.height).max() {
            Some(height) => format!("Proved at height {height}.\n"),
            None => "Not proved: this is what the node says.\n".to_owned(),
        });
        text
    }
}

/// Prints the balances.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Balance, output: Output) -> Result<(), Failure> {
    let keystore = command.keystore.open()?;
    let named = command.accounts.iter().map(|text| Account::find_labelled(&keystore, text, command.account.as_ref()));
    let named: Vec<_> = named.collect::<Result<_, _>>()?;
    let client = command.node.client();
    let status = client.status()?;
    let accounts = if named.is_empty() {
        let all = keystore.list()?.wallets;
        let all = all.iter().flat_map(Account::all);
        all.filter(|account| account.network == status.network).collect()
    } else {
        named
    };
    let trust = command.trust.begin(&command.keystore.folder()?, &client, &status, output)?;
    let items = accounts.iter().map(|account| {
        account.check_network(&status, client.url())?;
        let found = account.read(&client, trust.as_ref())?;
        client.patience().renew();
        Ok(BalanceItem {
            wallet: account.name.as_ref().map(ToString::to_string),
            address: account.text(),
            balance: found.balance.nano().to_string(),
            balance_faic: found.balance.to_string(),
            height: found.height,
            proved: trust.is_some(),
        })
    });
    let accounts = items.collect::<Result<_, Failure>>()?;
    output.show(&BalanceAnswer { chain_id: status.chain_id.to_string(), accounts })
}
