//! What the tests of this module say and hear: signed votes and proposals of the validators 1 to 4, and blocks.

use std::{sync::Arc, time::Duration};

use faic_core::{
    BasicCrypto, Block, Hash, Header, Height, Signer,
    block::{BLOCK_VERSION, VoteSignature, transactions_root},
    vote::VoteKind,
};

use faic_network::{Direction, NodeId, NodeState, NodeType, PeerInfo};

use super::{
    context::Validators,
    message::{Message, Polka, RoundProof, RoundSignature, SignedProposal, SignedVote},
    proposer,
    replica::{Identity, Replica},
};
use crate::testing::{chain_id, crypto, key, set};

/// The node of a number.
pub(super) fn node(number: u8) -> NodeId {
    NodeId::new(key(100 + number).public_key())
}

/// The node of a number as a peer, which claims a validator's key and a height.
pub(super) fn peer(number: u8, validator: Option<u8>, height: Height) -> PeerInfo {
    PeerInfo {
        id: node(number),
        address: "/ip4/127.0.0.1/tcp/1".parse().unwrap(),
        direction: Direction::Outbound,
        round_trip: None,
        state: NodeState {
            node_type: NodeType::Validator,
            version: "0".to_owned(),
            chain_id: chain_id(),
            height,
            head: Hash::ZERO,
            load_percent: 0,
            validator: validator.map(|number| key(number).public_key()),
        },
        score: 0,
        connected_for: Duration::ZERO,
        heard_ago: Duration::ZERO,
    }
}

/// Who the validator of a number is.
pub(super) fn identity(number: u8) -> Identity {
    Identity {
        chain_id: chain_id(),
        key: key(number).public_key(),
        signer: Arc::new(crypto([number])),
        verifier: Arc::new(BasicCrypto::default()),
    }
}

/// The replica of a number, which has not begun.
pub(super) fn replica(number: u8) -> Replica {
    Replica::new(identity(number))
}

/// The number of the validator whose turn it is, of four.
pub(super) fn turn(height: Height, round: u32) -> u8 {
    let set = Validators::from(&set([1, 2, 3, 4]));
    let chosen = proposer::select(&set, height, round).key.0;
    (1..=4).find(|number| key(*number).public_key() == chosen).unwrap()
}

/// An empty block; another time makes another block.
pub(super) fn block(height: Height, proposer: u8, time_ms: u64) -> Block {
    let header = Header {
        version: BLOCK_VERSION,
        chain_id: chain_id(),
        height,
        time_ms,
        proposer: key(proposer).public_key(),
        parent: Hash::ZERO,
        ancestors: Hash::ZERO,
        last_certificate: Hash::ZERO,
        evidence_root: Hash::ZERO,
        transactions_root: transactions_root([]),
        receipts_root: Hash::ZERO,
        state_root: Hash::ZERO,
        validators: Hash::ZERO,
        next_validators: Hash::ZERO,
    };
    Block { header, last_certificate: None, evidence: Vec::new(), transactions: Vec::new() }
}

/// A signed vote.
pub(super) fn vote(number: u8, kind: VoteKind, height: Height, round: u32, block: Option<Hash>) -> SignedVote {
    let said = faic_core::Vote { chain_id: chain_id(), kind, height, round, block };
    let validator = key(number).public_key();
    let signature = crypto([number]).sign_vote(&validator, &said).unwrap();
    SignedVote { kind, height, round, block, validator, signature }
}

/// A signed prevote.
pub(super) fn prevote(number: u8, height: Height, round: u32, block: Option<Hash>) -> SignedVote {
    vote(number, VoteKind::Prevote, height, round, block)
}

/// A signed precommit.
pub(super) fn precommit(number: u8, height: Height, round: u32, block: Option<Hash>) -> SignedVote {
    vote(number, VoteKind::Precommit, height, round, block)
}

/// A signed proposal.
pub(super) fn proposal(
    number: u8,
    height: Height,
    round: u32,
    valid_round: Option<u32>,
    block: Hash,
) -> SignedProposal {
    let said = faic_core::Proposal { chain_id: chain_id(), height, round, valid_round, block };
    let proposer = key(number).public_key();
    let signature = crypto([number]).sign_proposal(&proposer, &said).unwrap();
    SignedProposal { height, round, valid_round, block, proposer, signature }
}

/// The prevotes of these validators for a block.
pub(super) fn polka(numbers: &[u8], height: Height, round: u32, block: Hash) -> Polka {
    let signature = |number: &u8| {
        let SignedVote { validator, signature, .. } = prevote(*number, height, round, Some(block));
        VoteSignature { validator, signature }
    };
    Polka { height, round, block, signatures: numbers.iter().map(signature).collect() }
}

/// The votes of these validators for nothing, as the reason to enter a round.
pub(super) fn proof(numbers: &[u8], precommits: bool, height: Height, round: u32) -> RoundProof {
    let kind = if precommits { VoteKind::Precommit } else { VoteKind::Prevote };
    let signature = |number: &u8| {
        let SignedVote { kind, block, validator, signature, .. } = vote(*number, kind, height, round, None);
        RoundSignature { kind, block, validator, signature }
    };
    RoundProof { height, round, precommits, signatures: numbers.iter().map(signature).collect() }
}

/// One message of each kind, in the order of their tags.
pub(super) fn messages() -> Vec<Message> {
    let block = block(7, 2, 9);
    let id = block.id();
    vec![
        Message::Vote(prevote(1, 7, 1, None)),
        Message::Proposal(proposal(2, 7, 3, Some(1), id)),
        Message::Polka(polka(&[1, 2, 3], 7, 1, id)),
        Message::Round(proof(&[1, 2, 3], true, 7, 2)),
        Message::Block(Box::new(block)),
        Message::GetBlock { height: 7, block: id },
    ]
}
