//! How the trust in a chain begins: at what a person named, at what this program knows, or on the word of the first node.

use std::path::Path;

use faic_core::{ChainId, Hash, Height, Network, light_client::Head};
use faic_node::{dev, genesis::Genesis};
use serde::{Deserialize, Serialize};

use super::file;
use crate::{
    client::{Client, ClientError, Status},
    failure::{Code, Failure},
    genesis_document,
    outbox::hash_text,
    output::Output,
};

/// Where the trust in a chain began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Beginning {
    /// At a genesis document, which a person named or which this program knows.
    Genesis {
        /// Its id.
        #[serde(with = "hash_text")]
        id: Hash,
    },
    /// At a block that a person named.
    Checkpoint {
        /// Its height.
        height: Height,
        /// Its id.
        #[serde(with = "hash_text")]
        id: Hash,
    },
    /// At what the first node that was asked said.
    #[default]
    FirstUse,
}

/// Refuses a node that names a chain which is known on another network: what is signed for the one would hold on the other.
///
/// `folder` is that in which trust is kept.
///
/// # Errors
/// [`Code::NodeNotTrusted`] names the other network.
pub(super) fn check_network(folder: &Path, status: &Status) -> Result<(), Failure> {
    let Status { network, chain_id, .. } = status;
    let refuse = |other: Network, why: String| {
        let message = format!(
            "the node says that the chain {chain_id} is of the {network} network, and {why} it is of the {other} network; do \
             not use it"
        );
        Failure::new(Code::NodeNotTrusted, message)
    };
    if *network != Network::Dev && dev_validators(chain_id).is_some() {
        return Err(refuse(Network::Dev, "everybody knows that".to_owned()));
    }
    for other in Network::ALL.into_iter().filter(|other| other != network) {
        let file = folder.join(other.to_string()).join(format!("{chain_id}.json"));
        if file.exists() {
            return Err(refuse(other, "what was trusted before says that".to_owned())
                .advice(format!("where that was a mistake, remove {}", file.display())));
        }
    }
    Ok(())
}

/// Whether a development network has begun anew since a block of it was seen: its newest block is lower and younger. One
/// that is lower and older is an old answer.
pub(super) fn has_begun_anew(head: &Head, client: &Client, status: &Status) -> Result<bool, ClientError> {
    if status.height >= head.height {
        return Ok(false);
    }
    let newest = client.newest_light_block()?.header;
    Ok(newest.height < head.height && newest.time_ms > head.time_ms)
}

/// Whether a node may be believed once: by a person, who is told so, and for the first chain of a network. Development
/// networks come and go, and their money is worth nothing.
pub(super) fn check_first_use(
    file: &Path,
    chain_id: &ChainId,
    network: Network,
    output: Output,
) -> Result<(), Failure> {
    if network == Network::Dev {
        return Ok(());
    }
    let advice = format!(
        "name a block of {chain_id} with --checkpoint HEIGHT:ID or its document with --genesis FILE, which you have from \
         somebody you trust, or take the node's word with --unverified"
    );
    let refuse = |message: String| Err(Failure::new(Code::CheckpointNeeded, message).advice(advice));
    if let Some(other) = file.parent().and_then(file::of_some_chain) {
        return refuse(format!(
            "the node follows {chain_id}, and of the {network} network another chain is known already, in {}",
            other.display()
        ));
    }
    match output {
        Output::People => Ok(()),
        Output::Json => refuse(format!("nothing is known of the chain {chain_id} yet")),
    }
}

/// Reads a genesis document, which must be that of the node's chain.
pub(super) fn named_genesis(path: &Path, status: &Status) -> Result<Genesis, Failure> {
    let genesis = genesis_document::read(path)?;
    let (id, chain_id, network) = (genesis.id(), &genesis.chain_id, genesis.network);
    // Transactions are signed for the chain, and addresses written for the network, that the status names.
    if (id, chain_id, network) != (status.genesis, &status.chain_id, status.network) {
        let message = format!(
            "the node follows the chain {} of the genesis document {} and the {} network, and not {chain_id} of {id} and \
             the {network} network in {}",
            status.chain_id,
            status.genesis,
            status.network,
            path.display()
        );
        return Err(Failure::new(Code::NodeNotTrusted, message).advice("ask another node, or name another document"));
    }
    Ok(genesis)
}

/// The beginning of a development network, which everybody knows.
pub(super) fn known_genesis(status: &Status) -> Option<Head> {
    if status.network != Network::Dev {
        return None;
    }
    let genesis = dev::genesis_of(dev_validators(&status.chain_id)?);
    (genesis.id() == status.genesis).then(|| Head::genesis(genesis.id(), genesis.validators.clone()))
}

/// How many validators the development network of that name has; `None` for the name of another chain.
fn dev_validators(chain_id: &ChainId) -> Option<u8> {
    match chain_id.as_str().strip_prefix(dev::CHAIN_ID)? {
        "" => Some(1),
        number => number.strip_prefix('-')?.parse().ok().filter(|number| (2..=dev::VALIDATORS_MAX).contains(number)),
    }
}
