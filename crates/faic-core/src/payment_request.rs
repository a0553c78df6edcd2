//! Payment requests: who is to be paid how much, as one URI that fits a link or a QR code.
//!
//! `faic:<address>?amount=12.5&memo=17` follows BIP-21, several receivers in one URI follow ZIP-321: `address.1=…` and
//! `amount.1=…`. The network follows from the addresses, which must agree. A request is not signed: whoever carries it
//! may have changed it, so its texts are shown and never believed. There is no clock here; the caller knows the time.

use std::fmt;

use crate::{
    address::Address,
    amount::Amount,
    network::Network,
    transaction::{MEMO_BYTES_MAX, OUTPUTS_MAX},
};

mod error;
mod escape;
mod parse;

pub use error::PaymentRequestError;

/// The scheme of the URI, which upper case names too (RFC 3986, §3.1).
pub const PAYMENT_REQUEST_SCHEME: &str = "faic";

/// Most bytes of a payment request.
pub const PAYMENT_REQUEST_BYTES_MAX: usize = 32 * 1024;

/// Most bytes of a label.
pub const LABEL_BYTES_MAX: usize = 64;

/// Most bytes of a message.
pub const REQUEST_MESSAGE_BYTES_MAX: usize = 256;

/// The last second that an expiry may name: the end of the year 9999, the last that RFC 3339 can write.
pub const EXPIRY_SECONDS_MAX: u64 = 253_402_300_799;

/// A request to be paid, which was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    /// The network of all addresses.
    network: Network,
    /// From 1 to [`OUTPUTS_MAX`] payments.
    payments: Vec<RequestedPayment>,
    /// The first second, since 1970-01-01 UTC, at which it is no longer to be paid.
    expires: Option<u64>,
}

/// One payment that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedPayment {
    /// Who receives.
    pub to: Address,
    /// How much, never nothing; `None` where the payer decides.
    pub amount: Option<Amount>,
    /// The note that the payment is to carry, at most [`MEMO_BYTES_MAX`] bytes; may be empty.
    pub memo: String,
    /// How the receiver calls itself, at most [`LABEL_BYTES_MAX`] bytes; may be empty. Nobody vouches for it.
    pub label: String,
    /// What the payment is for, at most [`REQUEST_MESSAGE_BYTES_MAX`] bytes; may be empty. It is shown and not sent.
    pub message: String,
}

impl RequestedPayment {
    /// A payment to `to`, of whatever the payer wants to pay.
    pub const fn new(to: Address) -> Self {
        Self { to, amount: None, memo: String::new(), label: String::new(), message: String::new() }
    }

    /// Refuses what no request may say.
    fn check(&self) -> Result<(), PaymentRequestError> {
        if self.amount.is_some_and(Amount::is_zero) {
            return Err(PaymentRequestError::ZeroAmount);
        }
        for (parameter, text, most) in [
            ("memo", &self.memo, MEMO_BYTES_MAX),
            ("label", &self.label, LABEL_BYTES_MAX),
            ("message", &self.message, REQUEST_MESSAGE_BYTES_MAX),
        ] {
            if text.len() > most {
                return Err(PaymentRequestError::TextTooLong { parameter, bytes: text.len(), most });
            }
            if text.chars().any(char::is_control) {
                return Err(PaymentRequestError::ControlCharacter { parameter });
            }
        }
        Ok(())
    }
}

impl PaymentRequest {
    /// A request for those payments, all on `network`.
    ///
    /// # Errors
    /// [`PaymentRequestError`] names the limit or the rule that is broken.
    pub fn new(
        network: Network,
        payments: Vec<RequestedPayment>,
        expires: Option<u64>,
    ) -> Result<Self, PaymentRequestError> {
        if payments.is_empty() {
            return Err(PaymentRequestError::NoReceiver);
        }
        if payments.len() > OUTPUTS_MAX {
            return Err(PaymentRequestError::TooManyReceivers);
        }
        payments.iter().try_for_each(RequestedPayment::check)?;
        if expires.is_some_and(|expires| expires > EXPIRY_SECONDS_MAX) {
            return Err(PaymentRequestError::BadExpiry);
        }
        let request = Self { network, payments, expires };
        let bytes = request.to_string().len();
        if bytes > PAYMENT_REQUEST_BYTES_MAX { Err(PaymentRequestError::TooLarge(bytes)) } else { Ok(request) }
    }

    /// Reads the URI of a request.
    ///
    /// Parameters that are unknown are ignored, unless their names begin with `req-` (BIP-21).
    ///
    /// # Errors
    /// [`PaymentRequestError`] names what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, PaymentRequestError> {
        parse::parse(text)
    }

    /// The network that it is to be paid on.
    pub const fn network(&self) -> Network {
        self.network
    }

    /// The payments, in the order of their numbers.
    pub fn payments(&self) -> &[RequestedPayment] {
        &self.payments
    }

    /// The first second, since 1970-01-01 UTC, at which it is no longer to be paid.
    pub const fn expires(&self) -> Option<u64> {
        self.expires
    }

    /// Whether it is too late to pay it, `now` seconds after 1970-01-01 UTC.
    pub fn is_expired(&self, now: u64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

impl fmt::Display for PaymentRequest {
    /// The URI.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = '?';
        let mut parameter = |f: &mut fmt::Formatter<'_>, name: &str, index: usize, value: &str| {
            write!(f, "{separator}{name}")?;
            separator = '&';
            if index > 0 {
                write!(f, ".{index}")?;
            }
            write!(f, "={}", escape::escape(value))
        };
        for (index, payment) in self.payments.iter().enumerate() {
            let address = payment.to.encode(self.network);
            if index == 0 {
                write!(f, "{PAYMENT_REQUEST_SCHEME}:{address}")?;
            } else {
                parameter(f, "address", index, &address)?;
            }
            if let Some(amount) = payment.amount {
                parameter(f, "amount", index, &amount.to_string())?;
            }
            for (name, text) in [("memo", &payment.memo), ("label", &payment.label), ("message", &payment.message)] {
                if !text.is_empty() {
                    parameter(f, name, index, text)?;
                }
            }
        }
        self.expires.map_or(Ok(()), |expires| parameter(f, "expires", 0, &expires.to_string()))
    }
}

#[cfg(test)]
mod tests;
