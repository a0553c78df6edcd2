//! Tests of whole validators that decide together over a network in this process.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use async_trait::async_trait;
use faic_core::{BasicCrypto, Hash, transaction::Height};
use faic_network::{
    NetworkError, NetworkMessage, NodeAddress, NodeId, NodeInfo, NodeState, P2PNetworkInterface, PeerInfo,
};
use tokio::{task::JoinHandle, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{replica::Identity, *};
use crate::{
    Application, Consensus, ConsensusError,
    testing::{Recorder, chain_id, crypto, key, set},
};

mod newcomers;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The doors of all validators, by their numbers, and who is cut off.
#[derive(Default)]
struct Hub {
    /// The doors.
    doors: OnceLock<Vec<ConsensusHandle>>,
    /// The numbers of those that nobody hears.
    silent: Mutex<BTreeSet<u8>>,
    /// The height that every node claims.
    claimed: Mutex<Height>,
    /// The numbers of those that see no peers yet, though they hear them.
    blind: Mutex<BTreeSet<u8>>,
    /// The height beyond which nothing is said, where there is one.
    quiet_beyond: Mutex<Option<Height>>,
}

/// The network of one validator.
struct Bus {
    /// What connects all.
    hub: Arc<Hub>,
    /// The number of this validator, from 1.
    number: u8,
}

impl Bus {
    /// The others that hear this one.
    fn others(&self) -> Vec<(u8, ConsensusHandle)> {
        let silent = self.hub.silent.lock().unwrap();
        if silent.contains(&self.number) {
            return Vec::new();
        }
        let doors = self.hub.doors.get().unwrap();
        (1..)
            .zip(doors.iter().cloned())
            .filter(|(number, _)| *number != self.number && !silent.contains(number))
            .collect()
    }
}

#[async_trait]
impl P2PNetworkInterface for Bus {
    fn node_id(&self) -> NodeId {
        samples::node(self.number)
    }

    async fn discover_nodes(&self) -> Result<Vec<NodeInfo>, NetworkError> {
        Ok(Vec::new())
    }

    async fn connect(&self, _: NodeAddress) -> Result<NodeId, NetworkError> {
        Err(NetworkError::Stopped)
    }

    async fn disconnect(&self, node: NodeId) -> Result<(), NetworkError> {
        Err(NetworkError::NotConnected(node))
    }

    async fn broadcast(&self, message: NetworkMessage) -> Result<(), NetworkError> {
        let NetworkMessage::Consensus(bytes) = message else { return Err(NetworkError::NotGossip("other")) };
        let height = mailbox::decode(&bytes).expect("validators say what can be read").height();
        if self.hub.quiet_beyond.lock().unwrap().is_some_and(|last| height > last) {
            return Ok(());
        }
        for (_, door) in self.others() {
            door.receive(self.node_id(), &bytes);
        }
        Ok(())
    }

    async fn send(&self, node: NodeId, message: NetworkMessage) -> Result<NetworkMessage, NetworkError> {
        let NetworkMessage::Consensus(bytes) = message else { return Err(NetworkError::NotRequest("other")) };
        let found = self.others().into_iter().find(|(number, _)| samples::node(*number) == node);
        let (_, door) = found.ok_or(NetworkError::NotConnected(node))?;
        Ok(door.answer(self.node_id(), &bytes).await)
    }

    async fn sync_state(&self) -> Result<usize, NetworkError> {
        Ok(0)
    }

    async fn get_node_state(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        Err(NetworkError::UnknownNode(node))
    }

    async fn peers(&self) -> Result<Vec<PeerInfo>, NetworkError> {
        let height = *self.hub.claimed.lock().unwrap();
        if self.hub.blind.lock().unwrap().contains(&self.number) {
            return Ok(Vec::new());
        }
        Ok(self.others().into_iter().map(|(number, _)| samples::peer(number, Some(number), height)).collect())
    }
}

/// A validator that runs.
struct Running {
    /// What it committed.
    recorder: Arc<Recorder>,
    /// Ends it.
    shutdown: CancellationToken,
    /// Its task.
    task: JoinHandle<Result<(), ConsensusError>>,
}

impl Running {
    /// Starts one.
    fn start(recorder: Arc<Recorder>, hub: &Arc<Hub>, number: u8, mailbox: Mailbox, folder: &Path) -> Self {
        let network = Arc::new(Bus { hub: Arc::clone(hub), number });
        let config = Config { hold: Duration::from_millis(50), ..Config::default() };
        let consensus = BftConsensus::new(mailbox, network, folder.join(number.to_string()), config).unwrap();
        let shutdown = CancellationToken::new();
        let (application, token) = (Arc::clone(&recorder), shutdown.clone());
        let task = tokio::spawn(async move { consensus.run(application, token).await });
        Self { recorder, shutdown, task }
    }

    /// Waits until it has committed a height.
    async fn reaches(&self, height: Height) {
        let reached = async {
            loop {
                let committed = self.recorder.committed.notified();
                if self.recorder.tip().height >= height {
                    return;
                }
                committed.await;
            }
        };
        timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("height {height} was not reached"));
    }

    /// Ends it and answers with its ledger.
    async fn stop(self) -> (Arc<Recorder>, Result<(), ConsensusError>) {
        self.shutdown.cancel();
        (self.recorder, self.task.await.unwrap())
    }
}

/// Doors and mailboxes of the validators 1 to `count`.
fn channels(count: u8) -> (Arc<Hub>, Vec<Mailbox>) {
    let identity = |number: u8| Identity {
        chain_id: chain_id(),
        key: key(number).public_key(),
        signer: Arc::new(crypto([number])),
        verifier: Arc::new(BasicCrypto::default()),
    };
    let (doors, mailboxes): (Vec<_>, Vec<_>) = (1..=count).map(|number| channel(identity(number))).unzip();
    let hub = Arc::new(Hub::default());
    let _ = hub.doors.set(doors);
    (hub, mailboxes)
}

/// Starts four validators with empty ledgers.
fn four(folder: &Path) -> (Arc<Hub>, Vec<Running>) {
    let (hub, mailboxes) = channels(4);
    let start = |(number, mailbox)| {
        let recorder = Recorder { validators: set([1, 2, 3, 4]), ..Recorder::new(usize::MAX) };
        Running::start(Arc::new(recorder), &hub, number, mailbox, folder)
    };
    let running = (1..).zip(mailboxes).map(start).collect();
    (hub, running)
}

/// The ids of the blocks of a ledger.
fn ids(recorder: &Recorder) -> Vec<Hash> {
    recorder.chain().iter().map(|(block, ..)| block.id()).collect()
}

/// Four validators decide the same blocks, with certificates that hold.
#[tokio::test]
async fn four_validators_decide() {
    let folder = tempfile::tempdir().unwrap();
    let (_, running) = four(folder.path());
    for validator in &running {
        validator.reaches(10).await;
    }
    let mut chains = Vec::new();
    for validator in running {
        let (recorder, ended) = validator.stop().await;
        ended.unwrap();
        for (_, certificate, _) in recorder.chain().iter() {
            use faic_core::Verifier;
            BasicCrypto::default().verify_certificate(&chain_id(), certificate, &recorder.validators).unwrap();
        }
        chains.push(ids(&recorder).into_iter().take(10).collect::<Vec<_>>());
    }
    assert!(chains.iter().all(|chain| *chain == chains[0]), "{chains:?}");
}

/// A lone validator decides without anybody to talk to.
#[tokio::test]
async fn lone_validator_decides() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, mut mailboxes) = channels(1);
    let running = Running::start(Arc::new(Recorder::new(usize::MAX)), &hub, 1, mailboxes.remove(0), folder.path());
    running.reaches(5).await;
    running.stop().await.1.unwrap();
}

/// Three of four go on while the fourth is not heard.
#[tokio::test]
async fn three_of_four_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, running) = four(folder.path());
    hub.silent.lock().unwrap().insert(4);
    for validator in &running[..3] {
        validator.reaches(6).await;
    }
    assert_eq!(running[3].recorder.tip().height, 0);
    for validator in running {
        validator.stop().await.1.unwrap();
    }
}

/// Two of four are not enough for anything.
#[tokio::test]
async fn two_of_four_decide_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, running) = four(folder.path());
    running[0].reaches(2).await;
    hub.silent.lock().unwrap().extend([3, 4]);
    let height = running.iter().map(|validator| validator.recorder.tip().height).max().unwrap();
    let more = timeout(Duration::from_secs(3), running[0].reaches(height + 2)).await;
    assert!(more.is_err());
    for validator in running {
        validator.stop().await.1.unwrap();
    }
}

/// A validator that restarts goes on; one whose journal is gone does not, until it is told from where.
#[tokio::test]
async fn lost_journal_stops_a_validator() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |recorder: Arc<Recorder>, reach: Height, vote_from| {
        let (hub, mut mailboxes) = channels(1);
        let network = Arc::new(Bus { hub, number: 1 });
        let config = Config {
            hold: Duration::from_millis(10),
            block_interval_min: Duration::ZERO,
            vote_from,
            ..Config::default()
        };
        let consensus = BftConsensus::new(mailboxes.remove(0), network, folder.path().to_owned(), config).unwrap();
        let shutdown = CancellationToken::new();
        let (application, token) = (Arc::clone(&recorder), shutdown.clone());
        let task = tokio::spawn(async move { consensus.run(application, token).await });
        let running = Running { recorder, shutdown, task };
        if reach > 0 {
            running.reaches(reach).await;
            return running.stop().await.1;
        }
        timeout(PATIENCE, running.task).await.unwrap().unwrap()
    };
    let recorder = Arc::new(Recorder::new(usize::MAX));
    run(Arc::clone(&recorder), 3, None).await.unwrap();
    run(Arc::clone(&recorder), 6, None).await.unwrap();
    std::fs::remove_file(folder.path().join("journal")).unwrap();
    std::fs::remove_file(folder.path().join("journal.key")).unwrap();
    let refused = run(Arc::clone(&recorder), 0, None).await;
    assert!(matches!(refused, Err(ConsensusError::Journal(JournalError::Lost { .. }))), "{refused:?}");
    let next = recorder.tip().height + 1;
    run(recorder, next, Some(next)).await.unwrap();
}

/// A validator that only follows at first takes part from the height on at which it may vote, without a restart.
#[tokio::test]
async fn follower_becomes_a_voter() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, mut mailboxes) = channels(1);
    let others = Arc::new(Recorder::new(usize::MAX));
    let running = Running::start(Arc::clone(&others), &hub, 1, mailboxes.remove(0), &folder.path().join("others"));
    running.reaches(3).await;
    running.stop().await.1.unwrap();
    let (hub, mut mailboxes) = channels(1);
    let door = hub.doors.get().unwrap()[0].clone();
    let network = Arc::new(Bus { hub, number: 1 });
    let config = Config { hold: Duration::from_millis(50), vote_from: Some(3), ..Config::default() };
    let consensus = BftConsensus::new(mailboxes.remove(0), network, folder.path().join("own"), config).unwrap();
    let (recorder, shutdown) = (Arc::new(Recorder::new(usize::MAX)), CancellationToken::new());
    let (application, token) = (Arc::clone(&recorder), shutdown.clone());
    let task = tokio::spawn(async move { consensus.run(application, token).await });
    let running = Running { recorder: Arc::clone(&recorder), shutdown, task };
    let blocks: Vec<_> = others.chain().iter().take(2).cloned().collect();
    for (block, certificate, _) in blocks {
        recorder.commit(block, certificate).await.unwrap();
        door.advance();
    }
    running.reaches(4).await;
    running.stop().await.1.unwrap();
}
