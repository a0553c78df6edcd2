//! Random blocks of bonds, unbonding, withdrawals, returns and payments, with absentees and equivocators, against a model
//! that is a few lines of plain arithmetic.

use std::sync::Arc;

use faic_core::{
    Amount, Candidate,
    staking::CandidateStatus,
    transaction::{Action, Output},
};
use proptest::{prelude::*, sample::Index};

use super::signed_only;
use crate::{
    genesis::Parameters,
    store::MemoryStore,
    testing::{Chain, RICHES, address, bond, equivocation, faic, genesis_of, secret},
};

/// Nano in one FAIC.
const FAIC: u64 = 1_000_000_000;
/// The operators are the rich accounts, by their index.
const OPERATORS: [u8; 4] = [1, 2, 3, 4];
/// The validator keys that they may take, by their index.
const KEYS: [u8; 6] = [101, 102, 103, 104, 105, 106];
/// What the operators have at stake in the beginning, in FAIC; each with the key of its own index.
const STAKES: [u64; 3] = [40, 30, 20];
/// How many blocks money is unbonding.
const UNBONDING: u64 = 3;
/// How many blocks in a row may be missed.
const ABSENT_MAX: u32 = 2;
/// How many blocks a validator is jailed.
const JAIL: u64 = 2;
/// The least stake, in nano.
const BOND_MIN: u64 = 10 * FAIC;

/// What an operator tries.
#[derive(Debug, Clone)]
enum Try {
    /// A bond with a key by its index, of so many nano.
    Bond(usize, u64),
    /// An unbonding of so many nano.
    Unbond(u64),
    /// A withdrawal.
    Withdraw,
    /// A return from jail.
    Unjail,
    /// A payment to an operator by its index, of so many nano.
    Pay(usize, u64),
}

/// One block that is tried.
#[derive(Debug, Clone)]
struct Round {
    /// The transactions: who, and what.
    tries: Vec<(usize, Try)>,
    /// Who does not sign the block, by the index of the key, as far as the others can decide without.
    absent: Vec<usize>,
    /// Who is accused, by the index of the key, and at which of the heights so far.
    accused: Vec<(usize, Index)>,
}

/// What the model knows of an operator's stake.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stake {
    /// The index of the key.
    key: usize,
    /// The money at stake, in nano.
    nano: u64,
    /// What is on its way back: the height of its release, and how much.
    unbonding: Vec<(u64, u64)>,
    /// Whether it may validate.
    status: CandidateStatus,
    /// How many blocks in a row were missed.
    absent: u32,
}

impl Stake {
    /// Whether it can be elected.
    fn is_eligible(&self) -> bool {
        self.status == CandidateStatus::Active && self.nano >= BOND_MIN
    }

    /// Whether there is money in it.
    fn has_money(&self) -> bool {
        self.nano > 0 || !self.unbonding.is_empty()
    }
}

/// A member of a set: the key, the operator, both by their index, and the stake.
type Member = (usize, usize, u64);

/// All that the model knows.
#[derive(Debug, Clone)]
struct Model {
    /// The balances of the operators, in nano.
    balances: [u64; 4],
    /// The next sequences.
    next: [u64; 4],
    /// The stakes.
    stakes: [Option<Stake>; 4],
    /// The set of each height from 1 on, the last one for the next block.
    sets: Vec<Vec<Member>>,
    /// Who did not sign the last block, by the index of the key.
    absent: Vec<usize>,
}

impl Model {
    /// The state in the beginning.
    fn new() -> Self {
        let stake = |index: usize| Stake {
            key: index,
            nano: STAKES[index] * FAIC,
            unbonding: Vec::new(),
            status: CandidateStatus::Active,
            absent: 0,
        };
        let first = (0..3).map(|index| (index, index, STAKES[index] * FAIC)).collect();
        Self {
            balances: [RICHES * FAIC; 4],
            next: [0; 4],
            stakes: [Some(stake(0)), Some(stake(1)), Some(stake(2)), None],
            sets: vec![first],
            absent: Vec::new(),
        }
    }

    /// The height of the next block.
    fn height(&self) -> u64 {
        u64::try_from(self.sets.len()).unwrap()
    }

    /// The set of the next block.
    fn set(&self) -> Vec<Member> {
        self.sets.last().unwrap().clone()
    }

    /// Counts who was absent in the last block, as the next block's first thing.
    fn observe(&mut self) {
        let Some(parents) = self.sets.len().checked_sub(2) else { return };
        let mut members = self.sets[parents].clone();
        members.sort_by_key(|member| secret(KEYS[member.0]).public_key());
        for (key, operator, _) in members {
            let height = self.height();
            let others = (0..4).filter(|other| *other != operator);
            let has_other = others.filter_map(|other| self.stakes[other].as_ref()).any(Stake::is_eligible);
            let Some(stake) = self.stakes[operator].as_mut() else { continue };
            if stake.status != CandidateStatus::Active {
                continue;
            }
            stake.absent = if self.absent.contains(&key) { (stake.absent + 1).min(ABSENT_MAX + 1) } else { 0 };
            if stake.absent > ABSENT_MAX && has_other {
                stake.status = CandidateStatus::Jailed { since: height };
            }
        }
    }

    /// Punishes the operator who had a key at a height; what was taken, or `None` when nobody is.
    fn punish(&mut self, key: usize, height: u64) -> Option<u64> {
        if height + UNBONDING < self.height() {
            return None;
        }
        let set = &self.sets[usize::try_from(height).unwrap() - 1];
        let operator = set.iter().find(|member| member.0 == key)?.1;
        let since = self.height();
        let stake = self.stakes[operator].as_mut()?;
        if matches!(stake.status, CandidateStatus::Tombstoned { .. }) {
            return None;
        }
        let mut taken = stake.nano / 20;
        stake.nano -= stake.nano / 20;
        for (_, nano) in &mut stake.unbonding {
            taken += *nano / 20;
            *nano -= *nano / 20;
        }
        stake.status = CandidateStatus::Tombstoned { since };
        stake.absent = 0;
        Some(taken)
    }

    /// The model after a transaction; `None` when it can't be done.
    fn after(&self, operator: usize, action: &Try, fee: u64) -> Option<Self> {
        let mut after = self.clone();
        let spent = if let Try::Bond(_, nano) | Try::Pay(_, nano) = action { *nano } else { 0 };
        after.balances[operator] = self.balances[operator].checked_sub(fee)?.checked_sub(spent)?;
        after.next[operator] += 1;
        let (height, known) = (self.height(), self.stakes[operator].clone());
        let is_tombstoned = |stake: &Stake| matches!(stake.status, CandidateStatus::Tombstoned { .. });
        match action {
            Try::Pay(to, nano) => after.balances[*to] += nano,
            Try::Bond(key, nano) => {
                let new =
                    Stake { key: *key, nano: 0, unbonding: Vec::new(), status: CandidateStatus::Active, absent: 0 };
                let is_same = known.as_ref().is_some_and(|stake| stake.key == *key);
                let mut stake = known.unwrap_or(new);
                let has_key =
                    |other: &Option<Stake>| other.as_ref().is_some_and(|other| other.key == *key && other.has_money());
                let is_taken = (0..4).any(|other| other != operator && has_key(&self.stakes[other]));
                stake.nano += nano;
                if is_tombstoned(&stake) || is_taken || (is_same && *nano == 0) || stake.nano < BOND_MIN {
                    return None;
                }
                after.stakes[operator] = Some(Stake { key: *key, ..stake });
            }
            Try::Unbond(nano) => {
                let mut stake = known?;
                stake.nano = stake.nano.checked_sub(*nano)?;
                if stake.nano > 0 && stake.nano < BOND_MIN {
                    return None;
                }
                match stake.unbonding.last_mut() {
                    Some((release, sum)) if *release == height + UNBONDING => *sum += nano,
                    _ => stake.unbonding.push((height + UNBONDING, *nano)),
                }
                after.stakes[operator] = Some(stake);
            }
            Try::Withdraw => {
                let mut stake = known?;
                let paid: u64 =
                    stake.unbonding.iter().filter(|(release, _)| *release <= height).map(|(_, nano)| nano).sum();
                stake.unbonding.retain(|(release, _)| *release > height);
                if paid == 0 {
                    return None;
                }
                after.balances[operator] += paid;
                after.stakes[operator] = Some(stake).filter(|stake| stake.has_money() || is_tombstoned(stake));
            }
            Try::Unjail => match known? {
                Stake { status: CandidateStatus::Jailed { since }, .. } if height < since + JAIL => return None,
                stake @ Stake { status: CandidateStatus::Jailed { .. }, .. } => {
                    after.stakes[operator] = Some(Stake { status: CandidateStatus::Active, absent: 0, ..stake });
                }
                _ => return None,
            },
        }
        Some(after)
    }

    /// Shares the fees of a block and elects the next set.
    fn finish(&mut self, fees: u64, proposer: usize) {
        let set = self.set();
        let total: u64 = set.iter().map(|member| member.2).sum();
        let mut rest = fees;
        for (_, operator, stake) in &set {
            let share = u64::try_from(u128::from(fees) * u128::from(*stake) / u128::from(total)).unwrap();
            self.balances[*operator] += share;
            rest -= share;
        }
        self.balances[proposer] += rest;
        let eligible = (0..4).filter_map(|operator| {
            let stake = self.stakes[operator].as_ref().filter(|stake| stake.is_eligible())?;
            Some((stake.key, operator, stake.nano))
        });
        let next: Vec<_> = eligible.collect();
        self.sets.push(if next.is_empty() { set } else { next });
    }

    /// All the money, in nano.
    fn total(&self) -> u64 {
        let staked = self.stakes.iter().flatten();
        let staked = staked.map(|stake| stake.nano + stake.unbonding.iter().map(|(_, nano)| nano).sum::<u64>());
        self.balances.iter().sum::<u64>() + staked.sum::<u64>()
    }
}

/// Rounds, most of whose tries could succeed.
fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let nano = || prop_oneof![1 => Just(0), 2 => 1..=9 * FAIC, 4 => (1..=40_u64).prop_map(|faic| faic * FAIC)];
    let action = prop_oneof![
        3 => (0..KEYS.len(), nano()).prop_map(|(key, nano)| Try::Bond(key, nano)),
        3 => nano().prop_map(|nano| Try::Unbond(nano.max(1))),
        2 => Just(Try::Withdraw),
        2 => Just(Try::Unjail),
        1 => (0..OPERATORS.len(), 1..=900 * FAIC).prop_map(|(to, nano)| Try::Pay(to, nano)),
    ];
    let tries = prop::collection::vec((0..OPERATORS.len(), action), 0..6);
    let absent = prop_oneof![1 => Just(vec![]), 2 => prop::collection::vec(0..KEYS.len(), 1..4)];
    let accused = prop_oneof![5 => Just(vec![]), 1 => prop::collection::vec((0..KEYS.len(), any::<Index>()), 1..3)];
    let round = (tries, absent, accused).prop_map(|(tries, absent, accused)| Round { tries, absent, accused });
    prop::collection::vec(round, 1..16)
}

/// The action of a try.
fn action(operator: usize, action: &Try) -> Action {
    let amount = |nano: &u64| Amount::from_nano(*nano).unwrap();
    match action {
        Try::Bond(key, nano) => bond(OPERATORS[operator], KEYS[*key], amount(nano)),
        Try::Unbond(nano) => Action::Unbond { amount: amount(nano) },
        Try::Withdraw => Action::Withdraw,
        Try::Unjail => Action::Unjail,
        Try::Pay(to, nano) => Action::Transfer {
            outputs: vec![Output { to: address(OPERATORS[*to]), amount: amount(nano), memo: String::new() }],
        },
    }
}

/// The absent ones without whom more than two thirds of the stake are left, first come first served.
fn bearable(set: &[Member], absent: &[usize]) -> Vec<usize> {
    let total: u128 = set.iter().map(|member| u128::from(member.2)).sum();
    let mut kept: Vec<usize> = Vec::new();
    for key in absent {
        let missing = |member: &&Member| member.0 == *key || kept.contains(&member.0);
        let left: u128 = total - set.iter().filter(missing).map(|member| u128::from(member.2)).sum::<u128>();
        if left * 3 > total * 2 {
            kept.push(*key);
        }
    }
    kept
}

/// The candidate as the model has it.
fn expected(stake: &Stake) -> Candidate {
    let entry = |(release, nano): &(u64, u64)| faic_core::staking::Unbonding {
        release: *release,
        amount: Amount::from_nano(*nano).unwrap(),
    };
    Candidate {
        key: secret(KEYS[stake.key]).public_key(),
        stake: Amount::from_nano(stake.nano).unwrap(),
        unbonding: stake.unbonding.iter().map(entry).collect(),
        status: stake.status,
        absent_blocks: stake.absent,
    }
}

/// Makes a block of a round, and what it does to the model.
fn step(chain: &mut Chain, model: &mut Model, round: &Round) -> Result<(), TestCaseError> {
    model.observe();
    let (mut evidence, mut fees, mut punished) = (Vec::new(), 0, Vec::new());
    for (key, at) in &round.accused {
        let Some(final_heights) = model.sets.len().checked_sub(1).filter(|count| *count > 0) else { continue };
        let height = u64::try_from(at.index(final_heights)).unwrap() + 1;
        let accusation = equivocation(KEYS[*key], height);
        evidence.push(accusation.clone());
        if let Some(taken) = model.punish(*key, height) {
            punished.push(accusation);
            fees += taken;
        }
    }
    let (mut candidates, mut included) = (Vec::new(), Vec::new());
    for (operator, what) in &round.tries {
        let account = chain.ledger.account(&address(OPERATORS[*operator])).unwrap();
        let gap = model.next[*operator] - account.next_sequence(0);
        let signed = chain.act(OPERATORS[*operator], gap, action(*operator, what));
        let fee = signed.transaction.fee.nano();
        if let Some(after) = model.after(*operator, what, fee) {
            *model = after;
            fees += fee;
            included.push(signed.id());
        }
        candidates.push(signed_only(chain, signed));
    }
    let built = chain.build_with(evidence, candidates).verified;
    prop_assert_eq!(&built.block().evidence, &punished);
    let found: Vec<_> = built.block().transactions.iter().map(|signed| signed.id()).collect();
    prop_assert_eq!(found, included);
    let checked = chain.validation.block.check(&chain.ledger, built.block().clone()).unwrap();
    prop_assert_eq!(checked.id(), built.id());
    let set = model.set();
    let proposer = set.iter().find(|member| secret(KEYS[member.0]).public_key() == chain.proposer()).unwrap().1;
    model.finish(fees, proposer);
    model.absent = bearable(&set, &round.absent);
    let absent: Vec<u8> = model.absent.iter().map(|key| KEYS[*key]).collect();
    let certificate = chain.certify_without(&checked, &absent);
    let decided = chain.validation.finality.check(&chain.ledger, checked, certificate).unwrap();
    chain.ledger.commit(decided).unwrap();
    Ok(())
}

/// Compares the ledger with the model.
fn compare(chain: &Chain, model: &Model) -> Result<(), TestCaseError> {
    for (index, operator) in OPERATORS.iter().enumerate() {
        prop_assert_eq!(chain.balance(*operator).nano(), model.balances[index]);
        prop_assert_eq!(chain.candidate(*operator), model.stakes[index].as_ref().map(expected));
    }
    for (height, set) in (1..).zip(&model.sets) {
        let mut keys: Vec<_> = set.iter().map(|(key, _, nano)| (secret(KEYS[*key]).public_key(), *nano)).collect();
        keys.sort();
        let validators = chain.ledger.validators_at(height).unwrap().unwrap();
        let found: Vec<_> = validators.iter().map(|validator| (validator.key, validator.stake.nano())).collect();
        prop_assert_eq!(found, keys, "height {}", height);
    }
    chain.audit();
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever is tried, the ledger does what the model does, to the nano and the set of each height; no money is made or
    /// lost; builder, verifier, audit and a restart agree.
    #[test]
    fn ledger_is_the_model_of_stakes(rounds in rounds()) {
        let parameters = Parameters {
            bond_min: faic(10),
            unbonding_blocks: UNBONDING,
            unbonding_seconds: 0,
            absent_blocks_max: ABSENT_MAX,
            jail_blocks: JAIL,
            ..Parameters::default()
        };
        let genesis = genesis_of(&[(101, 1, STAKES[0]), (102, 2, STAKES[1]), (103, 3, STAKES[2])], parameters);
        let mut chain = Chain::with(Arc::new(MemoryStore::new()), genesis.clone());
        let mut model = Model::new();
        let supply = model.total();
        for round in rounds {
            step(&mut chain, &mut model, &round)?;
            prop_assert_eq!(model.total(), supply);
            compare(&chain, &model)?;
        }
        let again = Chain::with(Arc::clone(&chain.store), genesis);
        prop_assert_eq!(again.ledger.candidates(), chain.ledger.candidates());
        prop_assert_eq!(again.ledger.decision(), chain.ledger.decision());
        prop_assert_eq!(again.ledger.validators(), chain.ledger.validators());
    }
}
