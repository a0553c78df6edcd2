//! Tests of proofs: a light client that trusts the genesis checks all that a real chain shows, also after a restart.

use std::{sync::Arc, time::Duration};

use crate::{
    ledger::HistoryEntry,
    store::Store,
    testing::{Chain, address, genesis, output},
};
use faic_core::{
    Account, BasicCrypto, Hash,
    account::History,
    light_client::{Head, LightClient},
};

/// A chain of seven blocks: account 1 pays 2 in each, one of them is empty.
fn chain() -> Chain {
    let mut chain = Chain::new();
    for height in 1..=7 {
        let payment = chain.sign(chain.transfer(1, vec![output(2, height)]));
        chain.include(if height == 4 { Vec::new() } else { vec![payment] });
    }
    chain
}

/// The tip, as a light client that begins at the genesis comes to trust it.
fn head(chain: &Chain) -> Head {
    let genesis = genesis();
    let beginning = Head::genesis(genesis.id(), genesis.validators);
    let mut client = LightClient::new(genesis.chain_id, beginning, Duration::from_secs(1));
    let tip = chain.ledger.light_block(chain.ledger.tip().height).unwrap().unwrap();
    client.advance(&BasicCrypto::default(), &tip, tip.header.time_ms).unwrap();
    client.head().clone()
}

/// Accounts that were used and one that was not are shown; so are all transactions and histories, from the tip back.
#[test]
fn all_is_shown() {
    let chain = chain();
    let ledger = &chain.ledger;
    let head = head(&chain);
    let prover = ledger.transaction_prover().unwrap();
    for seed in [1, 2, 77] {
        let proved = ledger.account_proof(&address(seed)).unwrap().verify(&head, &address(seed)).unwrap();
        assert_eq!(proved, ledger.account(&address(seed)).unwrap());
        let entries = ledger.history(&address(seed), None, 100).unwrap();
        assert_eq!(usize::try_from(proved.history.count), Ok(entries.len()));
        let check = |history, entry: &HistoryEntry| ledger.history_proof(entry).unwrap().verify(&head, &history);
        assert_eq!(entries.iter().try_fold(proved.history, check), Ok(History::default()));
        for HistoryEntry { place, transaction, .. } in entries {
            assert_eq!(ledger.locate(&transaction).unwrap(), Some((place.height, place.index)));
            let proof = prover.prove(&transaction).unwrap().unwrap();
            assert_eq!((proof.signed.id(), proof.verify(&head)), (transaction, Ok(())));
        }
    }
    assert_eq!(ledger.account_proof(&address(77)).unwrap().verify(&head, &address(77)), Ok(Account::default()));
    assert_eq!(prover.prove(&Hash::ZERO).unwrap(), None);
}

/// A proof is as of the moment at which it was begun, also when the ledger has moved on.
#[test]
fn a_proof_is_of_its_moment() {
    let mut chain = chain();
    let (head, prover) = (head(&chain), chain.ledger.transaction_prover().unwrap());
    let before = chain.ledger.history(&address(2), None, 1).unwrap()[0].transaction;
    chain.include(vec![chain.sign(chain.transfer(1, vec![output(2, 8)]))]);
    let after = chain.ledger.history(&address(2), None, 1).unwrap()[0].transaction;
    assert_eq!(prover.prove(&before).unwrap().unwrap().verify(&head), Ok(()));
    assert_eq!(prover.prove(&after).unwrap(), None);
}

/// Light blocks are there from height 1 to the tip.
#[test]
fn light_blocks() {
    let chain = chain();
    for height in [0, 8] {
        assert_eq!(chain.ledger.light_block(height).unwrap(), None);
    }
    for height in 1..=7 {
        let block = chain.ledger.light_block(height).unwrap().unwrap();
        assert_eq!((block.header.height, block.validators.hash()), (height, block.header.validators));
    }
}

/// What a ledger that was opened again proves is the same.
#[test]
fn a_restart_changes_nothing() {
    let chain = chain();
    let proofs = |chain: &Chain| {
        let entries = chain.ledger.history(&address(2), None, 100).unwrap();
        let histories: Vec<_> = entries.iter().map(|entry| chain.ledger.history_proof(entry).unwrap()).collect();
        (chain.ledger.ancestors().clone(), histories)
    };
    let store: Arc<dyn Store> = Arc::clone(&chain.store);
    assert_eq!(proofs(&Chain::on(store)), proofs(&chain));
}
