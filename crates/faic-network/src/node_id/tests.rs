//! Tests of the spelling of node ids.

use faic_core::SecretKey;
use libp2p::identity::Keypair;

use super::{NodeId, NodeIdError};

/// The id of the key of a small seed.
fn id(seed: u8) -> NodeId {
    NodeId::new(SecretKey::from_seed(&[seed; 32]).public_key())
}

/// Our spelling of a key is libp2p's, and reads back.
#[test]
fn spelling_is_libp2p_s() {
    let keypair = Keypair::ed25519_from_bytes([7; 32]).unwrap();
    let node = id(7);
    assert_eq!(node.to_string(), keypair.public().to_peer_id().to_string());
    assert!(node.to_string().starts_with("12D3Koo"));
    assert_eq!(node.to_string().parse(), Ok(node));
    assert_eq!(NodeId::from_peer_id(&node.peer_id()), Ok(node));
    assert!(node.to_string().ends_with(&node.short()));
}

/// Texts that name no node are refused with the reason.
#[test]
fn other_ids_are_refused() {
    assert_eq!("".parse::<NodeId>(), Err(NodeIdError::NotPeerId));
    assert_eq!("12D3KooW".parse::<NodeId>(), Err(NodeIdError::NotPeerId));
    let of_rsa = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";
    assert_eq!(of_rsa.parse::<NodeId>(), Err(NodeIdError::OtherKey));
    let of_no_key = [super::PEER_ID_PREFIX.as_slice(), &[0; 32]].concat();
    let peer = libp2p::PeerId::from_bytes(&of_no_key).unwrap();
    assert_eq!(NodeId::from_peer_id(&peer), Err(NodeIdError::BadKey));
}
