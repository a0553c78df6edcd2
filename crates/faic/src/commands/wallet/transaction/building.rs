//! Building a wallet's transaction, signing it, and the parts of sending it that one of many needs alone.

use std::time::Duration;

use faic_core::{
    Amount, Authority, BasicCrypto, Hash, KeyManager, SecretKey, SignedTransaction, Transaction,
    crypto::sign_transaction,
    keystore::{Keystore, WalletName},
    transaction::{Action, TransactionBuilder},
};

use super::{Moment, Opened, Sender, TransactionOptions};
use crate::{
    client::{AccountAnswer, Client, ClientError, HistoryItem, SimulationAnswer, TransactionAnswer},
    commands::wallet::{
        Account,
        pages::{proved_recent, said_recent},
        receivers::Reach,
        refusal,
    },
    failure::{Code, Context, Failure},
    outbox::Outbox,
    secrets::Secret,
};

impl TransactionOptions {
    /// Asks for the password of the wallet, and opens it.
    ///
    /// # Errors
    /// A failure that says why the wallet cannot be opened.
    pub(super) fn unlock(&self, keystore: &Keystore, name: &WalletName) -> Result<Opened, Failure> {
        let prompt = format!("password of the wallet {name}");
        let password = Secret::Password.read(self.password_file.as_deref(), &prompt).advice("nothing was sent")?;
        let wallet = keystore.unlock(name, &password).advice("nothing was sent")?;
        Ok(Opened { wallet, password })
    }

    /// A client of the node that is asked.
    pub(in crate::commands::wallet) fn client(&self) -> Client {
        self.node.client()
    }

    /// Whether the user leaves the transaction before it is final.
    pub(in crate::commands::wallet) const fn leaves(&self) -> bool {
        self.no_wait
    }

    /// Whether to go on while an earlier transaction is undecided.
    pub(in crate::commands::wallet) const fn despite_undecided(&self) -> bool {
        self.despite_undecided
    }
}

impl Sender<'_> {
    /// The record of what the wallet signed.
    pub(in crate::commands::wallet) fn outbox(&self) -> Result<Outbox, Failure> {
        Ok(Outbox::of(&self.options.keystore.folder()?, self.name))
    }

    /// The lane in which it acts.
    pub(in crate::commands::wallet) const fn lane(&self) -> u8 {
        self.options.lane
    }
}

impl Moment<'_> {
    /// Asks for the password and builds the transaction within the user's limit for the fee; with the key that is to sign it.
    ///
    /// # Errors
    /// A failure that says which rule it breaks.
    pub(in crate::commands::wallet) fn draft(&self, action: Action) -> Result<(SecretKey, Transaction), Failure> {
        let (_, key) = self.governing_key()?;
        let transaction = self.build(&key, action, self.turn.next_sequence(&self.account))?;
        self.check_fee(Some(transaction.fee))?;
        self.check_sponsor(transaction.fee)?;
        Ok((key, transaction))
    }

    /// Has the node say what the transaction would do. That it says yes proves nothing; a no spares a signature.
    ///
    /// # Errors
    /// The node's reason why it would refuse it.
    pub(in crate::commands::wallet) fn simulate(&self, transaction: &Transaction) -> Result<(), Failure> {
        match self.client.simulate(transaction) {
            Ok(SimulationAnswer::Refused { problem }) => {
                let advice = refusal::advice(&problem.code);
                let failure =
                    Failure::from(problem).context(format!("the {} would be refused", self.sender.kind.name()));
                Err(failure.advised(advice).advice("nothing was sent"))
            }
            // A node that does not simulate decides nothing.
            Ok(SimulationAnswer::Accepted {}) | Err(ClientError::Refused(_)) => Ok(()),
            Err(error) => Err(Failure::from(error).advice("nothing was sent")),
        }
    }

    /// An account as of the node's newest block: proved, or as the node says where nothing is checked.
    ///
    /// # Errors
    /// A failure that says what did not match.
    pub(in crate::commands::wallet) fn read(&self, account: &Account) -> Result<AccountAnswer, Failure> {
        account.read(&self.client, self.trust.as_ref()).advice("nothing was sent")
    }

    /// The newest transactions of the wallet's account, at most `limit`, and how much of its history they are: proved, or
    /// as the node says where nothing is checked.
    ///
    /// # Errors
    /// A failure that says what did not match.
    pub(in crate::commands::wallet) fn recent(&self, limit: u16) -> Result<(Vec<HistoryItem>, Reach), Failure> {
        let account = &self.sender.account;
        match &self.trust {
            Some(trust) => proved_recent(account, &self.client, trust, limit),
            None => said_recent(account, &self.client, limit),
        }
    }

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
        let builder = TransactionBuilder::new(self.status.chain_id.clone(), account.address, authority, action)
            .nonce(options.lane, sequence)
            .valid_until(self.account.height.saturating_add(options.valid_for));
        self.sponsored(builder).build(self.status.fee_per_byte()).advice("nothing was sent")
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
        let shown = fee.map_or("more than can exist".to_owned(), |fee| format!("{fee} FAIC"));
        let message = format!("the fee would be {shown}, more than {most} FAIC; nothing was sent");
        let advice = match fee {
            Some(fee) => format!(
                "allow it with --fee-max {}, or wait until the network is less busy, where it is busy",
                with_headroom(fee)
            ),
            None => "pay less at a time".to_owned(),
        };
        Err(Failure::new(Code::FeeOverLimit, message).advice(advice))
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
        let keys = [key.clone()].into_iter().chain(self.sponsor_key());
        let crypto = BasicCrypto { key_manager: KeyManager::from_iter(keys) };
        Ok(sign_transaction(&crypto, transaction)?)
    }

    /// Asks once more how things stand.
    ///
    /// # Errors
    /// A failure that says why the node could not be asked, or what did not match.
    pub(in crate::commands::wallet) fn look_again(&mut self) -> Result<(), Failure> {
        self.status = self.client.status()?;
        self.account = self.sender.account.read(&self.client, self.trust.as_ref())?;
        Ok(())
    }

    /// The sequence of the next transaction of the lane; see [`Turn::next_sequence`](super::Turn::next_sequence).
    pub(in crate::commands::wallet) fn next_sequence(&self) -> u64 {
        self.turn.next_sequence(&self.account)
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

/// A limit for a fee that may have grown a little when the same is done again: a tenth more, rounded up to two digits.
fn with_headroom(fee: Amount) -> Amount {
    let more = fee.nano().saturating_add(fee.nano() / 10);
    let unit = 10_u64.pow(more.max(1).ilog10().saturating_sub(1));
    Amount::from_nano(more.div_ceil(unit).saturating_mul(unit)).unwrap_or(fee)
}

#[cfg(test)]
mod tests;
