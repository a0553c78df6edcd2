//! `faic init`: a data folder with everything that a node needs.
//!
//! What is there already stays, so the command may be repeated: first to make the keys that a genesis document names, then
//! with that document.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use faic_node::DataFolder;
use serde::Serialize;

use crate::{
    failure::{Context, Failure},
    folders, genesis_document,
    output::{Answer, Output, fields},
    settings,
    shell::quote,
};

/// The options of a new data folder.
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The folder, made where it is not there [default: the user's data folder, such as ~/.local/share/faic/node].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// The genesis document of the network, of which the folder keeps a copy.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
}

/// What is in the folder.
#[derive(Serialize)]
struct InitAnswer {
    /// The folder.
    data_dir: String,
    /// The configuration file.
    config: String,
    /// The file with the token of the API.
    token_file: String,
    /// The node's id.
    node_id: String,
    /// The public half of the key that votes, for a genesis document.
    validator_key: String,
    /// The chain that the folder belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_id: Option<String>,
    /// The id of its genesis document.
    #[serde(skip_serializing_if = "Option::is_none")]
    genesis: Option<String>,
}

impl Answer for InitAnswer {
    fn to_text(&self) -> String {
        let none = || "none yet: run this again with --genesis".to_owned();
        let facts = fields(&[
            ("data folder", self.data_dir.clone()),
            ("configuration", self.config.clone()),
            ("API token", self.token_file.clone()),
            ("node id", self.node_id.clone()),
            ("validator key", self.validator_key.clone()),
            ("chain", self.chain_id.clone().unwrap_or_else(none)),
            ("genesis", self.genesis.clone().unwrap_or_else(none)),
        ]);
        let next = if self.genesis.is_some() {
            format!("Start the node with: faic node --data-dir {}", quote(&self.data_dir))
        } else {
            format!(
                "Name the validator key in a genesis document: faic genesis new --validator {},…",
                self.validator_key
            )
        };
        format!("{facts}\n{next}\n")
    }
}

/// Makes the folder.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Init, output: Output) -> Result<(), Failure> {
    let path = command.data_dir.clone().map_or_else(folders::node, Ok)?;
    let genesis = command.genesis.as_deref().map(genesis_document::read).transpose()?;
    let folder = DataFolder::open(&path)?;
    if let Some(genesis) = &genesis {
        folder.bind(genesis)?;
    }
    let genesis = folder.genesis()?;
    let config = path.join(settings::FILE);
    write_template(&config)
        .context(format!("{} cannot be written", config.display()))
        .advice("check the folder's permissions and its disk, and run this again")?;
    let validator_key = folder.create_validator_key()?.public_key();
    if let Some(genesis) = genesis.as_ref().filter(|genesis| genesis.validators.get(&validator_key).is_none()) {
        output.note(&format!(
            "warning: the genesis document of {} does not name this folder's validator key, so a node on it follows the others' blocks",
            genesis.chain_id
        ));
    }
    folder.api_token()?;
    output.show(&InitAnswer {
        data_dir: path.display().to_string(),
        config: config.display().to_string(),
        token_file: folder.token_path().display().to_string(),
        node_id: faic_node::p2p::NodeId::new(folder.node_key()?.public_key()).to_string(),
        validator_key: validator_key.to_string(),
        chain_id: genesis.as_ref().map(|genesis| genesis.chain_id.to_string()),
        genesis: genesis.map(|genesis| genesis.id().to_string()),
    })
}

/// Writes the configuration file, unless there is one.
fn write_template(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(settings::TEMPLATE.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
