//! Tests of what is passed on again, in paused time.

use proptest::prelude::*;
use tokio::{runtime::Builder, time::advance};

use super::*;
use crate::bft::samples::{block, polka, prevote, proof, proposal, vote};

/// How long a statement is not passed on again.
const PATIENCE: Duration = Duration::from_millis(750);

/// Whether a message is passed on.
fn passes(heard: &mut Heard, message: &Message) -> bool {
    heard.note(&Statement::of(message).unwrap(), PATIENCE, 1)
}

/// A prevote of the validator 2 at height 1.
fn prevote_of_two(round: u32, block: Option<Hash>) -> Message {
    Message::Vote(prevote(2, 1, round, block))
}

/// Every gossiped kind is passed on once within the patience, and again after it.
#[tokio::test(start_paused = true)]
async fn repeats_wait() {
    let id = block(1, 1, 1).id();
    for message in [
        prevote_of_two(0, None),
        Message::Proposal(proposal(2, 1, 0, None, id)),
        Message::Polka(polka(&[1, 2, 3], 1, 0, id)),
        Message::Round(proof(&[1, 2, 3], true, 1, 0)),
    ] {
        let mut heard = Heard::default();
        assert!(passes(&mut heard, &message), "{message:?}");
        advance(PATIENCE - Duration::from_millis(1)).await;
        assert!(!passes(&mut heard, &message), "{message:?}");
        advance(Duration::from_millis(1)).await;
        assert!(passes(&mut heard, &message), "{message:?}");
        assert!(!passes(&mut heard, &message), "{message:?}");
    }
}

/// The same quorum put together of other votes is the same quorum.
#[tokio::test(start_paused = true)]
async fn quorums_in_another_order_are_repeats() {
    let (mut heard, id) = (Heard::default(), block(1, 1, 1).id());
    assert!(passes(&mut heard, &Message::Polka(polka(&[1, 2, 3], 1, 0, id))));
    assert!(!passes(&mut heard, &Message::Polka(polka(&[3, 2, 1], 1, 0, id))));
    assert!(!passes(&mut heard, &Message::Polka(polka(&[2, 3, 4], 1, 0, id))));
    assert!(passes(&mut heard, &Message::Round(proof(&[1, 2], false, 1, 0))));
    assert!(!passes(&mut heard, &Message::Round(proof(&[2, 1], false, 1, 0))));
    assert!(passes(&mut heard, &Message::Round(proof(&[1, 2, 3], true, 1, 0))));
}

/// Of votes that exclude each other the second is passed on, as evidence, and the third never.
#[tokio::test(start_paused = true)]
async fn third_contradiction_is_not_passed_on() {
    let mut heard = Heard::default();
    let id = |time| block(1, 1, time).id();
    assert!(passes(&mut heard, &prevote_of_two(0, None)));
    assert!(passes(&mut heard, &prevote_of_two(0, Some(id(1)))));
    advance(PATIENCE * 3).await;
    assert!(!passes(&mut heard, &prevote_of_two(0, Some(id(2)))));
    assert!(passes(&mut heard, &prevote_of_two(1, Some(id(2)))));
    assert!(passes(&mut heard, &Message::Vote(vote(2, VoteKind::Precommit, 1, 0, Some(id(2))))));
    assert!(passes(&mut heard, &Message::Vote(prevote(3, 1, 0, Some(id(2))))));
    for (time, passed) in [(1, true), (2, true), (3, false)] {
        assert_eq!(passes(&mut heard, &Message::Proposal(proposal(2, 1, 0, None, id(time)))), passed, "{time}");
    }
}

/// One validator says so much within the patience and no more; the others are not hindered by it.
#[tokio::test(start_paused = true)]
async fn statements_are_bounded() {
    let mut heard = Heard::default();
    let most = u32::try_from(STATEMENTS_MAX).unwrap();
    for round in 0..most {
        assert!(passes(&mut heard, &prevote_of_two(round, None)));
    }
    assert!(!passes(&mut heard, &prevote_of_two(most, None)));
    assert!(passes(&mut heard, &Message::Vote(prevote(3, 1, most, None))));
    advance(PATIENCE).await;
    assert!(passes(&mut heard, &prevote_of_two(most, None)));
    assert_eq!(heard.said.values().map(Vec::len).max(), Some(1));
}

/// Heights that have passed are forgotten.
#[tokio::test(start_paused = true)]
async fn old_heights_are_forgotten() {
    let mut heard = Heard::default();
    assert!(passes(&mut heard, &prevote_of_two(0, None)));
    let later = Statement::of(&Message::Vote(prevote(2, 5, 0, None))).unwrap();
    assert!(heard.note(&later, PATIENCE, 4));
    assert_eq!(heard.said.keys().map(|(height, _)| *height).collect::<Vec<_>>(), [5]);
}

/// What was not passed on after all may come again at once.
#[tokio::test(start_paused = true)]
async fn forgotten_statements_may_come_again() {
    let (mut heard, message) = (Heard::default(), prevote_of_two(0, None));
    assert!(passes(&mut heard, &message));
    heard.forget(&Statement::of(&message).unwrap());
    assert!(passes(&mut heard, &message));
}

proptest! {
    /// Whatever is said when, nothing is passed on twice within the patience, nothing new of an honest validator is
    /// held back, and of each author and height no more is remembered than is allowed.
    #[test]
    fn repeats_wait_in_every_order(said in prop::collection::vec((1_u64..=4, 0_u32..200, 0_u64..400), 1..300)) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (mut heard, mut last) = (Heard::default(), BTreeMap::new());
            for (height, round, pause_ms) in said {
                advance(Duration::from_millis(pause_ms)).await;
                let content = Content::Vote(VoteKind::Prevote, round, None);
                let statement = Statement { height, author: None, content };
                let is_due = last.get(&(height, round)).is_none_or(|at: &Instant| at.elapsed() >= PATIENCE);
                let recent = last.iter().filter(|((of, _), at)| *of == height && at.elapsed() < PATIENCE).count();
                let passed = heard.note(&statement, PATIENCE, 1);
                assert_eq!(passed, is_due && recent < STATEMENTS_MAX);
                if passed {
                    last.insert((height, round), Instant::now());
                }
                assert!(heard.said.values().all(|said| said.len() <= STATEMENTS_MAX));
            }
        });
    }
}
