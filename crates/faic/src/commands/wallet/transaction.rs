//! What all transactions of a wallet have in common: their options, the node's word on the moment, the signature, the
//! submission and the wait for the end.
//!
//! The node tells the account's sequence, the height and the fee; everything else is decided, and signed, here. What the
//! node says is bounded: its network must be the wallet's, the fee has a limit that the user sets, and the id that it
//! answers must be the one that was computed here.

use std::{cell::OnceCell, path::PathBuf, time::Instant};

use clap::Args;
use faic_core::{
    Amount, Authority, Hash, Height, SecretKey,
    keystore::{AccountLabel, Candidate},
    transaction::{Action, LANES},
};
use faic_node::services::Order;
use serde::Serialize;

use super::{
    KeystoreOption, NodeOption, governance,
    payment::parse_amount,
    refusal,
    settling::{Settling, is_over, pause},
    sponsor::{Sponsor, SponsorOption},
    transaction_file::of_keys,
    turn::{self, Turn},
};
use crate::{
    client::{AccountAnswer, Client, ClientError, ProofAnswer, Receipt, Status, TransactionAnswer},
    failure::{Code, Context, Failure},
    outbox::{Record, State},
    output::{self, Confirmed, Output},
    trust::{Trust, TrustOption},
};

mod building;
mod sender;
mod sending;

pub(super) use sender::{Opened, Sender};

/// The highest fee in FAIC that is paid without being allowed: hundreds of times that of an ordinary payment, because the node
/// says how busy the network is.
pub(super) const FEE_MAX_DEFAULT: &str = "0.01";

/// The options of every transaction.
#[derive(Debug, Args)]
pub(super) struct TransactionOptions {
    /// Which of the account's 16 independent sequences to use, from 0 to 15.
    #[arg(long, value_name = "LANE", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..i64::from(LANES)))]
    lane: u8,

    /// For how many blocks the transaction may become final; after that it never will.
    #[arg(long, value_name = "BLOCKS", default_value_t = Order::VALID_FOR_BLOCKS_DEFAULT,
        value_parser = clap::value_parser!(u64).range(1..=Order::VALID_FOR_BLOCKS_MAX))]
    valid_for: u64,

    /// The highest fee to pay, in FAIC.
    #[arg(long, value_name = "FAIC", default_value = FEE_MAX_DEFAULT, value_parser = parse_amount)]
    fee_max: Amount,

    /// Go ahead without asking for confirmation.
    #[arg(long, short)]
    yes: bool,

    /// Return once the node has accepted the transaction, without waiting until it is final.
    #[arg(long)]
    no_wait: bool,

    /// Go ahead although an earlier transaction of the account may still become final.
    #[arg(long)]
    despite_undecided: bool,

    /// Which account of the wallet: its number or its name [default: the first].
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountLabel>,

    /// A file with the wallet's password; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Who pays the fee.
    #[command(flatten)]
    sponsor: SponsorOption,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// What is believed of its answers.
    #[command(flatten)]
    trust: TrustOption,
}

/// What a transaction is for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It pays.
    Payment,
    /// It changes settings.
    Change,
}

impl Kind {
    /// What it is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Change => "change",
        }
    }

    /// What it is to make another one.
    const fn again(self) -> &'static str {
        match self {
            Self::Payment => "pay again",
            Self::Change => "change it again",
        }
    }
}

/// How things stand for a wallet at the moment.
pub(super) struct Moment<'a> {
    /// The wallet.
    pub(super) sender: Sender<'a>,
    /// The node that was asked.
    pub(super) client: Client,
    /// The chain, as far as it is trusted; nothing where the node's word is taken.
    trust: Option<Trust>,
    /// The node and its chain.
    pub(super) status: Status,
    /// The wallet's account.
    pub(super) account: AccountAnswer,
    /// Its turn in the lane.
    pub(super) turn: Turn,
    /// Who pays the fee in its place.
    pub(super) sponsor: Option<Sponsor>,
    /// What was sent and is final or left, once the user was told.
    untold: OnceCell<Record>,
}

impl Moment<'_> {
    /// The key of the wallet that governs the account, as the node tells, and which of the wallet's secrets has it.
    pub(super) fn governing_key(&self) -> Result<(u8, SecretKey), Failure> {
        let Sender { account, number, .. } = &self.sender;
        let wallet = &self.sender.open()?.wallet;
        let known = wallet.entry.account(Some(*number)).map(|entry| wallet.candidates(entry));
        let governs = |candidate: &Candidate| {
            self.account.is_governed_by(&account.address, &Authority::single(candidate.key.public_key()))
        };
        match known.unwrap_or_default().into_iter().find(governs) {
            Some(found) => Ok((found.secret, found.key)),
            None => Err(self.governed_by_others()?),
        }
    }

    /// The failure of an account that no key of the wallet governs alone.
    fn governed_by_others(&self) -> Result<Failure, Failure> {
        let Sender { keystore, account, .. } = &self.sender;
        let others = governance::known(keystore, &self.client, account, &self.account)?;
        if let Some(several) = others.filter(|authority| authority.keys().len() > 1) {
            let text = account.text();
            let message =
                format!("{} govern {text}, so no wallet signs for it alone; nothing was sent", of_keys(&several));
            return Ok(Failure::new(Code::WalletUnusable, message).advice(format!(
                "`faic wallet build {text}` makes a transaction that they sign, one after the other, with `faic wallet sign`"
            )));
        }
        let message = "no key of the wallet governs its account at present; nothing was sent";
        Ok(Failure::new(Code::WalletUnusable, message)
            .advice("if its keys were changed elsewhere, import the newest mnemonic with --address under another name"))
    }

    /// Refuses to do once more what moved money before by a command that did not tell so, or while this one waited for its turn;
    /// of the latter, whoever is asked is told.
    ///
    /// # Errors
    /// [`Code::SentBefore`] names the transaction.
    pub(super) fn check_repeated(&self, action: &Action, output: Output) -> Result<(), Failure> {
        self.turn.check_untold(self.sender.name, action)?;
        let Some(remark) = self.turn.done_meanwhile(action) else { return Ok(()) };
        if self.asks() {
            output.note(&format!("warning: {remark}"));
            return Ok(());
        }
        Err(Failure::new(Code::SentBefore, format!("{remark}; nothing was sent now"))
            .advice("the same command does it once more, if that is meant"))
    }

    /// Whether the user is to be asked before something is sent.
    pub(super) const fn asks(&self) -> bool {
        !self.sender.options.yes
    }

    /// What is to be told of a transaction of which the user was not asked; nothing of another.
    pub(super) fn unasked(&self, warnings: Vec<String>) -> Vec<String> {
        if self.asks() { Vec::new() } else { warnings }
    }

    /// Shows what would be sent, and asks whether to.
    pub(super) fn confirm(&self, facts: &str, question: &str, output: Output) -> Result<(), Failure> {
        output.note(facts);
        match output.confirm(question)? {
            Confirmed::Yes => Ok(()),
            Confirmed::No => Err(Failure::new(Code::NotConfirmed, "nothing was sent, because it was not confirmed")),
        }
    }

    /// Checks that a transaction is final where the node says so, and did what it says.
    pub(super) fn proved(
        &self,
        id: &Hash,
        height: Height,
        receipt: Receipt,
        proof: Option<ProofAnswer>,
    ) -> Result<(Height, Receipt), Failure> {
        let Some(trust) = &self.trust else { return Ok((height, receipt)) };
        let proof = trust.transaction(&self.client, &proof.ok_or(ClientError::NoProof)?, id)?;
        Ok(receipt.proved(height, &proof, self.sender.account.network)?)
    }

    /// Waits until the transaction is final: the height of its block and what it did.
    fn wait(&self, record: &Record) -> Result<(Height, Receipt), Failure> {
        let Sender { name, kind, .. } = &self.sender;
        let (id, noun, again) = (record.id(), kind.name(), kind.again());
        loop {
            let asked = Instant::now();
            let left = self.client.patience().left();
            let advice = || format!("the {noun} {id} was sent: look at `faic wallet history {name}`");
            match self.wait_once(&id, left).map_err(|error| Failure::from(error).advice(advice()))? {
                TransactionAnswer::Final { height, receipt, proof } => {
                    return self.proved(&id, height, receipt, proof).advice(advice());
                }
                TransactionAnswer::Rejected { reason } => {
                    let message = format!("the {noun} {id} was rejected: {reason}");
                    let undecided = refusal::may_be_final("it", record.valid_until());
                    return Err(Failure::new(Code::TransactionRejected, message)
                        .advice(format!("{undecided}: look at `faic wallet history {name}` before you {again}")));
                }
                TransactionAnswer::Expired {} => {
                    return Err(self.expired(record)?);
                }
                TransactionAnswer::Pooled {} if is_over(&self.client) => {
                    let valid_until = record.valid_until();
                    let message = format!(
                        "the {noun} {id} is not final yet; it becomes final by height {valid_until} or never will: look \
                         at `faic wallet history {name}` before you {again}"
                    );
                    return Err(Failure::new(Code::NotFinal, message));
                }
                TransactionAnswer::Pooled {} => pause(&self.client, asked),
            }
        }
    }

    /// The failure of a transaction that the node says is expired, after that was proved.
    ///
    /// One that is final is written down as one to tell of, because the user has not read the failure yet.
    fn expired(&self, record: &Record) -> Result<Failure, Failure> {
        let Sender { name, kind, .. } = &self.sender;
        let (id, noun, again) = (record.id(), kind.name(), kind.again());
        let before = std::slice::from_ref(record);
        let ended = self.settling().settle(before)?;
        if self.trust.is_some() {
            ended.iter().try_for_each(|ended| self.turn.outbox.write(&turn::found(ended, before)))?;
        }
        Ok(match ended.first().map(|record| record.state) {
            Some(State::Final(height)) => {
                let message = format!("the {noun} {id} is final at height {height}, and the node says that it expired");
                Failure::new(Code::NodeNotTrusted, message)
            }
            Some(_) => {
                let message = format!("the {noun} {id} expired and will never be made");
                Failure::new(Code::TransactionExpired, message).advice(format!("you can {again}"))
            }
            None => {
                let message = format!("the node says that the {noun} {id} expired, and does not prove it");
                Failure::new(Code::NotFinal, message)
                    .advice(format!("`faic wallet resume {name}` tells its end before you {again}"))
            }
        })
    }

    /// Whom to ask what became of the account's transactions.
    pub(super) fn settling(&self) -> Settling<'_> {
        Settling { account: &self.sender.account, client: &self.client, trust: self.trust.as_ref() }
    }
}

/// Tells people what may be a mistake; programs find it in the answer.
pub(super) fn note_warnings(warnings: &[String], output: Output) {
    for warning in warnings {
        output.note(&format!("warning: {warning}"));
    }
}

/// What is answered of every transaction that was sent.
#[derive(Serialize)]
pub(super) struct Sent {
    /// The id of the transaction.
    id: String,
    /// `final`, or `pooled` where nobody waited.
    state: &'static str,
    /// The chain that it is on.
    chain_id: String,
    /// The address that acted and paid.
    from: String,
    /// What was paid for it, in nano.
    fee: String,
    /// The address that paid it, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_payer: Option<String>,
    /// The height of its block.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<Height>,
    /// The sender's balance after it, in nano.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<String>,
    /// The last height at which it may become final.
    valid_until: Height,
}

impl Sent {
    /// Whether it is final.
    pub(super) const fn is_final(&self) -> bool {
        self.height.is_some()
    }

    /// The lines for people, with those of this kind of transaction in the middle.
    pub(super) fn to_text(&self, kind: Kind, middle: Vec<(&'static str, String)>) -> String {
        let faic = |nano: &str| Amount::parse_nano(nano).map_or(nano.to_owned(), |amount| format!("{amount} FAIC"));
        let mut facts = vec![(kind.name(), self.id.clone())];
        facts.push(match self.height {
            Some(height) => ("state", format!("final at height {height}")),
            None => ("state", format!("accepted; final by height {} or never", self.valid_until)),
        });
        facts.extend(middle);
        facts.push(("fee", faic(&self.fee)));
        facts.extend(self.fee_payer.iter().map(|payer| ("fee paid by", payer.clone())));
        facts.extend(self.balance.as_deref().map(|balance| ("balance", faic(balance))));
        output::fields(&facts)
    }
}
