//! `faic peers list`: who is connected.

use faic_core::Height;
use serde::Serialize;

use super::PeersOptions;
use crate::{
    client::PeerAnswer,
    failure::Failure,
    output::{Answer, Column, Output, table},
};

/// The peers of a node.
#[derive(Serialize)]
struct ListAnswer {
    /// The height of the node's last block.
    height: Height,
    /// The peers, in the order of their ids.
    peers: Vec<PeerAnswer>,
}

impl Answer for ListAnswer {
    fn to_text(&self) -> String {
        if self.peers.is_empty() {
            return "The node has no peers; connect one with `faic peers connect ADDRESS`.\n".to_owned();
        }
        let rows = self.peers.iter().map(|peer| {
            let round_trip = peer.round_trip_ms.map_or_else(|| "?".to_owned(), |ms| format!("{ms:.1} ms"));
            let behind = self.height.saturating_sub(peer.state.height);
            [
                peer.id.clone(),
                peer.address.clone(),
                peer.direction.clone(),
                round_trip,
                peer.state.node_type.clone(),
                peer.state.height.to_string(),
                behind.to_string(),
                peer.score.to_string(),
            ]
        });
        let header = ["id", "address", "direction", "round trip", "type", "height", "behind", "score"];
        let columns = [
            Column::Copied,
            Column::Copied,
            Column::Words,
            Column::Number,
            Column::Words,
            Column::Number,
            Column::Number,
            Column::Number,
        ];
        table(header, columns, rows)
    }
}

/// Prints the peers.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(super) fn run(command: &PeersOptions, output: Output) -> Result<(), Failure> {
    let client = command.node.client();
    let peers = client.peers()?;
    output.show(&ListAnswer { height: client.node()?.height, peers })
}
