//! Verified transactions for the tests, of a ledger in memory and without the cost of signatures.

use std::sync::Arc;

use faic_core::{
    Address, Amount, Authority, Certificate, ChainId, Network, Proposal, PublicKey, SecretKey, Signature,
    SignedTransaction, Verifier, Vote,
    block::{Validator, ValidatorSet},
    crypto::{CertificateError, VerifyError},
    staking::Possession,
    transaction::{Height, KeySignature, Output, TransactionBuilder},
};
use faic_ledger::{Genesis, Ledger, ValidationManager, VerifiedTransaction, genesis::Parameters, store::MemoryStore};

use crate::mempool::Standing;

/// What a test says of a transaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draft {
    /// Who sends.
    pub(super) sender: u8,
    /// The lane.
    pub(super) lane: u8,
    /// The sequence.
    pub(super) sequence: u64,
    /// How many outputs.
    pub(super) outputs: usize,
    /// What each output pays, in nano.
    pub(super) amount: u64,
    /// The fee per byte, in nano, unless `fee` is given.
    pub(super) fee_per_byte: u64,
    /// The fee, in nano; raised to one nano a byte.
    pub(super) fee: Option<u64>,
    /// Who pays the fee, when not the sender.
    pub(super) payer: Option<u8>,
    /// The last height.
    pub(super) valid_until: Height,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            sender: 1,
            lane: 0,
            sequence: 0,
            outputs: 1,
            amount: 1,
            fee_per_byte: 20,
            fee: None,
            payer: None,
            valid_until: 100,
        }
    }
}

/// A ledger in which every sender is rich.
pub(super) struct World {
    /// The ledger.
    ledger: Ledger,
    /// Its gates, which take any signature.
    gates: ValidationManager,
}

impl World {
    /// A ledger with 256 rich accounts.
    pub(super) fn new() -> Self {
        let chain_id = ChainId::new("faic-dev").expect("a valid chain id");
        let stake = Amount::from_faic(1).expect("below the supply");
        let validator = Validator { key: key(0).public_key(), operator: Self::address(0), stake };
        let mut balances: Vec<_> = (0..=u8::MAX).map(|sender| (Self::address(sender), rich())).collect();
        balances.sort();
        let genesis = Genesis {
            chain_id,
            network: Network::Dev,
            time_ms: 0,
            validators: ValidatorSet::new(vec![validator]).expect("one validator"),
            balances,
            parameters: Parameters { base_fee_per_byte_min: 1, bond_min: stake, ..Parameters::default() },
        };
        let ledger = Ledger::open(Arc::new(MemoryStore::new()), genesis).expect("a good genesis");
        let anything: Arc<dyn Verifier> = Arc::new(Anything);
        Self { ledger, gates: ValidationManager::new(&anything) }
    }

    /// The address of a sender.
    pub(super) fn address(sender: u8) -> Address {
        authority(sender).address()
    }

    /// How the accounts of every draft stand.
    pub(super) fn standing() -> Standing {
        Standing { next_sequence: 0, balance: rich(), payer_balance: rich() }
    }

    /// Makes a transaction of the draft and passes it through the gate.
    pub(super) fn verify(&self, draft: Draft) -> VerifiedTransaction {
        let amount = Amount::from_nano(draft.amount).expect("below the supply");
        let output = Output { to: Address::from_bytes([7; 32]), amount, memo: String::new() };
        let chain_id = self.ledger.genesis().chain_id.clone();
        let outputs = vec![output; draft.outputs];
        let mut builder = TransactionBuilder::transfer(chain_id, authority(draft.sender), outputs)
            .nonce(draft.lane, draft.sequence)
            .valid_until(draft.valid_until);
        if let Some(payer) = draft.payer {
            builder = builder.fee_payer(Self::address(payer), authority(payer));
        }
        let mut transaction = builder.build(draft.fee_per_byte).expect("a good draft");
        if let Some(fee) = draft.fee {
            transaction.fee = Amount::from_nano(fee.max(transaction.signed_bytes() as u64)).expect("below the supply");
        }
        let signatures = vec![KeySignature { key: 0, signature: Signature::from_bytes([0; 64]) }];
        let fee_payer_signatures = draft.payer.map_or_else(Vec::new, |_| signatures.clone());
        let signed = SignedTransaction { transaction, signatures, fee_payer_signatures };
        let verified = self.gates.fast.check(&self.ledger.context(), &mut self.ledger.accounts(), signed);
        verified.expect("a good draft")
    }
}

/// What every account has: the supply cannot be exceeded by all of them.
fn rich() -> Amount {
    Amount::from_faic(1_000_000).expect("below the supply")
}

/// The key made from this byte.
fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

/// Who governs the account of a sender.
fn authority(sender: u8) -> Authority {
    Authority::single(key(sender).public_key())
}

/// Takes any signature for good, because the mempool never looks at one.
struct Anything;

impl Verifier for Anything {
    fn verify_transaction(&self, _: &SignedTransaction) -> Result<(), VerifyError> {
        Ok(())
    }

    fn verify_transactions(&self, _: &[SignedTransaction]) -> Result<(), (usize, VerifyError)> {
        Ok(())
    }

    fn verify_vote(&self, _: &PublicKey, _: &Vote, _: &Signature) -> bool {
        true
    }

    fn verify_possession(&self, _: &Possession, _: &Signature) -> bool {
        true
    }

    fn verify_message(&self, _: &faic_core::PublicKey, _: &faic_core::Message<'_>, _: &faic_core::Signature) -> bool {
        true
    }

    fn verify_proposal(&self, _: &PublicKey, _: &Proposal, _: &Signature) -> bool {
        true
    }

    fn verify_certificate(&self, _: &ChainId, _: &Certificate, _: &ValidatorSet) -> Result<(), CertificateError> {
        Ok(())
    }
}
