//! What can be wrong with a payment request.

use super::{EXPIRY_SECONDS_MAX, PAYMENT_REQUEST_BYTES_MAX};
use crate::{address::AddressError, amount::AmountError, transaction::OUTPUTS_MAX};

/// Why a text is not a payment request, or none can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaymentRequestError {
    /// It is longer than it may be.
    #[error("the payment request has {0} bytes, at most {PAYMENT_REQUEST_BYTES_MAX} are allowed")]
    TooLarge(usize),
    /// It is the URI of something else, or none.
    #[error("this is not a payment request: it should begin with faic:")]
    OtherScheme,
    /// A character stands there that a URI may only hold as `%` and two digits.
    #[error("the payment request holds the character {0:?}, which must be written with %")]
    Character(char),
    /// A `%` without two hexadecimal digits.
    #[error("the payment request has a % that two hexadecimal digits do not follow")]
    Percent,
    /// The bytes of a value are no text.
    #[error("a value of the payment request is not UTF-8")]
    NotUtf8,
    /// A parameter is not a name and a value.
    #[error("a parameter of the payment request is not written as name=value")]
    NoValue,
    /// The number of a receiver is not one from 1 to 9999, without leading zeros.
    #[error("the parameter {parameter:?} has no number from 1 to 9999")]
    BadNumber {
        /// The parameter's name.
        parameter: String,
    },
    /// A parameter that stands there twice.
    #[error("the parameter {parameter:?} is there twice")]
    Twice {
        /// The parameter's name, with its number.
        parameter: String,
    },
    /// A parameter that the payer must understand and this program does not.
    #[error("the payment request needs {parameter:?}, which this program does not know")]
    UnknownRequired {
        /// The parameter's name.
        parameter: String,
    },
    /// There is nobody to pay.
    #[error("the payment request names no receiver")]
    NoReceiver,
    /// Parameters of a receiver without an address.
    #[error("{} of the payment request has no address", receiver(*number))]
    NoAddress {
        /// The receiver's number; the first is 0.
        number: u16,
    },
    /// More receivers than a transfer can have.
    #[error("the payment request has more than {OUTPUTS_MAX} receivers")]
    TooManyReceivers,
    /// An address is wrong, or of another network than the first.
    #[error("{} of the payment request: {source}", receiver(*number))]
    Address {
        /// The receiver's number; the first is 0.
        number: u16,
        /// What is wrong with it.
        source: AddressError,
    },
    /// An amount is wrong.
    #[error("{} of the payment request: {source}", receiver(*number))]
    Amount {
        /// The receiver's number; the first is 0.
        number: u16,
        /// What is wrong with it.
        source: AmountError,
    },
    /// An amount of nothing.
    #[error("the payment request asks for nothing: an amount must be more than zero")]
    ZeroAmount,
    /// A text is longer than it may be.
    #[error("the {parameter} has {bytes} bytes, at most {most} are allowed")]
    TextTooLong {
        /// Which text.
        parameter: &'static str,
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// A text holds a line break or another character that steers a terminal.
    #[error("the {parameter} holds a control character")]
    ControlCharacter {
        /// Which text.
        parameter: &'static str,
    },
    /// The expiry is not a number of seconds.
    #[error("the expiry is not a number of seconds since 1970, at most {EXPIRY_SECONDS_MAX}")]
    BadExpiry,
}

/// How a person finds a receiver in the text: the first has no number there.
fn receiver(number: u16) -> String {
    match number {
        0 => "the first receiver".to_owned(),
        number => format!("the receiver `address.{number}`"),
    }
}
