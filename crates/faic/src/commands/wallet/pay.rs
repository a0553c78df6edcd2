//! `faic wallet pay`: pays what a payment request asks for.

use clap::Args;
use faic_core::{Amount, PaymentRequest, payment_request::RequestedPayment};

use super::{
    Account, WalletArgument,
    look_alike::Caution,
    payment::{Payment, parse_amount},
    request::{moment, now},
    send,
    transaction::{Kind, Sender, TransactionOptions},
};
use crate::{
    failure::{Code, Failure},
    output::Output,
};

/// The options of paying a request.
#[derive(Debug, Args)]
pub(crate) struct Pay {
    /// The wallet that pays, or WALLET/ACCOUNT for another account than the first.
    #[arg(value_name = "WALLET")]
    from: WalletArgument,

    /// The payment request, faic:…
    #[arg(value_name = "REQUEST")]
    request: String,

    /// How much, in FAIC, where the request leaves it to you.
    #[arg(long, value_name = "FAIC", value_parser = parse_amount, allow_negative_numbers = true)]
    amount: Option<Amount>,

    /// What is allowed of the receivers.
    #[command(flatten)]
    caution: Caution,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// Pays the request.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn run(command: &Pay, output: Output) -> Result<(), Failure> {
    let invalid = |failure: Failure| failure.of_argument().advice("ask the receiver for another; nothing was sent");
    let request = PaymentRequest::parse(&command.request).map_err(|error| invalid(error.into()))?;
    if let Some(expires) = request.expires().filter(|_| request.is_expired(now().as_secs())) {
        let message = format!("the payment request expired at {}", moment(expires));
        return Err(invalid(Failure::new(Code::PaymentRequestExpired, message)));
    }
    let amount = amount_left(&request, command.amount)?;
    let sender = Sender::find(&command.transaction, &command.from, Kind::Payment)?;
    let payments = request.payments().iter().map(|payment| Payment {
        to: Account { name: None, network: request.network(), address: payment.to },
        amount: payment.amount.unwrap_or(amount),
        memo: payment.memo.clone(),
        claims: claims(payment),
    });
    send::make(sender, payments.collect(), &command.caution, output)
}

/// What is paid where the request leaves it open, which it may for one receiver.
fn amount_left(request: &PaymentRequest, amount: Option<Amount>) -> Result<Amount, Failure> {
    let open = request.payments().iter().filter(|payment| payment.amount.is_none()).count();
    match (open, amount) {
        (0, None) => Ok(Amount::ZERO),
        (1, Some(amount)) => Ok(amount),
        (0, Some(_)) => Err(Failure::usage("the payment request says how much; leave out --amount")),
        (1, None) => Err(Failure::usage("the payment request does not say how much; add --amount")),
        (_, _) => Err(Failure::usage("the payment request leaves several amounts open; use `faic wallet send`")),
    }
}

/// What the request says of a payment.
fn claims(payment: &RequestedPayment) -> Vec<(&'static str, String)> {
    let all = [("calls itself", &payment.label), ("asks for", &payment.message)];
    all.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, text.clone())).collect()
}
