//! Tests of the door: what is said of each message, and what comes through.

use faic_network::NetworkMessage;

use super::*;
use crate::{
    bft::samples::{block, identity, polka, precommit, prevote, proof, proposal, turn},
    testing::{key, set},
};

/// The height that the door knows.
pub(super) const HEIGHT: Height = 10;

/// Somebody who sends.
pub(super) fn sender() -> NodeId {
    NodeId::new(key(99).public_key())
}

/// A door of a validator that decides [`HEIGHT`] with the validators 1 to 4.
pub(super) fn door() -> (ConsensusHandle, Mailbox) {
    let (door, mailbox) = channel(identity(1));
    *mailbox.view.lock().unwrap() = View {
        height: HEIGHT,
        round: 0,
        validators: Some(set([1, 2, 3, 4])),
        takes_part: true,
        hears: true,
        vote_from: 0,
        repeat: Duration::from_secs(1),
    };
    (door, mailbox)
}

/// The verdict on a message that comes by gossip.
fn verdict(message: &Message) -> Verdict {
    door().0.receive(sender(), &encode(0, message))
}

/// Whether a message that comes by gossip is refused, which its sender pays for.
fn is_rejected(message: &Message) -> bool {
    matches!(verdict(message), Verdict::Reject { .. })
}

/// The id of a block.
pub(super) fn id() -> faic_core::Hash {
    block(HEIGHT, 1, 1).id()
}

/// Votes of validators are accepted from the height before to a few heights ahead.
#[test]
fn votes_near_the_height_are_accepted() {
    let said = |height| verdict(&Message::Vote(precommit(2, height, 0, Some(id()))));
    for height in HEIGHT - 1..=HEIGHT + HEIGHTS_AHEAD_MAX {
        assert_eq!(said(height), Verdict::Accept, "{height}");
    }
    for height in [0, HEIGHT - 2, HEIGHT + HEIGHTS_AHEAD_MAX + 1, u64::MAX] {
        assert_eq!(said(height), Verdict::Ignore, "{height}");
    }
}

/// At the last heights that there can be nothing overflows.
#[test]
fn last_heights() {
    assert!(is_near(u64::MAX, u64::MAX));
    assert!(is_near(u64::MAX, u64::MAX - 1));
    assert!(!is_near(u64::MAX, u64::MAX - 2));
    assert!(is_near(0, HEIGHTS_AHEAD_MAX));
}

/// A vote with another's signature, or changed after it was signed, is refused.
#[test]
fn forged_votes_are_rejected() {
    let good = prevote(2, HEIGHT, 0, None);
    for forged in [
        SignedVote { validator: key(3).public_key(), ..good },
        SignedVote { round: 1, ..good },
        SignedVote { height: HEIGHT + 1, ..good },
        SignedVote { kind: VoteKind::Precommit, ..good },
        SignedVote { block: Some(id()), ..good },
    ] {
        assert!(is_rejected(&Message::Vote(forged)));
    }
}

/// A vote of somebody unknown is nobody's fault: it may be a validator of the next height.
#[test]
fn unknown_validators_are_ignored() {
    assert_eq!(verdict(&Message::Vote(prevote(9, HEIGHT, 0, None))), Verdict::Ignore);
    assert_eq!(verdict(&Message::Proposal(proposal(9, HEIGHT + 1, 0, None, id()))), Verdict::Ignore);
}

/// A proposal is accepted of whose turn it is, with a signature that holds.
#[test]
fn proposals_are_accepted_in_turn() {
    let proposer = turn(HEIGHT, 0);
    let good = proposal(proposer, HEIGHT, 0, None, id());
    assert_eq!(verdict(&Message::Proposal(good)), Verdict::Accept);
    assert!(is_rejected(&Message::Proposal(SignedProposal { valid_round: Some(0), ..good })));
    let other = proposer % 4 + 1;
    assert!(is_rejected(&Message::Proposal(proposal(other, HEIGHT, 0, None, id()))));
    assert_eq!(verdict(&Message::Proposal(proposal(other, HEIGHT + 1, 0, None, id()))), Verdict::Accept);
}

/// A polka is accepted with the prevotes of a quorum, each once, and of this height only.
#[test]
fn polkas_need_a_quorum() {
    let said = |numbers: &[u8], height| verdict(&Message::Polka(polka(numbers, height, 0, id())));
    assert_eq!(said(&[1, 2, 3], HEIGHT), Verdict::Accept);
    assert_eq!(said(&[1, 2, 3], HEIGHT + 1), Verdict::Ignore);
    assert_eq!(said(&[1, 2, 3], HEIGHT - 1), Verdict::Ignore);
    for numbers in [&[][..], &[1], &[1, 2], &[1, 1, 1], &[1, 2, 3, 3], &[1, 2, 9], &[1, 2, 3, 9]] {
        assert!(matches!(said(numbers, HEIGHT), Verdict::Reject { .. }), "{numbers:?}");
    }
    let mut forged = polka(&[1, 2, 3], HEIGHT, 0, id());
    forged.round = 1;
    assert!(is_rejected(&Message::Polka(forged)));
}

/// A round is entered for the precommits of a quorum, or any votes of a third.
#[test]
fn rounds_need_their_share() {
    let said = |numbers: &[u8], precommits| verdict(&Message::Round(proof(numbers, precommits, HEIGHT, 1)));
    assert_eq!((said(&[1, 2, 3], true), said(&[1, 2], false)), (Verdict::Accept, Verdict::Accept));
    for (numbers, precommits) in [(&[][..], true), (&[], false), (&[1, 2], true), (&[1], false), (&[1, 1], false)] {
        assert!(matches!(said(numbers, precommits), Verdict::Reject { .. }), "{numbers:?}");
    }
    let prevotes = RoundProof { precommits: true, ..proof(&[1, 2, 3], false, HEIGHT, 1) };
    assert!(is_rejected(&Message::Round(prevotes)));
    assert_eq!(verdict(&Message::Round(proof(&[1, 2], false, HEIGHT + 1, 1))), Verdict::Ignore);
}

/// Blocks and questions are not gossiped.
#[test]
fn blocks_by_gossip_are_rejected() {
    assert!(is_rejected(&Message::Block(Box::new(block(HEIGHT, 1, 1)))));
    assert!(is_rejected(&Message::GetBlock { height: HEIGHT, block: id() }));
}

/// Bytes that are no message are refused, however few.
#[test]
fn garbage_is_rejected() {
    let (door, _mailbox) = door();
    for bytes in [&[][..], &[0; 3], &[0; 4], &[0; 300], &[255; 300]] {
        assert!(matches!(door.receive(sender(), bytes), Verdict::Reject { .. }), "{bytes:?}");
    }
}

/// Before the loop runs nothing is known, and nothing said.
#[test]
fn early_messages_are_ignored() {
    let (door, _mailbox) = channel(identity(1));
    let bytes = encode(0, &Message::Vote(prevote(2, 1, 0, None)));
    assert_eq!(door.receive(sender(), &bytes), Verdict::Ignore);
}

/// What finds the queue full is not passed on.
#[test]
fn full_queue_is_said() {
    let (door, mut mailbox) = door();
    let message = Message::Vote(prevote(2, HEIGHT, 0, None));
    let vote = encode(0, &message);
    for _ in 0..LETTERS_MAX {
        door.letters.try_send(Letter { message: message.clone(), reply: None, place: None }).ok().unwrap();
    }
    assert_eq!(door.receive(sender(), &vote), Verdict::Ignore);
    mailbox.letters.try_recv().unwrap();
    assert_eq!(door.receive(sender(), &vote), Verdict::Accept);
}

/// A validator that holds its vote back keeps what it hears for when it votes.
#[test]
fn who_votes_later_hears_now() {
    let (door, mut mailbox) = door();
    mailbox.view.lock().unwrap().takes_part = false;
    let vote = Message::Vote(prevote(2, HEIGHT, 0, None));
    assert_eq!(door.receive(sender(), &encode(0, &vote)), Verdict::Accept);
    assert_eq!(mailbox.letters.try_recv().unwrap().message, vote);
}

/// Who takes no part passes on what is good, and keeps and answers nothing.
#[tokio::test]
async fn relaying_keeps_nothing() {
    let (door, mut mailbox) = door();
    {
        let mut view = mailbox.view.lock().unwrap();
        (view.takes_part, view.hears) = (false, false);
    }
    let vote = encode(0, &Message::Vote(prevote(2, HEIGHT, 0, None)));
    assert_eq!(door.receive(sender(), &vote), Verdict::Accept);
    let question = encode(0, &Message::GetBlock { height: HEIGHT, block: id() });
    let refused = NetworkMessage::refused(format!("this node decides height {HEIGHT}"));
    assert_eq!(door.answer(sender(), &question).await, refused);
    assert!(mailbox.letters.try_recv().is_err());
}

/// The same message with another number has other bytes, and is the same message.
#[test]
fn nonce_changes_only_the_bytes() {
    let message = Message::Vote(prevote(2, HEIGHT, 0, None));
    let (first, second) = (encode(1, &message), encode(2, &message));
    assert_ne!(first, second);
    assert_eq!((decode(&first), decode(&second)), (Ok(message.clone()), Ok(message)));
}

/// Two lives of a node begin with different numbers.
#[test]
fn lives_begin_with_other_numbers() {
    let numbers: BTreeSet<_> = (0..8).map(|_| first_nonce()).collect();
    assert!(numbers.len() > 1);
}

/// A captured vote is passed on and heard once in half of the time after which validators repeat themselves, whatever its
/// nonce, and anew after that.
#[tokio::test(start_paused = true)]
async fn replayed_votes_are_ignored() {
    let (door, mut mailbox) = door();
    let vote = Message::Vote(prevote(2, HEIGHT, 0, None));
    for nonce in 0..1_000 {
        let expected = if nonce == 0 { Verdict::Accept } else { Verdict::Ignore };
        assert_eq!(door.receive(sender(), &encode(nonce, &vote)), expected, "{nonce}");
    }
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!(door.receive(sender(), &encode(0, &vote)), Verdict::Accept);
    assert!(mailbox.letters.try_recv().is_ok() && mailbox.letters.try_recv().is_ok());
    assert!(mailbox.letters.try_recv().is_err());
}

/// A forged vote keeps nobody from hearing the true one.
#[test]
fn forged_votes_are_not_remembered() {
    let (door, _mailbox) = door();
    let good = prevote(2, HEIGHT, 0, None);
    let forged = SignedVote { signature: prevote(3, HEIGHT, 0, None).signature, ..good };
    assert!(matches!(door.receive(sender(), &encode(0, &Message::Vote(forged))), Verdict::Reject { .. }));
    assert_eq!(door.receive(sender(), &encode(0, &Message::Vote(good))), Verdict::Accept);
}

/// Rounds that the engine would drop are ignored, as far as the round is known; proofs of a round are not.
#[test]
fn far_rounds_are_ignored() {
    let (door, mailbox) = door();
    mailbox.view.lock().unwrap().round = 3;
    let last = 3 + MAX_FUTURE_ROUND_LOOKAHEAD;
    let said = |message: &Message| door.receive(sender(), &encode(0, message));
    assert_eq!(said(&Message::Vote(prevote(2, HEIGHT, last, None))), Verdict::Accept);
    assert_eq!(said(&Message::Vote(prevote(2, HEIGHT, last + 1, None))), Verdict::Ignore);
    let proposer = turn(HEIGHT, last + 1);
    assert_eq!(said(&Message::Proposal(proposal(proposer, HEIGHT, last + 1, None, id()))), Verdict::Ignore);
    assert_eq!(said(&Message::Round(proof(&[1, 2, 3], true, HEIGHT, last + 1))), Verdict::Accept);
    mailbox.view.lock().unwrap().takes_part = false;
    assert_eq!(said(&Message::Vote(prevote(2, HEIGHT, last + 1, None))), Verdict::Accept);
}
