//! Tests of the snapshot that a node gives: how long it is kept.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, advance};

use super::{ASKED_FOR, HELD_MAX, OFFERED, Snapshots};
use crate::testing::{chain, grow};

/// One is offered to everybody until it is old, and longer while it is asked for, but not for ever.
#[tokio::test(start_paused = true)]
async fn one_is_open_for_a_while() {
    let (chain, snapshots) = (chain(), Snapshots::default());
    assert!(snapshots.offer(&chain).await.unwrap().is_none(), "everybody has the genesis");
    grow(&chain, 1).await;
    let first = snapshots.offer(&chain).await.unwrap().unwrap();
    grow(&chain, 1).await;
    assert!(Arc::ptr_eq(&first, &snapshots.offer(&chain).await.unwrap().unwrap()));
    assert!(snapshots.get(2).is_none() && snapshots.get(1).is_some());
    advance(OFFERED).await;
    assert!(snapshots.get(1).is_none(), "nobody asked for long");
    let opened = Instant::now();
    assert_eq!(snapshots.offer(&chain).await.unwrap().unwrap().height(), 2);
    while opened.elapsed() + ASKED_FOR < HELD_MAX {
        assert!(snapshots.get(2).is_some(), "{:?}", opened.elapsed());
        advance(ASKED_FOR - Duration::from_secs(1)).await;
    }
    advance(ASKED_FOR).await;
    snapshots.expire(Instant::now());
    assert!(snapshots.held().is_none());
}
