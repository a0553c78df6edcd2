//! Random blocks of payments, sponsors, rotations and memo rules, against a model that is a few lines of plain arithmetic.

use std::{collections::BTreeMap, sync::Arc};

use faic_core::{
    Amount, SignedTransaction,
    block::{Validator, ValidatorSet},
    crypto,
    transaction::{Action, Output, TransactionBuilder},
};
use proptest::prelude::*;

use super::signed_only;
use crate::{
    genesis::{Genesis, Parameters},
    store::MemoryStore,
    testing::{Chain, address, authority, faic, genesis, secret},
    validation::VerifiedTransaction,
};

/// The stakes of the validators, in FAIC: the first decides alone, and no fee is shared without a remainder for long.
const STAKES: [u64; 3] = [100, 7, 3];
/// The key of the first validator; its operator's is one higher, and so on.
const VALIDATOR: u8 = 200;
/// The accounts: the rich, two that begin with nothing, and the operator of the proposer.
const ACCOUNTS: [u8; 7] = [1, 2, 3, 4, 5, 6, 201];
/// The other key that an account may rotate to, by its distance.
const OTHER_KEY: u8 = 50;

/// What is tried.
#[derive(Debug, Clone)]
enum Try {
    /// A payment, to accounts by their index, of so many nano.
    Pay(Vec<(usize, u64)>),
    /// A rotation to the first or the other key, and back.
    Rotate(Key),
    /// A change of the rule about memos.
    Memo(bool),
}

/// One of the two keys of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The one that the address is of.
    First,
    /// The one that it rotates to.
    Other,
}

/// One transaction that is tried.
#[derive(Debug, Clone)]
struct Step {
    /// The sender, by its index.
    from: usize,
    /// The sender's key.
    key: Key,
    /// The fee payer, by its index, and its key.
    payer: Option<(usize, Key)>,
    /// The lane.
    lane: u8,
    /// How far the sequence is from the right one.
    gap: u64,
    /// Whether there is a memo.
    memo: bool,
    /// What it does.
    action: Try,
}

/// What the model knows of an account.
#[derive(Debug, Clone, Copy)]
struct Model {
    /// Its money, in nano.
    nano: u64,
    /// The key that governs it.
    key: Key,
    /// Whether it requires memos.
    memo_required: bool,
    /// The next sequences of the lanes.
    next: [u64; 2],
}

/// The number of the key of an account.
fn seed(account: usize, key: Key) -> u8 {
    match key {
        Key::First => ACCOUNTS[account],
        // The operator's own other key would be beyond the keys at hand.
        Key::Other => ACCOUNTS[account] % 100 + OTHER_KEY,
    }
}

/// Blocks of steps, most of which could succeed.
fn blocks() -> impl Strategy<Value = Vec<Vec<Step>>> {
    let key = || prop_oneof![2 => Just(Key::First), 1 => Just(Key::Other)];
    let account = || 0..ACCOUNTS.len();
    let amount = prop_oneof![4 => 1..1_000_u64, 1 => 1..=2_000_000_000_000_u64];
    let action = prop_oneof![
        8 => prop::collection::vec((account(), amount), 1..4).prop_map(Try::Pay),
        2 => key().prop_map(Try::Rotate),
        1 => any::<bool>().prop_map(Try::Memo),
    ];
    let payer = prop_oneof![2 => Just(None), 1 => (account(), key()).prop_map(Some)];
    let gap = prop_oneof![12 => Just(0_u64), 1 => 1..3_u64];
    let step = (account(), key(), payer, 0..2_u8, gap, any::<bool>(), action);
    let step = step.prop_map(|(from, key, payer, lane, gap, memo, action)| {
        let payer = payer.filter(|(payer, _)| *payer != from);
        Step { from, key, payer, lane, gap, memo, action }
    });
    prop::collection::vec(prop::collection::vec(step, 0..12), 1..6)
}

/// Signs what a step asks for.
fn sign(chain: &Chain, step: &Step, sequence: u64) -> SignedTransaction {
    let action = match &step.action {
        Try::Pay(outputs) => Action::Transfer {
            outputs: outputs
                .iter()
                .map(|(to, nano)| Output {
                    to: address(ACCOUNTS[*to]),
                    amount: Amount::from_nano(*nano).unwrap(),
                    memo: String::new(),
                })
                .collect(),
        },
        Try::Rotate(key) => {
            Action::SetAccount { authority: Some(authority(seed(step.from, *key))), memo_required: None }
        }
        Try::Memo(required) => Action::SetAccount { authority: None, memo_required: Some(*required) },
    };
    let governs = authority(seed(step.from, step.key));
    let mut builder = TransactionBuilder::new(genesis().chain_id, address(ACCOUNTS[step.from]), governs, action)
        .nonce(step.lane, sequence)
        .valid_until(chain.ledger.tip().height + 10)
        .memo(if step.memo { "rent" } else { "" });
    if let Some((payer, key)) = step.payer {
        builder = builder.fee_payer(address(ACCOUNTS[payer]), authority(seed(payer, key)));
    }
    let body = builder.build(chain.ledger.system().base_fee_per_byte).unwrap();
    crypto::sign_transaction(&chain.crypto, body).unwrap()
}

/// What a step does to the model; `None` when it can't be done.
fn apply(before: &[Model], step: &Step, fee: u64) -> Option<Vec<Model>> {
    let mut after = before.to_vec();
    let (payer, payer_key) = step.payer.unwrap_or((step.from, step.key));
    let spent: u64 = if let Try::Pay(outputs) = &step.action { outputs.iter().map(|(_, nano)| nano).sum() } else { 0 };
    if step.gap > 0 || before[step.from].key != step.key || before[payer].key != payer_key {
        return None;
    }
    let from_needs = if payer == step.from { spent + fee } else { spent };
    if before[payer].nano < fee || before[step.from].nano < from_needs {
        return None;
    }
    after[payer].nano -= fee;
    after[step.from].next[usize::from(step.lane)] += 1;
    match &step.action {
        Try::Pay(outputs) => {
            if !step.memo && outputs.iter().any(|(to, _)| before[*to].memo_required) {
                return None;
            }
            for (to, nano) in outputs {
                after[step.from].nano -= nano;
                after[*to].nano += nano;
            }
        }
        Try::Rotate(key) => after[step.from].key = *key,
        Try::Memo(required) => after[step.from].memo_required = *required,
    }
    Some(after)
}

/// A chain of three validators.
fn chain() -> Chain {
    let validators = (0_u8..).zip(STAKES).map(|(index, stake)| Validator {
        key: secret(VALIDATOR - index).public_key(),
        operator: address(VALIDATOR + 1 - 20 * index),
        stake: faic(stake),
    });
    let validators = ValidatorSet::new(validators.collect()).unwrap();
    let parameters = Parameters { bond_min: faic(1), ..Parameters::default() };
    Chain::with(Arc::new(MemoryStore::new()), Genesis { validators, parameters, ..genesis() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever the order, the ledger does what the model does, block by block and to the nano, and builder, verifier and
    /// audit agree.
    #[test]
    fn ledger_is_the_model(blocks in blocks()) {
        let mut chain = chain();
        let start = |account: u8| chain.balance(account).nano();
        let mut model: Vec<Model> = ACCOUNTS
            .map(|account| Model { nano: start(account), key: Key::First, memo_required: false, next: [0, 0] })
            .to_vec();
        let mut operators: BTreeMap<u8, u64> = BTreeMap::from([(181, 0), (161, 0)]);
        for block in blocks {
            let (mut candidates, mut expected, mut fees): (Vec<VerifiedTransaction>, Vec<_>, u64) = Default::default();
            for step in &block {
                let sequence = model[step.from].next[usize::from(step.lane)] + step.gap;
                let signed = sign(&chain, step, sequence);
                let fee = signed.transaction.fee.nano();
                let verified = signed_only(&chain, signed);
                if let Some(after) = apply(&model, step, fee) {
                    model = after;
                    fees += fee;
                    expected.push(verified.id());
                }
                candidates.push(verified);
            }
            let built = chain.build(candidates).verified;
            let included: Vec<_> = built.block().transactions.iter().map(SignedTransaction::id).collect();
            prop_assert_eq!(included, expected);
            let checked = chain.validation.block.check(&chain.ledger, built.block().clone()).unwrap();
            prop_assert_eq!(checked.id(), built.id());
            chain.commit(checked);
            let shares = STAKES.map(|stake| fees * stake / STAKES.iter().sum::<u64>());
            *operators.get_mut(&181).unwrap() += shares[1];
            *operators.get_mut(&161).unwrap() += shares[2];
            model[6].nano += fees - shares[1] - shares[2];
            for (account, model) in ACCOUNTS.iter().zip(&model) {
                prop_assert_eq!(chain.balance(*account).nano(), model.nano);
            }
            for (operator, nano) in &operators {
                prop_assert_eq!(chain.balance(*operator).nano(), *nano);
            }
            chain.audit();
        }
    }
}
