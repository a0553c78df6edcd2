//! `faic peers disconnect`: a peer less.

use clap::Args;
use faic_node::p2p::NodeId;
use serde::Serialize;

use super::parse_id;
use crate::{
    commands::target::{NodeOption, TokenOption},
    failure::Failure,
    output::{Answer, Output, fields},
};

/// The options of a disconnection.
#[derive(Debug, Args)]
pub(crate) struct Disconnect {
    /// The id of the peer.
    #[arg(value_name = "ID", value_parser = parse_id)]
    id: NodeId,

    /// Whose peer it is.
    #[command(flatten)]
    node: NodeOption,

    /// Where that node's token is.
    #[command(flatten)]
    token: TokenOption,
}

/// Who was disconnected.
#[derive(Serialize)]
struct DisconnectAnswer {
    /// The id of the other node.
    id: String,
}

impl Answer for DisconnectAnswer {
    fn to_text(&self) -> String {
        fields(&[("disconnected", self.id.clone())])
    }
}

/// Disconnects.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(super) fn run(command: &Disconnect, output: Output) -> Result<(), Failure> {
    let token = command.token.read()?;
    command.node.client().disconnect_peer(&command.id, &token)?;
    output.show(&DisconnectAnswer { id: command.id.to_string() })
}
