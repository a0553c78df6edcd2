//! `faic peers`: the other nodes, as a running node sees them.

use clap::{Args, Subcommand};
use faic_node::p2p::NodeId;

use super::target::NodeOption;
use crate::{failure::Failure, output::Output};

mod connect;
mod disconnect;
mod list;
mod nodes;
mod state;
mod sync;

/// What can be asked and changed about a node's peers.
#[derive(Debug, Subcommand)]
pub(crate) enum Peers {
    /// List the connected peers.
    List(PeersOptions),
    /// Connect to a node, and redial it from now on.
    Connect(connect::Connect),
    /// Close the connection to a peer, which may come back by itself.
    Disconnect(disconnect::Disconnect),
    /// Show what a node says about itself.
    State(state::State),
    /// List all nodes that the node and its peers know.
    Nodes(PeersOptions),
    /// Ask all peers how far they are, and wait until the node has caught up.
    Sync(sync::Sync),
}

/// The options of a list.
#[derive(Debug, Args)]
pub(crate) struct PeersOptions {
    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,
}

/// Does what a command about peers asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Peers, output: Output) -> Result<(), Failure> {
    match command {
        Peers::List(command) => list::run(command, output),
        Peers::Connect(command) => connect::run(command, output),
        Peers::Disconnect(command) => disconnect::run(command, output),
        Peers::State(command) => state::run(command, output),
        Peers::Nodes(command) => nodes::run(command, output),
        Peers::Sync(command) => sync::run(command, output),
    }
}

/// Reads the id of a node.
fn parse_id(text: &str) -> Result<NodeId, String> {
    text.parse().map_err(|_| "a node's id looks like 12D3KooW…; `faic peers list` shows them".to_owned())
}
