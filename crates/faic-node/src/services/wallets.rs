//! The node's own wallets: create, import, list, delete, use.
//!
//! Secrets stay in this process: a mnemonic leaves it once, in the answer to its creation. A password costs its full work
//! whether it is right or wrong, tries of one wallet are limited, and the work runs off the async threads, so much at a
//! time and no more. Nothing here logs a secret.

use std::{error::Error, panic::resume_unwind, sync::Arc};

use faic_core::{
    Address, Authority, Network,
    derivation::AccountPath,
    keystore::{Keystore, KeystoreError, UnlockedWallet, WalletEntry, WalletName, WalletSecret},
    mnemonic::{Language, Mnemonic, WordCount},
};
use tracing::{Instrument, info, instrument, warn};
use zeroize::Zeroizing;

use super::spending::{Order, Sent, Spending};
use crate::{Chain, ErrorCode, FaicError, chain::run_blocking};

mod attempts;
mod repeats;
mod work;

pub use repeats::IdempotencyKey;

use attempts::Attempts;
use repeats::Repeats;
use work::Work;

/// A wallet that was just created.
pub struct NewWallet {
    /// Its name.
    pub name: WalletName,
    /// The address of its account.
    pub address: Address,
    /// Its words, which nobody can ask for again.
    pub mnemonic: Zeroizing<String>,
    /// The language of the words.
    pub language: Language,
}

/// The node's own wallets.
pub struct WalletService {
    /// Where they are kept.
    keystore: Arc<Keystore>,
    /// The network that they are for.
    network: Network,
    /// How they make transactions.
    spending: Spending,
    /// The tries of passwords.
    attempts: Attempts,
    /// The orders that clients may send again.
    repeats: Repeats,
    /// Where the work of passwords is done.
    work: Work,
}

impl WalletService {
    /// The wallets of a keystore, on that chain.
    pub async fn new(chain: Arc<Chain>, keystore: Keystore) -> Self {
        let network = chain.read(|ledger| ledger.genesis().network).await;
        Self {
            keystore: Arc::new(keystore),
            network,
            spending: Spending::new(chain),
            attempts: Attempts::new(),
            repeats: Repeats::new(),
            work: Work::new(),
        }
    }

    /// Makes a wallet of new words; the answer is the only time that they are shown.
    ///
    /// # Errors
    /// [`ErrorCode::WalletExists`], [`ErrorCode::InvalidPassword`], [`ErrorCode::WalletsFull`], and what the disk says.
    #[instrument(name = "wallet.create", skip_all, fields(wallet = %name))]
    pub async fn create(
        &self,
        name: WalletName,
        password: Zeroizing<String>,
        words: WordCount,
        language: Language,
    ) -> Result<NewWallet, FaicError> {
        let mnemonic = Mnemonic::generate(words, language)?;
        let phrase = mnemonic.phrase();
        let secret = WalletSecret::new(mnemonic, "")?;
        let entry = self.store(name, password, secret, AccountPath::default()).await?;
        info!("wallet.created");
        Ok(NewWallet { name: entry.name, address: entry.address, mnemonic: phrase, language })
    }

    /// Makes a wallet of existing words: the address is that of any BIP-39 and SLIP-0010 wallet at that path.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidMnemonic`] says which word is unknown or that the checksum fails; those of
    /// [`WalletService::create`].
    #[instrument(name = "wallet.import", skip_all, fields(wallet = %name))]
    pub async fn import(
        &self,
        name: WalletName,
        password: Zeroizing<String>,
        mnemonic: &str,
        passphrase: &str,
        path: AccountPath,
    ) -> Result<WalletEntry, FaicError> {
        let secret = WalletSecret::new(Mnemonic::parse(mnemonic)?, passphrase)?;
        let entry = self.store(name, password, secret, path).await?;
        info!("wallet.imported");
        Ok(entry)
    }

    /// Lists the wallets by name.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn list(&self) -> Result<Vec<WalletEntry>, FaicError> {
        let keystore = Arc::clone(&self.keystore);
        let list = run_blocking(move || keystore.list()).await?;
        for file in &list.unusable {
            warn!(file = file.file_name, error = &file.error as &dyn Error, "wallet.unusable");
        }
        Ok(list.wallets)
    }

    /// Deletes a wallet for ever; without its words its money is lost.
    ///
    /// # Errors
    /// [`ErrorCode::WalletUnknown`], and what the disk says.
    #[instrument(name = "wallet.delete", skip_all, fields(wallet = %name))]
    pub async fn delete(&self, name: WalletName) -> Result<(), FaicError> {
        let keystore = Arc::clone(&self.keystore);
        run_blocking(move || keystore.delete(&name)).await?;
        info!("wallet.deleted");
        Ok(())
    }

    /// Pays from a wallet or changes its account's settings; returns when the transaction is in the mempool.
    ///
    /// # Errors
    /// [`ErrorCode::WrongPassword`], [`ErrorCode::TooManyAttempts`], [`ErrorCode::WalletUnknown`], and every reason for
    /// which a transaction is refused.
    /// [`ErrorCode::NothingToDo`] for settings that are so already.
    #[instrument(name = "wallet.act", skip_all, fields(wallet = %name))]
    pub async fn act(&self, name: WalletName, password: Zeroizing<String>, order: Order) -> Result<Sent, FaicError> {
        order.check()?;
        let wallet = self.unlock(name, password).await?;
        let key = run_blocking(move || wallet.account_key()).await;
        self.spending.act(key, order).await
    }

    /// As [`WalletService::act`], but once for each key: the same order again is answered as the first time, and waits for it
    /// where it is still at work. It is carried out to its end also when nobody waits for the answer any more.
    ///
    /// # Errors
    /// Those of [`WalletService::act`], after which nothing was sent and the key is free;
    /// [`ErrorCode::IdempotencyKeyReused`] when the key's order was another one.
    pub async fn act_once(
        self: &Arc<Self>,
        key: IdempotencyKey,
        name: WalletName,
        password: Zeroizing<String>,
        order: Order,
    ) -> Result<Sent, FaicError> {
        let service = Arc::clone(self);
        let work = async move {
            let turn = service.repeats.turn(key).await;
            let fingerprint = service.repeats.fingerprint(&name, &order);
            if let Some(sent) = turn.answer(fingerprint)? {
                info!(tx = %sent.id, "wallet.repeated");
                return Ok(sent);
            }
            let sent = service.act(name, password, order).await?;
            turn.remember(fingerprint, sent.clone());
            Ok(sent)
        };
        match tokio::spawn(work.in_current_span()).await {
            Ok(result) => result,
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(error) => Err(FaicError::new(ErrorCode::ShuttingDown, "the node is shutting down").because(error)),
        }
    }

    /// Seals a secret in a new file.
    async fn store(
        &self,
        name: WalletName,
        password: Zeroizing<String>,
        secret: WalletSecret,
        path: AccountPath,
    ) -> Result<WalletEntry, FaicError> {
        let (keystore, network) = (Arc::clone(&self.keystore), self.network);
        let stored = self.work.run(move || {
            let address = Authority::single(secret.account_key(network, path).public_key()).address();
            let entry = WalletEntry::new(name, network, path, address);
            keystore.create(&entry, &password, &secret).map(|()| entry)
        });
        Ok(stored.await??)
    }

    /// Opens a wallet with its password, within the limit of tries.
    async fn unlock(&self, name: WalletName, password: Zeroizing<String>) -> Result<UnlockedWallet, FaicError> {
        let keystore = Arc::clone(&self.keystore);
        let known = name.clone();
        // Only the names of wallets that exist are remembered with their tries.
        let entry = run_blocking(move || keystore.find(&known)).await?;
        if entry.network != self.network {
            let message = format!("the wallet is for the {} network, this is {}", entry.network, self.network);
            return Err(FaicError::new(ErrorCode::WalletUnusable, message));
        }
        let turn = self.attempts.turn(name.clone()).await?;
        let keystore = Arc::clone(&self.keystore);
        match self.work.run(move || keystore.unlock(&name, &password)).await? {
            Ok(wallet) => {
                turn.right();
                Ok(wallet)
            }
            Err(error @ KeystoreError::WrongPassword) => {
                warn!("wallet.wrong_password");
                Err(error.into())
            }
            Err(error) => {
                turn.right();
                Err(error.into())
            }
        }
    }
}

#[cfg(test)]
mod tests;
