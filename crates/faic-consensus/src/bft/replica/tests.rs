//! Tests of a replica: what it says, what it remembers first, and that a restart never makes it contradict itself.

use super::{ahead::MESSAGES_AHEAD_MAX, *};
use crate::{
    bft::samples::{block, polka, precommit, prevote, proof, proposal, replica, turn},
    testing::{chain_id, key, set},
};

mod hostile;
mod restarts;

/// A replica that has begun height 1 with the validators 1 to 4, and what it asked for.
fn begun(number: u8) -> (Replica, Vec<Action>) {
    let mut replica = replica(number);
    let actions = replica.start(1, &set([1, 2, 3, 4]), Vec::new()).unwrap();
    (replica, actions)
}

/// The numbers of the validators whose turn it is not in round 0 of height 1.
fn others() -> Vec<u8> {
    (1..=4).filter(|number| *number != turn(1, 0)).collect()
}

/// Tells a replica messages, one after the other.
fn tell(replica: &mut Replica, messages: impl IntoIterator<Item = Message>) -> Vec<Action> {
    messages.into_iter().flat_map(|message| replica.receive(message).unwrap()).collect()
}

/// What the actions say to all.
fn said(actions: &[Action]) -> Vec<&Message> {
    let mut messages = Vec::new();
    for action in actions {
        if let Action::Broadcast(message) = action {
            messages.push(message);
        }
    }
    messages
}

/// What the actions remember.
fn remembered(actions: &[Action]) -> Vec<Record> {
    let record = |action: &Action| if let Action::Record(record) = action { Some(record.clone()) } else { None };
    actions.iter().filter_map(record).collect()
}

/// The decision among the actions.
fn decision(actions: &[Action]) -> Option<(&Block, &Certificate)> {
    actions.iter().find_map(|action| {
        if let Action::Decide { block, certificate } = action { Some((&**block, certificate)) } else { None }
    })
}

/// Lets a validator whose turn it is not hear of a block and find it valid; it has prevoted it then.
fn proposed(replica: &mut Replica, block: &Block) -> Vec<Action> {
    let named = proposal(turn(1, 0), 1, 0, None, block.id());
    let mut actions = tell(replica, [Message::Proposal(named)]);
    assert!(actions.contains(&Action::Fetch(block.id())), "{actions:?}");
    actions.extend(tell(replica, [Message::Block(Box::new(block.clone()))]));
    assert!(actions.contains(&Action::Verify(Box::new(block.clone()))), "{actions:?}");
    actions.extend(replica.judge(block.id(), true).unwrap());
    actions
}

/// Lets a validator decide a block by the votes of two others and its own; answers with what it did last.
fn decided(replica: &mut Replica, number: u8, block: &Block) -> Vec<Action> {
    proposed(replica, block);
    let voters: Vec<u8> = (1..=4).filter(|other| *other != number).take(2).collect();
    let id = Some(block.id());
    tell(replica, voters.iter().map(|voter| Message::Vote(prevote(*voter, 1, 0, id))));
    tell(replica, voters.iter().map(|voter| Message::Vote(precommit(*voter, 1, 0, id))))
}

/// The proposer says its block, then the proposal, then its vote, and all of it is remembered before.
#[test]
fn block_then_proposal_then_vote() {
    let number = turn(1, 0);
    let (mut replica, actions) = begun(number);
    assert!(actions.contains(&Action::Propose { round: 0 }));
    let block = block(1, number, 5);
    let actions = replica.propose(0, block.clone()).unwrap();
    let first_said = actions.iter().position(|action| matches!(action, Action::Broadcast(_))).unwrap();
    assert!(actions[first_said..].iter().all(|action| !matches!(action, Action::Record(_))), "{actions:?}");
    let expected = [
        Message::Block(Box::new(block.clone())),
        Message::Proposal(proposal(number, 1, 0, None, block.id())),
        Message::Vote(prevote(number, 1, 0, Some(block.id()))),
    ];
    assert_eq!(said(&actions), expected.iter().collect::<Vec<_>>());
    let records = remembered(&actions);
    assert_eq!(records.first(), Some(&Record::Block(Box::new(block))));
    let Message::Vote(vote) = &expected[2] else { unreachable!() };
    assert!(records.contains(&Record::Vote(*vote)));
}

/// A block for a round that has passed, another height, or a round that has its block, is not proposed.
#[test]
fn late_and_second_blocks_are_not_proposed() {
    let number = turn(1, 0);
    let (mut replica, _) = begun(number);
    assert_eq!(replica.propose(1, block(1, number, 5)).unwrap(), []);
    assert_eq!(replica.propose(0, block(2, number, 5)).unwrap(), []);
    assert!(!said(&replica.propose(0, block(1, number, 5)).unwrap()).is_empty());
    assert_eq!(replica.propose(0, block(1, number, 6)).unwrap(), []);
}

/// A valid block is prevoted, an invalid one voted down; the block is remembered only when it is valid.
#[test]
fn verdicts_become_votes() {
    let (number, block) = (others()[0], block(1, turn(1, 0), 5));
    let (mut replica, _) = begun(number);
    let actions = proposed(&mut replica, &block);
    assert_eq!(said(&actions), [&Message::Vote(prevote(number, 1, 0, Some(block.id())))]);
    assert!(remembered(&actions).contains(&Record::Block(Box::new(block.clone()))));

    let (mut replica, _) = begun(number);
    tell(
        &mut replica,
        [Message::Block(Box::new(block.clone())), Message::Proposal(proposal(turn(1, 0), 1, 0, None, block.id()))],
    );
    let actions = replica.judge(block.id(), false).unwrap();
    assert_eq!(said(&actions), [&Message::Vote(prevote(number, 1, 0, None))]);
    assert!(!remembered(&actions).iter().any(|record| matches!(record, Record::Block(_))));
}

/// A block whose transactions are not those of its header is not taken for the block of its id, which is still wanted.
#[test]
fn forged_bodies_are_passed_over() {
    let mut forged = block(1, turn(1, 0), 5);
    forged.header.transactions_root = Hash::from_bytes([1; 32]);
    let (mut replica, _) = begun(others()[0]);
    let named = Message::Proposal(proposal(turn(1, 0), 1, 0, None, forged.id()));
    assert!(tell(&mut replica, [named]).contains(&Action::Fetch(forged.id())));
    assert_eq!(tell(&mut replica, [Message::Block(Box::new(forged.clone()))]), []);
    assert!(!replica.has_block(&forged.id()));
    let again = replica.elapse(Timer { step: crate::bft::record::Step::Rebroadcast, round: 0 }).unwrap();
    assert!(again.contains(&Action::Fetch(forged.id())));
}

/// The decision is the last action of its turn, after our own precommit has been said; its certificate holds.
#[test]
fn decision_comes_last() {
    let (number, block) = (others()[0], block(1, turn(1, 0), 5));
    let (mut replica, _) = begun(number);
    proposed(&mut replica, &block);
    let (id, voters) = (Some(block.id()), (1..=4).filter(|other| *other != number).take(2));
    let votes: Vec<_> = voters.flat_map(|voter| [precommit(voter, 1, 0, id), prevote(voter, 1, 0, id)]).collect();
    let actions = tell(&mut replica, votes.into_iter().map(Message::Vote));
    assert!(matches!(actions.last(), Some(Action::Decide { .. })), "{actions:?}");
    let (found, certificate) = decision(&actions).unwrap();
    assert_eq!(found, &block);
    faic_core::BasicCrypto::default().verify_certificate(&chain_id(), certificate, &set([1, 2, 3, 4])).unwrap();
    assert!(said(&actions).contains(&&Message::Vote(precommit(number, 1, 0, id))), "{actions:?}");
}

/// Precommits that come after the decision are added to its certificate: of validators of that height, once, and of
/// nobody else.
#[test]
fn late_precommits_are_added() {
    let (number, block) = (others()[0], block(1, turn(1, 0), 5));
    let (mut replica, _) = begun(number);
    let id = Some(block.id());
    let actions = decided(&mut replica, number, &block);
    assert_eq!(decision(&actions).unwrap().1.signatures.len(), 3);
    replica.start(2, &set([1, 2, 3, 4, 5].map(|other| if other == 4 { 6 } else { other })), Vec::new()).unwrap();
    let late = (1..=4).filter(|other| *other != number).nth(2).unwrap();
    let forged = SignedVote { signature: prevote(late, 1, 0, id).signature, ..precommit(late, 1, 0, id) };
    let useless = [
        forged,
        prevote(late, 1, 0, id),
        precommit(late, 1, 1, id),
        precommit(late, 1, 0, None),
        precommit(5, 1, 0, id),
    ];
    assert_eq!(tell(&mut replica, useless.map(Message::Vote)), []);
    assert_eq!(replica.last_certificate().unwrap().signatures.len(), 3);
    for _ in 0..2 {
        tell(&mut replica, [Message::Vote(precommit(late, 1, 0, id))]);
        let certificate = replica.last_certificate().unwrap();
        assert_eq!(certificate.signatures.len(), 4);
        faic_core::BasicCrypto::default().verify_certificate(&chain_id(), certificate, &set([1, 2, 3, 4])).unwrap();
    }
    replica.start(3, &set([1, 2, 3, 4]), Vec::new()).unwrap();
    assert_eq!(replica.last_certificate(), None);
}

/// Messages for a few heights to come are kept, a few of each validator, and count once their height begins.
#[test]
fn messages_ahead_are_kept_within_limits() {
    let (mut replica, _) = begun(1);
    let most = u32::try_from(MESSAGES_AHEAD_MAX).unwrap();
    for round in 0..=most {
        tell(&mut replica, [Message::Vote(prevote(2, 2, round, None)), Message::Vote(prevote(2, 2, round, None))]);
    }
    assert_eq!(replica.ahead[&2].len(), MESSAGES_AHEAD_MAX);
    tell(&mut replica, [Message::Vote(prevote(3, 2, 0, None)), Message::Vote(prevote(4, 2, 0, None))]);
    assert_eq!(replica.ahead[&2].len(), MESSAGES_AHEAD_MAX + 2);
    let refused = [
        Message::Vote(prevote(9, 2, 0, None)),
        Message::Vote(SignedVote { round: 9, ..prevote(3, 2, 0, None) }),
        Message::Vote(prevote(3, 2 + HEIGHTS_AHEAD_MAX, 0, None)),
        Message::Vote(prevote(3, u64::MAX, 0, None)),
        Message::Polka(polka(&[2, 3, 4], 2, 0, Hash::ZERO)),
        Message::Round(proof(&[2, 3, 4], true, 2, 0)),
    ];
    assert_eq!(tell(&mut replica, refused), []);
    tell(&mut replica, [Message::Vote(prevote(3, 1 + HEIGHTS_AHEAD_MAX, 0, None))]);
    assert_eq!(replica.ahead.keys().copied().collect::<Vec<_>>(), [2, 1 + HEIGHTS_AHEAD_MAX]);
    let actions = replica.start(2, &set([1, 2, 3, 4]), Vec::new()).unwrap();
    let counted = [2, 3, 4].map(|number| Record::Vote(prevote(number, 2, 0, None)));
    assert!(counted.iter().all(|record| remembered(&actions).contains(record)), "{actions:?}");
    assert!(!replica.ahead.contains_key(&2));
}

/// What is said of a height that is left to the others is kept within the same limits, changes nothing, and counts once the
/// height begins after all.
#[test]
fn a_height_left_to_others_is_known_when_it_begins() {
    let (mut replica, _) = begun(1);
    let validators = set([1, 2, 3, 4]);
    replica.wait(3, &validators);
    let most = u32::try_from(MESSAGES_AHEAD_MAX).unwrap();
    for round in 0..=most {
        assert_eq!(tell(&mut replica, [Message::Vote(prevote(2, 3, round, None))]), []);
    }
    let said = [prevote(3, 3, 0, None), prevote(4, 3, 0, None), prevote(4, 3 + HEIGHTS_AHEAD_MAX, 0, None)];
    assert_eq!(tell(&mut replica, said.map(Message::Vote)), []);
    let refused = [prevote(3, 1, 0, None), prevote(3, 2, 0, None), prevote(3, 4 + HEIGHTS_AHEAD_MAX, 0, None)];
    assert_eq!(tell(&mut replica, refused.map(Message::Vote)), []);
    assert_eq!(replica.ahead.keys().copied().collect::<Vec<_>>(), [3, 3 + HEIGHTS_AHEAD_MAX]);
    assert_eq!(replica.ahead[&3].len(), MESSAGES_AHEAD_MAX + 2);
    // Looking again whether to begin forgets nothing.
    replica.wait(3, &validators);
    let actions = replica.start(3, &validators, Vec::new()).unwrap();
    let counted = [2, 3, 4].map(|number| Record::Vote(prevote(number, 3, 0, None)));
    assert!(counted.iter().all(|record| remembered(&actions).contains(record)), "{actions:?}");
    // What is below the height that others decide is forgotten.
    replica.wait(4 + HEIGHTS_AHEAD_MAX, &validators);
    assert!(replica.ahead.is_empty());
}

/// Two votes and two proposals of one validator for one round are proved once the height is decided.
#[test]
fn equivocation_is_accused() {
    let (number, proposer) = (others()[0], turn(1, 0));
    let (block, other) = (block(1, proposer, 5), block(1, proposer, 6));
    let (mut replica, _) = begun(number);
    let mut actions = tell(&mut replica, [Message::Proposal(proposal(proposer, 1, 0, None, other.id()))]);
    actions.extend(tell(&mut replica, [Message::Vote(prevote(proposer, 1, 0, None))]));
    actions.extend(proposed(&mut replica, &block));
    let id = Some(block.id());
    let voters: Vec<u8> = (1..=4).filter(|other| *other != number).collect();
    actions.extend(tell(&mut replica, voters.iter().map(|voter| Message::Vote(prevote(*voter, 1, 0, id)))));
    actions.extend(tell(&mut replica, voters.iter().map(|voter| Message::Vote(precommit(*voter, 1, 0, id)))));
    assert_eq!(decision(&actions).unwrap().0, &block);
    let accused = |action: &Action| if let Action::Accuse(found) = action { Some(found.clone()) } else { None };
    let evidence: Vec<_> = actions.iter().filter_map(accused).flatten().collect();
    assert_eq!(evidence.len(), 2);
    for proof in &evidence {
        assert_eq!(proof.check(&chain_id()), Ok(()));
        assert_eq!(proof.validator(), &key(proposer).public_key());
    }
    assert!(evidence.iter().any(|proof| matches!(proof, Equivocation::Votes { .. })));
    assert!(evidence.iter().any(|proof| matches!(proof, Equivocation::Proposals { .. })));
}

/// A block is answered to who asks for it by its id, and nothing to who asks for another.
#[test]
fn questions_are_answered() {
    let (mut replica, _) = begun(others()[0]);
    let block = block(1, turn(1, 0), 5);
    proposed(&mut replica, &block);
    let answer = tell(&mut replica, [Message::GetBlock { height: 1, block: block.id() }]);
    assert_eq!(answer, [Action::Reply(Message::Block(Box::new(block.clone())))]);
    let unanswered = [(1, Hash::ZERO), (0, block.id()), (2, block.id()), (u64::MAX, block.id())];
    let questions = unanswered.map(|(height, block)| Message::GetBlock { height, block });
    assert_eq!(tell(&mut replica, questions), []);
}

/// A replica that has not begun does nothing.
#[test]
fn nothing_happens_before_the_first_height() {
    let mut replica = replica(1);
    assert_eq!((replica.height(), replica.last_certificate()), (0, None));
    assert_eq!(tell(&mut replica, crate::bft::samples::messages()), []);
    assert_eq!(replica.propose(0, block(0, 1, 1)).unwrap(), []);
    assert_eq!(replica.judge(Hash::ZERO, true).unwrap(), []);
}
