//! Tests of bans.

use std::{net::IpAddr, time::Duration};

use faic_core::SecretKey;
use tokio::time::Instant;

use super::{BANS_MAX, Bans, STRIKES_MAX};
use crate::{NodeId, samples::node};

/// How long bans last here.
const MINUTE: Duration = Duration::from_secs(60);

/// A ban has a reason and an end, and can be lifted.
#[test]
fn ban_ends() {
    let now = Instant::now();
    let mut bans = Bans::default();
    bans.ban(node(1), None, "garbage", MINUTE, now);
    assert_eq!(bans.node(&node(1), now).map(|ban| ban.reason.as_str()), Some("garbage"));
    assert!(bans.node(&node(2), now).is_none());
    assert!(bans.node(&node(1), now + MINUTE).is_none());
    assert!(bans.lift(&node(1)) && !bans.lift(&node(1)));
    assert!(bans.node(&node(1), now).is_none());
}

/// An address is banned with the fourth node that was banned there; loopback never is.
#[test]
fn addresses_are_banned_in_the_end() {
    let now = Instant::now();
    let mut bans = Bans::default();
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    let loopback: IpAddr = "127.0.0.1".parse().unwrap();
    for seed in 1..=STRIKES_MAX {
        assert!(!bans.is_address_banned(&address, now));
        let seed = u8::try_from(seed).unwrap();
        bans.ban(node(seed), Some(address), "garbage", MINUTE, now);
        bans.ban(node(seed + 100), Some(loopback), "garbage", MINUTE, now);
    }
    assert!(bans.is_address_banned(&address, now));
    assert!(!bans.is_address_banned(&loopback, now));
    bans.expire(now + MINUTE);
    assert!(!bans.is_address_banned(&address, now));
    assert_eq!(bans.nodes(now).count(), 0);
}

/// A node that is banned again and again does not ban its address, whatever others live there.
#[test]
fn one_node_does_not_ban_its_address() {
    let now = Instant::now();
    let mut bans = Bans::default();
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    for _ in 0..2 * STRIKES_MAX {
        bans.ban(node(1), Some(address), "garbage", MINUTE, now);
    }
    assert!(!bans.is_address_banned(&address, now));
}

/// One ban more than are remembered drops the one that ends first.
#[test]
fn memory_is_bounded() {
    let now = Instant::now();
    let mut bans = Bans::default();
    let id = |number: u32| {
        let mut seed = [0; 32];
        seed[..4].copy_from_slice(&number.to_le_bytes());
        NodeId::new(SecretKey::from_seed(&seed).public_key())
    };
    let most = u32::try_from(BANS_MAX).unwrap();
    for number in 0..=most {
        bans.ban(id(number), None, "garbage", MINUTE + Duration::from_secs(u64::from(number)), now);
    }
    assert_eq!(bans.nodes(now).count(), BANS_MAX);
    assert!(bans.node(&id(0), now).is_none());
    assert!(bans.node(&id(most), now).is_some());
    bans.ban(id(most), None, "garbage", MINUTE, now);
    assert_eq!(bans.nodes(now).count(), BANS_MAX);
}
