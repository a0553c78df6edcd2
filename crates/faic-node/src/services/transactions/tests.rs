//! Tests of what users read: transactions, accounts, histories, blocks.

use std::{sync::Arc, time::Duration};

use faic_core::{
    Amount, Authority, BasicCrypto, ChainId, Hash, Network, SignedTransaction,
    crypto::sign_transaction,
    transaction::{Output, TransactionBuilder},
};

use faic_ledger::store::MemoryStore;

use super::{BlockPage, PAGE_BYTES_MAX, TransactionService, TransactionView};
use crate::{
    Chain, ErrorCode,
    chain::News,
    services::{
        Order, ProofService,
        spending::Spending,
        testing::{address, chain, output, run, secret},
    },
    testing,
};

/// A payment of one nano by account 1 to account 9.
fn payment(sequence: u64, valid_until: u64) -> SignedTransaction {
    let authority = Authority::single(secret(1).public_key());
    let chain_id = ChainId::new("faic-test").unwrap();
    let body = TransactionBuilder::transfer(chain_id, authority, vec![output(9, 1)])
        .nonce(0, sequence)
        .valid_until(valid_until)
        .build(20)
        .unwrap();
    let crypto = BasicCrypto { key_manager: [secret(1)].into_iter().collect() };
    sign_transaction(&crypto, body).unwrap()
}

/// The service of a chain in memory.
async fn service() -> (TransactionService, Arc<Chain>) {
    let chain = chain(Network::Dev, &[]);
    (TransactionService::new(Arc::clone(&chain), "node".to_owned()).await, chain)
}

/// Submits payments and waits until all are final.
async fn pay(service: &TransactionService, count: u64) {
    for sequence in 0..count {
        let submitted = service.submit(&payment(sequence, 1_000).to_bytes()).await.unwrap();
        let view = service.wait(submitted.id, Duration::from_secs(20)).await.unwrap();
        assert!(matches!(view, TransactionView::Final { .. }), "{view:?}");
    }
}

#[tokio::test]
async fn submitting_again_answers_how_it_stands() {
    let (service, chain) = service().await;
    let bytes = payment(0, 1_000).to_bytes();
    assert_eq!(service.submit(&bytes).await.unwrap().news, News::New);
    assert_eq!(service.submit(&bytes).await.unwrap().news, News::Pooled);
    let id = service.submit(&bytes).await.unwrap().id;
    assert!(matches!(service.get(id).await.unwrap(), TransactionView::Pooled { .. }));
    let _consensus = run(&chain);
    let view = service.wait(id, Duration::from_secs(20)).await.unwrap();
    assert!(matches!(view, TransactionView::Final { .. }), "{view:?}");
    assert_eq!(service.submit(&bytes).await.unwrap().news, News::Final);
    assert_eq!(service.account(address(9)).await.unwrap().account.balance, Amount::from_nano(1).unwrap());
}

#[tokio::test]
async fn a_new_transaction_takes_the_sequence_after_those_that_wait() {
    let (service, chain) = service().await;
    assert!(service.account(address(1)).await.unwrap().next_sequences.is_empty());
    for sequence in 0..3 {
        service.submit(&payment(sequence, 1_000).to_bytes()).await.unwrap();
    }
    let view = service.account(address(1)).await.unwrap();
    assert_eq!((view.next_sequences.get(&0), view.account.next_sequence(0)), (Some(&3), 0));
    let _consensus = run(&chain);
    service.wait(payment(2, 1_000).id(), Duration::from_secs(20)).await.unwrap();
    let view = service.account(address(1)).await.unwrap();
    assert_eq!((view.next_sequences.get(&0), view.account.next_sequence(0)), (Some(&3), 3));
}

#[tokio::test]
async fn an_unknown_transaction_is_answered_at_once() {
    let (service, _chain) = service().await;
    let refused = service.wait(Hash::ZERO, Duration::from_secs(20)).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::TransactionUnknown);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_in_time_with_the_state_as_it_is() {
    let (service, _chain) = service().await;
    let id = service.submit(&payment(0, 1_000).to_bytes()).await.unwrap().id;
    let view = service.wait(id, Duration::from_secs(3600)).await.unwrap();
    assert!(matches!(view, TransactionView::Pooled { .. }), "{view:?}");
}

#[tokio::test]
async fn a_history_is_read_page_by_page_newest_first() {
    let (service, chain) = service().await;
    let _consensus = run(&chain);
    pay(&service, 5).await;
    let mut sequences = Vec::new();
    let mut before = None;
    loop {
        let page = service.history(address(9), before, 2).await.unwrap();
        assert!(page.items.len() <= 2 && page.height >= 5);
        sequences.extend(page.items.iter().map(|item| item.signed.transaction.nonce.sequence));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(sequences, [4, 3, 2, 1, 0]);
    let nobody = service.history(address(77), None, 2).await.unwrap();
    assert!(nobody.items.is_empty() && nobody.next.is_none());
}

/// A page of long transactions ends before its limit; none is left out, with proofs or without.
#[tokio::test]
async fn a_page_is_full_by_its_bytes() {
    const PAYMENTS: u64 = 12;
    let (service, chain) = service().await;
    let proofs = ProofService::new(Arc::clone(&chain));
    let _consensus = run(&chain);
    let spending = Spending::new(Arc::clone(&chain));
    let outputs = vec![Output { memo: "m".repeat(64), ..output(9, 1) }; 256];
    let mut last = None;
    for _ in 0..PAYMENTS {
        let sent = spending.act(secret(1), Order::transfer(outputs.clone())).await.unwrap();
        service.wait(sent.id, Duration::from_secs(30)).await.unwrap();
        last = Some(sent.nonce.sequence);
    }
    assert_eq!(last, Some(PAYMENTS - 1));
    for proved in [true, false] {
        let (mut sequences, mut pages, mut before) = (Vec::new(), 0, None);
        loop {
            let page = if proved {
                let (page, _, proofs) = proofs.history(address(9), before, 100).await.unwrap();
                assert_eq!(page.items.len(), proofs.len());
                assert!(
                    proofs.iter().map(|proof| borsh::to_vec(proof).unwrap().len()).sum::<usize>() <= PAGE_BYTES_MAX
                );
                page
            } else {
                service.history(address(9), before, 100).await.unwrap()
            };
            assert!(page.items.iter().map(|item| item.signed.to_bytes().len()).sum::<usize>() <= PAGE_BYTES_MAX);
            sequences.extend(page.items.iter().map(|item| item.signed.transaction.nonce.sequence));
            pages += 1;
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(sequences, (0..PAYMENTS).rev().collect::<Vec<_>>());
        assert!(pages > 1, "{pages}");
    }
}

/// So does a page of those that wait, and each of them is in one page.
#[tokio::test]
async fn a_page_of_the_mempool_is_full_by_its_bytes() {
    const PAYMENTS: u64 = 12;
    let (service, chain) = service().await;
    let spending = Spending::new(Arc::clone(&chain));
    let outputs = vec![Output { memo: "m".repeat(64), ..output(9, 1) }; 256];
    for _ in 0..PAYMENTS {
        spending.act(secret(1), Order::transfer(outputs.clone())).await.unwrap();
    }
    let first = service.waiting(None, 100).await;
    assert!(first.items.iter().map(|item| item.bytes).sum::<usize>() <= PAGE_BYTES_MAX);
    assert!(first.next.is_some());
    let second = service.waiting(first.next, 100).await;
    assert!(second.next.is_none());
    let all = first.items.iter().chain(&second.items);
    let sequences: Vec<u64> = all.map(|item| item.signed.transaction.nonce.sequence).collect();
    assert_eq!(sequences, (0..PAYMENTS).collect::<Vec<_>>());
}

#[tokio::test]
async fn blocks_are_read_page_by_page_newest_first() {
    let (service, chain) = service().await;
    let none_yet = service.latest_block().await.unwrap_err();
    assert_eq!(none_yet.code(), ErrorCode::BlockUnknown);
    assert!(none_yet.detail().contains("first block of the chain is not made yet"), "{}", none_yet.detail());
    let genesis = service.block(0).await.unwrap_err();
    assert!(genesis.code() == ErrorCode::BlockIsGenesis && !genesis.code().is_retryable());
    assert!(service.blocks(None, 10).await.unwrap().blocks.is_empty());
    let consensus = run(&chain);
    pay(&service, 5).await;
    drop(consensus);
    let mut heights = Vec::new();
    let mut before = Some(6);
    loop {
        let page = service.blocks(before, 2).await.unwrap();
        heights.extend(page.blocks.iter().map(|block| block.header.height));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(heights, [5, 4, 3, 2, 1]);
    let block = service.block(3).await.unwrap();
    assert_eq!(block.header.header.height, 3);
    assert_eq!(block.header.transactions as usize, block.transactions.len());
    assert_eq!(service.block(u64::MAX).await.unwrap_err().code(), ErrorCode::BlockUnknown);
}

/// A node that began at a snapshot says that it never had the blocks before, and lists those after it.
#[tokio::test]
async fn blocks_before_a_snapshot() {
    let source = testing::chain();
    testing::grow(&source, 3).await;
    let chain = testing::restored(&source, Arc::new(MemoryStore::new())).await;
    let service = TransactionService::new(Arc::clone(&chain), "node".to_owned()).await;
    assert_eq!(service.latest_block().await.unwrap_err().code(), ErrorCode::BlockPruned);
    testing::grow(&chain, 3).await;
    for height in [1, 3] {
        assert_eq!(service.block(height).await.unwrap_err().code(), ErrorCode::BlockPruned);
        let pruned = service.header(height).await.unwrap_err();
        assert_eq!((pruned.code(), pruned.code().http_status()), (ErrorCode::BlockPruned, 410));
        assert_eq!(pruned.oldest_height(), Some(4));
    }
    assert_eq!(service.block(7).await.unwrap_err().code(), ErrorCode::BlockUnknown);
    assert_eq!(service.block(0).await.unwrap_err().code(), ErrorCode::BlockIsGenesis);
    let heights = |page: BlockPage| page.blocks.iter().map(|block| block.header.height).collect::<Vec<_>>();
    let page = service.blocks(None, 2).await.unwrap();
    assert_eq!((page.next, heights(page)), (Some(5), vec![6, 5]));
    let page = service.blocks(Some(5), 2).await.unwrap();
    assert_eq!((page.next, heights(page)), (None, vec![4]));
}
