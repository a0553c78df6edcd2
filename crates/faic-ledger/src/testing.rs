//! A small chain in memory for the tests of this crate: known keys, one validator, blocks made on demand.

use std::sync::Arc;

use faic_core::{
    Address, Amount, Authority, BasicCrypto, Candidate, Certificate, ChainId, Equivocation, Hash, Height, KeyManager,
    Network, PublicKey, SecretKey, SignedTransaction, Signer, Transaction, Verifier, Vote,
    block::{Validator, ValidatorSet, VoteSignature},
    crypto,
    staking::Possession,
    transaction::{Action, Output, TransactionBuilder},
    vote::VoteKind,
};

use crate::{
    Genesis, Ledger, ValidationManager, VerifiedBlock, VerifiedTransaction,
    genesis::Parameters,
    ledger::Built,
    store::{MemoryStore, Store},
    validation::FastError,
};

/// How many accounts have money at the beginning.
pub(crate) const RICH: u8 = 4;
/// What each of them has.
pub(crate) const RICHES: u64 = 1_000;

/// The secret key number `seed`.
pub(crate) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The ordinary authority of key number `seed`.
pub(crate) fn authority(seed: u8) -> Authority {
    Authority::single(secret(seed).public_key())
}

/// The address of the ordinary wallet of key number `seed`.
pub(crate) fn address(seed: u8) -> Address {
    authority(seed).address()
}

/// So many whole FAIC.
pub(crate) fn faic(count: u64) -> Amount {
    Amount::from_faic(count).unwrap()
}

/// A payment of whole FAIC to the wallet of key number `to`.
pub(crate) fn output(to: u8, count: u64) -> Output {
    Output { to: address(to), amount: faic(count), memo: String::new() }
}

/// The genesis of the tests: accounts 1 to [`RICH`] are rich, key 200 validates for account 201.
pub(crate) fn genesis() -> Genesis {
    let validator = Validator { key: secret(200).public_key(), operator: address(201), stake: faic(100) };
    let mut balances: Vec<_> = (1..=RICH).map(|seed| (address(seed), faic(RICHES))).collect();
    balances.sort();
    Genesis {
        chain_id: ChainId::new("faic-test").unwrap(),
        network: Network::Dev,
        time_ms: 1_000,
        validators: ValidatorSet::new(vec![validator]).unwrap(),
        balances,
        parameters: Parameters::default(),
    }
}

/// A bond of so many FAIC by the account of key `operator`, with the validator key number `key`.
pub(crate) fn bond(operator: u8, key: u8, amount: Amount) -> Action {
    let claim = Possession { chain_id: genesis().chain_id, operator: address(operator), key: secret(key).public_key() };
    let signer = BasicCrypto { key_manager: [secret(key)].into_iter().collect() };
    let possession = signer.sign_possession(&claim).unwrap();
    Action::Bond { key: claim.key, possession, amount }
}

/// Two precommits of validator key number `key` at a height that exclude each other.
pub(crate) fn equivocation(key: u8, height: Height) -> Equivocation {
    let signer = BasicCrypto { key_manager: [secret(key)].into_iter().collect() };
    let validator = secret(key).public_key();
    let sign = |block| {
        let vote = Vote { chain_id: genesis().chain_id, kind: VoteKind::Precommit, height, round: 0, block };
        let signature = signer.sign_vote(&validator, &vote).unwrap();
        (vote, signature)
    };
    Equivocation::Votes { validator, first: sign(Some(Hash::ZERO)), second: sign(None) }
}

/// A genesis of the tests with these validators: their keys with the key of their operator, and their stakes in FAIC.
pub(crate) fn genesis_of(validators: &[(u8, u8, u64)], parameters: Parameters) -> Genesis {
    let validator = |(key, operator, stake): &(u8, u8, u64)| Validator {
        key: secret(*key).public_key(),
        operator: address(*operator),
        stake: faic(*stake),
    };
    let validators = ValidatorSet::new(validators.iter().map(validator).collect()).unwrap();
    Genesis { validators, parameters, ..genesis() }
}

/// A ledger with the keys to move it.
pub(crate) struct Chain {
    /// The ledger.
    pub(crate) ledger: Ledger,
    /// Its gates.
    pub(crate) validation: ValidationManager,
    /// Every key of the tests.
    pub(crate) crypto: BasicCrypto,
    /// The store under the ledger.
    pub(crate) store: Arc<dyn Store>,
}

impl Chain {
    /// The chain at its genesis, in memory.
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()))
    }

    /// The chain as it stands in `store`.
    pub(crate) fn on(store: Arc<dyn Store>) -> Self {
        Self::with(store, genesis())
    }

    /// A chain of another genesis.
    pub(crate) fn with(store: Arc<dyn Store>, genesis: Genesis) -> Self {
        let crypto = BasicCrypto { key_manager: (1..=201).map(secret).collect::<KeyManager>() };
        let verifier: Arc<dyn Verifier> = Arc::new(BasicCrypto::default());
        let ledger = Ledger::open(Arc::clone(&store), genesis).unwrap();
        Self { ledger, validation: ValidationManager::new(&verifier), crypto, store }
    }

    /// A transfer by the wallet of key `from`, at the lane's next sequence and twice the base fee.
    pub(crate) fn transfer(&self, from: u8, outputs: Vec<Output>) -> TransactionBuilder {
        let account = self.ledger.account(&address(from)).unwrap();
        TransactionBuilder::transfer(genesis().chain_id, authority(from), outputs)
            .nonce(0, account.next_sequence(0))
            .valid_until(self.ledger.tip().height + 100)
    }

    /// Any action of the wallet of key `from`, at the lane's next sequence plus a gap, for three times the base fee.
    pub(crate) fn act(&self, from: u8, gap: u64, action: Action) -> SignedTransaction {
        let next = self.ledger.account(&address(from)).unwrap().next_sequence(0);
        let builder = TransactionBuilder::new(genesis().chain_id, address(from), authority(from), action);
        let builder = builder.nonce(0, next + gap).valid_until(self.ledger.tip().height + 100);
        self.sign_body(builder.build(self.ledger.system().base_fee_per_byte * 3).unwrap())
    }

    /// What the account of key `seed` has at stake.
    pub(crate) fn candidate(&self, seed: u8) -> Option<Candidate> {
        self.ledger.staking(&address(seed)).unwrap()
    }

    /// Finishes and signs with every key at hand.
    pub(crate) fn sign(&self, builder: TransactionBuilder) -> SignedTransaction {
        self.sign_body(builder.build(self.ledger.system().base_fee_per_byte * 2).unwrap())
    }

    /// Signs with every key at hand.
    pub(crate) fn sign_body(&self, transaction: Transaction) -> SignedTransaction {
        crypto::sign_transaction(&self.crypto, transaction).unwrap()
    }

    /// Passes the first gate.
    pub(crate) fn verify(&self, signed: SignedTransaction) -> Result<VerifiedTransaction, FastError> {
        self.validation.fast.check(&self.ledger.context(), &mut self.ledger.accounts(), signed)
    }

    /// Builds the next block of what is given.
    pub(crate) fn build(&self, transactions: Vec<VerifiedTransaction>) -> Built {
        self.build_with(Vec::new(), transactions)
    }

    /// Builds the next block of evidence and transactions.
    pub(crate) fn build_with(&self, evidence: Vec<Equivocation>, transactions: Vec<VerifiedTransaction>) -> Built {
        let time_ms = self.ledger.tip().time_ms + 10;
        self.ledger.build(self.proposer(), time_ms, evidence, transactions).unwrap()
    }

    /// Who proposes: key 200 while it validates, or else the first validator.
    pub(crate) fn proposer(&self) -> PublicKey {
        let validators = self.ledger.validators();
        let usual = secret(200).public_key();
        validators.get(&usual).or_else(|| validators.iter().next()).unwrap().key
    }

    /// The certificate that all validators give.
    pub(crate) fn certify(&self, block: &VerifiedBlock) -> Certificate {
        self.certify_without(block, &[])
    }

    /// The certificate that all validators give but those of these keys.
    pub(crate) fn certify_without(&self, block: &VerifiedBlock, absent: &[u8]) -> Certificate {
        let header = &block.block().header;
        let absent: Vec<_> = absent.iter().map(|seed| secret(*seed).public_key()).collect();
        let mut certificate =
            Certificate { height: header.height, round: 0, block: block.id(), signatures: Vec::new() };
        let vote = certificate.vote(&header.chain_id);
        let present = self.ledger.validators().iter().map(|validator| validator.key);
        let sign = |validator| {
            let signature = self.crypto.sign_vote(&validator, &vote).unwrap();
            VoteSignature { validator, signature }
        };
        certificate.signatures = present.filter(|key| !absent.contains(key)).map(sign).collect();
        certificate
    }

    /// Decides and commits a block.
    pub(crate) fn commit(&mut self, block: VerifiedBlock) {
        let certificate = self.certify(&block);
        let decided = self.validation.finality.check(&self.ledger, block, certificate).unwrap();
        self.ledger.commit(decided).unwrap();
    }

    /// Makes one block of what can be in it, which those validators do not sign; whom the block can't hold is returned.
    pub(crate) fn advance(
        &mut self,
        evidence: Vec<Equivocation>,
        signed: Vec<SignedTransaction>,
        absent: &[u8],
    ) -> Built {
        let gate = &self.validation.fast;
        let transactions = signed.into_iter().map(|signed| gate.check_signatures(signed).unwrap()).collect();
        let built = self.build_with(evidence, transactions);
        let checked = self.validation.block.check(&self.ledger, built.verified.block().clone()).unwrap();
        let certificate = self.certify_without(&checked, absent);
        let decided = self.validation.finality.check(&self.ledger, checked, certificate).unwrap();
        self.ledger.commit(decided).unwrap();
        built
    }

    /// Makes one block of signed transactions, all of which must be in it.
    pub(crate) fn include(&mut self, transactions: Vec<SignedTransaction>) {
        let verified = transactions.into_iter().map(|signed| self.verify(signed).unwrap()).collect();
        let built = self.build(verified);
        assert!(built.refused.is_empty(), "{:?}", built.refused);
        self.commit(built.verified);
    }

    /// The balance of the wallet of key number `seed`.
    pub(crate) fn balance(&self, seed: u8) -> Amount {
        self.ledger.account(&address(seed)).unwrap().balance
    }

    /// Checks everything in the store against everything else.
    pub(crate) fn audit(&self) {
        self.ledger.audit(&BasicCrypto::default()).unwrap();
    }
}
