//! `faic status`: how a node stands.

use clap::Args;
use serde::Serialize;

use super::target::NodeOption;
use crate::{
    client::{NodeAnswer, SyncAnswer},
    failure::Failure,
    output::{Answer, Output, fields},
};

/// The options of a status.
#[derive(Debug, Args)]
pub(crate) struct StatusCommand {
    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,
}

/// How a node stands.
#[derive(Serialize)]
struct StatusAnswer {
    /// What it says about itself.
    #[serde(flatten)]
    node: NodeAnswer,
    /// Whether its validator key is among those that decide the next block; absent for a node without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<bool>,
}

impl Answer for StatusAnswer {
    fn to_text(&self) -> String {
        let node = &self.node;
        let mut facts = vec![
            ("node id", node.id.clone()),
            ("type", format!("{} {}", node.node_type, node.version)),
            ("chain", node.chain_id.clone()),
            ("height", node.height.to_string()),
            ("head", node.head.to_string()),
            ("peers", if node.networked { node.peers.to_string() } else { "no network".to_owned() }),
            ("sync", progress(&node.sync)),
            ("load", format!("{} %", node.load_percent)),
        ];
        facts.extend(node.addresses.iter().map(|address| ("listens at", address.clone())));
        if let (Some(key), Some(votes)) = (&node.validator, self.votes) {
            let role = if votes { "votes" } else { "does not vote: it has too little stake, or is jailed" };
            facts.push(("validator key", format!("{key} ({role})")));
        }
        fields(&facts)
    }
}

/// How far a node is behind its peers, in words.
pub(super) fn progress(sync: &SyncAnswer) -> String {
    if sync.done {
        return "has all that its peers tell of".to_owned();
    }
    let behind = sync.target.saturating_sub(sync.height);
    let pace = if sync.blocks_per_second > 0.0 {
        format!(", {:.0} blocks a second", sync.blocks_per_second)
    } else {
        String::new()
    };
    let estimate = sync.eta_ms.map(|eta| format!(", about {} s left", eta.div_ceil(1_000))).unwrap_or_default();
    format!("{behind} blocks behind height {}{pace}{estimate}", sync.target)
}

/// Prints how the node stands.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &StatusCommand, output: Output) -> Result<(), Failure> {
    let client = command.node.client();
    let node = client.node()?;
    let votes = match &node.validator {
        Some(key) => Some(client.validators(None)?.validators.iter().any(|validator| validator.key == *key)),
        None => None,
    };
    output.show(&StatusAnswer { node, votes })
}
