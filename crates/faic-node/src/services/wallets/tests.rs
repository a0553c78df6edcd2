//! Tests of the wallets on a chain in memory and a keystore in a temporary folder.

use std::{sync::Arc, time::Duration};

use faic_core::{
    Address, Network,
    derivation::AccountPath,
    keystore::{KdfParams, Keystore, WalletName},
    mnemonic::{Language, WordCount},
    transaction::{Action, Output},
};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{WalletService, attempts::WRONG_MAX};
use crate::{
    Chain, ErrorCode, TransactionState,
    services::{
        TransactionService,
        spending::{Order, Spending},
        testing::{chain, output, run, secret},
    },
};

/// A mnemonic of BIP-39's test vectors.
const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

/// The wallets of a chain, in a folder that lives as long as they.
struct Fixture {
    /// The wallets.
    wallets: Arc<WalletService>,
    /// The chain.
    chain: Arc<Chain>,
    /// The folder.
    _folder: TempDir,
}

impl Fixture {
    /// No wallet yet.
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let keystore = Keystore::open_with(&folder.path().join("keystore"), KdfParams::LEAST).unwrap();
        let chain = chain(Network::Dev, &[]);
        let wallets = WalletService::new(Arc::clone(&chain), keystore).await;
        Self { wallets: Arc::new(wallets), chain, _folder: folder }
    }

    /// Imports [`PHRASE`] as that wallet, and gives it money.
    async fn funded(&self, wallet: &str) {
        let entry = self
            .wallets
            .import(name(wallet), password("correct horse"), PHRASE, "", AccountPath::default())
            .await
            .unwrap();
        self.gift(entry.address).await;
    }

    /// Gives an account money.
    async fn gift(&self, to: Address) {
        let gift = Output { to, ..output(9, 100_000_000_000) };
        let sent = Spending::new(Arc::clone(&self.chain)).act(secret(1), Order::transfer(vec![gift])).await.unwrap();
        let state = self.chain.wait_for(sent.id, Duration::from_secs(20)).await.unwrap();
        assert!(matches!(state, TransactionState::Final { .. }), "{state:?}");
    }
}

/// The name of a wallet.
fn name(text: &str) -> WalletName {
    text.parse().unwrap()
}

/// A password.
fn password(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

/// One nano to account 9.
fn payment() -> Order {
    Order::transfer(vec![output(9, 1)])
}

#[tokio::test]
async fn a_created_wallet_can_be_imported_again_from_its_words() {
    let Fixture { wallets, _folder, .. } = Fixture::new().await;
    let created = wallets
        .create(name("a"), password("correct horse"), WordCount::TwentyFour, Language::ChineseSimplified)
        .await
        .unwrap();
    assert_eq!(created.mnemonic.split_whitespace().count(), 24);
    let imported = wallets
        .import(name("b"), password("another one"), &created.mnemonic, "", AccountPath::default())
        .await
        .unwrap();
    assert_eq!(imported.address, created.address);
    let other = wallets
        .import(name("c"), password("another one"), &created.mnemonic, "25th", AccountPath::default())
        .await
        .unwrap();
    assert_ne!(other.address, created.address);
    let second = AccountPath::new(0, 1).unwrap();
    let second = wallets.import(name("d"), password("another one"), &created.mnemonic, "", second).await.unwrap();
    assert_ne!(second.address, created.address);
    let names: Vec<_> = wallets.list().await.unwrap().into_iter().map(|entry| entry.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
    wallets.delete(name("b")).await.unwrap();
    assert_eq!(wallets.delete(name("b")).await.unwrap_err().code(), ErrorCode::WalletUnknown);
    assert_eq!(wallets.list().await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_wallet_is_said() {
    let Fixture { wallets, _folder, .. } = Fixture::new().await;
    let import = |wallet, secret: &'static str, phrase: &'static str| {
        let wallets = Arc::clone(&wallets);
        async move {
            wallets
                .import(name(wallet), password(secret), phrase, "", AccountPath::default())
                .await
                .map_err(|error| error.code())
        }
    };
    import("a", "correct horse", PHRASE).await.unwrap();
    assert_eq!(import("a", "correct horse", PHRASE).await, Err(ErrorCode::WalletExists));
    assert_eq!(import("b", "short", PHRASE).await, Err(ErrorCode::InvalidPassword));
    assert_eq!(import("b", "correct horse", "legal winner").await, Err(ErrorCode::InvalidMnemonic));
    let swapped = "winner legal thank year wave sausage worth useful legal winner thank yellow";
    assert_eq!(import("b", "correct horse", swapped).await, Err(ErrorCode::InvalidMnemonic));
}

#[tokio::test]
async fn a_transfer_becomes_final_and_concurrent_ones_all_do() {
    let fixture = Fixture::new().await;
    let _consensus = run(&fixture.chain);
    fixture.funded("a").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let wallets = Arc::clone(&fixture.wallets);
            tokio::spawn(async move { wallets.act(name("a"), password("correct horse"), payment()).await })
        })
        .collect();
    for task in tasks {
        let sent = task.await.unwrap().unwrap();
        let state = fixture.chain.wait_for(sent.id, Duration::from_secs(20)).await.unwrap();
        assert!(matches!(state, TransactionState::Final { .. }), "{state:?}");
    }
}

#[tokio::test]
async fn wrong_passwords_are_limited_and_do_not_lock_another_wallet() {
    let fixture = Fixture::new().await;
    let _consensus = run(&fixture.chain);
    fixture.funded("a").await;
    fixture.wallets.import(name("b"), password("correct horse"), PHRASE, "", AccountPath::default()).await.unwrap();
    let transfer =
        |wallet: &'static str, secret: &'static str| fixture.wallets.act(name(wallet), password(secret), payment());
    for _ in 0..WRONG_MAX {
        assert_eq!(transfer("a", "wrong").await.unwrap_err().code(), ErrorCode::WrongPassword);
    }
    let refused = transfer("a", "correct horse").await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::TooManyAttempts);
    assert!(refused.retry_after().is_some_and(|wait| wait <= Duration::from_secs(60)));
    transfer("b", "correct horse").await.unwrap();
    assert_eq!(transfer("c", "correct horse").await.unwrap_err().code(), ErrorCode::WalletUnknown);
}

#[tokio::test]
async fn a_wallet_of_another_key_pays_with_it_and_sets_its_account() {
    let fixture = Fixture::new().await;
    let _consensus = run(&fixture.chain);
    let path = AccountPath::new(0, 3).unwrap();
    let entry = fixture.wallets.import(name("a"), password("correct horse"), PHRASE, "", path).await.unwrap();
    fixture.gift(entry.address).await;
    let set = Action::SetAccount { authority: None, memo_required: Some(true) };
    for order in [payment(), Order::new(set, Some(50), Some(2))] {
        let sent = fixture.wallets.act(name("a"), password("correct horse"), order).await.unwrap();
        let state = fixture.chain.wait_for(sent.id, Duration::from_secs(20)).await.unwrap();
        assert!(matches!(state, TransactionState::Final { .. }), "{state:?}");
    }
    assert!(fixture.chain.read(move |ledger| ledger.account(&entry.address)).await.unwrap().memo_required);
    let again = Order { action: Action::SetAccount { authority: None, memo_required: Some(true) }, ..payment() };
    let refused = fixture.wallets.act(name("a"), password("correct horse"), again).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NothingToDo);
    let nothing = Action::SetAccount { authority: None, memo_required: None };
    let order = Order { action: nothing, ..payment() };
    let refused = fixture.wallets.act(name("a"), password("correct horse"), order).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidTransaction);
}

/// What a waiting transaction will set is not paid for again; setting it back is something to do.
#[tokio::test]
async fn settings_that_wait_count() {
    let fixture = Fixture::new().await;
    let consensus = run(&fixture.chain);
    fixture.funded("a").await;
    drop(consensus);
    let set =
        |required| Order { action: Action::SetAccount { authority: None, memo_required: Some(required) }, ..payment() };
    let act = |required| fixture.wallets.act(name("a"), password("correct horse"), set(required));
    assert_eq!(act(false).await.unwrap_err().code(), ErrorCode::NothingToDo);
    act(true).await.unwrap();
    assert_eq!(act(true).await.unwrap_err().code(), ErrorCode::NothingToDo);
    act(false).await.unwrap();
}

/// The same order with the same key pays once, also at the same time and after the client hung up; another order is refused,
/// and one that failed leaves its key free.
#[tokio::test]
async fn an_order_with_a_key_is_carried_out_once() {
    let fixture = Fixture::new().await;
    let _consensus = run(&fixture.chain);
    fixture.funded("a").await;
    let once = |key: &str, secret: &'static str, nano: u64| {
        let (wallets, key) = (Arc::clone(&fixture.wallets), key.parse().unwrap());
        async move { wallets.act_once(key, name("a"), password(secret), Order::transfer(vec![output(8, nano)])).await }
    };
    let wrong = once("k", "wrong horse", 5).await.unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::WrongPassword);
    let (first, second) = tokio::join!(once("k", "correct horse", 5), once("k", "correct horse", 5));
    let sent = first.unwrap();
    assert_eq!((&sent, sent.nonce.sequence), (&second.unwrap(), 0));
    assert_eq!(once("k", "correct horse", 5).await.unwrap(), sent);
    assert_eq!(once("k", "correct horse", 6).await.unwrap_err().code(), ErrorCode::IdempotencyKeyReused);
    let other = once("l", "correct horse", 5).await.unwrap();
    assert_eq!(other.nonce.sequence, 1);
    // The client begins to wait for the answer and goes.
    let mut gone = Box::pin(once("m", "correct horse", 5));
    assert!(futures::poll!(gone.as_mut()).is_pending());
    drop(gone);
    let account = fixture.wallets.list().await.unwrap().remove(0).address;
    let reader = TransactionService::new(Arc::clone(&fixture.chain), "node".to_owned()).await;
    let paid = async { while reader.account(account).await.unwrap().next_sequences.get(&0) != Some(&3) {} };
    tokio::time::timeout(Duration::from_secs(20), paid).await.expect("it is paid all the same");
    assert_eq!(once("m", "correct horse", 5).await.unwrap().nonce.sequence, 2);
    assert_eq!(once("n", "correct horse", 5).await.unwrap().nonce.sequence, 3);
}
