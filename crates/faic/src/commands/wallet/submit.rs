//! `faic wallet submit`: sends a transaction that others signed, and waits until it is final.
//!
//! Submitting it twice is harmless: it is the same transaction, and counts once.

use std::time::Instant;

use clap::Args;
use faic_core::{
    Height, PartiallySignedTransaction, SignedTransaction, Transaction,
    keystore::{Keystore, WalletEntry},
    transaction::{Action, Nonce},
};
use faic_node::services::Order;
use serde::Serialize;

use super::{
    Account, KeystoreOption, NodeOption, refusal,
    settling::{Settling, is_over, pause},
    transaction_file::{self, Names, deed},
};
use crate::{
    client::{Client, ClientError, Problem, Receipt, Submitted, TransactionAnswer},
    failure::{Code, Context, Failure},
    interruption::{self, Sending},
    outbox::{Record, State},
    output::{Answer, Output, fields},
    trust::{Trust, TrustOption},
};

/// What to do about a transaction that can never be made.
const BUILD_ANEW: &str = "build it anew and have it signed again";

/// The options of sending a signed transaction.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// The file of the transaction, - for standard input, or its text (faic-tx:…).
    #[arg(value_name = "FILE")]
    file: String,

    /// Return once the node has accepted the transaction, without waiting until it is final.
    #[arg(long)]
    no_wait: bool,

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

/// What became of the transaction.
#[derive(Serialize)]
struct SubmitAnswer {
    /// Its id.
    id: String,
    /// `final`, or `pooled` where nobody waited.
    state: &'static str,
    /// Whether the node had it already.
    known: bool,
    /// The chain that it is on.
    chain_id: String,
    /// The address that acted.
    from: String,
    /// What it did.
    action: &'static str,
    /// What was paid for it, in nano.
    fee: String,
    /// Who paid that.
    payer: String,
    /// The height of its block.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<Height>,
    /// The sender's balance after it, in nano.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
    /// The last height at which it may become final.
    valid_until: Height,
    /// The watched accounts whose new keys were taken note of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    updated: Vec<String>,
    /// The same for people.
    #[serde(skip)]
    facts: Vec<(&'static str, String)>,
}

impl Answer for SubmitAnswer {
    fn to_text(&self) -> String {
        fields(&self.facts)
    }
}

/// Sends the transaction.
///
/// # Errors
/// A failure that says in one line what is missing, or what went wrong and whether anything was sent.
pub(crate) fn run(command: &Submit, output: Output) -> Result<(), Failure> {
    interruption::note(Sending::NotYet);
    let transaction = transaction_file::read(&command.file)?;
    let signed = transaction.complete().advice("nothing was sent")?;
    let keystore = command.keystore.open()?;
    let client = command.node.client();
    let status = client.status().advice("nothing was sent")?;
    let sender = Account { name: None, network: transaction.network(), address: signed.transaction.sender };
    sender.check_network(&status, client.url()).advice("nothing was sent")?;
    if status.chain_id != signed.transaction.chain_id {
        let (here, there) = (&signed.transaction.chain_id, &status.chain_id);
        let message = format!("the transaction is for the chain {here}, the node is of {there}; nothing was sent");
        return Err(Failure::new(Code::WrongChain, message).advice("name another node with --node"));
    }
    let folder = command.keystore.folder()?;
    let trust = command.trust.begin(&folder, &client, &status, output).advice("nothing was sent")?;
    let submission = Submission { client: &client, trust: trust.as_ref(), sender: &sender, signed: &signed };
    let known = submission.submit()?;
    let settled = if command.no_wait { None } else { Some(submission.wait()?) };
    let updated = if settled.is_some() { submission.take_note(&keystore)? } else { Vec::new() };
    let done = match &settled {
        Some((height, _)) => format!("the transaction {} is final at height {height}", signed.id()),
        None => format!("the transaction {} was sent, and submitting it again is harmless", signed.id()),
    };
    output.show(&answer(&transaction, known, settled, updated)).advice(done)
}

/// What is answered.
fn answer(
    transaction: &PartiallySignedTransaction,
    known: bool,
    settled: Option<(Height, Receipt)>,
    updated: Vec<String>,
) -> SubmitAnswer {
    let (body, network) = (transaction.transaction(), transaction.network());
    let (height, receipt) = settled.unzip();
    let state = match height {
        Some(height) => format!("final at height {height}"),
        None => format!("accepted; final by height {} or never", body.valid_until),
    };
    let mut shown = vec![("transaction", transaction.id().to_string()), ("state", state)];
    shown.extend(deed(transaction, &Names::default()));
    shown.extend(receipt.as_ref().map(|receipt| ("balance", format!("{} FAIC", receipt.sender_balance))));
    shown.extend(updated.iter().map(|name| ("updated", format!("the keys of the watched account {name}"))));
    SubmitAnswer {
        id: transaction.id().to_string(),
        state: if height.is_some() { "final" } else { "pooled" },
        known,
        chain_id: body.chain_id.to_string(),
        from: body.sender.encode(network),
        action: body.action.name(),
        fee: body.fee.nano().to_string(),
        payer: body.payer().encode(network),
        height,
        balance: receipt.map(|receipt| receipt.sender_balance.nano().to_string()),
        valid_until: body.valid_until,
        updated,
        facts: shown,
    }
}

/// A signed transaction on its way to the chain.
struct Submission<'a> {
    /// The node.
    client: &'a Client,
    /// The chain, as far as it is trusted.
    trust: Option<&'a Trust>,
    /// The account that acts.
    sender: &'a Account,
    /// The transaction.
    signed: &'a SignedTransaction,
}

impl Submission<'_> {
    /// Gives the transaction to the node; tells whether the node had it already.
    fn submit(&self) -> Result<bool, Failure> {
        let id = self.signed.id();
        let (what, history) = (format!("transaction {id}"), self.sender.text());
        interruption::note(Sending::Begun(what.clone(), history.clone()));
        let found = match self.client.submit(self.signed) {
            Ok(Submitted::New(found)) => (found, false),
            Ok(Submitted::Known(found)) => (found, true),
            Err(ClientError::Refused(problem)) => return Err(self.refused(problem)),
            Err(error) => {
                let advice = format!("the transaction {id} may have been sent; submitting it again is harmless");
                return Err(Failure::from(error).advice(advice));
            }
        };
        if found.0 != id {
            let message = format!("the node answered for {} in place of {id}; do not use it", found.0);
            return Err(Failure::new(Code::NodeNotTrusted, message));
        }
        interruption::note(Sending::Done(what, history));
        Ok(found.1)
    }

    /// The failure of a transaction that the node refused, which may have it all the same or have passed it on.
    ///
    /// That it can never be made is said only where that is proved: a node that began at a snapshot refuses one that is
    /// final below it as it refuses one that is too late.
    fn refused(&self, problem: Problem) -> Failure {
        let id = self.signed.id();
        let needed = refusal::advice_for_replacement(&problem.code);
        let failure = Failure::from(problem).context("the transaction was refused");
        match self.settle() {
            Some(State::Final(height)) => {
                let message =
                    format!("the transaction {id} is final already, at height {height}; nothing more was sent");
                Failure::new(Code::AlreadySent, message)
            }
            Some(_) => failure.advice(format!("it can never be made any more: {BUILD_ANEW}")),
            None => failure.advice(self.undecided()).advised(needed),
        }
    }

    /// The failure of a transaction that the node says came to an end without a block, which is believed only with a proof.
    fn ended(&self, said: &str, code: Code) -> Failure {
        let id = self.signed.id();
        match self.settle() {
            Some(State::Final(height)) => {
                let message =
                    format!("the transaction {id} is final at height {height}, and the node says that it {said}");
                Failure::new(Code::NodeNotTrusted, message)
            }
            Some(State::Expired) => {
                let message = format!("the transaction {id} expired and will never be made");
                Failure::new(Code::TransactionExpired, message).advice(BUILD_ANEW)
            }
            Some(_) => {
                let message = format!("another transaction has the place of {id}, which will never be made");
                Failure::new(code, message).advice(BUILD_ANEW)
            }
            None => {
                let message =
                    format!("the node says that the transaction {id} {said}, and does not prove that it ended");
                Failure::new(code, message).advice(self.undecided())
            }
        }
    }

    /// What is told of the transaction where nothing proves that it can never be made.
    fn undecided(&self) -> String {
        let Transaction { nonce: Nonce { lane, sequence }, valid_until, .. } = self.signed.transaction;
        format!(
            "{}, and submitting it again is harmless; only what is built with --lane {lane} --sequence {sequence} takes its \
             place",
            refusal::may_be_final(&format!("the transaction {}", self.signed.id()), valid_until)
        )
    }

    /// The end of the transaction, where it is found; nothing where the node cannot tell.
    fn settle(&self) -> Option<State> {
        let settling = Settling { account: self.sender, client: self.client, trust: self.trust };
        let made_at = self.signed.transaction.valid_until.saturating_sub(Order::VALID_FOR_BLOCKS_MAX);
        let record = Record::new(self.signed.clone(), 0, made_at, None);
        settling.settle(&[record]).ok()?.first().map(|record| record.state)
    }

    /// Waits until the transaction is final: the height of its block and what it did.
    fn wait(&self) -> Result<(Height, Receipt), Failure> {
        let id = self.signed.id();
        loop {
            let asked = Instant::now();
            let left = self.client.patience().left();
            let answer = match self.trust {
                Some(_) => self.client.wait_for_proof(&id, left),
                None => self.client.wait_for(&id, left),
            };
            let advice = "it was sent, and submitting it again is harmless";
            match answer.map_err(|error| Failure::from(error).advice(advice))? {
                TransactionAnswer::Final { height, receipt, proof } => {
                    let Some(trust) = self.trust else { return Ok((height, receipt)) };
                    let proof = trust.transaction(self.client, &proof.ok_or(ClientError::NoProof)?, &id)?;
                    return Ok(receipt.proved(height, &proof, self.sender.network)?);
                }
                TransactionAnswer::Rejected { reason } => {
                    return Err(self.ended(&format!("was rejected ({reason})"), Code::TransactionRejected));
                }
                TransactionAnswer::Expired {} => return Err(self.ended("expired", Code::NotFinal)),
                TransactionAnswer::Pooled {} if is_over(self.client) => {
                    let valid_until = self.signed.transaction.valid_until;
                    let message = format!(
                        "the transaction {id} is not final yet; it becomes final by height {valid_until} or never will"
                    );
                    return Err(Failure::new(Code::NotFinal, message).advice("submitting it again is harmless"));
                }
                TransactionAnswer::Pooled {} => pause(self.client, asked),
            }
        }
    }
}

impl Submission<'_> {
    /// Keeps the new authority of the account with every watched account of this machine that is it; gives their names.
    ///
    /// One that was replaced since, because the transaction is an old one, is not kept.
    fn take_note(&self, keystore: &Keystore) -> Result<Vec<String>, Failure> {
        let Action::SetAccount { authority: Some(authority), memo_required: _ } = &self.signed.transaction.action
        else {
            return Ok(Vec::new());
        };
        let is_it = |entry: &WalletEntry| {
            let is_known = entry.authority.as_ref() == Some(authority);
            entry.watch_only
                && !is_known
                && (entry.network, entry.address) == (self.sender.network, self.sender.address)
        };
        let entries: Vec<_> = keystore.list()?.wallets.into_iter().filter(is_it).collect();
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let advice = "the keys were changed on the ledger; name them with `faic wallet watch`";
        let account = self.sender.read(self.client, self.trust).advice(advice)?;
        if !account.is_governed_by(&self.sender.address, authority) {
            return Ok(Vec::new());
        }
        let mut updated = Vec::new();
        for entry in entries {
            keystore.set_authority(&entry.name, authority.clone()).advice(advice)?;
            updated.push(entry.name.to_string());
        }
        Ok(updated)
    }
}
