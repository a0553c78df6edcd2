//! A chain in memory with one validator, for the tests of the services.

use std::{sync::Arc, time::Duration};

use faic_consensus::{Application, Consensus, SimpleConsensus, simple};
use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, Network, SecretKey,
    block::{Validator, ValidatorSet},
    transaction::Output,
};
use faic_ledger::{Genesis, Ledger, genesis::Parameters, store::MemoryStore};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    Chain, ChainApplication,
    chain::system_clock,
    mempool::{self, Mempool},
};

/// The secret key number `seed`.
pub(super) fn secret(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

/// The address of the wallet of key number `seed`.
pub(super) fn address(seed: u8) -> Address {
    Authority::single(secret(seed).public_key()).address()
}

/// An output to account number `to`.
pub(super) fn output(to: u8, nano: u64) -> Output {
    Output { to: address(to), amount: Amount::from_nano(nano).unwrap(), memo: String::new() }
}

/// A chain of that network, on which account 1 has 1,000 FAIC and `more` has as much.
pub(super) fn chain(network: Network, more: &[Address]) -> Arc<Chain> {
    let stake = Amount::from_faic(100).unwrap();
    let validator = Validator { key: secret(200).public_key(), operator: address(201), stake };
    let rich = Amount::from_faic(1_000).unwrap();
    let mut balances: Vec<_> = more.iter().copied().chain([address(1)]).map(|address| (address, rich)).collect();
    balances.sort();
    let genesis = Genesis {
        chain_id: ChainId::new("faic-test").unwrap(),
        network,
        time_ms: 1_000,
        validators: ValidatorSet::new(vec![validator]).unwrap(),
        balances,
        parameters: Parameters::default(),
    };
    let ledger = Ledger::open(Arc::new(MemoryStore::new()), genesis).unwrap();
    let mempool = Mempool::new(mempool::Config::default()).unwrap();
    Arc::new(Chain::new(ledger, mempool, system_clock()))
}

/// Makes blocks until the guard is dropped.
pub(super) fn run(chain: &Arc<Chain>) -> DropGuard {
    let application = ChainApplication(Arc::clone(chain));
    let crypto = BasicCrypto { key_manager: [secret(200)].into_iter().collect() };
    let config = simple::Config { hold: Duration::from_millis(50), block_interval_min: Duration::from_millis(1) };
    let consensus = SimpleConsensus::new(&application.validators(), Arc::new(crypto), config).unwrap();
    let shutdown = CancellationToken::new();
    let token = shutdown.clone();
    tokio::spawn(async move { consensus.run(Arc::new(application), token).await.unwrap() });
    shutdown.drop_guard()
}
