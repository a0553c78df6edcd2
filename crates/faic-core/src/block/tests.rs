//! Tests of blocks: what ids and roots commit to, the rules of a validator set, and one spelling of bytes.

use proptest::prelude::*;

use super::{
    BLOCK_OVERHEAD_BYTES_MAX, Block, BlockDecodeError, Certificate, EVIDENCE_MAX, Header, Receipt, VALIDATORS_MAX,
    Validator, ValidatorSet, ValidatorSetError, VoteSignature, evidence_root, last_certificate_hash, receipts_root,
    transactions_root,
};
use crate::{
    Amount, ChainId, Equivocation, Hash, Proposal, PublicKey, Signature,
    crypto::sign_transaction,
    samples::{
        address, any_block, any_certificate, any_header, any_receipt, any_validators, authority, chain, equivocation,
        nano, public, signed, signer, transfer, transfer_by,
    },
};

/// A header of fixed fields.
fn header() -> Header {
    Header {
        version: 1,
        chain_id: chain(),
        height: 3,
        time_ms: 1_700_000_000_000,
        proposer: public(1),
        parent: Hash::from_bytes([1; 32]),
        ancestors: Hash::from_bytes([17; 32]),
        last_certificate: Hash::from_bytes([7; 32]),
        evidence_root: Hash::from_bytes([8; 32]),
        transactions_root: Hash::from_bytes([2; 32]),
        receipts_root: Hash::from_bytes([3; 32]),
        state_root: Hash::from_bytes([4; 32]),
        validators: Hash::from_bytes([5; 32]),
        next_validators: Hash::from_bytes([6; 32]),
    }
}

/// A block with everything that a block may have.
fn block() -> Block {
    Block {
        header: header(),
        last_certificate: Some(certificate(1)),
        evidence: vec![equivocation(1, 2)],
        transactions: vec![signed(transfer())],
    }
}

/// A certificate of so many votes, which are signatures of nothing.
fn certificate(votes: u16) -> Certificate {
    let vote = |validator| VoteSignature { validator, signature: Signature::from_bytes([0; 64]) };
    Certificate { height: 1, round: 0, block: Hash::ZERO, signatures: many_keys(votes).into_iter().map(vote).collect() }
}

/// So many public keys that decode: canonical field elements, of which nobody needs the secret here.
fn many_keys(count: u16) -> Vec<PublicKey> {
    let key = |number: u16| {
        let mut bytes = [9; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        PublicKey::from_bytes(bytes)
    };
    (0..).filter_map(|number| key(number).ok()).take(count.into()).collect()
}

/// A validator of stake 10.
fn validator(key: PublicKey) -> Validator {
    Validator { key, operator: address(0xbb), stake: nano(10) }
}

/// The id depends on every field of the header.
#[test]
fn id_commits_to_every_field() {
    let other = Hash::from_bytes([0xff; 32]);
    let changes: [fn(&mut Header, Hash); 14] = [
        |header, _| header.version = 2,
        |header, _| header.chain_id = ChainId::new("faic-other").unwrap(),
        |header, _| header.height += 1,
        |header, _| header.time_ms += 1,
        |header, _| header.proposer = public(2),
        |header, other| header.parent = other,
        |header, other| header.ancestors = other,
        |header, other| header.last_certificate = other,
        |header, other| header.evidence_root = other,
        |header, other| header.transactions_root = other,
        |header, other| header.receipts_root = other,
        |header, other| header.state_root = other,
        |header, other| header.validators = other,
        |header, other| header.next_validators = other,
    ];
    for (place, change) in changes.iter().enumerate() {
        let mut changed = header();
        change(&mut changed, other);
        assert_ne!(changed.id(), header().id(), "field {place}");
    }
}

/// The transactions root tells apart two sets of signatures under one transaction, which has one id.
#[test]
fn transactions_root_commits_to_signatures() {
    let transaction = transfer_by(authority(1, [1, 2]));
    let [one, two] = [1, 2].map(|seed| sign_transaction(&signer([seed]), transaction.clone()).unwrap());
    assert_eq!(one.id(), two.id());
    assert_ne!(transactions_root([&one]), transactions_root([&two]));
    assert_ne!(transactions_root([&one, &two]), transactions_root([&two, &one]));
    assert_eq!(transactions_root([]), Hash::ZERO);
}

/// The receipts root tells apart receipts that differ in any field.
#[test]
fn receipts_root_commits_to_every_field() {
    let receipt = Receipt {
        transaction: Hash::from_bytes([1; 32]),
        payer: address(2),
        fee: nano(3),
        base_fee_per_byte: 4,
        sender_balance: nano(5),
    };
    let changes: [fn(&mut Receipt); 5] = [
        |receipt| receipt.transaction = Hash::ZERO,
        |receipt| receipt.payer = address(9),
        |receipt| receipt.fee = nano(9),
        |receipt| receipt.base_fee_per_byte = 9,
        |receipt| receipt.sender_balance = nano(9),
    ];
    for change in changes {
        let mut changed = receipt.clone();
        change(&mut changed);
        assert_ne!(receipts_root(&[changed]), receipts_root(std::slice::from_ref(&receipt)));
    }
}

/// A block of exactly the limit is read, one byte more is refused before it is looked at.
#[test]
fn block_over_the_limit_is_refused() {
    let block = block();
    let bytes = block.to_bytes();
    assert_eq!(Block::from_bytes(&bytes, bytes.len()), Ok(block));
    let error = BlockDecodeError::TooLarge { found: bytes.len(), bytes_max: bytes.len() - 1 };
    assert_eq!(Block::from_bytes(&bytes, bytes.len() - 1), Err(error));
}

/// A block that ends early or goes on is refused, wherever it is cut.
#[test]
fn truncated_and_trailing_bytes_are_refused() {
    let block = block();
    let mut bytes = block.to_bytes();
    for length in 0..bytes.len() {
        assert!(matches!(Block::from_bytes(&bytes[..length], 10_000), Err(BlockDecodeError::Malformed(_))));
    }
    bytes.push(0);
    assert!(matches!(Block::from_bytes(&bytes, 10_000), Err(BlockDecodeError::Malformed(_))));
}

/// A block that claims 2^32 − 1 transactions and brings none is refused.
#[test]
fn forged_count_of_transactions_is_refused() {
    let mut bytes = Block { transactions: Vec::new(), ..block() }.to_bytes();
    let end = bytes.len() - 4;
    bytes[end..].fill(0xff);
    assert!(matches!(Block::from_bytes(&bytes, 10_000), Err(BlockDecodeError::Malformed(_))));
}

/// 1 to 256 validators make a set; none and 257 do not, also when decoded.
#[test]
fn validator_set_size() {
    assert_eq!(ValidatorSet::new(Vec::new()), Err(ValidatorSetError::Size(0)));
    let full: Vec<_> = many_keys(256).into_iter().map(validator).collect();
    assert_eq!(full.len(), VALIDATORS_MAX);
    let set = ValidatorSet::new(full).unwrap();
    assert_eq!(borsh::from_slice::<ValidatorSet>(&borsh::to_vec(&set).unwrap()).unwrap(), set);
    let mut over: Vec<_> = many_keys(257).into_iter().map(validator).collect();
    assert_eq!(ValidatorSet::new(over.clone()), Err(ValidatorSetError::Size(257)));
    over.sort();
    assert!(borsh::from_slice::<ValidatorSet>(&borsh::to_vec(&over).unwrap()).is_err());
    assert!(borsh::from_slice::<ValidatorSet>(&[0; 4]).is_err());
}

/// A key has one place in a set.
#[test]
fn duplicate_validator_is_refused() {
    let twice = vec![validator(public(1)), Validator { stake: nano(1), ..validator(public(1)) }];
    assert_eq!(ValidatorSet::new(twice), Err(ValidatorSetError::DuplicateKey));
}

/// A validator has stake, and all of them together no more than the supply.
#[test]
fn stakes_are_within_bounds() {
    let with_stake = |seed, stake| Validator { stake, ..validator(public(seed)) };
    let zero = vec![with_stake(1, Amount::ZERO)];
    assert_eq!(ValidatorSet::new(zero), Err(ValidatorSetError::ZeroStake));
    let over = vec![with_stake(1, Amount::SUPPLY_MAX), with_stake(2, nano(1))];
    assert_eq!(ValidatorSet::new(over), Err(ValidatorSetError::OverSupply));
    let all = ValidatorSet::new(vec![with_stake(1, Amount::SUPPLY_MAX)]).unwrap();
    assert_eq!(all.total_stake(), Amount::SUPPLY_MAX);
}

/// The order in which validators are given does not matter; bytes have them in the set's order only.
#[test]
fn validator_set_has_one_spelling() {
    let mut validators: Vec<_> = (1..=4).map(|seed| validator(public(seed))).collect();
    let set = ValidatorSet::new(validators.clone()).unwrap();
    validators.reverse();
    assert_eq!(ValidatorSet::new(validators.clone()).unwrap().hash(), set.hash());
    validators.sort();
    assert!(set.iter().eq(&validators));
    validators.swap(0, 1);
    assert!(borsh::from_slice::<ValidatorSet>(&borsh::to_vec(&validators).unwrap()).is_err());
    assert_eq!(set.get(&public(3)).map(|found| found.key), Some(public(3)));
    assert_eq!(set.get(&public(5)), None);
}

/// The hash of a set depends on keys, operators and stakes.
#[test]
fn validator_set_hash_commits_to_every_field() {
    let set = |validator| ValidatorSet::new(vec![validator]).unwrap().hash();
    let one = validator(public(1));
    assert_ne!(set(one), set(validator(public(2))));
    assert_ne!(set(one), set(Validator { operator: address(0xbc), ..one }));
    assert_ne!(set(one), set(Validator { stake: nano(11), ..one }));
}

/// A certificate with more votes than a set can have is not read.
#[test]
fn certificate_of_257_votes_is_refused() {
    let read = |count| borsh::from_slice::<Certificate>(&borsh::to_vec(&certificate(count)).unwrap());
    assert_eq!(read(256).unwrap(), certificate(256));
    assert!(read(257).is_err());
}

/// 16 pieces of evidence are read and 17 are not.
#[test]
fn evidence_17_is_refused() {
    let read = |count| {
        let block = Block { evidence: vec![equivocation(1, 2); count], ..block() };
        Block::from_bytes(&block.to_bytes(), 100_000).map(|read| read == block)
    };
    assert_eq!(read(EVIDENCE_MAX), Ok(true));
    assert!(matches!(read(EVIDENCE_MAX + 1), Err(BlockDecodeError::Malformed(_))));
}

/// The largest header, certificate and evidence fit beside the transactions of a block.
#[test]
fn largest_overhead_fits() {
    let chain_id = ChainId::new("c".repeat(32)).unwrap();
    let proposal = |valid_round| {
        let chain_id = chain_id.clone();
        let proposal = Proposal { chain_id, height: 1, round: 0, valid_round, block: Hash::ZERO };
        (proposal, Signature::from_bytes([0; 64]))
    };
    let evidence =
        Equivocation::Proposals { validator: public(1), first: proposal(Some(0)), second: proposal(Some(1)) };
    let block = Block {
        header: Header { chain_id: chain_id.clone(), ..header() },
        last_certificate: Some(certificate(256)),
        evidence: vec![evidence; EVIDENCE_MAX],
        transactions: Vec::new(),
    };
    let bytes = block.to_bytes();
    assert_eq!(Block::from_bytes(&bytes, BLOCK_OVERHEAD_BYTES_MAX), Ok(block));
    assert!(bytes.len() < BLOCK_OVERHEAD_BYTES_MAX, "{} bytes", bytes.len());
}

/// What a header says of a certificate depends on every field of it, and is zero where there is none.
#[test]
fn last_certificate_is_committed_to() {
    let changes: [fn(&mut Certificate); 4] = [
        |certificate| certificate.height = 2,
        |certificate| certificate.round = 1,
        |certificate| certificate.block = Hash::from_bytes([1; 32]),
        |certificate| certificate.signatures.clear(),
    ];
    for change in changes {
        let mut changed = certificate(2);
        change(&mut changed);
        assert_ne!(last_certificate_hash(Some(&changed)), last_certificate_hash(Some(&certificate(2))));
    }
    assert_eq!(last_certificate_hash(None), Hash::ZERO);
}

/// The evidence root depends on every piece and on their order.
#[test]
fn evidence_root_commits_to_evidence() {
    let (one, two) = (equivocation(1, 2), equivocation(2, 2));
    assert_eq!(evidence_root(&[]), Hash::ZERO);
    assert_ne!(evidence_root(std::slice::from_ref(&one)), evidence_root(std::slice::from_ref(&two)));
    assert_ne!(evidence_root(&[one.clone(), two.clone()]), evidence_root(&[two, one]));
}

/// Decodes bytes, and asserts that what is accepted has exactly these bytes.
fn assert_one_spelling<T: borsh::BorshSerialize + borsh::BorshDeserialize>(bytes: &[u8]) {
    if let Ok(value) = borsh::from_slice::<T>(bytes) {
        assert_eq!(borsh::to_vec(&value).unwrap(), bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every value is read back from its bytes.
    #[test]
    fn bytes_round_trip(
        header in any_header(), block in any_block(), receipt in any_receipt(), set in any_validators(), certificate in any_certificate(),
    ) {
        prop_assert_eq!(borsh::from_slice::<Header>(&borsh::to_vec(&header).unwrap()).unwrap(), header);
        let bytes = block.to_bytes();
        prop_assert_eq!(Block::from_bytes(&bytes, bytes.len()).unwrap(), block);
        prop_assert_eq!(borsh::from_slice::<Receipt>(&borsh::to_vec(&receipt).unwrap()).unwrap(), receipt);
        prop_assert_eq!(borsh::from_slice::<ValidatorSet>(&borsh::to_vec(&set).unwrap()).unwrap(), set);
        prop_assert_eq!(borsh::from_slice::<Certificate>(&borsh::to_vec(&certificate).unwrap()).unwrap(), certificate);
    }

    /// With one byte changed, bytes are refused or are the only spelling of another value.
    #[test]
    fn changed_bytes_have_one_spelling(
        block in any_block(), set in any_validators(), at in any::<prop::sample::Index>(), new in any::<u8>(),
    ) {
        let change = |mut bytes: Vec<u8>| {
            let at = at.index(bytes.len());
            bytes[at] = new;
            bytes
        };
        assert_one_spelling::<Block>(&change(block.to_bytes()));
        assert_one_spelling::<ValidatorSet>(&change(borsh::to_vec(&set).unwrap()));
    }

    /// Bytes from a stranger never break the readers.
    #[test]
    fn strange_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        assert_one_spelling::<Block>(&bytes);
        assert_one_spelling::<Header>(&bytes);
        assert_one_spelling::<Receipt>(&bytes);
        assert_one_spelling::<ValidatorSet>(&bytes);
        assert_one_spelling::<Certificate>(&bytes);
    }
}
