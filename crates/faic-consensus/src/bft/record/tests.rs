//! Tests of records: what the engine is given again is what it had.

use super::*;
use crate::{
    bft::samples::{block, polka, precommit, prevote, proposal},
    testing::key,
};

/// One record of each kind and shape that the engine asks for.
fn records() -> Vec<Record> {
    let id = block(1, 1, 1).id();
    let timer = |step| Record::Timer(Timer { step, round: 3 });
    let judgement = |valid_round, valid| {
        let proposer = key(1).public_key();
        Record::Judgement(Judgement { height: 1, round: 2, valid_round, proposer, block: id, valid })
    };
    vec![
        Record::Vote(prevote(1, 1, 0, None)),
        Record::Vote(precommit(1, 1, 0, Some(id))),
        Record::Proposal(proposal(1, 1, 2, None, id)),
        Record::Proposal(proposal(1, 1, 2, Some(1), id)),
        Record::Polka(polka(&[1, 2, 3], 1, 0, id)),
        timer(Step::Propose),
        timer(Step::Prevote),
        timer(Step::Precommit),
        timer(Step::Rebroadcast),
        judgement(None, true),
        judgement(Some(0), false),
    ]
}

/// Every record becomes the input that it was made of.
#[test]
fn records_become_their_inputs() {
    for record in records() {
        let input = record.clone().into_input().unwrap();
        assert_eq!(Record::of(&input), Some(record));
    }
}

/// A block is kept beside the engine, which knows its id only.
#[test]
fn blocks_are_no_inputs() {
    assert!(Record::Block(Box::new(block(1, 1, 1))).into_input().is_none());
}

/// Every record is read back from its bytes.
#[test]
fn records_are_read_back() {
    for record in records().into_iter().chain([Record::Block(Box::new(block(1, 1, 1)))]) {
        let bytes = borsh::to_vec(&record).unwrap();
        assert_eq!(borsh::from_slice::<Record>(&bytes).unwrap(), record);
    }
}

/// The engine's clock for the end of a height is not used here.
#[test]
fn unused_timer_is_none() {
    let timeout = Timeout::new(Round::new(0), TimeoutKind::FinalizeHeight(std::time::Duration::ZERO));
    assert_eq!(Timer::of(timeout), None);
}
