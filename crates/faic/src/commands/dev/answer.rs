//! What is told of a development network that runs: where it answers, who has money, and lines to paste.

use faic_core::Amount;
use serde::Serialize;

use crate::{
    output::{Answer, fields, table},
    shell::quote,
};

/// A development network that runs.
#[derive(Serialize)]
pub(super) struct DevAnswer {
    /// The chain.
    pub(super) chain_id: String,
    /// Where the API answers.
    pub(super) url: String,
    /// The data folder.
    pub(super) data_dir: String,
    /// The file with the token of the wallet endpoints.
    pub(super) token_file: String,
    /// The height of the last block.
    pub(super) height: u64,
    /// The PUBLIC mnemonic of the accounts.
    pub(super) public_mnemonic: &'static str,
    /// The accounts that have had money from the beginning.
    pub(super) accounts: Vec<AccountItem>,
}

/// An account of the development network.
#[derive(Serialize)]
pub(super) struct AccountItem {
    /// The derivation path of its key.
    path: String,
    /// Its address.
    address: String,
    /// What it has, in nano.
    balance: String,
    /// What it has, for people.
    #[serde(skip)]
    faic: Amount,
}

impl AccountItem {
    /// The account at `path` with what it has now.
    pub(super) fn new(path: String, address: String, balance: Amount) -> Self {
        Self { path, address, balance: balance.nano().to_string(), faic: balance }
    }
}

impl Answer for DevAnswer {
    fn to_text(&self) -> String {
        let facts = fields(&[
            ("chain", format!("{} at height {}", self.chain_id, self.height)),
            ("API", self.url.clone()),
            ("page", format!("{}/", self.url)),
            ("documentation", format!("{}/docs", self.url)),
            ("data folder", self.data_dir.clone()),
            ("API token", self.token_file.clone()),
        ]);
        let rows = self.accounts.iter().map(|item| [item.path.clone(), item.address.clone(), item.faic.to_string()]);
        let accounts = table(["path", "address", "balance (FAIC)"], &[2], rows);
        format!(
            "A development network of one validator. It is for play: nothing on it is worth anything.\n\n{facts}\n\
             Accounts with money, of the PUBLIC mnemonic \"{}\".\n\
             Everybody knows it; never send anything of worth to it. `faic wallet import NAME --index 3` opens the fourth.\n\n\
             {accounts}\n{}\nStop with Ctrl-C.\n",
            self.public_mnemonic,
            self.lines_to_paste(),
        )
    }
}

impl DevAnswer {
    /// Commands for a shell: the main job with `curl`, and with this program.
    fn lines_to_paste(&self) -> String {
        let (url, token, words) = (&self.url, quote(&self.token_file), self.public_mnemonic);
        format!(
            r#"Paste into another terminal:

  NODE={url}
  AUTH="authorization: Bearer $(cat {token})"
  JSON='content-type: application/json'
  curl -sw '\n' $NODE/v1/status
  curl -sw '\n' $NODE/v1/wallets -H "$AUTH" -H "$JSON" -d '{{"name":"alice","password":"correct horse"}}'
  ALICE=$(curl -s $NODE/v1/wallets -H "$AUTH" | grep -o 'dfaic1[0-9a-z]*' | head -n 1)
  curl -sw '\n' $NODE/v1/faucet -H "$JSON" -d "{{\"address\":\"$ALICE\"}}"
  curl -sw '\n' $NODE/v1/wallets/import -H "$AUTH" -H "$JSON" \
    -d '{{"name":"rich","password":"correct horse","mnemonic":"{words}"}}'
  ID=$(curl -s $NODE/v1/wallets/rich/transfers -H "$AUTH" -H "$JSON" \
    -d "{{\"password\":\"correct horse\",\"outputs\":[{{\"to\":\"$ALICE\",\"amount\":\"2500000000\"}}]}}" \
    | grep -o '[0-9a-f]\{{64\}}' | head -n 1)
  curl -sw '\n' "$NODE/v1/transactions/$ID?wait=final"
  curl -sw '\n' $NODE/v1/accounts/$ALICE

Or with wallets of your own, whose keys the node never sees:

  faic wallet new bob --node {url}
  faic wallet balance --node {url}
"#
        )
    }
}
