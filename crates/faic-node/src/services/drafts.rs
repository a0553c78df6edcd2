//! Fees, and transactions that nobody has submitted yet: building them unsigned, and finding out what they would do.
//!
//! Nothing here changes anything, and no key is known here.

use std::{collections::BTreeMap, sync::Arc};

use faic_core::{
    Address, Amount, Authority, Height, PartiallySignedTransaction, SignedTransaction, Transaction,
    block::Receipt,
    transaction::{Output, TransactionBuilder},
};
use faic_ledger::{execution::Rehearsal, fees::next_base_fee};
use tracing::instrument;

use super::spending::{self, Order};
use crate::{Chain, ErrorCode, FaicError, chain::MempoolStatus};

/// What transactions cost at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeesView {
    /// The base fee of the next block, in nano a byte.
    pub base_fee_per_byte: u64,
    /// The lowest base fee of the block after it.
    pub next_base_fee_min: u64,
    /// The highest base fee of the block after it.
    pub next_base_fee_max: u64,
    /// The lowest base fee that the chain ever has.
    pub base_fee_min: u64,
    /// What to pay for a byte, so that the fee still suffices when the next blocks are full.
    pub suggested_per_byte: u64,
    /// The bytes of a payment to one receiver without a memo, signed by one key.
    pub transfer_bytes: usize,
    /// What to pay for such a payment.
    pub transfer_fee: Amount,
    /// How full the mempool is.
    pub mempool: MempoolStatus,
    /// The height at which it was read.
    pub height: Height,
}

/// What a transaction would do.
#[derive(Debug, Clone)]
pub struct SimulationView {
    /// The transaction.
    pub transaction: Transaction,
    /// Whether its signatures were given, and hold if it is accepted.
    pub is_signed: bool,
    /// What comes of it.
    pub outcome: Simulation,
    /// The height at which it was read.
    pub height: Height,
}

/// What comes of a simulated transaction.
#[derive(Debug, Clone)]
pub enum Simulation {
    /// It could be in the next block.
    Accepted {
        /// The receipt that it would have.
        receipt: Receipt,
        /// What each account that it touches has before and would have after it.
        balances: BTreeMap<Address, (Amount, Amount)>,
    },
    /// It would be refused.
    Refused(FaicError),
}

/// Fees and unsubmitted transactions.
pub struct DraftService {
    /// The chain.
    chain: Arc<Chain>,
}

impl DraftService {
    /// The service of a node on that chain.
    pub const fn new(chain: Arc<Chain>) -> Self {
        Self { chain }
    }

    /// What transactions cost now.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] when the fee of a payment is beyond the supply.
    pub async fn fees(&self) -> Result<FeesView, FaicError> {
        let view = self.chain.read_with_mempool(|ledger, mempool| {
            let (context, base_fee) = (ledger.context(), ledger.system().base_fee_per_byte);
            let key = ledger.validators().iter().next().map(|validator| validator.key);
            let key = key.ok_or_else(|| FaicError::new(ErrorCode::Internal, "the chain has no validators"))?;
            let authority = Authority::single(key);
            let nano = Amount::from_nano(1)?;
            let outputs = vec![Output { to: authority.address(), amount: nano, memo: String::new() }];
            let suggested = spending::fee_per_byte(ledger, mempool);
            let payment = TransactionBuilder::transfer(context.chain_id, authority, outputs).build(suggested)?;
            let most = u64::from(context.parameters.block_bytes_max);
            Ok(FeesView {
                base_fee_per_byte: base_fee,
                next_base_fee_min: next_base_fee(base_fee, 0, &context.parameters),
                next_base_fee_max: next_base_fee(base_fee, most, &context.parameters),
                base_fee_min: context.parameters.base_fee_per_byte_min,
                suggested_per_byte: suggested,
                transfer_bytes: payment.signed_bytes(),
                transfer_fee: payment.fee,
                mempool: MempoolStatus::of(mempool),
                height: ledger.tip().height,
            })
        });
        view.await
    }

    /// Builds an unsigned transaction of `sender`, or of the account that begins with `authority`.
    ///
    /// # Errors
    /// The rule that it breaks by itself; [`ErrorCode::InvalidSignature`] for a bond that the validator key did not sign.
    #[instrument(name = "draft.build", skip_all, fields(action = order.action.name()))]
    pub async fn build(
        &self,
        sender: Option<Address>,
        authority: Authority,
        order: Order,
    ) -> Result<PartiallySignedTransaction, FaicError> {
        order.check()?;
        let sender = sender.unwrap_or_else(|| authority.address());
        let transaction = spending::prepare(&self.chain, sender, authority, &order).await?;
        let network = self.chain.read(|ledger| Ok::<_, FaicError>(ledger.genesis().network)).await?;
        Ok(PartiallySignedTransaction::new(network, transaction)?)
    }

    /// Finds out what the transaction of those canonical bytes, signed or not, would do after those of its lane that wait.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidTransaction`] for bytes that are neither; that the ledger can't be read.
    #[instrument(name = "draft.simulate", skip_all)]
    pub async fn simulate(&self, bytes: &[u8]) -> Result<SimulationView, FaicError> {
        let (transaction, signed) = match SignedTransaction::from_bytes(bytes) {
            Ok(signed) => (signed.transaction.clone(), Some(signed)),
            Err(error) => (Transaction::from_bytes(bytes).map_err(|_| error)?, None),
        };
        let is_signed = signed.is_some();
        let shape = match &signed {
            Some(signed) => signed.check(),
            None => transaction.check(),
        };
        let checked = match (shape, signed) {
            (Err(error), _) => Err(FaicError::from(error)),
            (Ok(()), Some(signed)) => self.chain.check_signatures(vec![signed]).await.map_err(FaicError::from),
            (Ok(()), None) => Ok(()),
        };
        let own = transaction.clone();
        let (height, rehearsed) = self
            .chain
            .read_with_mempool(move |ledger, mempool| {
                let place = own.nonce;
                let before = mempool.of_sender(&own.sender).filter(|waiting| {
                    let nonce = waiting.signed().transaction.nonce;
                    nonce.lane == place.lane && nonce.sequence < place.sequence
                });
                (ledger.tip().height, checked.and_then(|()| ledger.rehearse(before, &own).map_err(FaicError::from)))
            })
            .await;
        let outcome = match rehearsed {
            Ok(Rehearsal { receipt, balances }) => Simulation::Accepted { receipt, balances },
            Err(error) if error.code().http_status() >= 500 => return Err(error),
            Err(error) => Simulation::Refused(error),
        };
        Ok(SimulationView { transaction, is_signed, outcome, height })
    }
}

#[cfg(test)]
mod tests;
