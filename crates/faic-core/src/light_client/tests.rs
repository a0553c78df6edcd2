//! Tests of the light client: what it believes, on its way over changing validators, and which lies it refuses.

use std::{collections::BTreeMap, time::Duration};

use super::{CLOCK_DRIFT_MAX, Head, LightBlock, LightClient, LightClientError, ReachError, Source};
use crate::{
    BasicCrypto, Certificate, ChainId, Hash, Header, Signer,
    block::{Validator, ValidatorSet, VoteSignature},
    crypto::CertificateError,
    samples::{address, chain, nano, public, signer},
    transaction::Height,
};

/// The time of height 0 in milliseconds.
const BEGIN_MS: u64 = 1_700_000_000_000;
/// How long a head is trusted: a thousand blocks.
const TRUST_PERIOD: Duration = Duration::from_secs(1000);

/// The set of the keys of these seeds, each with the same stake.
fn set(seeds: &[u8]) -> ValidatorSet {
    let validator = |seed: &u8| Validator { key: public(*seed), operator: address(*seed), stake: nano(10) };
    ValidatorSet::new(seeds.iter().map(validator).collect()).unwrap()
}

/// The seeds of the validators of a height: four at a time, one of them another every ten heights.
fn seeds(height: Height) -> Vec<u8> {
    let first = u8::try_from(height / 10 % 12).unwrap();
    (first + 1..=first + 4).collect()
}

/// The id of the genesis.
fn genesis() -> Hash {
    Hash::from_bytes([9; 32])
}

/// The honest block of a height, certified by three of its four validators.
fn honest(height: Height) -> LightBlock {
    let parent = if height == 1 { genesis() } else { Hash::from_bytes([u8::try_from(height % 250).unwrap(); 32]) };
    block(height, parent, &seeds(height), &seeds(height + 1))
}

/// A block that these certify, but for the last of them.
fn block(height: Height, parent: Hash, own: &[u8], next: &[u8]) -> LightBlock {
    let header = Header {
        version: 1,
        chain_id: chain(),
        height,
        time_ms: BEGIN_MS + height * 1000,
        proposer: public(1),
        parent,
        ancestors: Hash::ZERO,
        last_certificate: Hash::ZERO,
        evidence_root: Hash::ZERO,
        transactions_root: Hash::ZERO,
        receipts_root: Hash::ZERO,
        state_root: Hash::from_bytes([4; 32]),
        validators: set(own).hash(),
        next_validators: set(next).hash(),
    };
    certified(header, own, &own[..own.len() - 1])
}

/// A header of these validators with the votes of those.
fn certified(header: Header, own: &[u8], voting: &[u8]) -> LightBlock {
    let mut certificate = Certificate { height: header.height, round: 0, block: header.id(), signatures: Vec::new() };
    let vote = certificate.vote(&header.chain_id);
    for seed in voting {
        let signature = signer([*seed]).sign_vote(&public(*seed), &vote).unwrap();
        certificate.signatures.push(VoteSignature { validator: public(*seed), signature });
    }
    certificate.signatures.sort_by_key(|vote| vote.validator);
    LightBlock { header, certificate, validators: set(own) }
}

/// The clock when a height is a second old.
fn now(height: Height) -> u64 {
    BEGIN_MS + height * 1000 + 1000
}

/// A client that knows the genesis.
fn client() -> LightClient {
    LightClient::new(chain(), Head::genesis(genesis(), set(&seeds(1))), TRUST_PERIOD)
}

/// A client that trusts the block of a height.
fn client_at(height: Height) -> LightClient {
    let block = honest(height);
    let checkpoint = (height, block.header.id());
    LightClient::at_checkpoint(&BasicCrypto::default(), chain(), checkpoint, &block, TRUST_PERIOD).unwrap()
}

/// Goes over to a block.
fn advance(client: &mut LightClient, block: &LightBlock) -> Result<(), LightClientError> {
    client.advance(&BasicCrypto::default(), block, now(block.header.height))
}

/// The blocks of a chain, of which some are replaced; counts what it is asked for.
#[derive(Default)]
struct Blocks {
    /// Blocks in the place of honest ones.
    replaced: BTreeMap<Height, LightBlock>,
    /// The heights that were asked for.
    asked: Vec<Height>,
}

impl Source for Blocks {
    type Error = std::fmt::Error;

    fn light_block(&mut self, height: Height) -> Result<LightBlock, Self::Error> {
        self.asked.push(height);
        if height > 1_000_000 {
            return Err(std::fmt::Error);
        }
        Ok(self.replaced.get(&height).cloned().unwrap_or_else(|| honest(height)))
    }
}

/// Goes to a height with the help of these blocks.
fn reach(client: &mut LightClient, blocks: &mut Blocks, height: Height) -> Result<(), ReachError<std::fmt::Error>> {
    client.reach(&BasicCrypto::default(), blocks, height, now(height))
}

/// From the genesis over the first block, and in one jump as far as a third of the validators is left.
#[test]
fn jumps() {
    let mut client = client();
    advance(&mut client, &honest(1)).unwrap();
    assert_eq!((client.head().height, client.head().id), (1, honest(1).header.id()));
    // Three of four vote, and two of them were there before: half of the trusted stake.
    advance(&mut client, &honest(25)).unwrap();
    assert_eq!(client.head().state_root, Some(honest(25).header.state_root));
    let far = advance(&mut client, &honest(60));
    assert_eq!(far, Err(LightClientError::TooFar { trusted: 25, height: 60 }));
    let mut fresh = self::client();
    advance(&mut fresh, &honest(15)).unwrap();
}

/// A far height is reached over few blocks in between; what comes on the way is checked like any other.
#[test]
fn far_heights() {
    let (mut client, mut blocks) = (client_at(5), Blocks::default());
    reach(&mut client, &mut blocks, 905).unwrap();
    assert_eq!(client.head().height, 905);
    assert!(blocks.asked.len() < 120, "{} blocks", blocks.asked.len());
    let mut blocks = Blocks { replaced: BTreeMap::from([(905, honest(904))]), ..Blocks::default() };
    let refused = reach(&mut client_at(5), &mut blocks, 905).unwrap_err();
    assert_eq!(refused, LightClientError::OtherHeight { asked: 905, height: 904 }.into());
    let missing = reach(&mut client_at(5), &mut Blocks::default(), 2_000_000).unwrap_err();
    assert_eq!(missing, ReachError::Source(std::fmt::Error));
}

/// Those who were not announced are refused, by whomever they are certified, next to the head and further away.
#[test]
fn other_validators() {
    let mut client = client_at(5);
    let next = block(6, client.head().id, &[13, 14, 15, 16], &[13, 14, 15, 16]);
    assert_eq!(advance(&mut client, &next), Err(LightClientError::OtherValidators { height: 6 }));
    let far = block(9, Hash::ZERO, &[13, 14, 15, 16], &[13, 14, 15, 16]);
    let refused = advance(&mut client, &far);
    assert_eq!(refused, Err(LightClientError::TooFar { trusted: 5, height: 9 }));
    // One of four trusted validators is not more than a third, even where it lends its vote.
    let lent = certified(Header { height: 8, ..far.header.clone() }, &[13, 14, 15, 1], &[13, 14, 15, 1]);
    assert_eq!(advance(&mut client, &lent), Err(LightClientError::TooFar { trusted: 5, height: 8 }));
    let mut forged = far.clone();
    forged.validators = set(&seeds(9));
    forged.certificate = honest(9).certificate;
    assert_eq!(advance(&mut client, &forged), Err(LightClientError::OtherValidators { height: 9 }));
    let mut blocks = Blocks {
        replaced: (6..=9)
            .map(|height| (height, Header { height, ..far.header.clone() }))
            .map(|(height, header)| (height, certified(header, &[13, 14, 15, 16], &[13, 14, 15, 16])))
            .collect(),
        ..Blocks::default()
    };
    let refused = reach(&mut client, &mut blocks, 9).unwrap_err();
    assert_eq!(refused, LightClientError::OtherParent { height: 6 }.into());
    assert_eq!(client, client_at(5), "nothing changed");
}

/// A lie in any field of a header, in the certificate or in the set is refused.
#[test]
fn lies() {
    let mut client = client_at(5);
    let good = honest(9);
    let bends: [&dyn Fn(&mut Header); 10] = [
        &|header| header.version = 2,
        &|header| header.time_ms += 1,
        &|header| header.proposer = public(2),
        &|header| header.parent = Hash::ZERO,
        &|header| header.ancestors = genesis(),
        &|header| header.last_certificate = genesis(),
        &|header| header.transactions_root = genesis(),
        &|header| header.receipts_root = genesis(),
        &|header| header.state_root = genesis(),
        &|header| header.next_validators = genesis(),
    ];
    for bend in bends {
        let mut bent = good.clone();
        bend(&mut bent.header);
        assert_eq!(advance(&mut client, &bent), Err(LightClientError::OtherBlock { height: 9 }));
        // With a certificate that names the bent header, the signatures do not hold.
        bent.certificate.block = bent.header.id();
        let refused = advance(&mut client, &bent);
        let Err(LightClientError::Certificate { height: 9, source: CertificateError::BadSignature(_) }) = refused
        else {
            panic!("{refused:?}");
        };
    }
    let other = ChainId::new("faic-other").unwrap();
    let elsewhere = certified(Header { chain_id: other.clone(), ..good.header.clone() }, &seeds(9), &seeds(9));
    assert_eq!(advance(&mut client, &elsewhere), Err(LightClientError::OtherChain { expected: chain(), found: other }));
    let few = certified(good.header.clone(), &seeds(9), &seeds(9)[..2]);
    assert_eq!(
        advance(&mut client, &few),
        Err(LightClientError::Certificate { height: 9, source: CertificateError::NotEnoughStake })
    );
    let mut turned = good.clone();
    turned.certificate.signatures.swap(0, 1);
    assert!(advance(&mut client, &turned).is_err());
    let mut late = good.clone();
    late.certificate.height = 10;
    assert_eq!(advance(&mut client, &late), Err(LightClientError::OtherBlock { height: 9 }));
    assert_eq!(client, client_at(5), "nothing changed");
    advance(&mut client, &good).unwrap();
}

/// Old blocks, blocks from the future and heads that are trusted for too long are refused; the genesis does not grow old.
#[test]
fn time() {
    let mut client = client_at(5);
    for height in [4, 5] {
        let refused = advance(&mut client, &honest(height));
        assert_eq!(refused, Err(LightClientError::NotLater { height, trusted: 5 }));
    }
    let early = Header { time_ms: client.head().time_ms, ..honest(9).header };
    let refused = advance(&mut client, &certified(early, &seeds(9), &seeds(9)));
    assert_eq!(refused, Err(LightClientError::Time { height: 9 }));
    let (crypto, drift) = (BasicCrypto::default(), u64::try_from(CLOCK_DRIFT_MAX.as_millis()).unwrap());
    let at = honest(9).header.time_ms - drift;
    let refused = client.clone().advance(&crypto, &honest(9), at - 1);
    assert_eq!(refused, Err(LightClientError::FromTheFuture { height: 9 }));
    client.clone().advance(&crypto, &honest(9), at).unwrap();
    let expires = client.head().time_ms + 1_000_000;
    client.clone().advance(&crypto, &honest(9), expires).unwrap();
    let refused = client.advance(&crypto, &honest(9), expires + 1);
    assert_eq!(refused, Err(LightClientError::Expired { trusted: 5 }));
    self::client().advance(&crypto, &honest(1), expires + 1).unwrap();
}

/// A checkpoint is the block that was named, and holds by itself.
#[test]
fn checkpoints() {
    let (crypto, good) = (BasicCrypto::default(), honest(7));
    let at = |checkpoint, block: &LightBlock| {
        LightClient::at_checkpoint(&crypto, chain(), checkpoint, block, TRUST_PERIOD).map(|client| client.head().height)
    };
    assert_eq!(at((7, good.header.id()), &good), Ok(7));
    for checkpoint in [(8, good.header.id()), (7, genesis())] {
        assert_eq!(at(checkpoint, &good), Err(LightClientError::NotTheCheckpoint { height: checkpoint.0 }));
    }
    let bare = certified(good.header.clone(), &seeds(7), &[]);
    assert!(matches!(at((7, good.header.id()), &bare), Err(LightClientError::Certificate { .. })));
}
