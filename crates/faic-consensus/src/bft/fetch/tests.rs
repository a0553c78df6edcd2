//! Tests of finding a block, in paused time, among validators that help and validators that do not.

use async_trait::async_trait;
use faic_network::{NetworkError, NodeAddress, NodeInfo, NodeState, PeerInfo};
use tokio::time::Instant;

use super::*;
use crate::{
    bft::samples::{self, block},
    testing::{key, set},
};

/// How a validator answers.
#[derive(Debug, Clone)]
enum Answer {
    /// Never.
    Silence,
    /// That it has none.
    Refusal,
    /// With these bytes.
    Bytes(Vec<u8>),
}

/// The validators that are connected, by their numbers from 1.
struct Peers(Vec<Answer>);

impl Peers {
    /// The peers with their numbers.
    fn numbered(&self) -> impl Iterator<Item = (u8, &Answer)> {
        (1..).zip(&self.0)
    }
}

#[async_trait]
impl P2PNetworkInterface for Peers {
    fn node_id(&self) -> NodeId {
        samples::node(0)
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

    async fn broadcast(&self, _: NetworkMessage) -> Result<(), NetworkError> {
        Err(NetworkError::Stopped)
    }

    async fn send(&self, node: NodeId, message: NetworkMessage) -> Result<NetworkMessage, NetworkError> {
        assert!(matches!(message, NetworkMessage::Consensus(_)));
        let (_, answer) = self.numbered().find(|(number, _)| samples::node(*number) == node).unwrap();
        match answer {
            Answer::Silence => std::future::pending().await,
            Answer::Refusal => Ok(NetworkMessage::refused("none")),
            Answer::Bytes(bytes) => Ok(NetworkMessage::Consensus(bytes.clone())),
        }
    }

    async fn sync_state(&self) -> Result<usize, NetworkError> {
        Ok(0)
    }

    async fn get_node_state(&self, node: NodeId) -> Result<NodeState, NetworkError> {
        Err(NetworkError::UnknownNode(node))
    }

    async fn peers(&self) -> Result<Vec<PeerInfo>, NetworkError> {
        Ok(self.numbered().map(|(number, _)| samples::peer(number, Some(number), 0)).collect())
    }
}

/// The answer that is a block.
fn with(block: &Block) -> Answer {
    Answer::Bytes(encode(0, &Message::Block(Box::new(block.clone()))))
}

/// A block that the validator of a number, of twelve, proposed.
fn wanted_of(block: &Block, proposer: u8) -> Wanted {
    let validators = set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    Wanted { height: 1, block: block.id(), proposer: Some(key(proposer).public_key()), validators }
}

/// How long it takes to find a block among validators that answer so.
async fn time_to_find(answers: Vec<Answer>, wanted: &Block) -> Duration {
    let begin = Instant::now();
    assert_eq!(&fetch(Arc::new(Peers(answers)), wanted_of(wanted, 12)).await, wanted);
    begin.elapsed()
}

/// A refusal, nonsense, another block and a block with other transactions send the question to the next at once.
#[tokio::test(start_paused = true)]
async fn wrong_answers_are_passed_over() {
    let wanted = block(1, 1, 1);
    let answers = vec![Answer::Refusal, Answer::Bytes(vec![9; 40]), with(&block(1, 1, 2)), with(&wanted)];
    assert!(time_to_find(answers, &wanted).await < GRACE * 2);
}

/// A block whose transactions are not those of its header is not what was asked for.
#[tokio::test(start_paused = true)]
async fn forged_bodies_are_not_taken() {
    let mut forged = block(1, 1, 1);
    forged.header.transactions_root = Hash::from_bytes([1; 32]);
    let found = timeout(LAST_PATIENCE, fetch(Arc::new(Peers(vec![with(&forged)])), wanted_of(&forged, 1))).await;
    assert!(found.is_err());
}

/// Silent validators delay the question to all others by the patience, and no longer, however many they are.
#[tokio::test(start_paused = true)]
async fn silence_keeps_nobody_from_being_asked() {
    let wanted = block(1, 1, 1);
    let mut answers = vec![Answer::Silence; 10];
    answers.push(with(&wanted));
    let time = time_to_find(answers, &wanted).await;
    assert!(time < GRACE * 2 + PATIENCE, "{time:?}");
}

/// The proposer is asked at once, whoever else is silent.
#[tokio::test(start_paused = true)]
async fn proposer_is_asked_first() {
    let wanted = block(1, 1, 1);
    let mut answers = vec![Answer::Silence; 11];
    answers.push(with(&wanted));
    assert!(time_to_find(answers, &wanted).await < GRACE * 2);
}

/// Who claims a key outside the set is not asked.
#[tokio::test(start_paused = true)]
async fn strangers_are_not_asked() {
    let wanted = block(1, 1, 1);
    let mut answers = vec![Answer::Refusal; 12];
    answers.push(with(&wanted));
    let fetched = fetch(Arc::new(Peers(answers)), wanted_of(&wanted, 13));
    assert!(timeout(LAST_PATIENCE, fetched).await.is_err());
}
