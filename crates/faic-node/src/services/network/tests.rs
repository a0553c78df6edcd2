//! Tests of the service: what it tells, and which codes its refusals have.

use std::sync::Arc;

use faic_network::{NetworkError, NetworkMessage, NodeAddress, P2PNetworkInterface};
use tokio::sync::watch;

use super::{NODES_KEPT_FOR, NetworkService};
use crate::{
    ErrorCode, FaicError,
    network::{Offline, P2PNetwork},
    sync::{Heads, SyncStatus},
    testing::{FakeNetwork, chain, chain_id, node},
};

/// A service over that network, whose peers told these heights.
fn service(interface: Arc<dyn P2PNetworkInterface>, is_enabled: bool, heads: Heads) -> NetworkService {
    let network = P2PNetwork {
        node_id: node(100),
        validator: None,
        consensus: None,
        is_enabled,
        interface,
        heads: watch::Sender::new(heads).subscribe(),
        sync: watch::Sender::new(SyncStatus::default()).subscribe(),
    };
    NetworkService::new(chain(), chain_id(), Arc::new(network))
}

/// The code of a refusal.
fn code<T>(refused: Result<T, FaicError>) -> Option<ErrorCode> {
    refused.err().map(|error| error.code())
}

/// A node without a network says so, and answers what needs none.
#[tokio::test]
async fn without_network() {
    let service = service(Arc::new(Offline(node(100))), false, Heads::new());
    let view = service.node();
    assert_eq!((view.is_networked, view.peers, view.sync.is_done()), (false, 0, true));
    assert!(service.peers().await.unwrap().is_empty() && service.nodes().await.unwrap().is_empty());
    let address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    assert_eq!(code(service.connect(address).await), Some(ErrorCode::NetworkDisabled));
    assert_eq!(code(service.sync().await), Some(ErrorCode::NetworkDisabled));
    assert_eq!(code(service.state_of(node(1)).await), Some(ErrorCode::NodeUnknown));
    assert_eq!(code(service.disconnect(node(1)).await), Some(ErrorCode::NodeUnknown));
}

/// Peers are told of, and the synchronisation aims at the highest of them.
#[tokio::test]
async fn with_network() {
    let network = Arc::new(FakeNetwork::default());
    network.add(node(1), |_| Ok(NetworkMessage::refused("no")));
    let service = service(network, true, Heads::from([(node(1), 7), (node(2), 5)]));
    assert_eq!(service.node().peers, 2);
    assert_eq!(service.sync().await.unwrap().target, 7);
    assert_eq!(service.nodes().await.unwrap().len(), 1);
    assert!(service.state_of(node(1)).await.is_ok());
    let address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    assert_eq!(code(service.connect(address).await), Some(ErrorCode::PeerUnreachable));
    service.disconnect(node(1)).await.unwrap();
    assert_eq!(code(service.disconnect(node(1)).await), Some(ErrorCode::NodeUnknown));
}

/// Errors of the network have the code that says what to do.
#[test]
fn codes() {
    let banned = NetworkError::Banned { node: node(1), reason: "it lied".to_owned() };
    let refused = NetworkError::Refused { node: node(1), reason: "another chain".to_owned() };
    let address: NodeAddress = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
    let undialable = NetworkError::Undialable { reason: address.check_dialable().unwrap_err(), address };
    for (error, code) in [
        (undialable, ErrorCode::InvalidNodeAddress),
        (banned, ErrorCode::PeerBanned),
        (refused, ErrorCode::PeerRefused),
        (NetworkError::Timeout, ErrorCode::PeerUnreachable),
        (NetworkError::Full, ErrorCode::Overloaded),
        (NetworkError::Stopped, ErrorCode::ShuttingDown),
    ] {
        assert_eq!(FaicError::from(error).code(), code);
    }
}

/// However often somebody asks, the peers are asked once in a while.
#[tokio::test(start_paused = true)]
async fn nodes_are_kept_for_a_while() {
    let network = Arc::new(FakeNetwork::default());
    network.add(node(1), |_| Ok(NetworkMessage::refused("no")));
    let service = service(Arc::clone(&network) as _, true, Heads::new());
    assert_eq!(service.nodes().await.unwrap().len(), 1);
    network.add(node(2), |_| Ok(NetworkMessage::refused("no")));
    assert_eq!(service.nodes().await.unwrap().len(), 1);
    tokio::time::advance(NODES_KEPT_FOR).await;
    assert_eq!(service.nodes().await.unwrap().len(), 2);
}
