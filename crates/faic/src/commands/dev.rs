//! `faic dev`: keeps a development network of one validator running.
//!
//! Everything on it is public and worth nothing; the data folder is kept, so a restart finds every balance again.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use faic_core::Network;
use faic_node::{Telemetry, dev};

use crate::{
    failure::{Context, Failure},
    folders,
    output::Output,
    running::{Running, StopSignals, runtime},
    settings::{self, Settings},
};

mod answer;

use answer::{AccountItem, DevAnswer};

/// The options of a development network.
#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The folder with everything that the node keeps [default: the user's, such as ~/.local/share/faic/dev].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// Where the HTTP API answers; port 0 takes any free port, which the file api.addr in the data folder then tells.
    #[arg(long, value_name = "IP:PORT", default_value_t = settings::LISTEN)]
    http: SocketAddr,
}

/// Runs the network until SIGTERM or Ctrl-C.
///
/// # Errors
/// A failure that says in one line why it does not run, or why it stopped.
pub(crate) fn run(command: &Dev, output: Output) -> Result<(), Failure> {
    let data_dir = command.data_dir.clone().map_or_else(folders::dev, Ok)?;
    let mut settings = Settings::on(data_dir);
    settings.api.listen = command.http;
    settings.node.network = faic_node::network::Config::loopback();
    let telemetry = Telemetry::begin(&settings.node.telemetry)?;
    runtime()?.block_on(async {
        let signals = StopSignals::catch().context("signals cannot be caught")?;
        let running = Running::start(settings, &telemetry, dev::prepare_at).await?;
        output.show(&answer(&running).await?)?;
        Ok(running.run_until(signals.wait()).await?)
    })
}

/// What there is to know of a network that runs.
async fn answer(running: &Running) -> Result<DevAnswer, Failure> {
    let node = running.node();
    let transactions = &node.services().transactions;
    let mut accounts = Vec::new();
    for account in dev::accounts() {
        let found = transactions.account(account.address).await?;
        accounts.push(AccountItem::new(account.path, account.address.encode(Network::Dev), found.account.balance));
    }
    Ok(DevAnswer {
        chain_id: transactions.chain_id().to_string(),
        url: format!("http://{}", running.address()),
        data_dir: node.folder().path().display().to_string(),
        token_file: node.folder().token_path().display().to_string(),
        height: transactions.height(),
        public_mnemonic: dev::PUBLIC_MNEMONIC,
        accounts,
    })
}
