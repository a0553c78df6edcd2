//! Tests of blocks that are sent, and of questions for them.

use super::*;
use crate::{
    bft::{
        mailbox::{
            BLOCKS_MAX, Mailbox,
            tests::{HEIGHT, door, id, sender},
        },
        replica::HEIGHTS_AHEAD_MAX,
        samples::{block, prevote, turn},
    },
    testing::{key, set},
};

/// The block of the validator whose turn it is.
fn good() -> Block {
    block(HEIGHT, turn(HEIGHT, 0), 1)
}

/// Another peer for each number.
fn peer(number: usize) -> NodeId {
    NodeId::new(key(u8::try_from(100 + number).unwrap()).public_key())
}

/// What a peer hears that sends a block.
async fn push(door: &ConsensusHandle, from: NodeId, block: Block) -> NetworkMessage {
    door.answer(from, &encode(0, &Message::Block(Box::new(block)))).await
}

/// The answer to a block that is taken.
const DONE: NetworkMessage = NetworkMessage::Response(ResponseMessage::Done);

/// A question is answered with the block that the loop finds, and refused where it finds none.
#[tokio::test]
async fn questions_are_answered() {
    let (door, mut mailbox) = door();
    let found = Message::Block(Box::new(good()));
    let question = encode(0, &Message::GetBlock { height: HEIGHT, block: id() });
    for answer in [Some(found.clone()), None] {
        let loops = async {
            let Letter { message, reply, .. } = mailbox.blocks.recv().await.unwrap();
            assert_eq!(message, Message::GetBlock { height: HEIGHT, block: id() });
            if let Some(answer) = answer.clone() {
                reply.unwrap().send(answer).unwrap();
            }
        };
        let (heard, ()) = tokio::join!(door.answer(sender(), &question), loops);
        let expected = answer.as_ref().map_or_else(
            || NetworkMessage::refused("the block is not at hand"),
            |answer| NetworkMessage::Consensus(encode(0, answer)),
        );
        assert_eq!(heard, expected);
    }
}

/// A block that is sent is taken; votes, garbage and other heights are refused.
#[tokio::test]
async fn sent_messages() {
    let (door, mut mailbox) = door();
    let ask = async |message: &Message| door.answer(sender(), &encode(0, message)).await;
    let sent = Message::Block(Box::new(good()));
    assert_eq!(ask(&sent).await, NetworkMessage::Response(ResponseMessage::Done));
    assert_eq!(mailbox.blocks.try_recv().unwrap().message, sent);
    let far = Message::Block(Box::new(block(HEIGHT + HEIGHTS_AHEAD_MAX + 1, 1, 1)));
    let refused = NetworkMessage::refused(format!("this node decides height {HEIGHT}"));
    assert_eq!(ask(&far).await, refused);
    let vote = Message::Vote(prevote(2, HEIGHT, 0, None));
    assert_eq!(ask(&vote).await, NetworkMessage::refused("votes are gossiped"));
    let garbage = door.answer(sender(), &[9; 50]).await;
    assert!(matches!(garbage, NetworkMessage::Response(ResponseMessage::Refused { .. })), "{garbage:?}");
    assert!(mailbox.blocks.try_recv().is_err());
}

/// A block that is not whole, that no validator made, or one whose turn it never was, does not come in.
#[tokio::test]
async fn made_up_blocks_are_refused() {
    let (door, mut mailbox) = door();
    let mut hollow = good();
    hollow.header.transactions_root = faic_core::Hash::from_bytes([1; 32]);
    let reasons = [
        (hollow, "it does not hold what its header names"),
        (block(HEIGHT, 9, 1), "its proposer is no validator"),
        (block(HEIGHT + 1, 9, 1), "its proposer is no validator"),
        (block(HEIGHT - 1, 1, 1), "its height is decided"),
    ];
    for (block, reason) in reasons {
        assert_eq!(push(&door, sender(), block).await, NetworkMessage::refused(reason));
    }
    assert!(mailbox.blocks.try_recv().is_err());
    assert_eq!(push(&door, sender(), block(HEIGHT + 1, 1, 1)).await, DONE);
}

/// Of many validators only those may have made a block whose turn may have come.
#[tokio::test]
async fn turns_bound_who_may_propose() {
    let numbers: [u8; 90] = std::array::from_fn(|index| u8::try_from(index + 1).unwrap());
    let (door, mailbox) = door();
    mailbox.view.lock().unwrap().validators = Some(set(numbers));
    let of = |round| {
        let chosen = proposer::select(&Validators::from(&set(numbers)), HEIGHT, round).key.0;
        numbers.into_iter().find(|number| key(*number).public_key() == chosen).unwrap()
    };
    let possible: BTreeSet<_> = (0..=MAX_FUTURE_ROUND_LOOKAHEAD).map(of).collect();
    for number in numbers {
        let answer = push(&door, peer(usize::from(number)), block(HEIGHT, number, 1)).await;
        let refused = NetworkMessage::refused("it was never the turn of its proposer");
        assert_eq!(answer, if possible.contains(&number) { DONE } else { refused }, "{number}");
    }
}

/// Of one peer one block and one question wait, of all together no more than the queue takes, and votes come in beside.
#[tokio::test]
async fn waiting_blocks_are_bounded() {
    let (door, mut mailbox): (_, Mailbox) = door();
    for number in 0..BLOCKS_MAX {
        assert_eq!(push(&door, peer(number), good()).await, DONE);
        let again = NetworkMessage::refused("one message of this node waits already");
        assert_eq!(push(&door, peer(number), good()).await, again);
    }
    let full = NetworkMessage::refused("too much waits already");
    assert_eq!(push(&door, peer(BLOCKS_MAX), good()).await, full);
    let question = encode(0, &Message::GetBlock { height: HEIGHT, block: id() });
    assert_eq!(door.answer(peer(0), &question).await, full);
    let vote = encode(0, &Message::Vote(prevote(2, HEIGHT, 0, None)));
    assert_eq!(door.receive(sender(), &vote), faic_network::Verdict::Accept);
    drop(mailbox.blocks.try_recv().unwrap());
    assert_eq!(push(&door, peer(0), good()).await, DONE);
}
