//! The faucet of development and test networks: money for the asking, once an address and a day.
//!
//! It pays from an account whose key the node holds. The limit holds across restarts, because the faucet begins with the
//! grants that the ledger's history shows; the main network never has a faucet, whatever the configuration says.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use faic_core::{
    Address, Amount, Authority, Network, SecretKey,
    transaction::{Action, LANES, Output},
};
use faic_ledger::{Ledger, ledger::HistoryCursor, store::StoreError};
use tokio::time::Instant;
use tracing::{info, instrument, warn};

use super::spending::{Order, Sent, Spending};
use crate::{Chain, ErrorCode, FaicError};

/// How long an address waits for its next grant.
const PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// Most grants in one [`PERIOD`].
const GRANTS_MAX: usize = 100_000;

/// How much of the faucet's history is read at a time, while a commit may wait.
const HISTORY_PAGE_ITEMS: usize = 100;

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
    /// How it pays.
    spending: Spending,
    /// From what, and how much.
    config: FaucetConfig,
    /// Until when each address that was served waits.
    waits: Mutex<BTreeMap<Address, Instant>>,
}

impl FaucetService {
    /// The faucet of that chain; without a configuration, and on the main network, there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the ledger's history can't be read.
    pub async fn new(chain: Arc<Chain>, config: Option<FaucetConfig>) -> Result<Self, StoreError> {
        let network = chain.read(|ledger| ledger.genesis().network).await;
        let config = match network {
            Network::Main => None,
            Network::Test | Network::Dev => config,
        };
        let Some(config) = config else { return Ok(Self { source: None }) };
        let faucet = Authority::single(config.key.public_key()).address();
        let waits = Mutex::new(waits_of_history(&chain, faucet).await?);
        Ok(Self { source: Some(Source { spending: Spending::new(chain), config, waits }) })
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
        source.reserve(to)?;
        match source.pay(to).await {
            Ok(sent) => Ok(Grant { sent, amount: source.config.amount }),
            Err(error) => {
                source.waits().remove(&to);
                Err(error)
            }
        }
    }
}

impl Source {
    /// Counts a grant to an address, unless it or everybody had enough.
    fn reserve(&self, to: Address) -> Result<(), FaicError> {
        let now = Instant::now();
        let mut waits = self.waits();
        waits.retain(|_, until| *until > now);
        if let Some(until) = waits.get(&to) {
            let message = "this address was served within the last 24 hours";
            return Err(FaicError::new(ErrorCode::FaucetLimit, message).wait(until.duration_since(now)));
        }
        if waits.len() >= GRANTS_MAX {
            let first = waits.values().min().map_or(PERIOD, |until| until.duration_since(now));
            let message = "the faucet has served as many addresses as it does in a day";
            return Err(FaicError::new(ErrorCode::FaucetLimit, message).wait(first));
        }
        waits.insert(to, now + PERIOD);
        Ok(())
    }

    /// Pays an address, in a lane by its first byte, so that one lane's limit is not everybody's.
    async fn pay(&self, to: Address) -> Result<Sent, FaicError> {
        let [first, ..] = *to.as_bytes();
        let output = Output { to, amount: self.config.amount, memo: "faucet".to_owned() };
        let order = Order { lane: Some(first.wrapping_rem(LANES)), ..Order::transfer(vec![output]) };
        match self.spending.act(self.config.key.clone(), order).await {
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

    /// Until when each address that was served waits.
    fn waits(&self) -> MutexGuard<'_, BTreeMap<Address, Instant>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Until when each address waits that `faucet` paid within the last period, by the time of the tip.
async fn waits_of_history(chain: &Arc<Chain>, faucet: Address) -> Result<BTreeMap<Address, Instant>, StoreError> {
    let (now, mut waits) = (Instant::now(), BTreeMap::new());
    let mut page = Page { grants: Vec::new(), next: None };
    loop {
        let before = page.next;
        page = chain.read(move |ledger| read_page(ledger, &faucet, before)).await?;
        for (to, wait) in &page.grants {
            // Newest first, so what is there already is the later one.
            waits.entry(*to).or_insert(now + *wait);
        }
        if page.next.is_none() || waits.len() >= GRANTS_MAX {
            return Ok(waits);
        }
    }
}

/// A part of the faucet's history.
struct Page {
    /// Who was paid, and how long that address waits after the tip.
    grants: Vec<(Address, Duration)>,
    /// Where the next part begins; `None` after the last that is young enough.
    next: Option<HistoryCursor>,
}

/// Reads the part of the faucet's history before a place.
fn read_page(ledger: &Ledger, faucet: &Address, before: Option<HistoryCursor>) -> Result<Page, StoreError> {
    let entries = ledger.history(faucet, before, HISTORY_PAGE_ITEMS)?;
    let mut grants = Vec::new();
    for entry in &entries {
        let Some(stored) = ledger.header(entry.place.height)? else { continue };
        let age = Duration::from_millis(ledger.tip().time_ms.saturating_sub(stored.header.time_ms));
        let Some(wait) = PERIOD.checked_sub(age).filter(|wait| !wait.is_zero()) else {
            return Ok(Page { grants, next: None });
        };
        let Some(inclusion) = ledger.inclusion(entry.place.height, entry.place.index)? else { continue };
        let transaction = inclusion.signed.transaction;
        if let (true, Action::Transfer { outputs }) = (transaction.sender == *faucet, transaction.action) {
            grants.extend(outputs.into_iter().map(|output| (output.to, wait)));
        }
    }
    let full = entries.len() == HISTORY_PAGE_ITEMS;
    Ok(Page { grants, next: entries.last().filter(|_| full).map(|entry| entry.place) })
}

#[cfg(test)]
mod tests;
