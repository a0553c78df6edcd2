//! Tests of the chain: from the door to finality, with the one-validator consensus and a ledger in memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use faic_consensus::{Application, ApplicationError, Consensus, SimpleConsensus, simple};
use faic_core::{
    Address, Amount, Authority, BasicCrypto, Block, Certificate, ChainId, Network, SecretKey, SignedTransaction,
    Signer,
    block::{Validator, ValidatorSet, VoteSignature},
    crypto,
    transaction::{Output, TransactionBuilder},
};
use faic_ledger::{
    Genesis, Ledger, Store, execution::ExecutionError, genesis::Parameters, store::MemoryStore, validation::FastError,
};
use tokio_util::sync::CancellationToken;

use super::{AdmitError, Admitted, Chain, ChainApplication, Event, News, Outcome, Reason, TransactionState};
use crate::{
    ErrorCode,
    mempool::{self, Mempool, MempoolError},
};

mod faults;
mod order;

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// The secret key number `seed`.
fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The address of the wallet of key number `seed`.
fn address(seed: u8) -> Address {
    Authority::single(secret(seed).public_key()).address()
}

/// A chain in memory whose clock is a number, on which accounts 1 to 3 have 1,000 FAIC each.
struct Fixture {
    /// The chain.
    chain: Arc<Chain>,
    /// The clock, in milliseconds.
    clock: Arc<AtomicU64>,
    /// Every key of the test.
    crypto: BasicCrypto,
}

impl Fixture {
    /// The chain at its genesis.
    fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()))
    }

    /// The chain as it stands in `store`.
    fn on(store: Arc<dyn Store>) -> Self {
        let stake = Amount::from_faic(100).unwrap();
        let validator = Validator { key: secret(200).public_key(), operator: address(201), stake };
        let mut balances: Vec<_> = (1..=3).map(|seed| (address(seed), Amount::from_faic(1_000).unwrap())).collect();
        balances.sort();
        let genesis = Genesis {
            chain_id: ChainId::new("faic-test").unwrap(),
            network: Network::Dev,
            time_ms: 1_000,
            validators: ValidatorSet::new(vec![validator]).unwrap(),
            balances,
            parameters: Parameters::default(),
        };
        let ledger = Ledger::open(store, genesis).unwrap();
        let clock = Arc::new(AtomicU64::new(10_000));
        let reading = Arc::clone(&clock);
        let mempool = Mempool::new(mempool::Config::default()).unwrap();
        let chain = Chain::new(ledger, mempool, Arc::new(move || reading.load(Ordering::Relaxed)));
        let crypto = BasicCrypto { key_manager: (1..=200).map(secret).collect() };
        Self { chain: Arc::new(chain), clock, crypto }
    }

    /// A payment of `nano` from account `from` to account 9.
    fn pay(&self, from: u8, sequence: u64, valid_until: u64, nano: u64) -> SignedTransaction {
        let outputs = vec![Output { to: address(9), amount: Amount::from_nano(nano).unwrap(), memo: String::new() }];
        let authority = Authority::single(secret(from).public_key());
        let body = TransactionBuilder::transfer(ChainId::new("faic-test").unwrap(), authority, outputs)
            .nonce(0, sequence)
            .valid_until(valid_until)
            .build(20)
            .unwrap();
        crypto::sign_transaction(&self.crypto, body).unwrap()
    }

    /// The chain as the consensus sees it.
    fn application(&self) -> ChainApplication {
        ChainApplication(Arc::clone(&self.chain))
    }

    /// The certificate that the only validator gives to a block.
    fn certify(&self, block: &Block) -> Certificate {
        let validator = secret(200).public_key();
        let (height, id) = (block.header.height, block.id());
        let mut certificate = Certificate { height, round: 0, block: id, signatures: Vec::new() };
        let vote = certificate.vote(&block.header.chain_id);
        let signature = self.crypto.sign_vote(&validator, &vote).unwrap();
        certificate.signatures.push(VoteSignature { validator, signature });
        certificate
    }

    /// Proposes the next block without waiting for work.
    async fn propose(&self) -> Block {
        self.application().propose(secret(200).public_key(), Duration::ZERO).await.unwrap()
    }

    /// Makes one block of what is pooled.
    async fn decide(&self) -> Block {
        let block = self.propose().await;
        self.application().commit(block.clone(), self.certify(&block)).await.unwrap();
        block
    }

    /// Runs the consensus until the guard is dropped.
    fn run(&self) -> tokio_util::sync::DropGuard {
        let validators = ChainApplication(Arc::clone(&self.chain)).validators();
        let config = simple::Config { hold: Duration::from_millis(50), block_interval_min: Duration::from_millis(1) };
        let consensus = SimpleConsensus::new(&validators, Arc::new(self.crypto.clone()), config).unwrap();
        let (application, shutdown) = (ChainApplication(Arc::clone(&self.chain)), CancellationToken::new());
        let (token, clock) = (shutdown.clone(), Arc::clone(&self.clock));
        tokio::spawn(async move {
            clock.fetch_add(1, Ordering::Relaxed);
            consensus.run(Arc::new(application), token).await.unwrap();
        });
        shutdown.drop_guard()
    }
}

/// The ledger's reason for a refusal at the door.
fn reason(refused: Result<Admitted, AdmitError>) -> Option<ExecutionError> {
    match refused {
        Err(AdmitError::Fast(FastError::Execution(error))) => Some(error),
        Ok(_) | Err(AdmitError::Fast(_) | AdmitError::Mempool(_) | AdmitError::Deciding | AdmitError::Store(_)) => None,
    }
}

/// A transfer becomes final, is announced, and its money arrives.
#[tokio::test]
async fn admitted_becomes_final() {
    let fixture = Fixture::new();
    let mut events = fixture.chain.events();
    let _consensus = fixture.run();
    let signed = fixture.pay(1, 0, 1_000, 5);
    let admitted = fixture.chain.admit(signed.clone()).await.unwrap();
    assert_eq!((admitted.id, admitted.news), (signed.id(), News::New));
    let state = fixture.chain.wait_for(signed.id(), PATIENCE).await.unwrap();
    let TransactionState::Final { height, index: 0, inclusion } = state else { panic!("{state:?}") };
    assert_eq!(inclusion.signed, signed);
    let balance = fixture.chain.read(|ledger| ledger.account(&address(9))).await.unwrap().balance;
    assert_eq!(balance.nano(), 5);
    loop {
        if let Event::Block { height: at, transactions, .. } = events.recv().await.unwrap()
            && !transactions.is_empty()
        {
            assert_eq!((at, transactions.as_ref()), (height, [signed.id()].as_slice()));
            break;
        }
    }
    // The same again changes nothing, pooled or final.
    assert_eq!(fixture.chain.admit(signed).await.unwrap().news, News::Final);
}

/// The same transaction twice is one in the mempool.
#[tokio::test]
async fn submission_is_idempotent() {
    let fixture = Fixture::new();
    let signed = fixture.pay(1, 0, 1_000, 5);
    assert_eq!(fixture.chain.admit(signed.clone()).await.unwrap().news, News::New);
    assert_eq!(fixture.chain.admit(signed.clone()).await.unwrap().news, News::Pooled);
    assert_eq!(fixture.chain.mempool().len(), 1);
    assert!(matches!(fixture.chain.state_of(signed.id()).await.unwrap(), TransactionState::Pooled(_)));
}

/// A run of one lane becomes final in its order, and what waits counts against the balance.
#[tokio::test]
async fn lane_and_balance() {
    let fixture = Fixture::new();
    let half = Amount::from_faic(499).unwrap().nano();
    let [first, second] = [0, 1].map(|sequence| fixture.pay(1, sequence, 1_000, half));
    fixture.chain.admit(first.clone()).await.unwrap();
    fixture.chain.admit(second.clone()).await.unwrap();
    let third = fixture.pay(1, 2, 1_000, half);
    let refused = fixture.chain.admit(third).await;
    assert!(matches!(refused, Err(AdmitError::Mempool(MempoolError::SenderOverspent { .. }))), "{refused:?}");
    let gap = fixture.chain.admit(fixture.pay(2, 3, 1_000, 1)).await;
    assert!(matches!(gap, Err(AdmitError::Mempool(MempoolError::SequenceGap { expected: 0 }))), "{gap:?}");
    let _consensus = fixture.run();
    for signed in [first, second] {
        let state = fixture.chain.wait_for(signed.id(), PATIENCE).await.unwrap();
        assert!(matches!(state, TransactionState::Final { .. }), "{state:?}");
    }
}

/// A replacement takes the place of the first, which is told so.
#[tokio::test]
async fn replaced_is_rejected() {
    let fixture = Fixture::new();
    let first = fixture.pay(1, 0, 1_000, 5);
    fixture.chain.admit(first.clone()).await.unwrap();
    let mut body = first.transaction.clone();
    body.fee = body.fee.checked_mul(2).unwrap();
    let second = crypto::sign_transaction(&fixture.crypto, body).unwrap();
    assert_eq!(fixture.chain.admit(second.clone()).await.unwrap().news, News::New);
    let state = fixture.chain.state_of(first.id()).await.unwrap();
    let reason = Reason::Replaced(second.id());
    assert_eq!(reason.code(), ErrorCode::TransactionReplaced);
    assert_eq!(state, TransactionState::Dropped(Outcome::Rejected(reason)));
}

/// After its last height a transaction is refused as expired.
#[tokio::test]
async fn expires() {
    let fixture = Fixture::new();
    let first = fixture.pay(1, 0, 2, 5);
    let _consensus = fixture.run();
    let mut tips = fixture.chain.tips();
    tips.wait_for(|tip| tip.height >= 2).await.unwrap();
    let late = fixture.chain.admit(first).await;
    assert!(matches!(reason(late), Some(ExecutionError::Expired { valid_until: 2, .. })));
}

/// A bad transaction is refused at the door with the ledger's reason.
#[tokio::test]
async fn bad_is_refused() {
    let fixture = Fixture::new();
    let too_much = fixture.pay(1, 0, 1_000, Amount::from_faic(2_000).unwrap().nano());
    let refused = fixture.chain.admit(too_much).await;
    assert!(matches!(reason(refused), Some(ExecutionError::InsufficientBalance { .. })));
    let unknown = fixture.chain.state_of(fixture.pay(1, 0, 1_000, 1).id()).await.unwrap();
    assert_eq!(unknown, TransactionState::Unknown);
}

/// A block from too far ahead of the clock is not voted for; one within the drift is.
#[tokio::test]
async fn block_time_against_the_clock() {
    let fixture = Fixture::new();
    let application = fixture.application();
    let ahead = Fixture::new();
    ahead.clock.store(15_001, Ordering::Relaxed);
    let late = ahead.propose().await;
    assert!(matches!(application.verify(&late).await, Err(ApplicationError::Invalid { .. })));
    ahead.clock.store(15_000, Ordering::Relaxed);
    application.verify(&ahead.propose().await).await.unwrap();
    // What the others decided is followed all the same, because their clocks may be the right ones.
    application.commit(late.clone(), fixture.certify(&late)).await.unwrap();
    assert_eq!(application.tip().id, late.id());
}

/// Whoever asks while blocks are committed never hears that a pooled transaction is unknown.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_unknown_on_the_way() {
    let fixture = Fixture::new();
    let _consensus = fixture.run();
    for sequence in 0..40 {
        let signed = fixture.pay(1, sequence, 100_000, 1);
        fixture.chain.admit(signed.clone()).await.unwrap();
        loop {
            match fixture.chain.state_of(signed.id()).await.unwrap() {
                TransactionState::Pooled(_) => tokio::task::yield_now().await,
                TransactionState::Final { .. } => break,
                other @ (TransactionState::Dropped(_) | TransactionState::Unknown) => panic!("{other:?}"),
            }
        }
    }
}
