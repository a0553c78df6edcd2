//! Tests of the inbox: what is accepted, what is blamed, and what is answered.

use std::sync::Arc;

use faic_consensus::Application;
use faic_core::{Account, BasicCrypto, Certificate, Header, SignedTransaction, Verifier, state_proof::StateProof};
use faic_ledger::{ledger::snapshot::Offer, store::MemoryStore};
use faic_network::{
    BlocksRequest, GetBalanceRequest, Inbox, NetworkMessage, PeerEvent, ResponseMessage, SnapshotChunkRequest,
    SnapshotPiece, Verdict,
};
use tokio::time::timeout;

use super::{NodeInbox, Profile};
use crate::{
    Chain, certified_block,
    chain::ChainApplication,
    testing::{PATIENCE, address, chain, chain_id, genesis, grow, node, payment, restored, state},
};

/// The inbox of a full node over a chain.
fn inbox(chain: &Arc<Chain>) -> Arc<NodeInbox> {
    let profile = Profile { chain_id: chain_id(), validator: None };
    Arc::new(NodeInbox::new(Arc::clone(chain), profile, None))
}

/// A transaction as it is gossiped.
fn transfer(signed: SignedTransaction) -> NetworkMessage {
    NetworkMessage::Transfers(vec![signed])
}

/// A transaction as it is handed to one node.
fn handed(signed: SignedTransaction) -> NetworkMessage {
    NetworkMessage::Transfer(Box::new(signed))
}

/// A new transaction is passed on once; a forged one is blamed, one that came too late is not.
#[tokio::test]
async fn gossip_is_judged() {
    let chain = chain();
    let inbox = inbox(&chain);
    assert_eq!(inbox.receive(node(1), transfer(payment(1, 0))).await, Verdict::Accept);
    assert_eq!(inbox.receive(node(2), transfer(payment(1, 0))).await, Verdict::Ignore);
    let mut forged = payment(2, 0);
    forged.transaction.valid_until += 1;
    assert!(matches!(inbox.receive(node(1), transfer(forged)).await, Verdict::Reject { .. }));
    grow(&chain, 1).await;
    assert_eq!(inbox.receive(node(1), transfer(payment(1, 0))).await, Verdict::Ignore);
    let question = NetworkMessage::GetBlocks(BlocksRequest { from: 1, count: 1 });
    assert!(matches!(inbox.receive(node(1), question).await, Verdict::Reject { .. }));
    assert_eq!(inbox.receive(node(1), NetworkMessage::Consensus(vec![1])).await, Verdict::Ignore);
    assert!(matches!(inbox.receive(node(1), handed(payment(1, 1))).await, Verdict::Reject { .. }));
}

/// Gossip of many transactions is taken one by one; a single one that no honest node passes on spoils the message, and it
/// is passed on where half of it was new.
#[tokio::test]
async fn gossip_of_many_is_judged() {
    let chain = chain();
    let inbox = inbox(&chain);
    let many = |transfers: &[SignedTransaction]| NetworkMessage::Transfers(transfers.to_vec());
    let in_order: Vec<_> = (0..10).map(|sequence| payment(1, sequence)).collect();
    assert_eq!(inbox.receive(node(1), many(&in_order)).await, Verdict::Accept);
    assert_eq!(chain.waiting_ids(99).len(), 10);
    assert_eq!(inbox.receive(node(2), many(&in_order)).await, Verdict::Ignore, "nothing is new");
    let half = [payment(1, 9), payment(1, 10)];
    assert_eq!(inbox.receive(node(1), many(&half)).await, Verdict::Accept);
    let less = [payment(1, 9), payment(1, 10), payment(1, 11)];
    assert_eq!(inbox.receive(node(1), many(&less)).await, Verdict::Ignore);
    assert!(chain.waiting(&payment(1, 11).id()).is_some(), "what is good is taken all the same");
    let mut forged = payment(2, 1);
    forged.transaction.valid_until += 1;
    let spoilt = [payment(2, 0), forged.clone(), payment(2, 1)];
    assert!(matches!(inbox.receive(node(1), many(&spoilt)).await, Verdict::Reject { .. }));
    assert!(chain.waiting(&forged.id()).is_none());
    assert!([payment(2, 0), payment(2, 1)].iter().all(|good| chain.waiting(&good.id()).is_some()));
}

/// What this node refuses for a reason of its own, such as its height, is verified before it is passed on with others: a
/// node that sees another height would blame this one for a forgery.
#[tokio::test]
async fn nothing_unverified_is_passed_on() {
    let chain = chain();
    let inbox = inbox(&chain);
    grow(&chain, 1).await;
    let many = |transfers: &[SignedTransaction]| NetworkMessage::Transfers(transfers.to_vec());
    let late = payment(1, 0);
    let good = [payment(2, 0), late.clone()];
    assert_eq!(inbox.receive(node(1), many(&good)).await, Verdict::Accept, "half of it is new, and all is signed");
    let mut forged = payment(3, 0);
    forged.transaction.fee = faic_core::Amount::ZERO;
    let spoilt = [payment(2, 1), forged];
    let verdict = inbox.receive(node(1), many(&spoilt)).await;
    assert!(matches!(verdict, Verdict::Reject { .. }), "{verdict:?}");
    assert!(chain.waiting(&payment(2, 1).id()).is_some(), "what is good is taken all the same");
}

/// Transactions of a lane that overtake each other on the way are all taken.
#[tokio::test]
async fn overtaking_is_forgiven() {
    let chain = chain();
    let inbox = inbox(&chain);
    let later: Vec<_> = (1..5)
        .rev()
        .map(|sequence| {
            let inbox = Arc::clone(&inbox);
            tokio::spawn(async move { inbox.receive(node(1), transfer(payment(1, sequence))).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(inbox.receive(node(1), transfer(payment(1, 0))).await, Verdict::Accept);
    for verdict in later {
        assert_eq!(timeout(PATIENCE, verdict).await.unwrap().unwrap(), Verdict::Accept);
    }
    assert_eq!(inbox.receive(node(1), transfer(payment(2, 7))).await, Verdict::Ignore, "its predecessor never comes");
}

/// A transaction whose predecessor is missing rests, and is taken when that has become final without passing here.
#[tokio::test]
async fn early_ones_rest() {
    let (chain, other) = (chain(), chain());
    let inbox = inbox(&chain);
    let resting = tokio::spawn({
        let inbox = Arc::clone(&inbox);
        async move {
            let lane = (address(1), 0);
            let mut place = inbox.early.wait(lane, node(2)).unwrap();
            inbox.comes(lane, 1, &mut place).await;
        }
    });
    let early = tokio::spawn({
        let inbox = Arc::clone(&inbox);
        async move { inbox.receive(node(1), transfer(payment(1, 1))).await }
    });
    other.admit(payment(1, 0)).await.unwrap();
    grow(&other, 1).await;
    assert!(!resting.is_finished() && !early.is_finished());
    let (block, certificate) = other.read(|ledger| ledger.block(1)).await.unwrap().unwrap();
    ChainApplication(chain).commit(block, certificate).await.unwrap();
    timeout(PATIENCE, resting).await.unwrap().unwrap();
    assert_eq!(timeout(PATIENCE, early).await.unwrap().unwrap(), Verdict::Accept);
}

/// Blocks are given with their certificates, ascending, as many as there are and no more than are asked for.
#[tokio::test]
async fn blocks_are_given() {
    let chain = chain();
    grow(&chain, 3).await;
    let inbox = inbox(&chain);
    for (from, count, expected) in [(1, 2, vec![1, 2]), (2, 99, vec![2, 3]), (4, 1, vec![]), (0, 5, vec![])] {
        let answer = inbox.answer(node(1), NetworkMessage::GetBlocks(BlocksRequest { from, count })).await;
        let NetworkMessage::Response(ResponseMessage::Blocks(blocks)) = answer else { panic!("{answer:?}") };
        let decoded: Vec<_> = blocks.iter().map(|bytes| certified_block::from_bytes(bytes).unwrap()).collect();
        assert_eq!(decoded.iter().map(|(block, _)| block.header.height).collect::<Vec<_>>(), expected);
        assert!(decoded.iter().all(|(block, certificate)| certificate.block == block.id()));
    }
}

/// A snapshot is offered and given piece by piece; one of another height, and a piece that there is not, are refused.
#[tokio::test]
async fn snapshots_are_given() {
    let chain = chain();
    let inbox = inbox(&chain);
    let refused = |answer: &NetworkMessage| matches!(answer, NetworkMessage::Response(ResponseMessage::Refused { .. }));
    assert!(refused(&inbox.answer(node(1), NetworkMessage::GetSnapshot).await), "no block yet");
    grow(&chain, 2).await;
    let answer = inbox.answer(node(1), NetworkMessage::GetSnapshot).await;
    let NetworkMessage::Response(ResponseMessage::Snapshot(offer)) = answer else { panic!("{answer:?}") };
    let offer: Offer = borsh::from_slice(&offer).unwrap();
    assert_eq!((offer.header.height, offer.parts.len()), (2, 1));
    grow(&chain, 1).await;
    let ask = |height, piece| {
        let inbox = Arc::clone(&inbox);
        let question = NetworkMessage::GetSnapshotChunk(SnapshotChunkRequest { height, piece });
        async move { inbox.answer(node(1), question).await }
    };
    for piece in [SnapshotPiece::Part(0), SnapshotPiece::Handovers(2)] {
        let answer = ask(2, piece).await;
        assert!(matches!(answer, NetworkMessage::Response(ResponseMessage::SnapshotChunk(_))), "{answer:?}");
    }
    assert!(refused(&ask(2, SnapshotPiece::Part(1)).await));
    assert!(refused(&ask(3, SnapshotPiece::Part(0)).await));
}

/// A node that began at a snapshot says that it has no older blocks, and gives the later ones; it proves balances at once.
#[tokio::test]
async fn older_blocks_are_refused() {
    let source = chain();
    grow(&source, 3).await;
    let chain = restored(&source, Arc::new(MemoryStore::new())).await;
    let inbox = inbox(&chain);
    let balance = NetworkMessage::GetBalance(GetBalanceRequest { address: address(1) });
    let answer = inbox.answer(node(1), balance).await;
    assert!(matches!(answer, NetworkMessage::Response(ResponseMessage::Balance(_))), "{answer:?}");
    grow(&chain, 2).await;
    for (from, expected) in [(1, None), (3, None), (4, Some(2)), (6, Some(0))] {
        let answer = inbox.answer(node(1), NetworkMessage::GetBlocks(BlocksRequest { from, count: 9 })).await;
        if let NetworkMessage::Response(ResponseMessage::Refused { reason }) = &answer {
            assert!(expected.is_none() && reason.contains("up to height 3"), "{reason}");
            continue;
        }
        let NetworkMessage::Response(ResponseMessage::Blocks(blocks)) = answer else { panic!("{answer:?}") };
        assert_eq!(Some(blocks.len()), expected);
    }
}

/// A balance proves itself to somebody who knows the validators only, also that of an account that was never used.
#[tokio::test]
async fn balances_prove_themselves() {
    let chain = chain();
    let inbox = inbox(&chain);
    let ask = |seed| {
        let inbox = Arc::clone(&inbox);
        let question = NetworkMessage::GetBalance(GetBalanceRequest { address: address(seed) });
        async move { inbox.answer(node(1), question).await }
    };
    assert!(matches!(ask(1).await, NetworkMessage::Response(ResponseMessage::Refused { .. })), "no header yet");
    grow(&chain, 1).await;
    for (seed, used) in [(1, true), (99, false)] {
        let NetworkMessage::Response(ResponseMessage::Balance(answer)) = ask(seed).await else { panic!("{seed}") };
        let header: Header = borsh::from_slice(&answer.header).unwrap();
        let certificate: Certificate = borsh::from_slice(&answer.certificate).unwrap();
        BasicCrypto::default().verify_certificate(&chain_id(), &certificate, &genesis().validators).unwrap();
        assert_eq!((certificate.block, header.height), (header.id(), answer.height));
        let proof: StateProof = borsh::from_slice(&answer.proof).unwrap();
        proof.verify(&header.state_root, &Account::key(&address(seed)), answer.account.as_deref()).unwrap();
        assert_eq!(answer.account.is_some(), used);
    }
}

/// What is handed to the node is taken as from a user, and refused with the reason.
#[tokio::test]
async fn handed_transactions() {
    let chain = chain();
    let inbox = inbox(&chain);
    let done = NetworkMessage::Response(ResponseMessage::Done);
    assert_eq!(inbox.answer(node(1), handed(payment(1, 0))).await, done);
    assert_eq!(inbox.answer(node(1), handed(payment(1, 0))).await, done, "again is harmless");
    let refused = inbox.answer(node(1), handed(payment(1, 5))).await;
    let NetworkMessage::Response(ResponseMessage::Refused { reason }) = refused else { panic!("{refused:?}") };
    assert!(reason.contains("gap"), "{reason}");
    let consensus = inbox.answer(node(1), NetworkMessage::Consensus(vec![1])).await;
    assert!(matches!(consensus, NetworkMessage::Response(ResponseMessage::Refused { .. })));
}

/// The node says where it is, and remembers where its peers are.
#[tokio::test]
async fn states() {
    let chain = chain();
    let inbox = inbox(&chain);
    grow(&chain, 2).await;
    let own = inbox.state();
    assert_eq!((own.height, own.head, own.load_percent), (2, chain.tip().id, 0));
    let mut heads = inbox.heads();
    inbox.peer_changed(PeerEvent::Connected(node(1), state(4)));
    inbox.peer_changed(PeerEvent::StateChanged(node(1), state(5)));
    assert_eq!(heads.borrow_and_update().get(&node(1)), Some(&5));
    inbox.peer_changed(PeerEvent::StateChanged(node(1), state(5)));
    assert!(!heads.has_changed().unwrap(), "nothing is new");
    inbox.peer_changed(PeerEvent::Disconnected(node(1)));
    assert!(heads.borrow_and_update().is_empty());
}
