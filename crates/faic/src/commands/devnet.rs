//! `faic devnet`: keeps a development network of several validators running, each a real process.
//!
//! Everything on it is public and worth nothing. Any of the processes may be killed and started again by hand; this
//! program says so when it sees one end, and stops them all on Ctrl-C.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use faic_node::dev;
use serde::Serialize;
use tokio::time::interval;

use crate::{
    cluster::{Cluster, Ports},
    failure::{Context, Failure},
    output::{Answer, Output, table},
    running::{StopSignals, runtime},
    shell::quote,
};

/// How often the processes are looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// The options of a development network of several validators.
#[derive(Debug, Args)]
pub(crate) struct Devnet {
    /// How many validators there are, of equal stake; with four or more, one may fail.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=i64::from(dev::VALIDATORS_MAX)))]
    nodes: u8,

    /// The folder with the data folders of all nodes, kept between starts [default: a temporary one].
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,

    /// The port of the first node's API; its peers are at the next, and every further node's ten higher. 0 takes any
    /// that are free.
    #[arg(long, value_name = "PORT", default_value_t = 8420)]
    port: u16,
}

/// A network that runs.
#[derive(Serialize)]
struct DevnetAnswer {
    /// The chain.
    chain_id: String,
    /// The mnemonic of the rich accounts.
    public_mnemonic: &'static str,
    /// The nodes.
    nodes: Vec<NodeItem>,
}

/// A node of the network.
#[derive(Serialize)]
struct NodeItem {
    /// Its number.
    number: u8,
    /// Where its API answers.
    url: String,
    /// Where it listens for peers.
    p2p: String,
    /// The number of its process.
    pid: Option<u32>,
    /// Its data folder.
    data_dir: String,
    /// The file with its log lines.
    log: String,
}

impl Answer for DevnetAnswer {
    fn to_text(&self) -> String {
        let rows = self.nodes.iter().map(|node| {
            let pid = node.pid.map_or_else(|| "ended".to_owned(), |pid| pid.to_string());
            [node.number.to_string(), node.url.clone(), node.p2p.clone(), pid, node.data_dir.clone()]
        });
        let last = self.nodes.last().map(|node| (node.url.as_str(), node.pid, node.data_dir.as_str()));
        let (url, pid, folder) = last.unwrap_or_default();
        let folder = quote(folder);
        let kill = pid.map(|pid| format!("  kill -9 {pid}\n")).unwrap_or_default();
        format!(
            "{}\nThe chain is {}. Its rich accounts have the public mnemonic of every development network:\n  {}\n\n\
             Look at it, pay from one node and read at another, end a node and start it again:\n\
             \x20 curl -s {url}/v1/status\n\
             \x20 curl -s {url}/v1/node/peers\n\
             {kill}\
             \x20 faic node --data-dir {folder}\n\n\
             Ctrl-C stops the nodes that this program started; stop one that you started again yourself.\n",
            table(["node", "API", "peers", "pid", "data folder"], &[0, 3], rows),
            self.chain_id,
            self.public_mnemonic,
        )
    }
}

/// Runs the network until SIGTERM or Ctrl-C.
///
/// # Errors
/// A failure that says in one line which node does not run, and why.
pub(crate) fn run(command: &Devnet, output: Output) -> Result<(), Failure> {
    let ports = if command.port == 0 { Ports::Free } else { Ports::From(command.port) };
    let runtime = runtime()?;
    // Caught before anything is made or started, so that nothing is left behind.
    let signals = runtime.block_on(async { StopSignals::catch() }).context("signals cannot be caught")?;
    let mut cluster = Cluster::prepare(command.dir.as_deref(), command.nodes, ports)?;
    cluster.start()?;
    let status =
        cluster.members().first().map(|member| member.client()?.status().map_err(Failure::from)).transpose()?;
    output.show(&DevnetAnswer {
        chain_id: status.map(|status| status.chain_id.to_string()).unwrap_or_default(),
        public_mnemonic: dev::PUBLIC_MNEMONIC,
        nodes: cluster.members().iter().map(NodeItem::of).collect(),
    })?;
    runtime.block_on(watch(&mut cluster, signals, output))?;
    output.note("stopping all nodes …");
    cluster.stop()
}

/// Tells of every node that ends, until a signal comes.
async fn watch(cluster: &mut Cluster, signals: StopSignals, output: Output) -> Result<(), Failure> {
    let mut glances = interval(GLANCE);
    let mut stop = std::pin::pin!(signals.wait());
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            _ = glances.tick() => {}
        }
        for member in cluster.members_mut() {
            if let Some(status) = member.ended()? {
                output.note(&format!(
                    "node {} ended with {status}; start it again with: faic node --data-dir {}",
                    member.number,
                    quote(&member.folder.display().to_string())
                ));
            }
        }
    }
}

impl NodeItem {
    /// What there is to know of a node.
    fn of(member: &crate::cluster::Member) -> Self {
        Self {
            number: member.number,
            url: member.url(),
            p2p: member.p2p.to_string(),
            pid: member.pid(),
            data_dir: member.folder.display().to_string(),
            log: member.log().display().to_string(),
        }
    }
}
