//! The faucet of development and test networks: money for the asking, once an address and a day.
//!
//! It pays from an account whose key the node holds. The limit holds across restarts, because the ledger's history is
//! asked too; the main network never has a faucet, whatever the configuration says.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use faic_core::{
    Address, Amount, Authority, Network, SecretKey,
    transaction::{LANES, Output},
};
use faic_ledger::{Ledger, store::StoreError};
use tokio::time::Instant;
use tracing::{info, instrument, warn};

use super::spending::{Payment, Sent, Spending};
use crate::{Chain, ErrorCode, FaicError};

/// How long an address waits for its next grant.
const PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// Most grants in one [`PERIOD`].
const GRANTS_MAX: usize = 100_000;

/// How much of an address' history is looked at for an earlier grant.
const HISTORY_ITEMS_MAX: usize = 100;

/// Where the faucet's money comes from, and how much it gives.
#[derive(Debug, Clone)]
pub struct FaucetConfig {
    /// The key of the account that pays.
    pub key: SecretKey,
    /// How much an address receives.
    pub amount: Amount,
}

/// What the faucet paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The transaction that pays it.
    pub sent: Sent,
    /// How much it is.
    pub amount: Amount,
}

/// Gives money to who asks.
pub struct FaucetService {
    /// The source, where this network has one.
    source: Option<Source>,
}

/// A faucet that has an account.
struct Source {
    /// The chain, whose history is asked.
    chain: Arc<Chain>,
    /// How it pays.
    spending: Spending,
    /// From what, and how much.
    config: FaucetConfig,
    /// The address that pays.
    address: Address,
    /// When each address of the last [`PERIOD`] was served.
    grants: Mutex<BTreeMap<Address, Instant>>,
}

impl FaucetService {
    /// The faucet of that chain; without a configuration, and on the main network, there is none.
    pub async fn new(chain: Arc<Chain>, config: Option<FaucetConfig>) -> Self {
        let network = chain.read(|ledger| ledger.genesis().network).await;
        let config = match network {
            Network::Main => None,
            Network::Test | Network::Dev => config,
        };
        let source = config.map(|config| Source {
            address: Authority::single(config.key.public_key()).address(),
            spending: Spending::new(Arc::clone(&chain)),
            chain,
            config,
            grants: Mutex::new(BTreeMap::new()),
        });
        Self { source }
    }

    /// Whether this node gives money.
    pub fn is_available(&self) -> bool {
        self.source.is_some()
    }

    /// Pays the faucet's amount to an address; returns when the transaction is in the mempool.
    ///
    /// # Errors
    /// [`ErrorCode::FaucetUnavailable`], [`ErrorCode::FaucetLimit`] with the time to wait, [`ErrorCode::FaucetEmpty`].
    #[instrument(name = "faucet.grant", skip_all)]
    pub async fn grant(&self, to: Address) -> Result<Grant, FaicError> {
        let source = self
            .source
            .as_ref()
            .ok_or_else(|| FaicError::new(ErrorCode::FaucetUnavailable, "this node has no faucet"))?;
        source.check_history(to).await?;
        source.reserve(to)?;
        match source.pay(to).await {
            Ok(sent) => Ok(Grant { sent, amount: source.config.amount }),
            Err(error) => {
                source.grants().remove(&to);
                Err(error)
            }
        }
    }
}

impl Source {
    /// Refuses an address that the ledger says was served within the period.
    async fn check_history(&self, to: Address) -> Result<(), FaicError> {
        let faucet = self.address;
        let last_ms = self.chain.read(move |ledger| last_grant_ms(ledger, &faucet, &to)).await?;
        match last_ms {
            Some(age_ms) if Duration::from_millis(age_ms) < PERIOD => {
                Err(served(PERIOD.saturating_sub(Duration::from_millis(age_ms))))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Counts a grant to an address, unless it or everybody had enough.
    fn reserve(&self, to: Address) -> Result<(), FaicError> {
        let now = Instant::now();
        let mut grants = self.grants();
        grants.retain(|_, time| now.duration_since(*time) < PERIOD);
        if let Some(time) = grants.get(&to) {
            return Err(served(PERIOD.saturating_sub(now.duration_since(*time))));
        }
        if grants.len() >= GRANTS_MAX {
            let oldest = grants.values().min().map_or(PERIOD, |time| now.duration_since(*time));
            let message = "the faucet has served as many addresses as it does in a day";
            return Err(FaicError::new(ErrorCode::FaucetLimit, message).wait(PERIOD.saturating_sub(oldest)));
        }
        grants.insert(to, now);
        Ok(())
    }

    /// Pays an address, in a lane by its first byte, so that one lane's limit is not everybody's.
    async fn pay(&self, to: Address) -> Result<Sent, FaicError> {
        let [first, ..] = *to.as_bytes();
        let output = Output { to, amount: self.config.amount, memo: "faucet".to_owned() };
        let payment = Payment { outputs: vec![output], valid_for: None, lane: Some(first.wrapping_rem(LANES)) };
        match self.spending.pay(self.config.key.clone(), payment).await {
            Ok(sent) => {
                info!(tx = %sent.id, "faucet.granted");
                Ok(sent)
            }
            Err(error) if error.code() == ErrorCode::InsufficientBalance => {
                warn!(%error, "faucet.empty");
                Err(FaicError::new(ErrorCode::FaucetEmpty, "the faucet's account has no money left"))
            }
            Err(error) => Err(error),
        }
    }

    /// The grants of the last period.
    fn grants(&self) -> MutexGuard<'_, BTreeMap<Address, Instant>> {
        self.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The refusal of an address that was served.
fn served(wait: Duration) -> FaicError {
    FaicError::new(ErrorCode::FaucetLimit, "this address was served within the last 24 hours").wait(wait)
}

/// How long before the tip `faucet` last paid `to`, in milliseconds, as far as the recent history shows.
fn last_grant_ms(ledger: &Ledger, faucet: &Address, to: &Address) -> Result<Option<u64>, StoreError> {
    for entry in ledger.history(to, None, HISTORY_ITEMS_MAX)? {
        let Some(inclusion) = ledger.inclusion(entry.place.height, entry.place.index)? else { continue };
        if inclusion.signed.transaction.sender != *faucet || to == faucet {
            continue;
        }
        let Some(stored) = ledger.header(entry.place.height)? else { continue };
        return Ok(Some(ledger.tip().time_ms.saturating_sub(stored.header.time_ms)));
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
