//! `faic peers nodes`: every node that is known, connected or not.

use serde::Serialize;

use super::PeersOptions;
use crate::{
    client::KnownNode,
    failure::Failure,
    output::{Answer, Column, Output, table},
};

/// The known nodes.
#[derive(Serialize)]
struct NodesAnswer {
    /// The nodes, without the one that was asked.
    nodes: Vec<KnownNode>,
}

impl Answer for NodesAnswer {
    fn to_text(&self) -> String {
        if self.nodes.is_empty() {
            return "The node knows no other.\n".to_owned();
        }
        let rows = self.nodes.iter().map(|node| {
            let (kind, height) = match &node.state {
                Some(state) => (state.node_type.clone(), state.height.to_string()),
                None => ("?".to_owned(), "?".to_owned()),
            };
            [node.id.clone(), kind, height, node.addresses.join(" ")]
        });
        table(
            ["id", "type", "height", "addresses"],
            [Column::Copied, Column::Words, Column::Number, Column::Copied],
            rows,
        )
    }
}

/// Prints the nodes.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(super) fn run(command: &PeersOptions, output: Output) -> Result<(), Failure> {
    output.show(&NodesAnswer { nodes: command.node.client().known_nodes()? })
}
