//! How the errors of inner operations become a [`FaicError`].
//!
//! Every variant is named, so that a new one is placed by a person and not by a wildcard.

use std::error::Error;

use faic_core::{
    address::AddressError,
    amount::AmountError,
    crypto::{SignError, VerifyError},
    mnemonic::MnemonicError,
    transaction::{BuildError, TransactionError},
};

use super::{ErrorCode, FaicError};

impl FaicError {
    /// An error whose message is the whole text of the inner error.
    fn of(code: ErrorCode, inner: &impl Error) -> Self {
        Self::new(code, inner.to_string())
    }
}

impl From<AddressError> for FaicError {
    fn from(error: AddressError) -> Self {
        let code = match error {
            AddressError::NotBech32
            | AddressError::MixedCase
            | AddressError::UnknownPrefix
            | AddressError::BadChecksum
            | AddressError::WrongLength => ErrorCode::InvalidAddress,
            AddressError::OtherNetwork { .. } => ErrorCode::AddressOfOtherNetwork,
        };
        Self::of(code, &error)
    }
}

impl From<AmountError> for FaicError {
    fn from(error: AmountError) -> Self {
        match error {
            AmountError::NotANumber
            | AmountError::Negative
            | AmountError::TooManyDecimals
            | AmountError::OverSupply => Self::of(ErrorCode::InvalidAmount, &error),
        }
    }
}

impl From<MnemonicError> for FaicError {
    fn from(error: MnemonicError) -> Self {
        match &error {
            MnemonicError::TooLong | MnemonicError::WordCount { .. } | MnemonicError::Checksum => {
                Self::of(ErrorCode::InvalidMnemonic, &error)
            }
            // The position says which word; the word itself may be one of a real phrase.
            MnemonicError::UnknownWord { .. } => Self::of(ErrorCode::InvalidMnemonic, &error),
        }
    }
}

impl From<TransactionError> for FaicError {
    fn from(error: TransactionError) -> Self {
        let code = match error {
            TransactionError::Malformed(_)
            | TransactionError::TooLarge(_)
            | TransactionError::Version(_)
            | TransactionError::Lane(_)
            | TransactionError::MemoTooLong(_)
            | TransactionError::Authority(_)
            | TransactionError::PayerIsSender
            | TransactionError::NoOutputs
            | TransactionError::TooManyOutputs(_)
            | TransactionError::NothingToSet => ErrorCode::InvalidTransaction,
            TransactionError::ZeroAmount | TransactionError::OverSupply => ErrorCode::InvalidAmount,
            TransactionError::SignatureCount { .. } | TransactionError::SignatureKeys => ErrorCode::InvalidSignature,
        };
        Self::of(code, &error)
    }
}

impl From<BuildError> for FaicError {
    fn from(error: BuildError) -> Self {
        match error {
            BuildError::Transaction(error) => error.into(),
            BuildError::Fee => Self::of(ErrorCode::InvalidAmount, &error),
        }
    }
}

impl From<VerifyError> for FaicError {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Transaction(error) => error.into(),
            VerifyError::BadSignature => Self::of(ErrorCode::InvalidSignature, &error),
        }
    }
}

impl From<SignError> for FaicError {
    fn from(error: SignError) -> Self {
        match error {
            SignError::UnknownKey(_) | SignError::NotEnoughKeys { .. } => Self::of(ErrorCode::NotTheAuthority, &error),
        }
    }
}
