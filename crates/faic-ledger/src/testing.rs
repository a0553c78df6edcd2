//! A small chain in memory for the tests of this crate: known keys, one validator, blocks made on demand.

use std::sync::Arc;

use faic_core::{
    Address, Amount, Authority, BasicCrypto, Certificate, ChainId, KeyManager, Network, SecretKey, SignedTransaction,
    Signer, Transaction, Verifier,
    block::{Validator, ValidatorSet, VoteSignature},
    crypto,
    transaction::{Output, TransactionBuilder},
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
        let time_ms = self.ledger.tip().time_ms + 10;
        self.ledger.build(secret(200).public_key(), time_ms, transactions).unwrap()
    }

    /// The certificate that the only validator gives.
    pub(crate) fn certify(&self, block: &VerifiedBlock) -> Certificate {
        let header = &block.block().header;
        let validator = secret(200).public_key();
        let mut certificate =
            Certificate { height: header.height, round: 0, block: block.id(), signatures: Vec::new() };
        let signature = self.crypto.sign_vote(&validator, &certificate.vote(&header.chain_id)).unwrap();
        certificate.signatures.push(VoteSignature { validator, signature });
        certificate
    }

    /// Decides and commits a block.
    pub(crate) fn commit(&mut self, block: VerifiedBlock) {
        let certificate = self.certify(&block);
        let decided = self.validation.finality.check(&self.ledger, block, certificate).unwrap();
        self.ledger.commit(decided).unwrap();
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
