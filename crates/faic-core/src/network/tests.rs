//! Tests of networks and chain ids.

use super::{ChainId, ChainIdError, Network};

/// Every network is found again by its name.
#[test]
fn names_round_trip() {
    for network in Network::ALL {
        assert_eq!(network.name().parse(), Ok(network));
    }
    assert!("Main".parse::<Network>().is_err());
}

/// The limits of a chain id hold for text and for bytes.
#[test]
fn chain_id_limits() {
    let longest = "a".repeat(32);
    let id = ChainId::new(longest.clone()).unwrap();
    assert_eq!(borsh::from_slice::<ChainId>(&borsh::to_vec(&id).unwrap()).unwrap(), id);
    for bad in ["", "UPPER", "with space", "ünïcode", &format!("{longest}a")] {
        assert_eq!(ChainId::new(bad), Err(ChainIdError), "{bad}");
        assert!(borsh::from_slice::<ChainId>(&borsh::to_vec(&bad.to_owned()).unwrap()).is_err());
    }
    assert!(borsh::from_slice::<ChainId>(&u32::MAX.to_le_bytes()).is_err());
}
