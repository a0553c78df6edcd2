//! `faic wallet request`: asks to be paid, with a URI and its QR code.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use faic_core::{Amount, PaymentRequest, keystore::AccountLabel, payment_request::RequestedPayment};
use serde::Serialize;

use super::{
    Account, KeystoreOption, WalletArgument,
    payment::{PaymentText, parse_amount},
    qr_code, selection,
    send::parse_memo,
};
use crate::{
    failure::{Code, Context, Failure},
    output::{Answer, Output, fields},
};

/// The options of a request.
#[derive(Debug, Args)]
pub(crate) struct Request {
    /// The wallet that is to receive, or WALLET/NUMBER for another account than the first.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// How much, in FAIC, such as 12.5; whoever pays decides otherwise.
    #[arg(long, value_name = "FAIC", value_parser = parse_amount, allow_negative_numbers = true)]
    amount: Option<Amount>,

    /// Another receiver with its amount: an address or a wallet of yours; may be repeated.
    #[arg(long = "to", value_name = "ACCOUNT=AMOUNT")]
    others: Vec<PaymentText>,

    /// The note of at most 64 bytes that every payment is to carry; everybody can read it.
    #[arg(long, value_name = "TEXT", value_parser = parse_memo)]
    memo: Option<String>,

    /// Who asks, shown to whoever pays.
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,

    /// What the payment is for, shown to whoever pays.
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,

    /// For how long it may be paid, such as 15m or 2days.
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    expires: Option<Duration>,

    /// Draw no QR code.
    #[arg(long)]
    no_qr: bool,

    /// Which account of the wallet: its number [default: the first].
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountLabel>,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,
}

/// A request that was made.
#[derive(Serialize)]
struct RequestAnswer {
    /// The request.
    uri: String,
    /// Who receives.
    address: String,
    /// The first second, since 1970-01-01 UTC, at which it is no longer to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    /// Its QR code, for people.
    #[serde(skip)]
    qr: Option<String>,
}

impl Answer for RequestAnswer {
    fn to_text(&self) -> String {
        let mut facts = vec![("request", self.uri.clone())];
        facts.extend(self.expires.map(|expires| ("expires", moment(expires))));
        let qr = self.qr.as_ref().map(|qr| format!("\n{qr}")).unwrap_or_default();
        format!("{}{qr}", fields(&facts))
    }
}

/// A second since 1970-01-01 UTC, as people write it.
pub(super) fn moment(seconds: u64) -> String {
    let moment = UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    moment.map_or_else(|| seconds.to_string(), |moment| humantime::format_rfc3339_seconds(moment).to_string())
}

/// The present second since 1970-01-01 UTC.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Makes the request.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &Request, output: Output) -> Result<(), Failure> {
    let label = command.wallet.label(command.account.as_ref())?;
    let keystore = command.keystore.open()?;
    let entry = keystore.find(&command.wallet.wallet)?;
    let account = Account::of(&entry, selection::listed(&entry, label)?);
    let text = |option: &Option<String>| option.clone().unwrap_or_default();
    let first = RequestedPayment {
        amount: command.amount,
        memo: text(&command.memo),
        label: text(&command.label),
        message: text(&command.message),
        ..RequestedPayment::new(account.address)
    };
    let mut payments = vec![first];
    for other in &command.others {
        let (to, amount) = other.find(&keystore)?;
        if to.network != account.network {
            let message = format!(
                "{} belongs to the {} network, the wallet {} to the {} network",
                to.text(),
                to.network,
                command.wallet.wallet,
                account.network
            );
            return Err(Failure::new(Code::OtherNetwork, message).of_argument());
        }
        let memo = text(&command.memo);
        payments.push(RequestedPayment { amount: Some(amount), memo, ..RequestedPayment::new(to.address) });
    }
    let expires = command.expires.map(|time| now().saturating_add(time).as_secs());
    let request = PaymentRequest::new(account.network, payments, expires);
    let request = request.map_err(|error| Failure::from(error).of_argument())?;
    let uri = request.to_string();
    let qr =
        if command.no_qr { None } else { qr_code::draw_beside(&uri, output).advice("leave it out with --no-qr")? };
    output.show(&RequestAnswer { uri, address: account.text(), expires, qr })
}
