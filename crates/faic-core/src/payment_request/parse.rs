//! Reading the URI of a payment request.

use std::collections::BTreeMap;

use super::{
    EXPIRY_SECONDS_MAX, PAYMENT_REQUEST_BYTES_MAX, PAYMENT_REQUEST_SCHEME, PaymentRequest, PaymentRequestError,
    RequestedPayment, escape::unescape,
};
use crate::{
    address::{Address, AddressError},
    amount::Amount,
    network::Network,
    transaction::OUTPUTS_MAX,
};

/// The most digits of a receiver's number (ZIP-321).
const NUMBER_DIGITS_MAX: usize = 4;

/// What the parameters of one receiver said so far.
#[derive(Default)]
struct Draft {
    /// `address`, or the path of the URI.
    address: Option<String>,
    /// `amount`.
    amount: Option<String>,
    /// `memo`.
    memo: Option<String>,
    /// `label`.
    label: Option<String>,
    /// `message`.
    message: Option<String>,
}

impl Draft {
    /// Where the value of a parameter goes; `None` for one that is not of a receiver.
    fn slot(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "address" => Some(&mut self.address),
            "amount" => Some(&mut self.amount),
            "memo" => Some(&mut self.memo),
            "label" => Some(&mut self.label),
            "message" => Some(&mut self.message),
            _ => None,
        }
    }

    /// The payment, with the network of its address.
    fn finish(self, number: u16) -> Result<(Network, RequestedPayment), PaymentRequestError> {
        let address = self.address.ok_or(PaymentRequestError::NoAddress { number })?;
        let (network, to) =
            Address::parse_any(&address).map_err(|source| PaymentRequestError::Address { number, source })?;
        let amount = self.amount.as_deref().map(Amount::parse_faic).transpose();
        let payment = RequestedPayment {
            to,
            amount: amount.map_err(|source| PaymentRequestError::Amount { number, source })?,
            memo: self.memo.unwrap_or_default(),
            label: self.label.unwrap_or_default(),
            message: self.message.unwrap_or_default(),
        };
        Ok((network, payment))
    }
}

/// Reads a request.
pub(super) fn parse(text: &str) -> Result<PaymentRequest, PaymentRequestError> {
    if text.len() > PAYMENT_REQUEST_BYTES_MAX {
        return Err(PaymentRequestError::TooLarge(text.len()));
    }
    let (scheme, rest) = text.split_once(':').ok_or(PaymentRequestError::OtherScheme)?;
    if !scheme.eq_ignore_ascii_case(PAYMENT_REQUEST_SCHEME) {
        return Err(PaymentRequestError::OtherScheme);
    }
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let mut drafts: BTreeMap<u16, Draft> = BTreeMap::new();
    if !path.is_empty() {
        drafts.entry(0).or_default().address = Some(unescape(path)?);
    }
    let mut expires = None;
    for parameter in query.into_iter().flat_map(|query| query.split('&')) {
        let (key, value) = parameter.split_once('=').ok_or(PaymentRequestError::NoValue)?;
        read(key, unescape(value)?, &mut drafts, &mut expires)?;
    }
    let expires = expires.as_deref().map(parse_expiry).transpose()?;
    let (network, payments) = finish(drafts)?;
    PaymentRequest::new(network, payments, expires)
}

/// Reads one parameter.
fn read(
    key: &str,
    value: String,
    drafts: &mut BTreeMap<u16, Draft>,
    expires: &mut Option<String>,
) -> Result<(), PaymentRequestError> {
    let name = key.split_once('.').map_or(key, |(name, _)| name);
    if name.is_empty() {
        return Err(PaymentRequestError::NoValue);
    }
    if let Some(character) = key.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '_' | '+')) {
        return Err(PaymentRequestError::Character(character));
    }
    if name.to_ascii_lowercase().starts_with("req-") {
        return Err(PaymentRequestError::UnknownRequired { parameter: key.to_owned() });
    }
    let slot = if key == "expires" {
        expires
    } else if Draft::default().slot(name).is_some() {
        let draft = drafts.entry(number(key)?).or_default();
        draft.slot(name).ok_or(PaymentRequestError::NoValue)?
    } else if name == "expires" {
        return Err(PaymentRequestError::BadExpiry);
    } else {
        return Ok(());
    };
    if slot.replace(value).is_some() {
        return Err(PaymentRequestError::Twice { parameter: key.to_owned() });
    }
    Ok(())
}

/// The number of the receiver that a parameter belongs to, 0 where there is none.
fn number(key: &str) -> Result<u16, PaymentRequestError> {
    let Some((_, digits)) = key.split_once('.') else { return Ok(0) };
    let well_formed = digits.len() <= NUMBER_DIGITS_MAX
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = if well_formed { digits.parse().ok() } else { None };
    number.ok_or_else(|| PaymentRequestError::BadNumber { parameter: key.to_owned() })
}

/// Reads the second of the expiry.
fn parse_expiry(text: &str) -> Result<u64, PaymentRequestError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if digits { text.parse().ok() } else { None };
    seconds.filter(|seconds| *seconds <= EXPIRY_SECONDS_MAX).ok_or(PaymentRequestError::BadExpiry)
}

/// The payments of all receivers, which are on one network.
fn finish(drafts: BTreeMap<u16, Draft>) -> Result<(Network, Vec<RequestedPayment>), PaymentRequestError> {
    if drafts.len() > OUTPUTS_MAX {
        return Err(PaymentRequestError::TooManyReceivers);
    }
    let mut network = None;
    let mut payments = Vec::with_capacity(drafts.len());
    for (number, draft) in drafts {
        let (found, payment) = draft.finish(number)?;
        let expected = *network.get_or_insert(found);
        if found != expected {
            let source = AddressError::OtherNetwork { found, expected };
            return Err(PaymentRequestError::Address { number, source });
        }
        payments.push(payment);
    }
    network.map(|network| (network, payments)).ok_or(PaymentRequestError::NoReceiver)
}
