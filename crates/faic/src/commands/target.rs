//! Which node a command talks to, how long it waits, and what shows that it may change what the node does.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use faic_node::data_folder::TOKEN_FILE;
use zeroize::Zeroizing;

use crate::{
    client::{Client, NodeUrl},
    failure::{Context, Failure},
    folders,
    patience::Patience,
    secrets::Secret,
};

/// The longest that a command can be told to wait: a day.
const TIMEOUT_SECONDS_MAX: u64 = 24 * 60 * 60;

/// How long a command waits.
#[derive(Debug, Args)]
pub(super) struct TimeoutOption {
    /// How many seconds to wait in all: for the node, for other commands, and for what is to happen; of several
    /// transactions, accounts, pages or blocks, for the next one. At most a day.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=TIMEOUT_SECONDS_MAX))]
    timeout: u64,
}

impl TimeoutOption {
    /// So much for all waits together.
    pub(super) fn patience(&self) -> Patience {
        Patience::of(Duration::from_secs(self.timeout))
    }
}

/// Which node is asked.
#[derive(Debug, Args)]
pub(super) struct NodeOption {
    /// The node to talk to.
    #[arg(long, value_name = "URL", env = "FAIC_NODE", default_value = "http://127.0.0.1:8420")]
    pub(super) node: NodeUrl,

    /// The certificates, in PEM, of those who vouch for a node at https:// [default: those of the operating system].
    #[arg(long, value_name = "FILE", env = "FAIC_NODE_CA")]
    node_ca: Option<PathBuf>,

    /// How long it is waited for.
    #[command(flatten)]
    timeout: TimeoutOption,
}

impl NodeOption {
    /// A client of that node, which waits no longer than it was told to.
    pub(super) fn client(&self) -> Client {
        Client::new(self.node.clone()).with_authorities(self.node_ca.clone()).within(self.timeout.patience())
    }
}

/// Where the node's token is, which only those have who may read its data folder.
#[derive(Debug, Args)]
pub(super) struct TokenOption {
    /// The file with the node's token [default: api.token in the data folder].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// The node's data folder [default: the user's, such as ~/.local/share/faic/node].
    #[arg(long, value_name = "DIR", conflicts_with = "token_file")]
    data_dir: Option<PathBuf>,
}

impl TokenOption {
    /// Reads the token.
    ///
    /// # Errors
    /// A failure that names the file.
    pub(super) fn read(&self) -> Result<Zeroizing<String>, Failure> {
        let in_folder = || self.data_dir.clone().map_or_else(folders::node, Ok).map(|folder| folder.join(TOKEN_FILE));
        let file = self.token_file.clone().map_or_else(in_folder, Ok)?;
        Secret::Token
            .read(Some(&file), "token of the node")
            .advice("name it with --token-file, or the node's data folder with --data-dir")
    }
}
