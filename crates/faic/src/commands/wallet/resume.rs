//! `faic wallet resume`: finds out what became of transactions that the wallet signed, and sends again those that wait.
//!
//! The very same bytes are sent, so nothing can be paid twice; no password is needed.

use std::{collections::BTreeSet, time::Instant};

use clap::Args;
use faic_core::keystore::{AccountEntry, WalletEntry, WalletName};
use serde::Serialize;

use super::{
    Account, KeystoreOption, NodeOption,
    pending::PendingItem,
    refusal,
    selection::parse_wallet,
    settling::{Settling, is_over, pause},
    turn::{Settled, is_of, note_told, settle_and_keep},
};
use crate::{
    client::{Client, ClientError, Status, Submitted, TransactionAnswer},
    failure::{Code, Context, Failure},
    outbox::{Belief, Outbox, Record, State},
    output::{Answer, Output, Told},
    trust::{Trust, TrustOption},
};

/// The options of going on with what was interrupted.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    /// The wallet.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

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
    /// How many others may still become final, of another chain or of an account that the wallet does not list.
    left_out: usize,
    /// Whether the node's word was taken, so that none of them can have expired or been replaced.
    #[serde(skip)]
    is_unproved: bool,
}

impl Answer for ResumeAnswer {
    fn to_text(&self) -> String {
        let Self { wallet, transactions, left_out, is_unproved } = self;
        let mut told = if *left_out == 0 {
            String::new()
        } else {
            format!(
                "{left_out} more may still become final, on another chain or of an account that {wallet} does not list; \
                 name a node of the chain with --node.\n"
            )
        };
        if *is_unproved && !transactions.is_empty() {
            told += "Only with a proof, and so not with --unverified, is it believed that one will never be final.\n";
        }
        match (transactions.as_slice(), *left_out) {
            ([], 0) => format!("Everything that {wallet} signed here has come to its end.\n"),
            ([], _) => told,
            (some, _) => PendingItem::table(some) + &told,
        }
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
    let is_news = |record: &Record| !record.state.is_end() || !record.state.is_told();
    let mut found = Vec::new();
    let (mut left_out, mut belief) = (0, Belief::Proofs);
    if outbox.records()?.iter().any(is_news) {
        let client = command.node.client();
        let status = client.status()?;
        Account::from(entry.clone()).check_network(&status, client.url())?;
        let trust = command.trust.begin(&folder, &client, &status, output)?;
        let resuming = Resuming { outbox: &outbox, client: &client, status: &status, trust: trust.as_ref() };
        for account in &entry.accounts {
            found.extend(resuming.account(&entry, account)?);
        }
        left_out = resuming.left_out(&entry)?;
        belief = resuming.belief();
    }
    outbox.prune(outbox.records()?)?;
    let transactions = found.iter().map(|record| PendingItem::new(record, entry.network)).collect();
    let answer = ResumeAnswer {
        wallet: command.wallet.to_string(),
        transactions,
        left_out,
        is_unproved: belief == Belief::Word,
    };
    if output.tell(&answer)? == Told::Yes {
        note_told(&outbox, &found, belief, output);
    }
    Ok(())
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
}

impl Resuming<'_> {
    /// What is believed of an end.
    const fn belief(&self) -> Belief {
        match self.trust {
            Some(_) => Belief::Proofs,
            None => Belief::Word,
        }
    }

    /// Goes on with the transactions of an account, and gives them as they stand then, with those that were final before and
    /// of which the user was not told.
    ///
    /// They are read once more when no other command can change them. Where no patience is left, they are given as they
    /// stand: what was found out before is told all the same.
    fn account(&self, entry: &WalletEntry, account: &AccountEntry) -> Result<Vec<Record>, Failure> {
        let account = Account::of(entry, account);
        let is_ours = |record: &Record| is_of(record, &account.address, &self.status.chain_id);
        let is_open = |record: &Record| !record.state.is_settled(self.belief()) && is_ours(record);
        let lanes: BTreeSet<u8> =
            self.outbox.records()?.iter().filter(|record| is_open(record)).map(|record| record.nonce().lane).collect();
        let locks = lanes.iter().map(|lane| self.outbox.lock(&account.address, *lane, self.client.patience()));
        let _locks = locks.collect::<Result<Vec<_>, _>>()?;
        let mut before = self.outbox.records()?;
        let is_untold = |record: &&Record| !record.state.is_told() && is_ours(record);
        let untold: Vec<Record> = before.iter().filter(is_untold).cloned().collect();
        before.retain(|record| is_open(record) && lanes.contains(&record.nonce().lane));
        if is_over(self.client) {
            return Ok(in_order([untold, before].concat()));
        }
        let settling = Settling { account: &account, client: self.client, trust: self.trust };
        let settle = |records: &[Record]| settle_and_keep(self.outbox, &settling, &self.status.chain_id, records);
        let first = settle(&before)?;
        let sent: Vec<Record> = first.open.iter().map(|record| self.submit(record)).collect::<Result<_, _>>()?;
        let second = settle(&sent)?;
        second.open.iter().try_for_each(|record| self.wait(record))?;
        let last = if is_over(self.client) {
            second.open
        } else {
            let Settled { open, ended, .. } = settle(&second.open)?;
            [ended, open].concat()
        };
        Ok(in_order([untold, first.ended, second.ended, last].concat()))
    }

    /// How many transactions that may still become final are of another chain, or of an account that the wallet does not
    /// list.
    fn left_out(&self, entry: &WalletEntry) -> Result<usize, Failure> {
        let chain_id = &self.status.chain_id;
        let is_ours = |record: &&Record| entry.accounts.iter().any(|account| is_of(record, &account.address, chain_id));
        let records = self.outbox.records()?;
        Ok(records.iter().filter(|record| !record.state.is_settled(self.belief()) && !is_ours(record)).count())
    }

    /// Gives the same transaction to the node once more, and writes down what is new.
    ///
    /// What a node refuses for the moment stays what it was, and so does what the user left to become final.
    fn submit(&self, record: &Record) -> Result<Record, Failure> {
        let state = match self.client.submit(&record.signed) {
            Ok(Submitted::New(found) | Submitted::Known(found)) if found == record.id() => match record.state {
                State::Left => State::Left,
                State::Built
                | State::Refused
                | State::Submitted
                | State::Found(_)
                | State::Said(_)
                | State::Final(_)
                | State::Expired
                | State::Replaced => State::Submitted,
            },
            Ok(Submitted::New(found) | Submitted::Known(found)) => {
                let message = format!("the node answered for {found} in place of {}; do not use it", record.id());
                return Err(Failure::new(Code::NodeNotTrusted, message));
            }
            Err(ClientError::Refused(problem)) => refusal::state_after(record.state, &problem.code),
            Err(error) => return Err(error.into()),
        };
        let now = record.in_state(state);
        if state != record.state {
            let (noun, id) = (record.noun(), record.id());
            self.outbox.write(&now).advice(format!(
                "the {noun} {id} was given to the node: look at `faic wallet history` before you make it again"
            ))?;
        }
        Ok(now)
    }

    /// Waits until the node says that the transaction came to its end, or has waited long enough.
    fn wait(&self, record: &Record) -> Result<(), Failure> {
        loop {
            let asked = Instant::now();
            match self.client.wait_for(&record.id(), self.client.patience().left()) {
                Ok(TransactionAnswer::Pooled {}) if !is_over(self.client) => pause(self.client, asked),
                Err(ClientError::Refused(problem)) if refusal::is_for_later(&problem.code) && !is_over(self.client) => {
                    pause(self.client, asked);
                }
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

/// The records by lane and sequence.
fn in_order(mut records: Vec<Record>) -> Vec<Record> {
    records.sort_by_key(|record| (record.nonce(), record.made_ms));
    records
}
