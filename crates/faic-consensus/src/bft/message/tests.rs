//! Tests of messages: one spelling, bytes that never change, and limits.

use std::{collections::BTreeMap, fs, path::PathBuf};

use proptest::{collection::vec, option, prelude::*};

use super::*;
use crate::{
    bft::samples::{block, messages, prevote},
    testing::key,
};

/// The variable that makes the test write the file in place of comparing with it.
const UPDATE: &str = "FAIC_UPDATE_GOLDEN";
/// Most bytes of a block in these tests.
const BLOCK_BYTES_MAX: usize = 1_000_000;

/// Reads bytes as a message.
fn read(bytes: &[u8]) -> Result<Message, MessageError> {
    Message::from_bytes(bytes, BLOCK_BYTES_MAX)
}

/// Any id.
fn any_hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash::from_bytes)
}

/// Any key of some, because arbitrary bytes are none.
fn any_key() -> impl Strategy<Value = PublicKey> {
    (1_u8..=8).prop_map(|number| key(number).public_key())
}

/// Any bytes of the size of a signature.
fn any_signature() -> impl Strategy<Value = Signature> {
    any::<[u8; 32]>().prop_map(|half| Signature::from_bytes([half, half].concat().try_into().unwrap()))
}

/// Either kind of vote.
fn any_kind() -> impl Strategy<Value = VoteKind> {
    prop_oneof![Just(VoteKind::Prevote), Just(VoteKind::Precommit)]
}

/// Any vote.
fn any_vote() -> impl Strategy<Value = SignedVote> {
    (any_kind(), any::<u64>(), any::<u32>(), option::of(any_hash()), any_key(), any_signature()).prop_map(
        |(kind, height, round, block, validator, signature)| SignedVote {
            kind,
            height,
            round,
            block,
            validator,
            signature,
        },
    )
}

/// Any proposal.
fn any_proposal() -> impl Strategy<Value = SignedProposal> {
    (any::<u64>(), any::<u32>(), option::of(any::<u32>()), any_hash(), any_key(), any_signature()).prop_map(
        |(height, round, valid_round, block, proposer, signature)| SignedProposal {
            height,
            round,
            valid_round,
            block,
            proposer,
            signature,
        },
    )
}

/// Any message of any kind.
fn any_message() -> impl Strategy<Value = Message> {
    let vote_signature =
        (any_key(), any_signature()).prop_map(|(validator, signature)| VoteSignature { validator, signature });
    let round_signature = any_vote().prop_map(|vote| RoundSignature {
        kind: vote.kind,
        block: vote.block,
        validator: vote.validator,
        signature: vote.signature,
    });
    prop_oneof![
        any_vote().prop_map(Message::Vote),
        any_proposal().prop_map(Message::Proposal),
        (any::<u64>(), any::<u32>(), any_hash(), vec(vote_signature, 0..8))
            .prop_map(|(height, round, block, signatures)| Message::Polka(Polka { height, round, block, signatures })),
        (any::<u64>(), any::<u32>(), any::<bool>(), vec(round_signature, 0..8)).prop_map(
            |(height, round, precommits, signatures)| Message::Round(RoundProof {
                height,
                round,
                precommits,
                signatures
            })
        ),
        (any::<u64>(), 1_u8..=4, any::<u64>())
            .prop_map(|(height, number, time_ms)| Message::Block(Box::new(block(height, number, time_ms)))),
        (any::<u64>(), any_hash()).prop_map(|(height, block)| Message::GetBlock { height, block }),
    ]
}

proptest! {
    /// Every message is read back from its bytes.
    #[test]
    fn messages_are_read_back(message in any_message()) {
        prop_assert_eq!(read(&message.to_bytes()), Ok(message));
    }

    /// Bytes that are read are the only bytes of their message.
    #[test]
    fn messages_have_one_spelling(message in any_message(), place in any::<prop::sample::Index>(), flip in 1_u8..) {
        let mut bytes = message.to_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(other) = read(&bytes) {
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }

    /// What the engine is given comes back from it unchanged.
    #[test]
    fn engine_keeps_every_field(vote in any_vote(), proposal in any_proposal(), message in any_message()) {
        let signed: engine::SignedVote<Context> = vote.into();
        prop_assert_eq!(SignedVote::from(&signed), vote);
        let signed: engine::SignedProposal<Context> = proposal.into();
        prop_assert_eq!(SignedProposal::from(&signed), proposal);
        match message {
            Message::Polka(polka) => {
                prop_assert_eq!(Polka::from(&engine::PolkaCertificate::<Context>::from(polka.clone())), polka);
            }
            Message::Round(proof) => {
                prop_assert_eq!(RoundProof::from(&engine::RoundCertificate::<Context>::from(proof.clone())), proof);
            }
            Message::Vote(_) | Message::Proposal(_) | Message::Block(_) | Message::GetBlock { .. } => {}
        }
    }
}

/// The bytes of each kind are those of the golden file; a difference is a change of the protocol, which needs a decision
/// record, and then the file is written anew with `FAIC_UPDATE_GOLDEN=1 cargo test -p faic-consensus golden`.
#[test]
fn golden_bytes() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/messages.json");
    let found: BTreeMap<_, _> =
        messages().iter().map(|message| (message.name().to_owned(), hex::encode(message.to_bytes()))).collect();
    if std::env::var(UPDATE).is_ok_and(|value| value == "1") {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        return;
    }
    let expected: BTreeMap<String, String> = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(found, expected);
}

/// The tag by which a block may be larger is the tag of a block.
#[test]
fn block_has_the_tag_of_the_larger_limit() {
    let tags: Vec<u8> = messages().iter().map(|message| message.to_bytes()[0]).collect();
    assert_eq!(tags, [0, 1, 2, 3, BLOCK_TAG, 5]);
}

/// As many signatures as a set can have validators are read, one more is not.
#[test]
fn signatures_are_limited() {
    let VoteSignature { validator, signature } = {
        let SignedVote { validator, signature, .. } = prevote(1, 1, 0, None);
        VoteSignature { validator, signature }
    };
    let polka = |count| {
        let signatures = vec![VoteSignature { validator, signature }; count];
        Message::Polka(Polka { height: 1, round: 0, block: Hash::ZERO, signatures })
    };
    let proof = |count| {
        let signatures = vec![RoundSignature { kind: VoteKind::Prevote, block: None, validator, signature }; count];
        Message::Round(RoundProof { height: 1, round: 0, precommits: false, signatures })
    };
    for message in [polka(VALIDATORS_MAX), proof(VALIDATORS_MAX)] {
        assert!(message.to_bytes().len() <= SMALL_BYTES_MAX);
        assert_eq!(read(&message.to_bytes()), Ok(message));
    }
    for message in [polka(VALIDATORS_MAX + 1), proof(VALIDATORS_MAX + 1)] {
        assert!(matches!(read(&message.to_bytes()), Err(MessageError::Malformed(_))));
    }
}

/// A length that promises what is not there takes no memory.
#[test]
fn promised_signatures_take_no_memory() {
    let mut bytes = Message::Polka(Polka { height: 1, round: 0, block: Hash::ZERO, signatures: vec![] }).to_bytes();
    let place = bytes.len() - 4;
    bytes[place..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(read(&bytes), Err(MessageError::Malformed(_))));
}

/// Bytes over the limit of their kind are refused before they are read.
#[test]
fn bytes_are_limited() {
    let found = SMALL_BYTES_MAX + 1;
    for tag in (0..=u8::MAX).filter(|tag| *tag != BLOCK_TAG) {
        let refused = read(&vec![tag; found]);
        assert_eq!(refused, Err(MessageError::TooLarge { found, most: SMALL_BYTES_MAX }));
    }
    let message = Message::Block(Box::new(block(1, 1, 1)));
    let (bytes, found) = (message.to_bytes(), message.to_bytes().len());
    assert_eq!(Message::from_bytes(&bytes, found), Ok(message));
    let refused = Message::from_bytes(&bytes, found - 1);
    assert_eq!(refused, Err(MessageError::TooLarge { found, most: found - 1 }));
}

/// Bytes that end early or late, or begin with no known tag, are refused.
#[test]
fn other_bytes_are_refused() {
    for message in messages() {
        let bytes = message.to_bytes();
        let longer = [bytes.as_slice(), &[0]].concat();
        for bad in [&longer, &bytes[..bytes.len() - 1]] {
            assert!(matches!(read(bad), Err(MessageError::Malformed(_))), "{}", message.name());
        }
    }
    for bad in [&[][..], &[6], &[u8::MAX; 200]] {
        assert!(matches!(read(bad), Err(MessageError::Malformed(_))));
    }
}
