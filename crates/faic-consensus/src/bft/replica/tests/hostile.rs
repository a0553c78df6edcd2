//! Messages that nobody honest says.

use proptest::{collection::vec, prelude::*};

use super::*;

/// A number of a round or height, the extreme ones among them.
fn number(choice: u8) -> u64 {
    match choice % 8 {
        0..=3 => u64::from(choice % 4),
        4 => 10,
        5 => 11,
        6 => u64::from(u32::MAX),
        _ => u64::MAX,
    }
}

/// A message, signed by who says it, about any height and round.
fn message(choices: [u8; 6]) -> Message {
    let [kind, who, height, round, valid_round, what] = choices;
    let who = who % 5 + 1;
    let height = if height < 200 { 1 } else { number(height) };
    let round = u32::try_from(number(round)).unwrap_or(u32::MAX);
    let valid_round = (valid_round < 128).then(|| u32::try_from(number(valid_round)).unwrap_or(u32::MAX));
    let block = block(height, who, u64::from(what % 4));
    let id = (what >= 64).then(|| block.id());
    let voters: Vec<u8> = (1..=4).filter(|voter| what & (1 << voter) != 0).collect();
    match kind % 8 {
        0 => Message::Vote(prevote(who, height, round, id)),
        1 => Message::Vote(precommit(who, height, round, id)),
        // Half of the proposals are of whose turn it is.
        2 => Message::Proposal(proposal(who, height, round, valid_round, block.id())),
        3 => Message::Proposal(proposal(turn(height, round), height, round, valid_round, block.id())),
        4 => Message::Polka(polka(&voters, height, round, block.id())),
        5 => Message::Round(proof(&voters, what >= 128, height, round)),
        6 => Message::Block(Box::new(block)),
        _ => Message::GetBlock { height, block: block.id() },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// Whatever is said, a replica goes on, and what it keeps of it is little.
    #[test]
    fn nothing_that_is_said_ends_a_replica(number in 1_u8..=4, choices in vec(any::<[u8; 6]>(), 1..80)) {
        let (mut replica, _) = begun(number);
        let mut verify = Vec::new();
        for choice in choices {
            let actions = replica.receive(message(choice)).unwrap();
            let wanted = |action: &Action| if let Action::Verify(block) = action { Some(block.id()) } else { None };
            verify.extend(actions.iter().filter_map(wanted));
            if let Some(id) = verify.pop() {
                replica.judge(id, choice[5] % 2 == 0).unwrap();
            }
            prop_assert_eq!(replica.height(), 1);
        }
        for waiting in replica.ahead.values() {
            prop_assert!(waiting.len() <= 4 * MESSAGES_AHEAD_MAX);
        }
    }
}

/// Votes and proposals of rounds far ahead are dropped, also of the last round that there can be.
#[test]
fn far_rounds_are_dropped() {
    let (mut replica, _) = begun(1);
    for round in [11, u32::MAX - 1, u32::MAX] {
        let id = block(1, 2, 1).id();
        let far = [
            Message::Vote(prevote(2, 1, round, Some(id))),
            Message::Vote(precommit(3, 1, round, None)),
            Message::Proposal(proposal(turn(1, round), 1, round, None, id)),
            Message::Round(proof(&[2], false, 1, round)),
        ];
        assert_eq!(tell(&mut replica, far), [], "{round}");
    }
    let (mut replica, _) = begun(1);
    assert!(!tell(&mut replica, [Message::Vote(prevote(2, 1, 10, None))]).is_empty());
}

/// Not even the votes of all others bring a replica to the last round that there can be, after which it could not count on.
#[test]
fn last_round_is_never_entered() {
    let (mut replica, _) = begun(1);
    let id = block(1, 2, 1).id();
    for round in [ROUND_MAX + 1, u32::MAX] {
        let all = [2, 3, 4];
        let far = [
            Message::Round(proof(&all, false, 1, round)),
            Message::Round(proof(&all, true, 1, round)),
            Message::Polka(polka(&all, 1, round, id)),
        ];
        assert_eq!(tell(&mut replica, far), [], "{round}");
    }
    let entered = tell(&mut replica, [Message::Round(proof(&[2, 3, 4], false, 1, ROUND_MAX))]);
    assert!(entered.iter().any(|action| matches!(action, Action::Round { round: ROUND_MAX, .. })), "{entered:?}");
    tell(&mut replica, [Message::Round(proof(&[2, 3, 4], true, 1, ROUND_MAX))]);
    let next = replica.elapse(Timer { step: crate::bft::record::Step::Precommit, round: ROUND_MAX }).unwrap();
    assert!(next.iter().any(|action| matches!(action, Action::Round { round, .. } if *round > ROUND_MAX)), "{next:?}");
}

/// A proposal that points to its own or a later round is dropped.
#[test]
fn valid_rounds_must_be_earlier() {
    let (mut replica, _) = begun(1);
    let id = block(1, 2, 1).id();
    for valid_round in [2, 3, u32::MAX] {
        let bad = Message::Proposal(proposal(turn(1, 2), 1, 2, Some(valid_round), id));
        assert_eq!(tell(&mut replica, [bad]), [], "{valid_round}");
    }
}

/// The last height that there can be is decided like any other.
#[test]
fn last_height() {
    let (mut replica, number) = (replica(1), 1);
    replica.start(u64::MAX, &set([1, 2, 3, 4]), Vec::new()).unwrap();
    let actions = tell(&mut replica, [Message::Vote(prevote(2, u64::MAX, 0, None))]);
    assert_eq!(remembered(&actions), [Record::Vote(prevote(2, u64::MAX, 0, None))]);
    assert_eq!((replica.height(), number), (u64::MAX, 1));
    assert_eq!(replica.last_certificate(), None);
}
