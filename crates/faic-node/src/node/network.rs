//! How a node joins its network.

use std::{path::PathBuf, sync::Arc};

use faic_core::{ChainId, Hash, SecretKey};
use faic_network::{BasicNetwork, ChainInfo, Inbox, NodeId, P2PNetworkInterface, Setup};

use super::StartError;
use crate::{
    inbox::NodeInbox,
    network::{Config, Offline},
    supervision::{Stage, Supervisor},
};

/// Makes a network for the node of a key, whose messages reach the inbox.
pub type MakeNetwork = Box<dyn FnOnce(SecretKey, Arc<dyn Inbox>) -> Arc<dyn P2PNetworkInterface> + Send>;

/// Which network a node joins.
pub enum Peering {
    /// The one that its configuration names.
    Configured,
    /// Another, whatever the configuration says.
    Given(MakeNetwork),
}

/// Where a node belongs.
pub(super) struct Place {
    /// The key by which peers know it.
    pub(super) key: SecretKey,
    /// Its chain.
    pub(super) chain_id: ChainId,
    /// The id of the chain's genesis.
    pub(super) genesis: Hash,
    /// Its data folder.
    pub(super) folder: PathBuf,
}

/// Joins the network; its task is the last to end.
pub(super) async fn join(
    peering: Peering,
    config: Config,
    place: Place,
    inbox: &Arc<NodeInbox>,
    supervisor: &mut Supervisor,
) -> Result<Arc<dyn P2PNetworkInterface>, StartError> {
    let Place { key, chain_id, genesis, folder } = place;
    let inbox: Arc<dyn Inbox> = Arc::clone(inbox) as _;
    match peering {
        Peering::Given(make) => Ok(make(key, inbox)),
        Peering::Configured if config.enabled => {
            let chain = ChainInfo { id: chain_id, genesis };
            let setup = Setup { config: config.settings, key, chain, folder: Some(folder), inbox };
            let (network, task) = BasicNetwork::start(setup).await?;
            supervisor.spawn_in(Stage::Network, "network", task.run(supervisor.stop_of(Stage::Network)));
            Ok(Arc::new(network))
        }
        Peering::Configured => Ok(Arc::new(Offline(NodeId::new(key.public_key())))),
    }
}
