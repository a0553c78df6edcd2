//! Messages for one peer, and their answers.

use faic_network::{
    BlocksRequest, DiscoverNodesRequest, NetworkError, NetworkMessage, P2PNetworkInterface, ResponseMessage, message,
};

use crate::node::{Node, eventually, handed};

/// A question reaches the node above the peer, and its answer comes back, also a large one.
#[tokio::test]
async fn questions_are_answered() {
    let (alice, bob) = (Node::start(51).await, Node::start(52).await);
    alice.join(&bob).await;
    let blocks = NetworkMessage::GetBlocks(BlocksRequest { from: 1, count: 9 });
    let answer = alice.network.send(bob.id(), blocks).await;
    assert_eq!(answer, Ok(NetworkMessage::Response(ResponseMessage::Blocks(Vec::new()))));
    let answer = alice.network.send(bob.id(), handed(1)).await;
    assert_eq!(answer, Ok(NetworkMessage::refused("no answer to transfer")));
    bob.inbox.answer_with(message::CONSENSUS_BYTES_MAX - 6);
    let answer = alice.network.send(bob.id(), NetworkMessage::Consensus(vec![1])).await;
    assert_eq!(answer.map(|answer| answer.to_bytes().len()), Ok(message::CONSENSUS_BYTES_MAX));
}

/// An answer beyond the limit is not sent, and who asked is told that there is none.
#[tokio::test]
async fn too_large_an_answer_is_none() {
    let (alice, bob) = (Node::start(53).await, Node::start(54).await);
    alice.join(&bob).await;
    bob.inbox.answer_with(message::CONSENSUS_BYTES_MAX - 5);
    let answer = alice.network.send(bob.id(), NetworkMessage::Consensus(vec![1])).await;
    assert!(matches!(answer, Err(NetworkError::Unanswered(_))), "{answer:?}");
    assert_eq!(alice.peer(bob.id()).await.unwrap().score, 0);
}

/// Nobody there, an answer as a question, and a question beyond the limit are refused before anything is sent.
#[tokio::test]
async fn what_is_not_sent() {
    let (alice, bob) = (Node::start(55).await, Node::start(56).await);
    let question = NetworkMessage::Consensus(vec![1]);
    let error = alice.network.send(bob.id(), question).await;
    assert_eq!(error, Err(NetworkError::NotConnected(bob.id())));
    alice.join(&bob).await;
    let answer = NetworkMessage::Response(ResponseMessage::Done);
    assert_eq!(alice.network.send(bob.id(), answer).await, Err(NetworkError::NotRequest("response")));
    let large = NetworkMessage::Consensus(vec![0; message::REQUEST_BYTES_MAX - 5]);
    let (bytes, bytes_max) = (message::REQUEST_BYTES_MAX + 1, message::REQUEST_BYTES_MAX);
    assert_eq!(alice.network.send(bob.id(), large).await, Err(NetworkError::TooLarge { bytes, bytes_max }));
    let largest = NetworkMessage::Consensus(vec![0; message::REQUEST_BYTES_MAX - 6]);
    assert!(alice.network.send(bob.id(), largest).await.is_ok());
}

/// A peer that keeps asking which nodes there are is told for a while, then refused, and that is no offence.
#[tokio::test]
async fn questions_for_nodes_are_rationed() {
    let (alice, bob) = (Node::start(214).await, Node::start(215).await);
    alice.join(&bob).await;
    let question = NetworkMessage::DiscoverNodes(DiscoverNodesRequest { count_max: 64 });
    let first = alice.network.send(bob.id(), question.clone()).await.unwrap();
    assert!(matches!(first, NetworkMessage::NodeList(_)), "{first:?}");
    eventually("a question too many is refused", async || {
        let answer = alice.network.send(bob.id(), question.clone()).await.unwrap();
        matches!(answer, NetworkMessage::Response(ResponseMessage::Refused { .. }))
    })
    .await;
    assert_eq!(bob.peer(alice.id()).await.unwrap().score, 0);
}
