//! `faic node`: runs a node until it is asked to stop.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
    thread,
};

use clap::Args;
use faic_node::{
    DataFolder, Telemetry,
    dev::PrepareError,
    p2p::{NodeAddress, node_address::NodeAddressError},
};
use serde::Serialize;

use crate::{
    failure::{Context, Failure},
    folders,
    output::{Answer, Output, fields},
    running::{Running, StopSignals, runtime},
    settings::{self, Settings},
    shell::quote,
};

/// The options of a running node.
#[derive(Debug, Args)]
pub(crate) struct Node {
    /// The data folder [default: that of the configuration, or the user's, such as ~/.local/share/faic/node].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// The configuration file [default: faic.toml in the data folder, if it is there].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Where the HTTP API answers, in place of the configuration's address; port 0 takes any free port.
    #[arg(long, value_name = "IP:PORT")]
    http: Option<SocketAddr>,

    /// Stop when standard input ends, as it does when the program that started this one ends.
    #[arg(long, hide = true)]
    until_stdin_ends: bool,

    /// The genesis document with which a new data folder begins.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,

    /// Where other nodes reach this one, in place of the configuration's addresses, such as /ip4/0.0.0.0/tcp/8421; `off`
    /// for a node without a network.
    #[arg(long, visible_alias = "listen", value_name = "ADDRESS", value_delimiter = ',')]
    p2p: Vec<P2p>,

    /// A node to connect to, such as /ip4/192.0.2.1/tcp/8421, beside those of the configuration.
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    join: Vec<NodeAddress>,

    /// Vote once the data folder's validator key has stake, whatever the configuration says; the key is made where there
    /// is none.
    #[arg(long, conflicts_with = "no_validator")]
    validator: bool,

    /// Never vote, whatever the configuration says: follow the others' blocks and serve the API.
    #[arg(long)]
    no_validator: bool,
}

/// Where other nodes reach this one.
#[derive(Debug, Clone)]
enum P2p {
    /// Nowhere: there is no network.
    Off,
    /// At an address.
    At(NodeAddress),
}

impl FromStr for P2p {
    type Err = NodeAddressError;

    fn from_str(text: &str) -> Result<Self, NodeAddressError> {
        if text == "off" { Ok(Self::Off) } else { text.parse().map(Self::At) }
    }
}

/// A node that runs.
#[derive(Serialize)]
struct NodeAnswer {
    /// The chain.
    chain_id: String,
    /// The node's id.
    node_id: String,
    /// Where the API answers.
    url: String,
    /// The data folder.
    data_dir: String,
    /// The public half of the key that votes, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    validator_key: Option<String>,
    /// Whether that key is among those that decide the next block.
    votes: bool,
}

impl Answer for NodeAnswer {
    fn to_text(&self) -> String {
        let mut facts = vec![
            ("chain", self.chain_id.clone()),
            ("node id", self.node_id.clone()),
            ("API", self.url.clone()),
            ("data folder", self.data_dir.clone()),
        ];
        facts.extend(self.validator_key.iter().map(|key| ("validator key", key.clone())));
        let facts = fields(&facts);
        if self.validator_key.is_none() || self.votes {
            return facts;
        }
        format!(
            "{facts}\nAs far as this node knows now, its key has no stake, so it follows the others. Let it vote:\n\
             \x20 faic validator possession --data-dir {} --operator ADDRESS\n\
             and bond with what that prints; see `faic wallet bond --help`.\n",
            quote(&self.data_dir)
        )
    }
}

/// Runs the node until SIGTERM or Ctrl-C.
///
/// # Errors
/// A failure that says in one line why the node does not run, or why it stopped.
pub(crate) fn run(command: &Node, output: Output) -> Result<(), Failure> {
    let settings = read_settings(command)?;
    let telemetry = Telemetry::begin(&settings.node.telemetry)?;
    runtime()?.block_on(async {
        let signals = StopSignals::catch().context("signals cannot be caught")?;
        let data_dir = settings.node.data_dir.display().to_string();
        let is_new = settings.node.genesis.is_some();
        let running = Running::start(settings, &telemetry, |path| prepare(command, path, is_new)).await?;
        output.show(&answer(&running, data_dir).await?)?;
        let stdin_ended = stdin_ended(command.until_stdin_ends);
        let stop = async {
            tokio::select! {
                () = signals.wait() => {}
                () = stdin_ended => {}
            }
        };
        Ok(running.run_until(stop).await?)
    })
}

/// Makes the validator key, where one is wanted and there is none.
fn prepare(command: &Node, path: &Path, is_new: bool) -> Result<(), PrepareError> {
    if command.validator {
        // A path without a node is most likely mistyped, unless it is said what to begin there.
        let folder = if is_new { DataFolder::open(path)? } else { DataFolder::open_existing(path)? };
        folder.create_validator_key()?;
    }
    Ok(())
}

/// What is told of a node that runs.
async fn answer(running: &Running, data_dir: String) -> Result<NodeAnswer, Failure> {
    let services = running.node().services();
    let validator = services.network.node().validator;
    let set = services.validators.at(None).await?.set;
    Ok(NodeAnswer {
        chain_id: services.transactions.chain_id().to_string(),
        node_id: running.node().id().to_string(),
        url: format!("http://{}", running.address()),
        data_dir,
        validator_key: validator.map(|key| key.to_string()),
        votes: validator.is_some_and(|key| set.get(&key).is_some()),
    })
}

/// Waits until standard input ends, where that is `wanted`; for ever otherwise.
async fn stdin_ended(wanted: bool) {
    if !wanted {
        return std::future::pending().await;
    }
    let (ended, wait) = tokio::sync::oneshot::channel();
    // A thread of its own, because a read cannot be given up and would hold up the runtime's end.
    thread::spawn(move || {
        let _unreadable_is_ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _nobody_waits = ended.send(());
    });
    let _ended_either_way = wait.await;
}

/// The settings of the file, with what stands on the command line in front.
fn read_settings(command: &Node) -> Result<Settings, Failure> {
    let from_file = match (&command.config, &command.data_dir) {
        (Some(file), _) => Some(file.clone()),
        (None, Some(folder)) => Some(folder.join(settings::FILE)).filter(|file| file.exists()),
        (None, None) => Some(folders::node()?.join(settings::FILE)).filter(|file| file.exists()),
    };
    let mut settings = match from_file {
        Some(file) => Settings::read(&file)?,
        None => Settings::on(folders::node()?),
    };
    let node = &mut settings.node;
    if let Some(folder) = &command.data_dir {
        node.data_dir.clone_from(folder);
    }
    if command.genesis.is_some() {
        node.genesis.clone_from(&command.genesis);
    }
    node.validator = command.validator || (node.validator && !command.no_validator);
    let network = &mut settings.node.network;
    for p2p in &command.p2p {
        match p2p {
            P2p::Off => network.enabled = false,
            P2p::At(_) => network.settings.listen.clear(),
        }
    }
    let given = command.p2p.iter().filter_map(|p2p| match p2p {
        P2p::Off => None,
        P2p::At(address) => Some(address.clone()),
    });
    network.settings.listen.extend(given);
    network.settings.bootstrap.extend(command.join.iter().cloned());
    if !command.join.is_empty() && !network.enabled {
        return Err(Failure::usage("--join names nodes to connect to, and this node has no network")
            .advice("leave out --join or `--p2p off`, and see `enabled` in the section [network]"));
    }
    settings.api.listen = command.http.unwrap_or(settings.api.listen);
    Ok(settings)
}
