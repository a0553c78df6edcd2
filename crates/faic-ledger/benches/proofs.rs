//! How long a commit takes while transactions are proved, with the proofs made under the ledger's lock and outside of it.
//!
//! `cargo bench -p faic-ledger --bench proofs [-- PAYMENTS COMMITS]` (4,000 in the block that is proved, and 100, when not
//! given). Two threads ask for proofs without a pause, as many as a node lets work for each processor. The store lies under
//! the target folder. Not run by tests.

#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a benchmark measures time")]
#![expect(clippy::print_stdout, reason = "a benchmark reports to the terminal")]

use std::{
    sync::{
        Arc, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use faic_core::{
    Amount, Authority, BasicCrypto, Certificate, ChainId, Hash, KeyManager, Network, SecretKey, SignedTransaction,
    Signer,
    block::{Validator, ValidatorSet, VoteSignature},
    crypto,
    transaction::{Output, TransactionBuilder},
};
use faic_ledger::{Genesis, Ledger, ValidationManager, genesis::Parameters, store::EmbeddedStore};

/// How many threads ask for proofs.
const ASKERS: usize = 2;

/// A chain of one validator and one payer, who have the same key.
struct Chain {
    /// The ledger, as a node shares it.
    ledger: RwLock<Ledger>,
    /// Its gates.
    validation: ValidationManager,
    /// The one key.
    crypto: BasicCrypto,
    /// The authority of the key.
    authority: Authority,
}

impl Chain {
    /// The chain at its genesis, in a folder.
    fn open(folder: &std::path::Path) -> Self {
        let secret = SecretKey::from_seed(&[1; 32]);
        let (key, authority) = (secret.public_key(), Authority::single(secret.public_key()));
        let address = authority.address();
        let faic = |count| Amount::from_faic(count).expect("so much exists");
        let validator = Validator { key, operator: address, stake: faic(100) };
        let genesis = Genesis {
            chain_id: ChainId::new("faic-bench").expect("a chain id"),
            network: Network::Dev,
            time_ms: 1_000,
            validators: ValidatorSet::new(vec![validator]).expect("a set of one"),
            balances: vec![(address, faic(1_000_000))],
            parameters: Parameters::default(),
        };
        let store = Arc::new(EmbeddedStore::open(folder).expect("the store opens"));
        let ledger = RwLock::new(Ledger::open(store, genesis).expect("the ledger opens"));
        let crypto = BasicCrypto { key_manager: [secret].into_iter().collect::<KeyManager>() };
        let validation = ValidationManager::new(&(Arc::new(BasicCrypto::default()) as _));
        Self { ledger, validation, crypto, authority }
    }

    /// So many payments for the next block.
    fn payments(&self, count: u64) -> Vec<SignedTransaction> {
        let ledger = self.ledger.read().expect("nobody panicked");
        let address = self.authority.address();
        let next = ledger.account(&address).expect("the account is read").next_sequence(0);
        let (chain_id, tip) = (ledger.genesis().chain_id.clone(), ledger.tip().height);
        let sign = |sequence| {
            let output = Output { to: address, amount: Amount::from_nano(1).expect("one nano"), memo: String::new() };
            let body = TransactionBuilder::transfer(chain_id.clone(), self.authority.clone(), vec![output])
                .nonce(0, sequence)
                .valid_until(tip + 100)
                .build(ledger.system().base_fee_per_byte * 2)
                .expect("a payment");
            crypto::sign_transaction(&self.crypto, body).expect("the key signs")
        };
        (next..next + count).map(sign).collect()
    }

    /// Makes a block of payments, and returns how long its commit took, with the wait for the lock.
    fn advance(&self, payments: Vec<SignedTransaction>) -> Duration {
        let decided = {
            let ledger = self.ledger.read().expect("nobody panicked");
            let gate = &self.validation.fast;
            let verified = payments.into_iter().map(|signed| gate.check_signatures(signed).expect("it is signed"));
            let proposer = ledger.validators().iter().next().expect("the set has one").key;
            let built = ledger.build(proposer, ledger.tip().time_ms + 10, [], verified).expect("a block").verified;
            let mut certificate = Certificate {
                height: built.block().header.height,
                round: 0,
                block: built.id(),
                signatures: Vec::new(),
            };
            let vote = certificate.vote(&ledger.genesis().chain_id);
            let signature = self.crypto.sign_vote(&proposer, &vote).expect("the key signs");
            certificate.signatures = vec![VoteSignature { validator: proposer, signature }];
            self.validation.finality.check(&ledger, built, certificate).expect("it is final")
        };
        let begin = Instant::now();
        self.ledger.write().expect("nobody panicked").commit(decided).expect("it is written");
        begin.elapsed()
    }

    /// Proves a transaction and lets go of the ledger when the proof is made.
    fn prove_under_lock(&self, id: &Hash) {
        let ledger = self.ledger.read().expect("nobody panicked");
        let prover = ledger.transaction_prover().expect("the store is read");
        prover.prove(id).expect("the store is read").expect("the transaction is final");
    }

    /// Proves a transaction and lets go of the ledger before.
    fn prove(&self, id: &Hash) {
        let prover = self.ledger.read().expect("nobody panicked").transaction_prover().expect("the store is read");
        prover.prove(id).expect("the store is read").expect("the transaction is final");
    }

    /// Commits blocks of one payment while `ask` is called without a pause; the times, ascending, and how often it was.
    fn commits_beside(&self, commits: u64, ask: &(dyn Fn() + Sync)) -> (Vec<Duration>, u64) {
        let (ends, asked) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut times = thread::scope(|scope| {
            for _ in 0..ASKERS {
                scope.spawn(|| {
                    while !ends.load(Ordering::Relaxed) {
                        ask();
                        asked.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            let times: Vec<_> = (0..commits).map(|_| self.advance(self.payments(1))).collect();
            ends.store(true, Ordering::Relaxed);
            times
        });
        times.sort();
        (times, asked.into_inner())
    }
}

/// Measures and reports.
fn main() {
    let given: Vec<u64> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let argument = |place: usize, otherwise: u64| given.get(place).copied().unwrap_or(otherwise);
    let (payments, commits) = (argument(0, 4_000), argument(1, 100));
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder can be written to");
    let chain = Chain::open(folder.path());
    let block = chain.payments(payments);
    let id = block[block.len() / 2].id();
    chain.advance(block);

    let report = |name: &str, ask: &(dyn Fn() + Sync)| {
        let (times, asked) = chain.commits_beside(commits, ask);
        let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
        println!("{name}: a commit takes {median:.1?} (median), {longest:.1?} (longest); asked {asked} times");
        median
    };
    let alone = report("nothing is proved", &|| thread::park_timeout(Duration::from_millis(1)));
    let outside = report("proofs outside of the lock", &|| chain.prove(&id));
    let under = report("proofs under the lock", &|| chain.prove_under_lock(&id));
    let ratio = |time: Duration| time.as_secs_f64() / alone.as_secs_f64();
    println!(
        "beside proofs of a block of {payments} payments, a commit takes {:.1} times as long as alone",
        ratio(outside)
    );
    println!("with the proofs made under the lock, {:.1} times", ratio(under));
}
