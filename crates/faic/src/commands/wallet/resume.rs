//! `faic wallet resume`: finds out what became of transactions that the wallet signed, and sends again those that wait.
//!
//! The very same bytes are sent, so nothing can be paid twice; no password is needed.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use clap::Args;
use faic_core::keystore::{AccountEntry, WalletEntry, WalletName};
use serde::Serialize;

use super::{Account, KeystoreOption, NodeOption, pending::PendingItem, settling::Settling, turn::settle_and_keep};
use crate::{
    client::{Client, ClientError, Status, Submitted, TransactionAnswer},
    commands::target::TIMEOUT_SECONDS_MAX,
    failure::{Code, Failure},
    outbox::{Outbox, Record, State, TURN_WAIT},
    output::{Answer, Output},
    trust::{Trust, TrustOption},
};

/// The options of going on with what was interrupted.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The wallet.
    #[arg(value_name = "WALLET")]
    wallet: WalletName,

    /// How many seconds to wait until the transactions are final; at most a day.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=TIMEOUT_SECONDS_MAX))]
    timeout: u64,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// What is believed of its answers.
    #[command(flatten)]
    trust: TrustOption,
}

/// What became of the transactions.
#[derive(Serialize)]
struct ResumeAnswer {
    /// The wallet.
    wallet: String,
    /// The transactions that were undecided, as they stand now.
    transactions: Vec<PendingItem>,
}

impl Answer for ResumeAnswer {
    fn to_text(&self) -> String {
        if self.transactions.is_empty() {
            return format!("Everything that {} signed here has come to its end.\n", self.wallet);
        }
        PendingItem::table(&self.transactions)
    }
}

/// Goes on with what was interrupted.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Resume, output: Output) -> Result<(), Failure> {
    let keystore = command.keystore.open()?;
    let entry = keystore.find(&command.wallet)?;
    let folder = command.keystore.folder()?;
    let outbox = Outbox::of(&folder, &command.wallet);
    let is_open = |record: &Record| !record.state.is_end();
    let mut transactions = Vec::new();
    if outbox.records()?.iter().any(is_open) {
        let client = command.node.client();
        let status = client.status()?;
        Account::from(entry.clone()).check_network(&status, client.url())?;
        let trust = command.trust.begin(&folder, &client, &status, output)?;
        let deadline = Instant::now() + Duration::from_secs(command.timeout);
        let resuming = Resuming { outbox: &outbox, client: &client, status: &status, trust: trust.as_ref(), deadline };
        for account in &entry.accounts {
            let found = resuming.account(&entry, account)?;
            transactions.extend(found.iter().map(|record| PendingItem::new(record, entry.network)));
        }
    }
    outbox.prune(outbox.records()?)?;
    output.show(&ResumeAnswer { wallet: command.wallet.to_string(), transactions })
}

/// What is needed to go on.
struct Resuming<'a> {
    /// What the wallet signed.
    outbox: &'a Outbox,
    /// The node.
    client: &'a Client,
    /// How its chain is.
    status: &'a Status,
    /// The chain, as far as it is trusted.
    trust: Option<&'a Trust>,
    /// Until when to wait.
    deadline: Instant,
}

impl Resuming<'_> {
    /// Goes on with the transactions of an account, and gives them as they stand then.
    fn account(&self, entry: &WalletEntry, account: &AccountEntry) -> Result<Vec<Record>, Failure> {
        let account = Account::of(entry, account);
        let records = self.outbox.records()?;
        let is_open = |record: &&Record| {
            !record.state.is_end()
                && record.sender() == account.address
                && record.signed.transaction.chain_id == self.status.chain_id
        };
        let before: Vec<Record> = records.iter().filter(is_open).cloned().collect();
        let lanes: BTreeSet<u8> = before.iter().map(|record| record.nonce().lane).collect();
        let locks = lanes.iter().map(|lane| self.outbox.lock(&account.address, *lane, TURN_WAIT));
        let _locks = locks.collect::<Result<Vec<_>, _>>()?;
        let settling = Settling { account: &account, client: self.client, trust: self.trust };
        let settle = || settle_and_keep(self.outbox, &settling, &self.status.chain_id, &before);
        for record in settle()? {
            self.submit(&record)?;
        }
        for record in settle()? {
            self.wait(&record)?;
        }
        settle()?;
        let ids: Vec<_> = before.iter().map(Record::id).collect();
        let after = self.outbox.records()?;
        Ok(after.into_iter().filter(|record| ids.contains(&record.id())).collect())
    }

    /// Gives the same transaction to the node once more.
    fn submit(&self, record: &Record) -> Result<(), Failure> {
        let state = match self.client.submit(&record.signed) {
            Ok(Submitted::New(found) | Submitted::Known(found)) if found == record.id() => State::Submitted,
            Ok(Submitted::New(found) | Submitted::Known(found)) => {
                let message = format!("the node answered for {found} in place of {}; do not use it", record.id());
                return Err(Failure::new(Code::NodeNotTrusted, message));
            }
            Err(ClientError::Refused(_)) => State::Refused,
            Err(error) => return Err(error.into()),
        };
        self.outbox.write(&record.in_state(state))?;
        Ok(())
    }

    /// Waits until the node says that the transaction came to its end, or has waited long enough.
    fn wait(&self, record: &Record) -> Result<(), Failure> {
        loop {
            let left = self.deadline.saturating_duration_since(Instant::now());
            match self.client.wait_for(&record.id(), left) {
                Ok(TransactionAnswer::Pooled {}) if !left.is_zero() => {}
                Ok(
                    TransactionAnswer::Pooled {}
                    | TransactionAnswer::Final { .. }
                    | TransactionAnswer::Rejected { .. }
                    | TransactionAnswer::Expired {},
                )
                | Err(ClientError::Refused(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
