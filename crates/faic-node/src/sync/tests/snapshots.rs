//! Tests of taking over a snapshot: it is that of the source, liars are found out, and what came is kept.

use std::sync::{Arc, Mutex};

use faic_consensus::Application;
use faic_core::{
    Address, Amount, Authority, BasicCrypto, Domain,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};
use faic_ledger::{
    ledger::{
        Snapshot,
        snapshot::{Handovers, Offer},
    },
    store::MemoryStore,
};
use faic_network::{NetworkError, NetworkMessage, ResponseMessage, SnapshotChunkRequest, SnapshotPiece};
use tokio::time::timeout;

use super::{Follower, grown, history, honest};
use crate::{
    Chain, ChainApplication,
    sync::Config,
    testing::{PATIENCE, chain, chain_id, chain_on, grow, node, secret},
};

/// A node takes over a snapshot beyond ten blocks.
const CONFIG: Config = Config { snapshot_beyond: 10 };

/// A chain of thirteen blocks and some thousand accounts, so that its state has more than one part.
async fn crowded() -> Arc<Chain> {
    let chain = chain();
    let authority = Authority::single(secret(1).public_key());
    for sequence in 0..12_u64 {
        let output = |number: u16| {
            let name = [sequence.to_be_bytes().as_slice(), &number.to_be_bytes()].concat();
            let to = Address::from_bytes(*Domain::Address.hash(&[&name]).as_bytes());
            Output { to, amount: Amount::from_nano(1).unwrap(), memo: String::new() }
        };
        let outputs = (0..256).map(output).collect();
        let body = TransactionBuilder::transfer(chain_id(), authority.clone(), outputs).nonce(0, sequence);
        let body = body.valid_until(1_000).build(20).unwrap();
        let signer = BasicCrypto { key_manager: [secret(1)].into_iter().collect() };
        chain.admit(sign_transaction(&signer, body).unwrap()).await.unwrap();
        grow(&chain, 1).await;
    }
    grow(&chain, 1).await;
    chain
}

/// The snapshot of a chain's tip.
async fn snapshot(chain: &Arc<Chain>) -> Arc<Snapshot> {
    Arc::new(chain.read(|ledger| ledger.snapshot().unwrap().unwrap()).await)
}

/// An answer with a snapshot.
fn offer(bytes: Vec<u8>) -> NetworkMessage {
    NetworkMessage::Response(ResponseMessage::Snapshot(bytes))
}

/// An answer with a piece of a snapshot.
fn chunk(bytes: Vec<u8>) -> NetworkMessage {
    NetworkMessage::Response(ResponseMessage::SnapshotChunk(bytes))
}

/// What an honest peer answers to a question about that snapshot.
fn give(snapshot: &Snapshot, question: &NetworkMessage) -> Option<NetworkMessage> {
    if *question == NetworkMessage::GetSnapshot {
        return Some(offer(snapshot.offer().to_vec()));
    }
    let NetworkMessage::GetSnapshotChunk(SnapshotChunkRequest { height, piece }) = question else { return None };
    assert_eq!(*height, snapshot.height());
    Some(chunk(match piece {
        SnapshotPiece::Handovers(from) => snapshot.handovers(*from).unwrap(),
        SnapshotPiece::Part(index) => snapshot.part(usize::try_from(*index).unwrap()).unwrap().unwrap(),
    }))
}

/// Two peers with one snapshot give it side by side; the node has their state, goes on with the blocks after it, and asks
/// for none before.
#[tokio::test]
async fn state_is_taken_over() {
    let source = crowded().await;
    let shared = snapshot(&source).await;
    grow(&source, 3).await;
    let history = history(&source).await;
    let follower = Follower::with(chain(), CONFIG);
    let asked = Arc::new(Mutex::new(Vec::new()));
    let mut statuses = follower.status.clone();
    for seed in [1, 2] {
        let (shared, history, asked) = (Arc::clone(&shared), Arc::clone(&history), Arc::clone(&asked));
        follower.meet_all(node(seed), 16, move |question| {
            asked.lock().unwrap().push(seed);
            Ok(give(&shared, &question).unwrap_or_else(|| {
                let NetworkMessage::GetBlocks(request) = question else { panic!("{question:?}") };
                assert!(request.from > 13, "old blocks are not asked for");
                NetworkMessage::Response(ResponseMessage::Blocks(honest(&history, request)))
            }))
        });
    }
    let seen = statuses.wait_for(|status| status.snapshot.is_some_and(|snapshot| snapshot.parts > 0));
    let seen = timeout(PATIENCE, seen).await.expect("in time").unwrap().snapshot.unwrap();
    assert_eq!(seen.height, 13);
    assert!(seen.parts_total > 1);
    follower.reach(16).await;
    let status = *follower.status.borrow();
    assert!(follower.network.punished().is_empty());
    let chain = follower.stop().await;
    assert!(status.snapshot.is_none() || status.height < 16);
    assert_eq!(chain.tip(), source.tip());
    assert!([1, 2].iter().all(|seed| asked.lock().unwrap().contains(seed)));
    let audit = |chain: &Arc<Chain>| {
        let chain = Arc::clone(chain);
        async move { chain.read(|ledger| ledger.audit(&BasicCrypto::default()).unwrap()).await }
    };
    let (found, expected) = (audit(&chain).await, audit(&source).await);
    assert_eq!((found.accounts, found.balances), (expected.accounts, expected.balances));
    assert_eq!(found.transactions, 0, "transactions before the snapshot are not kept");
    assert_eq!(chain.read(|ledger| ledger.block(5).unwrap()).await, None);
}

/// A liar is found out, whatever it lies about, and makes no difference beside an honest peer.
#[tokio::test(start_paused = true)]
async fn liars_are_found_out() {
    type Lie = fn(&Snapshot, &NetworkMessage) -> NetworkMessage;
    let lies: [(&str, Lie); 4] = [
        ("garbage", |snapshot, question| {
            let honest = give(snapshot, question).unwrap();
            if *question == NetworkMessage::GetSnapshot { offer(vec![0xff; 100]) } else { honest }
        }),
        ("a state that nobody signed", |snapshot, question| {
            let mut forged: Offer = borsh::from_slice(snapshot.offer()).unwrap();
            forged.header.time_ms += 1;
            forged.certificate.block = forged.header.id();
            let honest = give(snapshot, question).unwrap();
            if *question == NetworkMessage::GetSnapshot { offer(borsh::to_vec(&forged).unwrap()) } else { honest }
        }),
        ("a bad part", |snapshot, question| {
            let (honest, other) = (give(snapshot, question).unwrap(), snapshot.part(1).unwrap().unwrap());
            if *question == NetworkMessage::GetSnapshot { honest } else { chunk(other[1..].to_vec()) }
        }),
        ("no part", |snapshot, question| {
            let (honest, none) = (give(snapshot, question).unwrap(), Handovers(Vec::new()));
            if *question == NetworkMessage::GetSnapshot { honest } else { chunk(borsh::to_vec(&none).unwrap()) }
        }),
    ];
    let source = crowded().await;
    let shared = snapshot(&source).await;
    for (name, lie) in lies {
        let follower = Follower::with(chain(), CONFIG);
        let lied = Arc::clone(&shared);
        follower.meet_all(node(1), 13, move |question| Ok(lie(&lied, &question)));
        let (punished, reason) = follower.punished().await;
        assert_eq!(punished, node(1), "{name}: {reason}");
        assert_eq!(follower.chain.tip().height, 0, "{name}");
        let shared = Arc::clone(&shared);
        follower.meet_all(node(2), 13, move |question| Ok(give(&shared, &question).unwrap()));
        follower.reach(13).await;
        assert_eq!(follower.stop().await.tip(), source.tip(), "{name}");
    }
}

/// A node that was stopped in the middle goes on where it was, with the same snapshot.
#[tokio::test(start_paused = true)]
async fn resumes() {
    let source = crowded().await;
    let shared = snapshot(&source).await;
    let store = Arc::new(MemoryStore::new());
    let follower = Follower::with(chain_on(Arc::clone(&store) as _), CONFIG);
    let early = Arc::clone(&shared);
    let is_late = |question: &NetworkMessage| matches!(question, NetworkMessage::GetSnapshotChunk(request) if request.piece != SnapshotPiece::Part(0));
    follower.meet_all(node(1), 13, move |question| {
        if is_late(&question) { Err(NetworkError::Timeout) } else { Ok(give(&early, &question).unwrap()) }
    });
    let mut status = follower.status.clone();
    let first = status.wait_for(|status| status.snapshot.is_some_and(|snapshot| snapshot.parts == 1));
    timeout(PATIENCE, first).await.expect("in time").unwrap();
    drop(follower.stop().await);

    let follower = Follower::with(chain_on(store), CONFIG);
    assert_eq!(follower.chain.tip().height, 0);
    follower.meet_all(node(2), 13, move |question| {
        let is_offer = question == NetworkMessage::GetSnapshot;
        assert!(is_offer || is_late(&question), "what came is not asked for again");
        Ok(give(&shared, &question).unwrap())
    });
    follower.reach(13).await;
    assert_eq!(follower.stop().await.tip(), source.tip());
}

/// Where nobody gives a snapshot, and where the node has blocks already, every block is taken.
#[tokio::test(start_paused = true)]
async fn blocks_do_too() {
    let source = grown(30).await;
    let history = history(&source).await;
    let begun = chain();
    let first = history[0].clone();
    ChainApplication(Arc::clone(&begun)).commit(first.0, first.1).await.unwrap();
    for (chain, questions) in [(chain(), 3), (begun, 0)] {
        let follower = Follower::with(chain, CONFIG);
        let (history, asked) = (Arc::clone(&history), Arc::new(Mutex::new(0)));
        let count = Arc::clone(&asked);
        follower.meet_all(node(1), 30, move |question| {
            if question == NetworkMessage::GetSnapshot {
                *count.lock().unwrap() += 1;
                return Ok(NetworkMessage::refused("no snapshot"));
            }
            let NetworkMessage::GetBlocks(request) = question else { panic!("{question:?}") };
            Ok(NetworkMessage::Response(ResponseMessage::Blocks(honest(&history, request))))
        });
        follower.reach(30).await;
        assert_eq!(*asked.lock().unwrap(), questions);
        assert_eq!(follower.stop().await.tip(), source.tip());
    }
}
