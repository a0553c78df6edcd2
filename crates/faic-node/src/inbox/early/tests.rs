//! Tests of waiting in a lane.

use super::{Early, LANES_MAX, WAITING_MAX};
use crate::testing::address;
use faic_core::Address;

/// A lane wakes those that wait in it, and nobody else.
#[test]
fn lanes_wake() {
    let early = Early::default();
    let mut here = early.wait((address(1), 0)).unwrap();
    let mut there = early.wait((address(1), 1)).unwrap();
    early.wake(&(address(1), 0));
    early.wake(&(address(2), 0));
    assert!(here.has_changed().unwrap() && !there.has_changed().unwrap());
    here.mark_unchanged();
    there.mark_unchanged();
}

/// One lane too many, and one in a lane too many, do not wait; room that is left is given again.
#[test]
fn waiting_is_bounded() {
    let early = Early::default();
    let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| early.wait((address(1), 0)).unwrap()).collect();
    assert!(early.wait((address(1), 0)).is_none());
    let other = |number: usize| Address::from_bytes([u8::try_from(number % 251).unwrap(); 32]);
    let lane = |number: usize| (other(number), u8::try_from(number / 251).unwrap());
    waiting.extend((1..LANES_MAX).map(|number| early.wait(lane(number)).unwrap()));
    assert!(early.wait(lane(LANES_MAX)).is_none());
    drop(waiting);
    assert!(early.wait(lane(LANES_MAX)).is_some());
}
