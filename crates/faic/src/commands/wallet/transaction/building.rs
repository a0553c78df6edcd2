//! Building a wallet's transaction, signing it, and the parts of sending it that one of many needs alone.

use std::time::Duration;

use faic_core::{
    Amount, Authority, BasicCrypto, Hash, KeyManager, SecretKey, SignedTransaction, Transaction,
    crypto::sign_transaction,
    transaction::{Action, TransactionBuilder},
};

use super::{Moment, Sender, TransactionOptions};
use crate::{
    client::{ClientError, TransactionAnswer},
    failure::{Code, Context, Failure},
};

impl TransactionOptions {
    /// Whether the user leaves the transaction before it is final.
    pub(in crate::commands::wallet) const fn leaves(&self) -> bool {
        self.no_wait
    }

    /// Whether to go on while an earlier transaction is undecided.
    pub(in crate::commands::wallet) const fn despite_undecided(&self) -> bool {
        self.despite_undecided
    }
}

impl Moment<'_> {
    /// Builds the transaction of that sequence, which `key` is to sign.
    ///
    /// # Errors
    /// A failure that says which rule it breaks.
    pub(in crate::commands::wallet) fn build(
        &self,
        key: &SecretKey,
        action: Action,
        sequence: u64,
    ) -> Result<Transaction, Failure> {
        let Sender { options, account, .. } = &self.sender;
        let authority = Authority::single(key.public_key());
        TransactionBuilder::new(self.status.chain_id.clone(), account.address, authority, action)
            .nonce(options.lane, sequence)
            .valid_until(self.account.height.saturating_add(options.valid_for))
            .build(self.fee_per_byte())
            .advice("nothing was sent")
    }

    /// Refuses a fee above the user's limit; `None` is more than can exist.
    ///
    /// # Errors
    /// [`Code::FeeOverLimit`].
    pub(in crate::commands::wallet) fn check_fee(&self, fee: Option<Amount>) -> Result<(), Failure> {
        let most = self.sender.options.fee_max;
        if fee.is_some_and(|fee| fee <= most) {
            return Ok(());
        }
        let fee = fee.map_or("more than can exist".to_owned(), |fee| format!("{fee} FAIC"));
        let message = format!("the fee would be {fee}, more than {most} FAIC; nothing was sent");
        Err(Failure::new(Code::FeeOverLimit, message)
            .advice("wait until the network is less busy, or allow it with --fee-max"))
    }

    /// Signs a transaction.
    ///
    /// # Errors
    /// A failure where the key is not that of its authority.
    pub(in crate::commands::wallet) fn sign_with(
        &self,
        key: &SecretKey,
        transaction: Transaction,
    ) -> Result<SignedTransaction, Failure> {
        let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key.clone()]) };
        Ok(sign_transaction(&crypto, transaction)?)
    }

    /// Asks once more how things stand: what is cheap to ask and decides nothing, because it is not proved.
    ///
    /// # Errors
    /// A failure that says why the node could not be asked.
    pub(in crate::commands::wallet) fn look_again(&mut self) -> Result<(), Failure> {
        self.status = self.client.status()?;
        self.account = self.client.account(&self.sender.account.address, self.sender.account.network)?;
        Ok(())
    }

    /// The sequence of the lane after those that the node has.
    pub(in crate::commands::wallet) fn said_sequence(&self) -> u64 {
        self.account.next_sequence(self.sender.options.lane)
    }

    /// How long to wait for a transaction.
    pub(in crate::commands::wallet) const fn patience(&self) -> Duration {
        Duration::from_secs(self.sender.options.timeout)
    }

    /// How a transaction stands, with its proof where that is checked, once it is settled or `wait` has passed.
    ///
    /// # Errors
    /// Those of the client.
    pub(in crate::commands::wallet) fn wait_once(
        &self,
        id: &Hash,
        wait: Duration,
    ) -> Result<TransactionAnswer, ClientError> {
        match self.trust {
            Some(_) => self.client.wait_for_proof(id, wait),
            None => self.client.wait_for(id, wait),
        }
    }
}
