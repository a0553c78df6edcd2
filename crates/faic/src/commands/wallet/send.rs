//! `faic wallet send`: pays from a wallet.
//!
//! The node tells the account's sequence, the height and the fee; everything else is decided, and signed, here. What the
//! node says is bounded: its network must be the wallet's, the fee has a limit that the user sets, and the id that it
//! answers must be the one that was computed here.

use std::time::{Duration, Instant};

use clap::Args;
use faic_core::{
    Amount, Authority, BasicCrypto, Hash, Height, KeyManager, SignedTransaction,
    crypto::sign_transaction,
    derivation::AccountPath,
    keystore::{Keystore, WalletName},
    transaction::{self, LANES, MEMO_BYTES_MAX, TransactionBuilder},
};
use faic_node::services;

use super::{
    Account, KeystoreOption, NodeOption,
    payment::{Payment, PaymentText, parse_amount},
};
use crate::{
    client::{AccountAnswer, Client, ClientError, Receipt, Status, Submitted, TransactionAnswer},
    failure::{Context, Failure},
    output::{self, Confirmed, Output},
    secrets::Secret,
};

mod answer;

use answer::{PaymentItem, SendAnswer};

/// How many receivers are looked up before paying; a payment to more is no payment to a new friend.
const LOOKUPS_MAX: usize = 8;

/// The longest that a command waits for finality: a day.
const TIMEOUT_SECONDS_MAX: u64 = 24 * 60 * 60;

/// The options of a payment.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The wallet that pays.
    #[arg(value_name = "WALLET")]
    from: WalletName,

    /// Who receives: an address, or a wallet of yours.
    #[arg(value_name = "TO", requires = "amount", required_unless_present = "payments")]
    to: Option<String>,

    /// How much, in FAIC, such as 12.5.
    #[arg(value_name = "AMOUNT", value_parser = parse_amount, allow_negative_numbers = true)]
    amount: Option<Amount>,

    /// A receiver with an amount; may be repeated, and either all are paid or none.
    #[arg(long = "to", value_name = "TO=AMOUNT")]
    payments: Vec<PaymentText>,

    /// A note of at most 64 bytes that everybody can read.
    #[arg(long, value_name = "TEXT", value_parser = parse_memo)]
    memo: Option<String>,

    /// Which of the account's 16 independent sequences to use, from 0 to 15.
    #[arg(long, value_name = "LANE", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..i64::from(LANES)))]
    lane: u8,

    /// For how many blocks the payment may become final; after that it never will.
    #[arg(long, value_name = "BLOCKS", default_value_t = services::Payment::VALID_FOR_BLOCKS_DEFAULT,
        value_parser = clap::value_parser!(u64).range(1..=services::Payment::VALID_FOR_BLOCKS_MAX))]
    valid_for: u64,

    /// The highest fee to pay, in FAIC.
    #[arg(long, value_name = "FAIC", default_value = "1", value_parser = parse_amount)]
    fee_max: Amount,

    /// Pay without asking for confirmation.
    #[arg(long, short)]
    yes: bool,

    /// Return once the node has accepted the payment, without waiting until it is final.
    #[arg(long)]
    no_wait: bool,

    /// How many seconds to wait until the payment is final; at most a day.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=TIMEOUT_SECONDS_MAX))]
    timeout: u64,

    /// A file with the wallet's password; asked for on the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<std::path::PathBuf>,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,
}

/// Reads a memo.
fn parse_memo(text: &str) -> Result<String, String> {
    if text.len() > MEMO_BYTES_MAX {
        return Err(format!("it has {} bytes, at most {MEMO_BYTES_MAX} are allowed", text.len()));
    }
    Ok(text.to_owned())
}

/// Pays.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn run(command: &Send, output: Output) -> Result<(), Failure> {
    let keystore = command.keystore.open()?;
    let sender = Account::from(keystore.find(&command.from)?);
    let payments = payments(command, &keystore, &sender)?;
    let client = command.node.client();
    let status = client.status().advice("nothing was sent")?;
    sender.check_network(&status, client.url()).advice("nothing was sent")?;
    let account = client.account(&sender.address, sender.network).advice("nothing was sent")?;
    if account.balance.is_zero() {
        return Err(Failure::new(format!("the wallet {} has no money; nothing was sent", command.from)));
    }
    let signed = sign(command, &keystore, &sender, &payments, &Quote { status, account: &account })?;
    let plan = Plan { sender, payments, fee: signed.transaction.fee, balance: account.balance };
    let after = plan.balance_after().ok_or_else(|| plan.overspent())?;
    if !command.yes {
        plan.warn(&client, output);
        output::warn_raw(&plan.question(after, command.memo.as_deref()));
        if output::confirm("Pay this?")? == Confirmed::No {
            return Err(Failure::new("nothing was sent, because it was not confirmed"));
        }
    }
    submit(command, &client, &signed)?;
    let valid_until = signed.transaction.valid_until;
    let settled = if command.no_wait { None } else { Some(wait(command, &client, &signed.id(), valid_until)?) };
    output.show(&plan.answer(&signed, settled))
}

/// The payments that were named, with their receivers known and on the wallet's network.
fn payments(command: &Send, keystore: &Keystore, sender: &Account) -> Result<Vec<Payment>, Failure> {
    let first = command.to.iter().zip(command.amount).map(|(to, amount)| PaymentText::new(to, amount));
    let payments: Vec<Payment> = first
        .chain(command.payments.iter().cloned())
        .map(|payment| payment.resolve(keystore))
        .collect::<Result<_, _>>()?;
    for Payment { to, .. } in &payments {
        if to.network != sender.network {
            return Err(Failure::usage(format!(
                "{} belongs to the {} network, the wallet {} to the {} network; nothing was sent",
                to.text(),
                to.network,
                command.from,
                sender.network
            )));
        }
    }
    Ok(payments)
}

/// What the node says of the moment.
struct Quote<'a> {
    /// The node and its chain.
    status: Status,
    /// The account that pays.
    account: &'a AccountAnswer,
}

impl Quote<'_> {
    /// What to pay for a byte, so that the fee still suffices when the next blocks are full.
    fn fee_per_byte(&self) -> u64 {
        services::with_headroom(self.status.base_fee_per_byte).max(self.status.mempool.fee_per_byte_min)
    }
}

/// Asks for the password, builds the transaction and signs it.
fn sign(
    command: &Send,
    keystore: &Keystore,
    sender: &Account,
    payments: &[Payment],
    quote: &Quote<'_>,
) -> Result<SignedTransaction, Failure> {
    let prompt = format!("password of the wallet {}", command.from);
    let password = Secret::Password.read(command.password_file.as_deref(), &prompt)?;
    let wallet = keystore.unlock(&command.from, &password).advice("nothing was sent")?;
    let key = wallet.secret.account_key(wallet.entry.network, AccountPath::default());
    let authority = Authority::single(key.public_key());
    if authority.address() != sender.address {
        return Err(Failure::new("the wallet's file names another address than its keys have; nothing was sent")
            .advice("import its mnemonic under another name"));
    }
    let memo = command.memo.clone().unwrap_or_default();
    let outputs = payments.iter().map(|payment| transaction::Output {
        to: payment.to.address,
        amount: payment.amount,
        memo: memo.clone(),
    });
    let transaction = TransactionBuilder::transfer(quote.status.chain_id.clone(), authority, outputs.collect())
        .nonce(command.lane, quote.account.next_sequence(command.lane))
        .valid_until(quote.status.height.saturating_add(command.valid_for))
        .build(quote.fee_per_byte())
        .advice("nothing was sent")?;
    if transaction.fee > command.fee_max {
        let (fee, most) = (transaction.fee, command.fee_max);
        return Err(Failure::new(format!("the fee would be {fee} FAIC, more than {most} FAIC; nothing was sent"))
            .advice("wait until the network is less busy, or allow it with --fee-max"));
    }
    let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key]) };
    Ok(sign_transaction(&crypto, transaction)?)
}

/// Gives the transaction to the node.
fn submit(command: &Send, client: &Client, signed: &SignedTransaction) -> Result<(), Failure> {
    let id = signed.id();
    match client.submit(signed) {
        Ok(Submitted::New(found)) if found == id => Ok(()),
        // Two programs that pay the same at the same moment make the same transaction, which pays once.
        Ok(Submitted::Known(found)) if found == id => {
            Err(Failure::new(format!("the node has this very payment already, as {id}; nothing more was sent"))
                .advice("pay again if you mean to pay twice"))
        }
        Ok(Submitted::New(found) | Submitted::Known(found)) => {
            Err(Failure::new(format!("the node answered for {found} in place of {id}; do not use it")))
        }
        Err(ClientError::Refused(problem)) => {
            let advice = refusal_advice(&problem.code);
            let failure = Failure::from(problem).context("the payment was refused");
            Err(match advice {
                Some(advice) => failure.advice(advice),
                None => failure,
            })
        }
        Err(error) => Err(Failure::from(error).advice(format!(
            "the payment {id} may have been sent: look at `faic wallet history {}` before you pay again",
            command.from
        ))),
    }
}

/// What to do here about a refusal of that code, where the node's own advice is for programs.
fn refusal_advice(code: &str) -> Option<&'static str> {
    match code {
        "replacement_fee_too_low" | "sequence_used" | "sequence_too_far" => {
            Some("an earlier payment of this wallet waits: wait until it is final, or pay in another --lane")
        }
        "memo_required" => Some("put it on the payment with --memo"),
        _ => None,
    }
}

/// A payment that is final.
struct Settled {
    /// The height of its block.
    height: Height,
    /// What it did.
    receipt: Receipt,
}

/// Waits until the payment is final.
fn wait(command: &Send, client: &Client, id: &Hash, valid_until: Height) -> Result<Settled, Failure> {
    let deadline = Instant::now() + Duration::from_secs(command.timeout);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let advice = || format!("the payment {id} was sent: look at `faic wallet history {}`", command.from);
        match client.wait_for(id, left).map_err(|error| Failure::from(error).advice(advice()))? {
            TransactionAnswer::Final { height, receipt } => return Ok(Settled { height, receipt }),
            TransactionAnswer::Rejected { reason } => {
                return Err(Failure::new(format!("the payment {id} was rejected: {reason}")));
            }
            TransactionAnswer::Expired {} => {
                return Err(Failure::new(format!(
                    "the payment {id} expired and will never be made; you can pay again"
                )));
            }
            TransactionAnswer::Pooled {} if left.is_zero() => {
                return Err(Failure::new(format!(
                    "the payment {id} is not final yet; it becomes final by height {valid_until} or never will: look at \
                     `faic wallet history {}` before you pay again",
                    command.from
                )));
            }
            TransactionAnswer::Pooled {} => {}
        }
    }
}

/// What will be paid.
struct Plan {
    /// Who pays.
    sender: Account,
    /// Who receives how much.
    payments: Vec<Payment>,
    /// What is paid for it.
    fee: Amount,
    /// What the sender has before.
    balance: Amount,
}

impl Plan {
    /// The sum of the payments and the fee; `None` when it is more than can exist.
    fn total(&self) -> Option<Amount> {
        Amount::checked_sum(self.payments.iter().map(|payment| payment.amount).chain([self.fee]))
    }

    /// What the sender keeps, if it has enough; a payment to oneself comes back.
    fn balance_after(&self) -> Option<Amount> {
        let back = self.payments.iter().filter(|payment| payment.to.address == self.sender.address);
        let back = Amount::checked_sum(back.map(|payment| payment.amount))?;
        self.balance.checked_sub(self.total()?)?.checked_add(back)
    }

    /// The failure of a payment of more than there is.
    fn overspent(&self) -> Failure {
        let needed =
            self.total().map_or("more than can exist".to_owned(), |total| format!("{total} FAIC with the fee"));
        Failure::new(format!("the wallet has {} FAIC, the payment needs {needed}; nothing was sent", self.balance))
    }

    /// Remarks on receivers that may be a mistake.
    fn warn(&self, client: &Client, output: Output) {
        for Payment { to, .. } in self.payments.iter().take(LOOKUPS_MAX) {
            if to.address == self.sender.address {
                output.note("warning: you are paying yourself; only the fee will be spent");
            } else if client.account(&to.address, to.network).is_ok_and(|account| account.is_unused()) {
                output.note(&format!(
                    "note: {} was never used before; compare it with the receiver once more",
                    to.text()
                ));
            }
        }
    }

    /// What is asked before paying.
    fn question(&self, after: Amount, memo: Option<&str>) -> String {
        let mut facts = vec![("from", self.sender.text())];
        for Payment { to, amount } in &self.payments {
            let name = to.name.as_ref().map(|name| format!(" (your wallet {name})")).unwrap_or_default();
            facts.push(("to", format!("{}{name}", to.text())));
            facts.push(("amount", format!("{amount} FAIC")));
        }
        facts.extend(memo.map(|memo| ("memo", memo.to_owned())));
        facts.push(("fee", format!("{} FAIC", self.fee)));
        facts.push(("balance after", format!("{after} FAIC")));
        output::fields(&facts)
    }

    /// What is answered after paying.
    fn answer(&self, signed: &SignedTransaction, settled: Option<Settled>) -> SendAnswer {
        let payments = self.payments.iter().map(|payment| PaymentItem::new(payment.to.text(), payment.amount));
        SendAnswer {
            id: signed.id().to_string(),
            state: if settled.is_some() { "final" } else { "pooled" },
            chain_id: signed.transaction.chain_id.to_string(),
            from: self.sender.text(),
            payments: payments.collect(),
            fee: self.fee.nano().to_string(),
            height: settled.as_ref().map(|settled| settled.height),
            balance: settled.as_ref().map(|settled| settled.receipt.sender_balance.nano().to_string()),
            valid_until: signed.transaction.valid_until,
        }
    }
}
