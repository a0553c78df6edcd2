//! Tests of transactions: each rule has its refusal, and the last allowed value passes.

use super::{
    Action, FeePayer, KeySignature, LANES, MEMO_BYTES_MAX, Nonce, OUTPUTS_MAX, Output, SignedTransaction,
    TRANSACTION_BYTES_MAX, Transaction, TransactionError,
};
use crate::{
    Address, Amount, Authority, ChainId, Hash, PublicKey,
    authority::{AuthorityError, AuthorityKey},
    samples::{SEEDS, address, authority, bond, chain, nano, output, public, signed, transfer, transfer_by},
};

mod building;
mod bytes;

/// The sample transfer with one thing changed.
fn changed(change: impl FnOnce(&mut Transaction)) -> Transaction {
    let mut transaction = transfer();
    change(&mut transaction);
    transaction
}

/// A transfer of these outputs.
fn paying(outputs: Vec<Output>) -> Transaction {
    changed(|transaction| transaction.action = Action::Transfer { outputs })
}

/// An authority that breaks its rules, as only decoded bytes can hold it.
fn broken_authority() -> Authority {
    let keys: Vec<AuthorityKey> = Vec::new();
    borsh::from_slice(&borsh::to_vec(&(1_u8, keys)).unwrap()).unwrap()
}

/// The largest transaction that the rules allow.
fn largest() -> SignedTransaction {
    let memo = "m".repeat(MEMO_BYTES_MAX);
    let everybody = authority(16, SEEDS);
    signed(Transaction {
        chain_id: ChainId::new("c".repeat(32)).unwrap(),
        authority: everybody.clone(),
        nonce: Nonce { lane: LANES - 1, sequence: u64::MAX },
        fee_payer: Some(FeePayer { address: address(0xfe), authority: everybody }),
        memo: memo.clone(),
        ..paying(vec![Output { memo, ..output() }; OUTPUTS_MAX])
    })
}

/// The largest transaction that the rules allow is within the limit of bytes, and the limit leaves room for half as much.
#[test]
fn largest_legal_transaction_fits() {
    let largest = largest();
    assert_eq!(largest.check(), Ok(()));
    let bytes = largest.to_bytes();
    let authority = 1 + 4 + 16 * (1 + 32);
    let memo = 4 + 64;
    let head = 1 + (4 + 32) + 32 + authority + (1 + 8) + 8 + 8 + (1 + 32 + authority) + memo;
    let outputs = 1 + 4 + 256 * (32 + 8 + memo);
    let signatures = 2 * (4 + 16 * (1 + 64));
    assert_eq!(bytes.len(), head + outputs + signatures);
    assert!(bytes.len() * 3 / 2 < TRANSACTION_BYTES_MAX);
    assert_eq!(SignedTransaction::from_bytes(&bytes), Ok(largest));
}

/// The sample transfer breaks no rule.
#[test]
fn plain_transfer_is_accepted() {
    assert_eq!(transfer().check(), Ok(()));
    assert_eq!(signed(transfer()).check(), Ok(()));
}

/// Versions before and after the only one are refused.
#[test]
fn other_versions_are_refused() {
    for version in [0, 2, u8::MAX] {
        let transaction = changed(|transaction| transaction.version = version);
        assert_eq!(transaction.check(), Err(TransactionError::Version(version)));
    }
}

/// Lane 15 is the last one.
#[test]
fn lane_16_is_refused() {
    let in_lane = |lane| changed(|transaction| transaction.nonce.lane = lane).check();
    assert_eq!(in_lane(15), Ok(()));
    assert_eq!(in_lane(16), Err(TransactionError::Lane(16)));
    assert_eq!(in_lane(u8::MAX), Err(TransactionError::Lane(u8::MAX)));
}

/// 64 bytes of memo are accepted and 65 are not, on the transaction and on each output; bytes count, not characters.
#[test]
fn memo_of_65_bytes_is_refused() {
    let texts = [("m".repeat(64), "m".repeat(65)), ("é".repeat(32), format!("{}m", "é".repeat(32)))];
    for (longest, too_long) in texts {
        let body = |memo: &str| changed(|transaction| transaction.memo = memo.to_owned()).check();
        let on_second = |memo: &str| paying(vec![output(), Output { memo: memo.to_owned(), ..output() }]).check();
        for check in [&body as &dyn Fn(&str) -> _, &on_second] {
            assert_eq!(check(&longest), Ok(()));
            assert_eq!(check(&too_long), Err(TransactionError::MemoTooLong(65)));
        }
    }
}

/// A transfer pays somebody.
#[test]
fn no_outputs_is_refused() {
    assert_eq!(paying(Vec::new()).check(), Err(TransactionError::NoOutputs));
}

/// 256 outputs are accepted and 257 are not.
#[test]
fn outputs_257_are_refused() {
    assert_eq!(paying(vec![output(); 256]).check(), Ok(()));
    assert_eq!(paying(vec![output(); 257]).check(), Err(TransactionError::TooManyOutputs(257)));
    let bytes = SignedTransaction { transaction: paying(vec![output(); 257]), ..signed(transfer()) }.to_bytes();
    let decoded = SignedTransaction::from_bytes(&bytes).unwrap();
    assert_eq!(decoded.check(), Err(TransactionError::TooManyOutputs(257)));
}

/// An output of nothing is refused wherever it stands; one nano is enough.
#[test]
fn amount_0_is_refused() {
    let of = |amount| Output { amount, ..output() };
    assert_eq!(paying(vec![of(nano(1))]).check(), Ok(()));
    assert_eq!(paying(vec![of(nano(1)), of(Amount::ZERO)]).check(), Err(TransactionError::ZeroAmount));
}

/// Outputs may add up to the whole supply and not to one nano more.
#[test]
fn outputs_over_the_supply_are_refused() {
    let of = |amount| Output { amount, ..output() };
    assert_eq!(paying(vec![of(Amount::SUPPLY_MAX)]).check(), Ok(()));
    let over = paying(vec![of(Amount::SUPPLY_MAX), of(nano(1))]);
    assert_eq!(over.check(), Err(TransactionError::OverSupply));
    assert_eq!(over.outputs_total(), Err(TransactionError::OverSupply));
    let wrapping = paying(vec![of(Amount::SUPPLY_MAX); 256]);
    assert_eq!(wrapping.check(), Err(TransactionError::OverSupply));
}

/// What is paid is the sum of the outputs; a change of settings pays nothing.
#[test]
fn outputs_total_is_the_sum() {
    assert_eq!(paying(vec![output(), output()]).outputs_total(), Ok(nano(10)));
    let settings = Action::SetAccount { authority: None, memo_required: Some(true) };
    assert_eq!(changed(|transaction| transaction.action = settings).outputs_total(), Ok(Amount::ZERO));
}

/// What is put at stake is spent; what is taken back, withdrawn or unjailed spends nothing.
#[test]
fn bond_spends_the_stake() {
    let spent = |action| changed(|transaction| transaction.action = action).outputs_total();
    assert_eq!(spent(bond(5, nano(7))), Ok(nano(7)));
    for action in [Action::Unbond { amount: nano(7) }, Action::Withdraw, Action::Unjail] {
        assert_eq!(spent(action), Ok(Amount::ZERO));
    }
}

/// An unbonding of nothing is refused; a bond of nothing may name another key.
#[test]
fn unbond_of_nothing_is_refused() {
    let check = |action| changed(|transaction| transaction.action = action).check();
    assert_eq!(check(Action::Unbond { amount: Amount::ZERO }), Err(TransactionError::NothingToUnbond));
    assert_eq!(check(Action::Unbond { amount: nano(1) }), Ok(()));
    assert_eq!(check(bond(5, Amount::ZERO)), Ok(()));
}

/// A broken authority is refused in each of its three places.
#[test]
fn broken_authority_is_refused() {
    let error = Err(TransactionError::Authority(AuthorityError::NoKeys));
    assert_eq!(changed(|transaction| transaction.authority = broken_authority()).check(), error);
    let payer = FeePayer { address: address(9), authority: broken_authority() };
    assert_eq!(changed(|transaction| transaction.fee_payer = Some(payer)).check(), error);
    let settings = Action::SetAccount { authority: Some(broken_authority()), memo_required: None };
    assert_eq!(changed(|transaction| transaction.action = settings).check(), error);
}

/// The sender needs no fee payer to pay its own fee.
#[test]
fn fee_payer_is_another_account() {
    let with_payer = |address| {
        changed(|transaction| transaction.fee_payer = Some(FeePayer { address, authority: authority(1, [2]) }))
    };
    let sponsored = with_payer(address(9));
    assert_eq!(sponsored.check(), Ok(()));
    assert_eq!(sponsored.payer(), &address(9));
    assert_eq!(with_payer(transfer().sender).check(), Err(TransactionError::PayerIsSender));
    assert_eq!(transfer().payer(), &transfer().sender);
}

/// A change of settings changes at least one.
#[test]
fn nothing_to_set_is_refused() {
    let setting = |authority, memo_required| {
        changed(|transaction| transaction.action = Action::SetAccount { authority, memo_required }).check()
    };
    assert_eq!(setting(None, None), Err(TransactionError::NothingToSet));
    assert_eq!(setting(None, Some(false)), Ok(()));
    assert_eq!(setting(Some(authority(2, [1, 2])), None), Ok(()));
}

/// A 2-of-3 transfer with these keys' signatures.
fn two_of_three(keys: &[u8]) -> Result<(), TransactionError> {
    let good = signed(transfer_by(authority(2, [1, 2, 3])));
    let template = good.signatures[0];
    let signatures = keys.iter().map(|key| KeySignature { key: *key, ..template }).collect();
    SignedTransaction { signatures, ..good }.check()
}

/// Exactly as many signatures as the threshold, none missing and none extra.
#[test]
fn missing_and_extra_signatures_are_refused() {
    for keys in [&[][..], &[0], &[0, 1, 2]] {
        let error = TransactionError::SignatureCount { expected: 2, found: keys.len() };
        assert_eq!(two_of_three(keys), Err(error));
    }
    for keys in [[0, 1], [0, 2], [1, 2]] {
        assert_eq!(two_of_three(&keys), Ok(()));
    }
}

/// Signatures by one key twice, out of order, or by a key that the authority does not have.
#[test]
fn duplicate_unordered_and_unknown_signatures_are_refused() {
    for keys in [[1, 1], [1, 0], [0, 3], [0, u8::MAX]] {
        assert_eq!(two_of_three(&keys), Err(TransactionError::SignatureKeys), "{keys:?}");
    }
}

/// A fee payer signs by its own threshold; without a fee payer there is nobody to sign for.
#[test]
fn fee_payer_signatures_have_the_same_rules() {
    let sponsored = changed(|transaction| {
        transaction.fee_payer = Some(FeePayer { address: address(9), authority: authority(2, [4, 5, 6]) });
    });
    let good = signed(sponsored);
    assert_eq!(good.check(), Ok(()));
    let with = |fee_payer_signatures| SignedTransaction { fee_payer_signatures, ..good.clone() }.check();
    let [first, second] = good.fee_payer_signatures.as_slice().try_into().unwrap();
    assert_eq!(with(Vec::new()), Err(TransactionError::SignatureCount { expected: 2, found: 0 }));
    assert_eq!(with(vec![second, first]), Err(TransactionError::SignatureKeys));
    let unasked = SignedTransaction { fee_payer_signatures: vec![first], ..signed(transfer()) };
    assert_eq!(unasked.check(), Err(TransactionError::SignatureCount { expected: 0, found: 1 }));
}

/// A transaction in memory that is over the limit of bytes is refused for that before its outputs are looked at.
#[test]
fn transaction_over_the_limit_is_refused() {
    let transaction = paying(vec![output(); 2_000]);
    let bytes = transaction.signed_bytes();
    let huge = SignedTransaction { transaction, ..signed(transfer()) };
    assert_eq!(huge.check(), Err(TransactionError::TooLarge(bytes)));
}

/// The id does not depend on who of an authority signed.
#[test]
fn id_does_not_change_with_signatures() {
    let good = signed(transfer_by(authority(1, [1, 2])));
    let unsigned = SignedTransaction { signatures: Vec::new(), ..good.clone() };
    assert_eq!(good.id(), unsigned.id());
    assert_eq!(good.id(), good.transaction.id());
    assert_ne!(good.to_bytes(), unsigned.to_bytes());
}

/// The id and what is signed depend on every field of the body.
#[test]
fn id_commits_to_every_field() {
    let changes: [fn(&mut Transaction); 12] = [
        |transaction| transaction.version = 2,
        |transaction| transaction.chain_id = ChainId::new("faic-other").unwrap(),
        |transaction| transaction.sender = address(1),
        |transaction| transaction.authority = authority(1, [2]),
        |transaction| transaction.nonce.lane = 1,
        |transaction| transaction.nonce.sequence = 1,
        |transaction| transaction.valid_until = 101,
        |transaction| transaction.fee = nano(1),
        |transaction| {
            transaction.fee_payer = Some(FeePayer { address: address(2), authority: authority(1, [2]) });
        },
        |transaction| transaction.memo = "memo".to_owned(),
        |transaction| transaction.action = Action::Transfer { outputs: vec![Output { to: address(3), ..output() }] },
        |transaction| transaction.action = Action::SetAccount { authority: None, memo_required: Some(true) },
    ];
    let mut seen: Vec<(Hash, Hash)> = vec![(transfer().id(), transfer().signing_hash())];
    for (place, change) in changes.iter().enumerate() {
        let transaction = changed(change);
        let hashes = (transaction.id(), transaction.signing_hash());
        assert!(seen.iter().all(|(id, signing)| *id != hashes.0 && *signing != hashes.1), "change {place}");
        seen.push(hashes);
    }
}

/// The name of each kind of action is part of the API.
#[test]
fn actions_have_names() {
    assert_eq!(transfer().action.name(), "transfer");
    assert_eq!(Action::SetAccount { authority: None, memo_required: None }.name(), "set_account");
}
