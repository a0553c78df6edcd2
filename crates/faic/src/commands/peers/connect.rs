//! `faic peers connect`: a new peer by its address.

use clap::Args;
use faic_node::p2p::NodeAddress;
use serde::Serialize;

use crate::{
    commands::target::{NodeOption, TokenOption},
    failure::Failure,
    output::{Answer, Output, fields},
};

/// The options of a connection.
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// Where the other node listens, such as /ip4/192.0.2.1/tcp/8421.
    #[arg(value_name = "ADDRESS")]
    address: NodeAddress,

    /// Which node connects.
    #[command(flatten)]
    node: NodeOption,

    /// Where its token is.
    #[command(flatten)]
    token: TokenOption,
}

/// Who answered.
#[derive(Serialize)]
struct ConnectAnswer {
    /// The id of the other node.
    id: String,
}

impl Answer for ConnectAnswer {
    fn to_text(&self) -> String {
        fields(&[("connected to", self.id.clone())])
    }
}

/// Connects.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(super) fn run(command: &Connect, output: Output) -> Result<(), Failure> {
    let token = command.token.read()?;
    let id = command.node.client().connect_peer(&command.address, &token)?;
    output.show(&ConnectAnswer { id })
}
