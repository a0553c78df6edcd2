//! Tests of following peers: honest ones, liars, and what a restart leaves.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use faic_consensus::bft::{self, replica::Identity};
use faic_core::{BasicCrypto, Block, Certificate};
use faic_ledger::store::MemoryStore;
use faic_network::{BlocksRequest, NetworkError, NetworkMessage, NodeId, ResponseMessage};
use tokio::{
    sync::watch,
    task::JoinHandle,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{Config, Heads, PATIENCE as AGREEMENT_PATIENCE, Part, SyncError, SyncStatus, Synchronizer};
use crate::{
    Chain, certified_block,
    testing::{FakeNetwork, PATIENCE, certify, chain, chain_id, chain_on, grow, node, payment, secret},
};

mod snapshots;

/// The certified blocks of a chain.
async fn history(chain: &Arc<Chain>) -> Arc<Vec<(Block, Certificate)>> {
    let tip = chain.tip().height;
    let read = chain.read(move |ledger| (1..=tip).map(|height| ledger.block(height).unwrap().unwrap()).collect());
    Arc::new(read.await)
}

/// A chain of so many blocks, with a payment in the second.
async fn grown(blocks: usize) -> Arc<Chain> {
    let chain = chain();
    grow(&chain, 1).await;
    chain.admit(payment(1, 0)).await.unwrap();
    grow(&chain, blocks - 1).await;
    chain
}

/// What an honest peer with that history answers.
fn honest(history: &[(Block, Certificate)], BlocksRequest { from, count }: BlocksRequest) -> Vec<Vec<u8>> {
    let skipped = usize::try_from(from - 1).unwrap();
    let wanted = history.iter().skip(skipped).take(usize::try_from(count).unwrap());
    wanted.map(|(block, certificate)| certified_block::to_bytes(block, certificate)).collect()
}

/// A node that follows its peers.
struct Follower {
    /// Its chain.
    chain: Arc<Chain>,
    /// Its network.
    network: Arc<FakeNetwork>,
    /// Tells it the heights of its peers.
    heads: watch::Sender<Heads>,
    /// Where it says how far it is.
    status: watch::Receiver<SyncStatus>,
    /// Ends it.
    shutdown: CancellationToken,
    /// Its task.
    task: JoinHandle<Result<(), SyncError>>,
}

impl Follower {
    /// A node over that chain, without peers, which takes every block.
    fn new(chain: Arc<Chain>) -> Self {
        Self::with(chain, Config { snapshot_beyond: 0 })
    }

    /// A node over that chain, without peers.
    fn with(chain: Arc<Chain>, config: Config) -> Self {
        Self::begin(chain, config, None)
    }

    /// A node over that chain, without peers, which may have a part in the agreement.
    fn begin(chain: Arc<Chain>, config: Config, part: Option<Part>) -> Self {
        let network = Arc::new(FakeNetwork::default());
        let (heads, (status_in, status)) = (watch::Sender::new(Heads::new()), watch::channel(SyncStatus::default()));
        let shutdown = CancellationToken::new();
        let synchronizer = Synchronizer::new(
            config,
            Arc::clone(&chain),
            Arc::clone(&network) as _,
            part,
            heads.subscribe(),
            status_in,
        );
        let task = tokio::spawn(synchronizer.run(shutdown.clone()));
        Self { chain, network, heads, status, shutdown, task }
    }

    /// Adds a peer that tells a height and answers questions for blocks.
    fn meet(&self, id: NodeId, height: u64, mut answer: impl FnMut(BlocksRequest) -> Vec<Vec<u8>> + Send + 'static) {
        self.network.add(id, move |message| {
            let NetworkMessage::GetBlocks(request) = message else { panic!("{message:?}") };
            Ok(NetworkMessage::Response(ResponseMessage::Blocks(answer(request))))
        });
        self.heads.send_modify(|heads| _ = heads.insert(id, height));
    }

    /// Adds a peer that tells a height and answers everything.
    fn meet_all(
        &self,
        id: NodeId,
        height: u64,
        answer: impl FnMut(NetworkMessage) -> Result<NetworkMessage, NetworkError> + Send + 'static,
    ) {
        self.network.add(id, answer);
        self.heads.send_modify(|heads| _ = heads.insert(id, height));
    }

    /// Waits until its ledger has that height.
    async fn reach(&self, height: u64) {
        let mut tips = self.chain.tips();
        timeout(PATIENCE, tips.wait_for(|tip| tip.height >= height)).await.expect("in time").unwrap();
    }

    /// Waits until a peer was punished; whom, and for what.
    async fn punished(&self) -> (NodeId, String) {
        let punished = async {
            loop {
                if let Some(first) = self.network.punished().first() {
                    return first.clone();
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, punished).await.expect("in time")
    }

    /// Ends it.
    async fn stop(self) -> Arc<Chain> {
        self.shutdown.cancel();
        timeout(PATIENCE, self.task).await.expect("in time").unwrap().unwrap();
        self.chain
    }
}

/// A new node catches up with several peers at once, and has the same state at the end.
#[tokio::test]
async fn catches_up() {
    let source = grown(200).await;
    let history = history(&source).await;
    let follower = Follower::new(chain());
    let asked: [Arc<AtomicUsize>; 3] = Default::default();
    for (seed, asked) in (1..).zip(&asked) {
        let (history, asked) = (Arc::clone(&history), Arc::clone(asked));
        follower.meet(node(seed), 200, move |request| {
            asked.fetch_add(1, Ordering::Relaxed);
            honest(&history, request)
        });
    }
    follower.reach(200).await;
    assert_eq!(follower.chain.tip(), source.tip());
    assert!(asked.iter().all(|asked| asked.load(Ordering::Relaxed) > 0), "all peers were asked");
    let done = async { follower.status.clone().wait_for(|status| status.height == 200).await.map(|status| *status) };
    assert!(timeout(PATIENCE, done).await.expect("in time").unwrap().is_done());
    assert!(follower.network.punished().is_empty());
    follower.stop().await;
}

/// A validator that holds its vote back follows every block at once, as who has no vote does: it does not wait for an
/// agreement of which it is no part.
#[tokio::test(start_paused = true)]
async fn who_does_not_vote_yet_waits_for_nobody() {
    let source = grown(3).await;
    let history = history(&source).await;
    let (key, verifier) = (secret(200).public_key(), Arc::new(BasicCrypto::default()));
    let signer = Arc::new(BasicCrypto { key_manager: [secret(200)].into_iter().collect() });
    let (consensus, _mailbox) = bft::channel(Identity { chain_id: chain_id(), key, signer, verifier });
    assert!(!consensus.takes_part());
    let follower = Follower::begin(chain(), Config { snapshot_beyond: 0 }, Some(Part { key, consensus }));
    for height in 1..=3 {
        let (history, told_at) = (Arc::clone(&history), Instant::now());
        follower.meet(node(1), height, move |request| honest(&history, request));
        follower.reach(height).await;
        assert!(told_at.elapsed() < AGREEMENT_PATIENCE, "height {height} took {:?}", told_at.elapsed());
    }
    follower.stop().await;
}

/// The target moves on while the node catches up, and each new block is followed.
#[tokio::test]
async fn target_moves_on() {
    let source = grown(100).await;
    let history = history(&source).await;
    let follower = Follower::new(chain());
    for height in [3, 70, 100] {
        let history = Arc::clone(&history);
        follower.meet(node(1), height, move |request| honest(&history, request));
        follower.reach(height).await;
        assert_eq!(follower.chain.tip().height, height, "nothing beyond what was told of is there");
    }
    follower.stop().await;
}

/// A node that was stopped goes on where it was.
#[tokio::test]
async fn resumes() {
    let source = grown(50).await;
    let history = history(&source).await;
    let store = Arc::new(MemoryStore::new());
    let follower = Follower::new(chain_on(Arc::clone(&store) as _));
    let early = Arc::clone(&history);
    follower.meet(node(1), 20, move |request| honest(&early[..20], request));
    follower.reach(20).await;
    drop(follower.stop().await);

    let follower = Follower::new(chain_on(store));
    assert_eq!(follower.chain.tip().height, 20);
    follower.meet(node(1), 50, move |request| {
        assert!(request.from > 20, "what is there is not asked for again");
        honest(&history, request)
    });
    follower.reach(50).await;
    assert_eq!(follower.stop().await.tip(), source.tip());
}

/// Every kind of liar is found out, reported by name, and makes no difference beside an honest peer.
#[tokio::test]
async fn liars_are_found_out() {
    type Lie = fn(&[(Block, Certificate)], BlocksRequest) -> Vec<Vec<u8>>;
    let lies: [(&str, Lie); 6] = [
        ("bad signature", |history, request| {
            forge(history, request, |_, certificate| {
                certificate.signatures[0].signature = certify(&history[0].0).signatures[0].signature
            })
        }),
        ("no signature", |history, request| forge(history, request, |_, certificate| certificate.signatures.clear())),
        ("wrong block", |history, request| {
            forge(history, request, |block, certificate| {
                block.header.state_root = faic_core::Hash::from_bytes([1; 32]);
                block.header.proposer = secret(77).public_key();
                certificate.block = block.id();
            })
        }),
        ("transactions left out", |history, request| forge(history, request, |block, _| block.transactions.clear())),
        ("a gap", |history, request| honest(history, BlocksRequest { from: request.from + 1, ..request })),
        ("garbage", |_, _| vec![vec![0xff; 100]]),
    ];
    let source = grown(30).await;
    let history = history(&source).await;
    for (name, lie) in lies {
        let follower = Follower::new(chain());
        let mut heads = Heads::new();
        let (liar, friend) = (node(1), node(2));
        let lied = Arc::clone(&history);
        // The liar is alone at first, so that it is asked whatever the order of peers.
        follower.meet(liar, 30, move |request| lie(&lied, request));
        let (punished, reason) = follower.punished().await;
        assert_eq!(punished, liar, "{name}: {reason}");
        assert!(follower.chain.tip().height <= 1, "{name}: the bad block is not in the ledger");
        heads.insert(friend, 30);
        let truth = Arc::clone(&history);
        follower.meet(friend, 30, move |request| honest(&truth, request));
        follower.reach(30).await;
        assert_eq!(follower.stop().await.tip(), source.tip(), "{name}");
    }
}

/// Honest answers, of which the second block of the chain is changed.
fn forge(
    history: &[(Block, Certificate)],
    request: BlocksRequest,
    change: impl Fn(&mut Block, &mut Certificate),
) -> Vec<Vec<u8>> {
    let mut forged = history.to_vec();
    let (block, certificate) = &mut forged[1];
    change(block, certificate);
    honest(&forged, request)
}

/// A peer without what it tells of, and one that does not answer, keep nobody from the others' blocks.
#[tokio::test]
async fn useless_peers() {
    let source = grown(100).await;
    let history = history(&source).await;
    let follower = Follower::new(chain());
    follower.meet(node(1), 1_000, |_| Vec::new());
    follower.network.add(node(2), |_| Err(NetworkError::Timeout));
    follower.heads.send_modify(|heads| _ = heads.insert(node(2), 100));
    follower.network.add(node(3), |_| Ok(NetworkMessage::refused("too busy")));
    follower.heads.send_modify(|heads| _ = heads.insert(node(3), 100));
    follower.meet(node(4), 100, move |request| honest(&history, request));
    follower.reach(100).await;
    assert_eq!(follower.stop().await.tip(), source.tip());
}
