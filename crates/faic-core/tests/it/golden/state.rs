//! Golden files of accounts and candidates, and of proofs about them.

use std::collections::BTreeMap;

use faic_core::{
    Account, Candidate, Hash,
    account::History,
    staking::{CandidateStatus, Unbonding},
    state_proof::{PathEnd, StateProof, leaf_hash, node_hash, value_hash},
};

use super::{
    Golden, bytes,
    samples::{address, hash, nano, public, two_of_three},
};

/// An account that was used in two lanes and has another authority than its first.
fn used_account() -> Account {
    Account {
        balance: nano(1_234_567_890),
        authority: Some(two_of_three().id()),
        memo_required: true,
        lanes: BTreeMap::from([(0, 9), (15, 1)]),
        history: History { count: 12, hash: hash(3) },
    }
}

/// Accounts as values of the state tree, with the hash that a leaf commits to.
#[test]
fn golden_accounts() {
    let mut golden = Golden::default();
    let funded = Account { balance: nano(5), ..Account::default() };
    for (name, account) in [("unused", Account::default()), ("funded", funded), ("used", used_account())] {
        let value_hash = value_hash(&borsh::to_vec(&account).unwrap()).to_string();
        golden.case(name, [("bytes", bytes(&account)), ("value hash", value_hash)]);
    }
    golden.case("place in the tree", [("key", Account::key(&address(0xaa)).to_string())]);
    golden.check("accounts.json");
}

/// Candidates as values of the state tree, with the hash that a leaf commits to.
#[test]
fn golden_candidates() {
    let mut golden = Golden::default();
    let active = Candidate { stake: nano(1_000_000_000), ..Candidate::new(public(5)) };
    let unbonding = [(100, 7), (205, 8)].map(|(release, amount)| Unbonding { release, amount: nano(amount) });
    let jailed = Candidate {
        unbonding: unbonding.to_vec(),
        status: CandidateStatus::Jailed { since: 90 },
        absent_blocks: 3,
        ..active.clone()
    };
    let tombstoned = Candidate { status: CandidateStatus::Tombstoned { since: 91 }, ..Candidate::new(public(6)) };
    for (name, candidate) in [("active", active), ("jailed", jailed), ("tombstoned", tombstoned)] {
        let value_hash = value_hash(&borsh::to_vec(&candidate).unwrap()).to_string();
        golden.case(name, [("bytes", bytes(&candidate)), ("value hash", value_hash)]);
    }
    golden.case("place in the tree", [("key", Candidate::state_key(&address(0xaa)).to_string())]);
    golden.check("candidates.json");
}

/// A key whose first bits are given and whose other bits are zero.
fn key(first: u8) -> Hash {
    let mut bytes = [0; 32];
    bytes[0] = first;
    Hash::from_bytes(bytes)
}

/// Proofs of the three kinds under the root of a tree of two leaves, at the keys 00… and 40….
#[test]
fn golden_state_proofs() {
    let value = borsh::to_vec(&used_account()).unwrap();
    let (left, right) = (leaf_hash(&key(0x00), &value_hash(&value)), leaf_hash(&key(0x40), &hash(9)));
    let root = node_hash(&node_hash(&left, &right), &Hash::ZERO);
    let other = PathEnd::Other { key: key(0x40), value_hash: hash(9) };
    let mut golden = Golden::default();
    for (name, key, value, end, siblings) in [
        ("own value", key(0x00), Some(value.as_slice()), PathEnd::Own, vec![Hash::ZERO, right]),
        ("nothing there", key(0x80), None, PathEnd::Empty, vec![node_hash(&left, &right)]),
        ("another key there", key(0x60), None, other, vec![Hash::ZERO, left]),
    ] {
        let proof = StateProof::new(end, siblings).unwrap();
        proof.verify(&root, &key, value).unwrap();
        golden.case(name, [("bytes", bytes(&proof)), ("key", key.to_string()), ("root", root.to_string())]);
    }
    golden.check("state_proofs.json");
}
