//! Tests of what is remembered of gossip.

use libp2p::gossipsub::MessageId;

use super::{UNTOLD_MAX, Untold};

/// One message more than are remembered drops the oldest, and what was told is forgotten.
#[test]
fn untold_messages_are_bounded() {
    let id = |number: usize| MessageId::from(number.to_be_bytes().to_vec());
    let mut untold = Untold::default();
    for number in 0..=UNTOLD_MAX {
        untold.remember(id(number));
    }
    assert_eq!(untold.0.len(), UNTOLD_MAX);
    assert!(!untold.contains(&id(0)) && untold.contains(&id(1)) && untold.contains(&id(UNTOLD_MAX)));
    untold.forget(&id(1));
    assert!(!untold.contains(&id(1)));
}
