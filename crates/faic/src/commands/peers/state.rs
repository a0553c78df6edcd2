//! `faic peers state`: what a node says about itself.

use clap::Args;
use faic_node::p2p::NodeId;
use serde::Serialize;

use super::parse_id;
use crate::{
    client::NodeStateAnswer,
    commands::target::NodeOption,
    failure::Failure,
    output::{Answer, Output, fields},
};

/// The options of a question.
#[derive(Debug, Args)]
pub(crate) struct State {
    /// The id of the other node: a peer is asked now, of another is told what was last heard.
    #[arg(value_name = "ID", value_parser = parse_id)]
    id: NodeId,

    /// Which node asks it.
    #[command(flatten)]
    node: NodeOption,
}

/// What a node says about itself.
#[derive(Serialize)]
struct StateAnswer {
    /// Its id.
    id: String,
    /// What it says.
    #[serde(flatten)]
    state: NodeStateAnswer,
}

impl Answer for StateAnswer {
    fn to_text(&self) -> String {
        let state = &self.state;
        let mut facts = vec![
            ("node id", self.id.clone()),
            ("type", format!("{} {}", state.node_type, state.version)),
            ("chain", state.chain_id.clone()),
            ("height", state.height.to_string()),
            ("head", state.head.to_string()),
            ("load", format!("{} %", state.load_percent)),
        ];
        facts.extend(state.validator.iter().map(|key| ("validator key", key.clone())));
        fields(&facts)
    }
}

/// Prints what it says.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(super) fn run(command: &State, output: Output) -> Result<(), Failure> {
    let state = command.node.client().peer_state(&command.id)?;
    output.show(&StateAnswer { id: command.id.to_string(), state })
}
