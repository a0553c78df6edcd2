//! A validator that restarts from what it remembered, in hostile surroundings, by random schedules.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::*;

/// The rounds of which the others speak.
const ROUNDS: u32 = 3;

/// What the others may say: of every round two proposals with their blocks, and every vote of every kind.
///
/// Nobody honest says all that; a replica must not contradict itself all the same.
fn pool(number: u8) -> Vec<Message> {
    let mut messages = Vec::new();
    for round in 0..ROUNDS {
        let proposer = turn(1, round);
        let blocks = [1, 2].map(|time| block(1, proposer, u64::from(round) * 10 + time));
        for block in &blocks {
            messages.push(Message::Block(Box::new(block.clone())));
            if proposer != number {
                messages.push(Message::Proposal(proposal(proposer, 1, round, None, block.id())));
            }
            let earlier = (0..round).map(|valid| proposal(proposer, 1, round, Some(valid), block.id()));
            messages.extend(earlier.filter(|_| proposer != number).map(Message::Proposal));
        }
        for voter in (1..=4).filter(|voter| *voter != number) {
            for id in [None, Some(blocks[0].id()), Some(blocks[1].id())] {
                messages.push(Message::Vote(prevote(voter, 1, round, id)));
                messages.push(Message::Vote(precommit(voter, 1, round, id)));
            }
        }
        let three: Vec<u8> = (1..=4).filter(|voter| *voter != number).collect();
        messages.push(Message::Polka(polka(&three, 1, round, blocks[0].id())));
        messages.push(Message::Round(proof(&three, true, 1, round)));
    }
    messages
}

/// What must be said only once: a kind of vote, or a proposal, in a round.
type Place = (Option<VoteKind>, u32);
/// What is said there: the block, and of a proposal the earlier round.
type Content = (Option<Hash>, Option<u32>);

/// One life of a replica.
struct Life {
    /// The replica.
    replica: Replica,
    /// What it waits for.
    timers: BTreeSet<Timer>,
    /// The rounds that it wants a block for.
    to_propose: Vec<u32>,
    /// The blocks that it wants to be verified.
    to_verify: Vec<Hash>,
    /// What it remembered, those records included that it began with.
    records: Vec<Record>,
    /// What it said, with how many records were durable then.
    said: Vec<(usize, Message)>,
    /// Whether it has decided.
    decided: bool,
}

impl Life {
    /// A life that begins with what was remembered.
    fn begin(number: u8, records: Vec<Record>) -> Self {
        let mut replica = replica(number);
        let actions = replica.start(1, &set([1, 2, 3, 4]), records.clone()).unwrap();
        let mut life = Self {
            replica,
            timers: BTreeSet::new(),
            to_propose: Vec::new(),
            to_verify: Vec::new(),
            records,
            said: Vec::new(),
            decided: false,
        };
        life.note(actions);
        life
    }

    /// Notes what the replica asks for.
    fn note(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Record(record) => self.records.push(record),
                Action::Broadcast(message) => self.said.push((self.records.len(), message)),
                Action::Schedule(timer) => drop(self.timers.insert(timer)),
                Action::Cancel(timer) => drop(self.timers.remove(&timer)),
                Action::CancelAll => self.timers.clear(),
                Action::Propose { round } => self.to_propose.push(round),
                Action::Verify(block) => self.to_verify.push(block.id()),
                Action::Decide { .. } => self.decided = true,
                Action::Reply(_) | Action::Fetch(_) | Action::Round { .. } | Action::Accuse(_) => {}
            }
        }
    }

    /// Lets something happen: a message of the pool, or a step of the replica's own.
    fn step(&mut self, number: u8, pool: &[Message], choice: u16, time_ms: u64) {
        if self.decided {
            return;
        }
        let choice = usize::from(choice);
        let actions = match choice % 4 {
            0 if !self.timers.is_empty() => {
                let timer = *self.timers.iter().nth(choice / 4 % self.timers.len()).unwrap();
                self.timers.remove(&timer);
                self.replica.elapse(timer)
            }
            1 if !self.to_propose.is_empty() => {
                let round = self.to_propose.remove(0);
                self.replica.propose(round, block(1, number, time_ms))
            }
            1 if !self.to_verify.is_empty() => {
                let id = self.to_verify.remove(0);
                // The verdict on a block is the same whenever it is asked for.
                self.replica.judge(id, !id.as_bytes()[0].is_multiple_of(8))
            }
            _ => self.replica.receive(pool[choice / 4 % pool.len()].clone()),
        };
        self.note(actions.unwrap());
    }
}

/// What a validator must say only once: of each vote and proposal the place, and what is said there.
fn statement(number: u8, message: &Message) -> Option<(Place, Content)> {
    let key = key(number).public_key();
    match message {
        Message::Vote(vote) if vote.validator == key => Some(((Some(vote.kind), vote.round), (vote.block, None))),
        Message::Proposal(proposal) if proposal.proposer == key => {
            Some(((None, proposal.round), (Some(proposal.block), proposal.valid_round)))
        }
        Message::Vote(_)
        | Message::Proposal(_)
        | Message::Polka(_)
        | Message::Round(_)
        | Message::Block(_)
        | Message::GetBlock { .. } => None,
    }
}

/// The statements of one life, none of which contradicts another or is said before it is remembered.
fn statements<'a>(
    number: u8,
    said: impl IntoIterator<Item = &'a (usize, Message)>,
    records: &[Record],
) -> BTreeMap<Place, Content> {
    let mut found = BTreeMap::new();
    for (durable, message) in said {
        let Some((place, content)) = statement(number, message) else { continue };
        assert_eq!(*found.entry(place).or_insert(content), content, "{place:?}");
        let record = match message {
            Message::Vote(vote) => Record::Vote(*vote),
            Message::Proposal(proposal) => Record::Proposal(*proposal),
            Message::Polka(_) | Message::Round(_) | Message::Block(_) | Message::GetBlock { .. } => continue,
        };
        assert!(records[..*durable].contains(&record), "said before it was remembered: {record:?}");
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, ..ProptestConfig::default() })]

    /// From whatever part of its records a validator restarts, it says nothing else than what it said with them.
    #[test]
    fn restarts_contradict_nothing(
        number in 1_u8..=4,
        before in vec(any::<u16>(), 20..120),
        after in vec(any::<u16>(), 0..30),
    ) {
        let pool = pool(number);
        let mut life = Life::begin(number, Vec::new());
        for choice in before {
            life.step(number, &pool, choice, 1_000);
        }
        statements(number, &life.said, &life.records);
        for durable in 0..=life.records.len() {
            let mut next = Life::begin(number, life.records[..durable].to_vec());
            for choice in &after {
                next.step(number, &pool, *choice, 2_000);
            }
            let earlier = life.said.iter().filter(|(flushed, _)| *flushed <= durable);
            let earlier = statements(number, earlier, &life.records);
            for (place, content) in statements(number, &next.said, &next.records) {
                if let Some(first) = earlier.get(&place) {
                    prop_assert_eq!(first, &content, "{:?} after {} records", place, durable);
                }
            }
        }
    }

    /// A third life, begun from all that the first two remembered, contradicts neither.
    #[test]
    fn second_restart_contradicts_nothing(
        number in 1_u8..=4,
        before in vec(any::<u16>(), 20..120),
        after in vec(any::<u16>(), 0..80),
    ) {
        let pool = pool(number);
        let mut said = Vec::new();
        let mut records = Vec::new();
        for (choices, time_ms) in [(&before, 1_000), (&after, 2_000), (&before, 3_000)] {
            let mut life = Life::begin(number, records);
            for choice in choices {
                life.step(number, &pool, *choice, time_ms);
            }
            records = life.records;
            said.extend(life.said);
        }
        statements(number, &said, &records);
    }
}

/// What a proposer proposed before a restart it proposes again, although it is given another block.
#[test]
fn own_proposal_is_the_same_after_a_restart() {
    let number = turn(1, 0);
    let (mut first, _) = begun(number);
    let block = block(1, number, 5);
    let actions = first.propose(0, block.clone()).unwrap();
    let records = remembered(&actions);
    let proposals = |actions: &[Action]| -> Vec<Hash> {
        let id = |message: &&Message| if let Message::Proposal(said) = message { Some(said.block) } else { None };
        said(actions).iter().filter_map(id).collect()
    };
    assert_eq!(proposals(&actions), [block.id()]);
    // With the block and the verdict on it, before the proposal itself, the same block is proposed.
    for durable in 2..=records.len() {
        let mut again = replica(number);
        let mut actions = again.start(1, &set([1, 2, 3, 4]), records[..durable].to_vec()).unwrap();
        actions.extend(again.propose(0, crate::bft::samples::block(1, number, 6)).unwrap());
        assert!(proposals(&actions).iter().all(|id| *id == block.id()), "{durable}: {actions:?}");
        assert!(!actions.iter().any(|action| matches!(action, Action::Propose { .. })), "{durable}: {actions:?}");
    }
}

/// Records that cannot be replayed, because a vote among them is not the one that follows from them, end the replica.
#[test]
fn contradicting_records_are_refused() {
    let number = others()[0];
    let (mut first, _) = begun(number);
    let block = block(1, turn(1, 0), 5);
    let mut records = remembered(&proposed(&mut first, &block));
    for record in &mut records {
        if let Record::Vote(vote) = record {
            *vote = prevote(number, 1, 0, None);
        }
    }
    let refused = replica(number).start(1, &set([1, 2, 3, 4]), records);
    assert!(matches!(refused, Err(ReplicaError::Replay(_))));
}
