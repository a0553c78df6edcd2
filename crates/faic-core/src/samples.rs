//! Sample values for this crate's tests: fixed keys, and arbitrary valid values of every type with canonical bytes.
//!
//! Everything is a function of its arguments or of proptest's seed. Secret keys are those of sixteen small seeds, so a
//! test can sign for every authority that it meets here.

use std::{collections::BTreeMap, sync::LazyLock};

use proptest::{collection, prelude::*, sample::Index};

use crate::{
    Account, Address, Amount, Authority, BasicCrypto, Block, Candidate, Certificate, ChainId, Equivocation, Hash,
    Header, PublicKey, SecretKey, Signature, SignedTransaction, Signer, Transaction,
    account::History,
    block::{Receipt, Validator, ValidatorSet, VoteSignature},
    crypto::sign_transaction,
    staking::{CandidateStatus, Possession, UNBONDING_MAX, Unbonding},
    transaction::{Action, FeePayer, Height, LANES, Nonce, Output, TransactionBuilder},
    vote::{Vote, VoteKind},
};

/// The seeds of all sample keys.
pub(crate) const SEEDS: std::ops::RangeInclusive<u8> = 1..=16;

/// A signer with every sample key.
static EVERYBODY: LazyLock<BasicCrypto> = LazyLock::new(|| signer(SEEDS));

/// The secret key of a small seed.
pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The public key of a small seed.
pub(crate) fn public(seed: u8) -> PublicKey {
    secret(seed).public_key()
}

/// A signer with the keys of these seeds.
pub(crate) fn signer(seeds: impl IntoIterator<Item = u8>) -> BasicCrypto {
    BasicCrypto { key_manager: seeds.into_iter().map(secret).collect() }
}

/// The authority of `threshold` of the keys of these seeds.
pub(crate) fn authority(threshold: u8, seeds: impl IntoIterator<Item = u8>) -> Authority {
    Authority::multi(threshold, seeds.into_iter().map(public)).unwrap()
}

/// The address of a byte.
pub(crate) fn address(byte: u8) -> Address {
    Address::from_bytes([byte; 32])
}

/// So many nano.
pub(crate) fn nano(nano: u64) -> Amount {
    Amount::from_nano(nano).unwrap()
}

/// The chain of all samples.
pub(crate) fn chain() -> ChainId {
    ChainId::new("faic-test").unwrap()
}

/// One payment of 5 nano without a memo.
pub(crate) fn output() -> Output {
    Output { to: address(0xaa), amount: nano(5), memo: String::new() }
}

/// A transfer of one output by `authority`.
pub(crate) fn transfer_by(authority: Authority) -> Transaction {
    TransactionBuilder::transfer(chain(), authority, vec![output()]).valid_until(100).build(1).unwrap()
}

/// A transfer of one output by the key of seed 1.
pub(crate) fn transfer() -> Transaction {
    transfer_by(authority(1, [1]))
}

/// The transaction, signed by whichever sample keys it needs.
pub(crate) fn signed(transaction: Transaction) -> SignedTransaction {
    sign_transaction(&*EVERYBODY, transaction).unwrap()
}

/// Any hash.
pub(crate) fn any_hash() -> impl Strategy<Value = Hash> {
    any::<[u8; 32]>().prop_map(Hash::from_bytes)
}

/// Any address.
pub(crate) fn any_address() -> impl Strategy<Value = Address> {
    any::<[u8; 32]>().prop_map(Address::from_bytes)
}

/// Any amount up to `most`.
fn any_amount(most: Amount) -> impl Strategy<Value = Amount> {
    (0..=most.nano()).prop_map(nano)
}

/// Any chain id.
fn any_chain() -> impl Strategy<Value = ChainId> {
    "[a-z0-9-]{1,32}".prop_map(|text| ChainId::new(text).unwrap())
}

/// Any memo within the limit, in every script.
fn any_memo() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,16}", "[ -~]{0,64}"]
}

/// Any m-of-n of the sample keys.
pub(crate) fn any_authority() -> impl Strategy<Value = Authority> {
    (collection::btree_set(SEEDS, 1..=Authority::KEYS_MAX), any::<Index>()).prop_map(|(seeds, threshold)| {
        let threshold = threshold.index(seeds.len()) + 1;
        authority(u8::try_from(threshold).unwrap(), seeds)
    })
}

/// Any payment of which 256 stay within the supply.
fn any_output() -> impl Strategy<Value = Output> {
    let most = Amount::SUPPLY_MAX.nano() / 256;
    (any_address(), 1..=most, any_memo()).prop_map(|(to, amount, memo)| Output { to, amount: nano(amount), memo })
}

/// A bond of the sample transfer's sender with the key of a seed.
pub(crate) fn bond(seed: u8, amount: Amount) -> Action {
    let unsigned = Action::Bond { key: public(seed), possession: Signature::from_bytes([0; 64]), amount };
    with_possession(unsigned, &chain(), authority(1, [1]).address())
}

/// The action, where it is a bond with the signature that its key gives to this operator.
fn with_possession(action: Action, chain_id: &ChainId, operator: Address) -> Action {
    let Action::Bond { key, amount, .. } = action else { return action };
    let claim = Possession { chain_id: chain_id.clone(), operator, key };
    Action::Bond { key, possession: EVERYBODY.sign_possession(&claim).unwrap(), amount }
}

/// Any valid action; the possession of a bond is signed when its transaction is known.
fn any_action() -> impl Strategy<Value = Action> {
    let set =
        |authority: Option<Authority>, memo_required: Option<bool>| Action::SetAccount { authority, memo_required };
    prop_oneof![
        3 => collection::vec(any_output(), 1..8).prop_map(|outputs| Action::Transfer { outputs }),
        1 => collection::vec(any_output(), 250..=256).prop_map(|outputs| Action::Transfer { outputs }),
        1 => (any_authority(), any::<Option<bool>>()).prop_map(move |(authority, memo)| set(Some(authority), memo)),
        1 => any::<bool>().prop_map(move |memo| set(None, Some(memo))),
        1 => (SEEDS, any_amount(Amount::SUPPLY_MAX)).prop_map(|(seed, amount)| bond(seed, amount)),
        1 => (1..=Amount::SUPPLY_MAX.nano()).prop_map(|amount| Action::Unbond { amount: nano(amount) }),
        1 => prop_oneof![Just(Action::Withdraw), Just(Action::Unjail)],
    ]
}

/// Any transaction that its own rules allow.
pub(crate) fn any_transaction() -> impl Strategy<Value = Transaction> {
    let payer = (any_address(), any_authority()).prop_map(|(address, authority)| FeePayer { address, authority });
    let nonce = (0..LANES, any::<u64>()).prop_map(|(lane, sequence)| Nonce { lane, sequence });
    let body = (any_authority(), nonce, any::<u64>(), any_amount(Amount::SUPPLY_MAX), any_memo(), any_action());
    (any_chain(), any_address(), prop::option::of(payer), body).prop_map(|(chain_id, sender, fee_payer, body)| {
        let (authority, nonce, valid_until, fee, memo, action) = body;
        let version = crate::transaction::TRANSACTION_VERSION;
        let action = with_possession(action, &chain_id, sender);
        Transaction { version, chain_id, sender, authority, nonce, valid_until, fee, fee_payer, memo, action }
    })
}

/// Any valid transaction with valid signatures.
pub(crate) fn any_signed() -> impl Strategy<Value = SignedTransaction> {
    any_transaction().prop_map(signed)
}

/// Any header.
pub(crate) fn any_header() -> impl Strategy<Value = Header> {
    let roots = (any_hash(), any_hash(), any_hash(), any_hash(), any_hash(), any_hash(), any_hash(), any_hash());
    let roots = (any_hash(), roots);
    (any::<u8>(), any_chain(), any::<u64>(), any::<u64>(), SEEDS, roots).prop_map(
        |(version, chain_id, height, time_ms, proposer, roots)| {
            let (ancestors, roots) = roots;
            let (
                parent,
                last_certificate,
                evidence_root,
                transactions_root,
                receipts_root,
                state_root,
                validators,
                next_validators,
            ) = roots;
            let proposer = public(proposer);
            Header {
                version,
                chain_id,
                height,
                time_ms,
                proposer,
                parent,
                ancestors,
                last_certificate,
                evidence_root,
                transactions_root,
                receipts_root,
                state_root,
                validators,
                next_validators,
            }
        },
    )
}

/// Two votes of the key of a seed that exclude each other, signed.
pub(crate) fn equivocation(seed: u8, height: Height) -> Equivocation {
    let sign = |block| {
        let vote = Vote { chain_id: chain(), kind: VoteKind::Precommit, height, round: 0, block };
        let signature = EVERYBODY.sign_vote(&public(seed), &vote).unwrap();
        (vote, signature)
    };
    Equivocation::Votes { validator: public(seed), first: sign(Some(Hash::ZERO)), second: sign(None) }
}

/// Any block of a few valid transactions; its header does not commit to what is in it.
pub(crate) fn any_block() -> impl Strategy<Value = Block> {
    let evidence = (SEEDS, any::<u64>()).prop_map(|(seed, height)| equivocation(seed, height));
    let carried = (prop::option::of(any_certificate()), collection::vec(evidence, 0..3));
    (any_header(), carried, collection::vec(any_signed(), 0..3)).prop_map(
        |(header, (last_certificate, evidence), transactions)| Block {
            header,
            last_certificate,
            evidence,
            transactions,
        },
    )
}

/// Any candidate.
pub(crate) fn any_candidate() -> impl Strategy<Value = Candidate> {
    let most = || any_amount(Amount::SUPPLY_MAX);
    let unbonding = collection::btree_map(any::<u64>(), 1..=1_000_u64, 0..=UNBONDING_MAX);
    let status = (0..3, any::<u64>()).prop_map(|(kind, since)| match kind {
        0 => CandidateStatus::Active,
        1 => CandidateStatus::Jailed { since },
        _ => CandidateStatus::Tombstoned { since },
    });
    (SEEDS, most(), unbonding, status, any::<u32>()).prop_map(|(seed, stake, unbonding, status, absent_blocks)| {
        let entry = |(release, amount)| Unbonding { release, amount: nano(amount) };
        Candidate {
            key: public(seed),
            stake,
            unbonding: unbonding.into_iter().map(entry).collect(),
            status,
            absent_blocks,
        }
    })
}

/// Any receipt.
pub(crate) fn any_receipt() -> impl Strategy<Value = Receipt> {
    let amount = || any_amount(Amount::SUPPLY_MAX);
    (any_hash(), any_address(), amount(), any::<u64>(), amount()).prop_map(
        |(transaction, payer, fee, base_fee_per_byte, sender_balance)| Receipt {
            transaction,
            payer,
            fee,
            base_fee_per_byte,
            sender_balance,
        },
    )
}

/// Any set of the sample keys as validators.
pub(crate) fn any_validators() -> impl Strategy<Value = ValidatorSet> {
    let most = Amount::SUPPLY_MAX.nano() / 16;
    collection::btree_map(SEEDS, (any_address(), 1..=most), 1..=16).prop_map(|members| {
        let validator = |(seed, (operator, stake))| Validator { key: public(seed), operator, stake: nano(stake) };
        ValidatorSet::new(members.into_iter().map(validator).collect()).unwrap()
    })
}

/// Any certificate, with signatures of nothing.
pub(crate) fn any_certificate() -> impl Strategy<Value = Certificate> {
    let vote = (SEEDS, any::<[u8; 64]>())
        .prop_map(|(seed, bytes)| VoteSignature { validator: public(seed), signature: Signature::from_bytes(bytes) });
    (any::<u64>(), any::<u32>(), any_hash(), collection::vec(vote, 0..=16))
        .prop_map(|(height, round, block, signatures)| Certificate { height, round, block, signatures })
}

/// Any account.
pub(crate) fn any_account() -> impl Strategy<Value = Account> {
    let lanes = collection::btree_map(0..LANES, any::<u64>(), 0..=usize::from(LANES));
    let history = (any::<u64>(), any_hash()).prop_map(|(count, hash)| History { count, hash });
    (any_amount(Amount::SUPPLY_MAX), prop::option::of(any_hash()), any::<bool>(), lanes, history).prop_map(
        |(balance, authority, memo_required, lanes, history): (_, _, _, BTreeMap<u8, u64>, _)| Account {
            balance,
            authority,
            memo_required,
            lanes,
            history,
        },
    )
}
