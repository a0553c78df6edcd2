//! `faic wallet send`: pays from a wallet.

use clap::Args;
use faic_core::{
    Amount,
    transaction::{Action, MEMO_BYTES_MAX, Output as Payee},
};

use super::{
    Account, WalletArgument,
    look_alike::Caution,
    payment::{Payment, PaymentText, parse_amount},
    receivers,
    sponsor::own_fee,
    transaction::{Kind, Sender, TransactionOptions, note_warnings},
};
use crate::{
    failure::{Code, Failure},
    output::{self, Output},
};

mod answer;

use answer::{PaymentItem, SendAnswer};

/// The options of a payment.
#[derive(Debug, Args)]
pub(crate) struct Send {
    /// The wallet that pays, or WALLET/ACCOUNT for another account than the first.
    #[arg(value_name = "WALLET")]
    from: WalletArgument,

    /// Who receives: an address, a wallet of yours (or WALLET/NUMBER), an account of the paying wallet by its name, or a name
    /// of its address book.
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

    /// What is allowed of the receivers.
    #[command(flatten)]
    caution: Caution,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Reads a memo.
pub(super) fn parse_memo(text: &str) -> Result<String, String> {
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
    let sender = Sender::find(&command.transaction, &command.from, Kind::Payment)?;
    let payments = payments(command, &sender)?;
    make(sender, payments, &command.caution, output)
}

/// Makes payments, after questions about what may be a mistake, and answers when they are final.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(super) fn make(
    sender: Sender<'_>,
    payments: Vec<Payment>,
    caution: &Caution,
    output: Output,
) -> Result<(), Failure> {
    check_network(&sender, &payments)?;
    let moment = sender.ask(output)?;
    let (sender, balance) = (moment.sender.account.clone(), moment.account.balance);
    let chain = moment.status.chain_id.to_string();
    let mut plan = Plan { chain, sender, payments, fee: Amount::ZERO, fee_facts: Vec::new(), balance };
    let transfer = transfer(&plan.payments);
    moment.check_repeated(&transfer, output)?;
    // What needs no key is found out before the password is asked for.
    plan.balance_after().ok_or_else(|| plan.overspent())?;
    let unused = receivers::check(&moment, &plan.payments)?;
    let (key, transaction) = moment.draft(transfer)?;
    (plan.fee, plan.fee_facts) = (own_fee(&transaction), moment.fee_facts(&transaction));
    let after = plan.balance_after().ok_or_else(|| plan.overspent())?;
    moment.warn_of_fee(transaction.fee, output);
    moment.simulate(&transaction)?;
    let strangers = caution.check(&moment, &plan.payments, output)?;
    if moment.asks() {
        plan.warn(&strangers.remarks(&unused), output);
        moment.confirm(&plan.question(after), "Pay this?", output)?;
    }
    let signed = moment.sign_with(&key, transaction)?;
    let payments = plan.payments.iter().map(|payment| PaymentItem::new(payment.to.text(), payment.amount)).collect();
    let sent = moment.send(&signed)?;
    let own = plan.pays_itself().then(|| PAYS_ITSELF.to_owned());
    let warnings = moment.unasked(own.into_iter().chain(strangers.warnings(&unused)).collect());
    note_warnings(&warnings, output);
    moment.show(&SendAnswer { sent, payments, warnings }, output)
}

/// The payments that were named, with their receivers known.
fn payments(command: &Send, sender: &Sender<'_>) -> Result<Vec<Payment>, Failure> {
    let first = command.to.iter().zip(command.amount).map(|(to, amount)| PaymentText::new(to, amount));
    let memo = command.memo.as_deref().unwrap_or_default();
    let find = |payment: PaymentText| Ok(payment.to(sender.receiver(&payment)?, memo));
    first.chain(command.payments.iter().cloned()).map(find).collect()
}

/// Refuses receivers of another network than the wallet's.
fn check_network(sender: &Sender<'_>, payments: &[Payment]) -> Result<(), Failure> {
    for Payment { to, .. } in payments {
        if to.network != sender.account.network {
            let (there, here) = (to.network, sender.account.network);
            let (to, from) = (to.text(), sender.name);
            let message = format!(
                "{to} belongs to the {there} network, the wallet {from} to the {here} network; nothing was sent"
            );
            return Err(Failure::new(Code::OtherNetwork, message)
                .advice(format!(
                    "ask for an address of the {here} network, or pay from a wallet of the {there} network"
                ))
                .of_argument());
        }
    }
    Ok(())
}

/// The transfer of all payments.
fn transfer(payments: &[Payment]) -> Action {
    let payee =
        |payment: &Payment| Payee { to: payment.to.address, amount: payment.amount, memo: payment.memo.clone() };
    Action::Transfer { outputs: payments.iter().map(payee).collect() }
}

/// What is said of a payment to the sender.
const PAYS_ITSELF: &str = "you are paying yourself; only the fee is spent";

/// What will be paid.
struct Plan {
    /// On which chain.
    chain: String,
    /// Who pays.
    sender: Account,
    /// Who receives how much.
    payments: Vec<Payment>,
    /// What the sender pays for it.
    fee: Amount,
    /// What it costs and who pays that, in words.
    fee_facts: Vec<(&'static str, String)>,
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
        let fee = if self.fee.is_zero() { "" } else { " with the fee" };
        let needed = self.total().map_or("more than can exist".to_owned(), |total| format!("{total} FAIC{fee}"));
        let message = format!("the wallet has {} FAIC, the payment needs {needed}; nothing was sent", self.balance);
        Failure::new(Code::InsufficientBalance, message).advice("lower the amounts")
    }

    /// Whether the sender is among the receivers.
    fn pays_itself(&self) -> bool {
        self.payments.iter().any(|payment| payment.to.address == self.sender.address)
    }

    /// Remarks on receivers that may be a mistake: the sender itself, and those of whom something is to be said.
    fn warn(&self, remarks: &[String], output: Output) {
        if self.pays_itself() {
            output.note(&format!("warning: {PAYS_ITSELF}"));
        }
        for remark in remarks {
            output.note(&format!("note: {remark}; compare it with what the receiver gave you"));
        }
    }

    /// What is asked before paying.
    fn question(&self, after: Amount) -> String {
        let mut facts = vec![("chain", self.chain.clone()), ("from", self.sender.text())];
        for Payment { to, amount, memo, claims } in &self.payments {
            let name = to.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            facts.push(("to", format!("{}{name}", to.text())));
            facts.extend(claims.iter().cloned());
            facts.push(("amount", format!("{amount} FAIC")));
            facts.extend((!memo.is_empty()).then(|| ("memo", memo.clone())));
        }
        facts.extend(self.fee_facts.iter().cloned());
        facts.push(("balance now", format!("{} FAIC", self.balance)));
        facts.push(("balance after", format!("{after} FAIC")));
        output::fields(&facts)
    }
}
