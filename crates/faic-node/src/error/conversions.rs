//! How the errors of inner operations become a [`FaicError`].
//!
//! Every variant is named, so that a new one is placed by a person and not by a wildcard.

use std::error::Error;

use faic_core::{
    address::AddressError,
    amount::AmountError,
    crypto::{SignError, VerifyError},
    entropy::EntropyError,
    keystore::{KeystoreError, PassphraseTooLong, WalletNameError},
    mnemonic::MnemonicError,
    partially_signed::{Incomplete, PartiallySignedError},
    transaction::{BuildError, TransactionError},
};
use faic_ledger::{execution::ExecutionError, store::StoreError, tree::TreeError, validation::FastError};
use faic_network::{node_address::NodeAddressError, node_id::NodeIdError};

use super::{ErrorCode, FaicError};
use crate::{chain::AdmitError, mempool::MempoolError};

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
            TransactionError::NothingToUnbond => ErrorCode::InvalidAmount,
            TransactionError::ZeroAmount | TransactionError::OverSupply => ErrorCode::InvalidAmount,
            TransactionError::SignatureCount { .. } | TransactionError::SignatureKeys => ErrorCode::InvalidSignature,
        };
        Self::of(code, &error)
    }
}

impl From<PartiallySignedError> for FaicError {
    fn from(error: PartiallySignedError) -> Self {
        let code = match error {
            PartiallySignedError::Transaction(error) => return error.into(),
            PartiallySignedError::TooLarge
            | PartiallySignedError::UnsupportedVersion { .. }
            | PartiallySignedError::Malformed { .. }
            | PartiallySignedError::BadText
            | PartiallySignedError::BadChecksum
            | PartiallySignedError::BadAddress { .. } => ErrorCode::InvalidBody,
            PartiallySignedError::Differs { .. } => ErrorCode::InvalidTransaction,
            PartiallySignedError::BadPossession
            | PartiallySignedError::UnknownKey { .. }
            | PartiallySignedError::SignatureOrder { .. }
            | PartiallySignedError::TooManySignatures { .. }
            | PartiallySignedError::BadSignature { .. } => ErrorCode::InvalidSignature,
        };
        Self::of(code, &error)
    }
}

impl From<Incomplete> for FaicError {
    fn from(error: Incomplete) -> Self {
        Self::of(ErrorCode::SignaturesMissing, &error)
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
            VerifyError::BadSignature | VerifyError::BadPossession => Self::of(ErrorCode::InvalidSignature, &error),
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

impl From<EntropyError> for FaicError {
    fn from(error: EntropyError) -> Self {
        Self::of(ErrorCode::Internal, &error)
    }
}

impl From<WalletNameError> for FaicError {
    fn from(error: WalletNameError) -> Self {
        Self::of(ErrorCode::InvalidWalletName, &error)
    }
}

impl From<PassphraseTooLong> for FaicError {
    fn from(error: PassphraseTooLong) -> Self {
        Self::of(ErrorCode::InvalidPassphrase, &error)
    }
}

impl From<KeystoreError> for FaicError {
    fn from(error: KeystoreError) -> Self {
        let code = match &error {
            KeystoreError::FolderNotPrivate { .. } | KeystoreError::Storage { .. } => ErrorCode::StorageUnavailable,
            KeystoreError::NameTaken { .. } => ErrorCode::WalletExists,
            KeystoreError::UnknownWallet { .. } => ErrorCode::WalletUnknown,
            KeystoreError::TooManyWallets => ErrorCode::WalletsFull,
            KeystoreError::PasswordTooShort | KeystoreError::PasswordTooLong => ErrorCode::InvalidPassword,
            KeystoreError::WrongPassword => ErrorCode::WrongPassword,
            KeystoreError::UnusableFile { .. } | KeystoreError::WatchOnly { .. } | KeystoreError::HasKeys { .. } => {
                ErrorCode::WalletUnusable
            }
            KeystoreError::OutOfMemory => ErrorCode::Overloaded,
            KeystoreError::NoEntropy { .. } => ErrorCode::Internal,
        };
        Self::of(code, &error).because(error)
    }
}

impl From<StoreError> for FaicError {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::DiskFull { .. }
            | StoreError::ReadOnly { .. }
            | StoreError::InUse
            | StoreError::Halted
            | StoreError::Io { .. } => ErrorCode::StorageUnavailable,
            StoreError::Corrupt { .. } | StoreError::NewerFormat { .. } => ErrorCode::Internal,
        };
        // What the store says is for the operator.
        Self::new(code, "the ledger cannot be read").because(error)
    }
}

impl From<TreeError> for FaicError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Store(error) => error.into(),
            TreeError::Damaged { .. } | TreeError::ValueTooLong { .. } => {
                Self::new(ErrorCode::Internal, "the ledger cannot be read").because(error)
            }
        }
    }
}

impl From<ExecutionError> for FaicError {
    fn from(error: ExecutionError) -> Self {
        let code = match &error {
            ExecutionError::OtherChain { .. } => ErrorCode::WrongChain,
            ExecutionError::Expired { .. } => ErrorCode::TransactionExpired,
            ExecutionError::ValidTooLong { .. } => ErrorCode::ValidUntilTooFar,
            ExecutionError::FeeTooLow { .. } => ErrorCode::FeeTooLow,
            ExecutionError::Sequence { expected, found } if found < expected => ErrorCode::SequenceUsed,
            ExecutionError::Sequence { .. } => ErrorCode::SequenceTooFar,
            ExecutionError::SequenceEnd => ErrorCode::SequenceUsed,
            ExecutionError::OtherAuthority | ExecutionError::OtherPayerAuthority => ErrorCode::NotTheAuthority,
            ExecutionError::InsufficientBalance { .. } => ErrorCode::InsufficientBalance,
            ExecutionError::MemoRequired { .. } => ErrorCode::MemoRequired,
            ExecutionError::NotACandidate
            | ExecutionError::Tombstoned
            | ExecutionError::NothingToBond
            | ExecutionError::KeyTaken
            | ExecutionError::StakeTooLow { .. }
            | ExecutionError::InsufficientStake { .. }
            | ExecutionError::NotJailed => ErrorCode::StakingRefused,
            ExecutionError::CandidatesFull
            | ExecutionError::UnbondingFull
            | ExecutionError::NothingToWithdraw { .. }
            | ExecutionError::StillUnbonding { .. }
            | ExecutionError::StillJailed { .. } => ErrorCode::StakingTooEarly,
            ExecutionError::OverSupply => ErrorCode::InvalidAmount,
            ExecutionError::UnknownProposer => ErrorCode::Internal,
            ExecutionError::State(_) => {
                return Self::new(ErrorCode::StorageUnavailable, "the state cannot be read").because(error);
            }
        };
        Self::of(code, &error)
    }
}

impl From<FastError> for FaicError {
    fn from(error: FastError) -> Self {
        match error {
            FastError::Transaction(error) => error.into(),
            FastError::Execution(error) => error.into(),
            FastError::Signature(error) => error.into(),
        }
    }
}

impl From<MempoolError> for FaicError {
    fn from(error: MempoolError) -> Self {
        let code = match error {
            MempoolError::Full { .. } => ErrorCode::MempoolFull,
            MempoolError::SenderFull { .. } | MempoolError::LaneFull { .. } => ErrorCode::TooManyWaiting,
            MempoolError::SequenceGap { .. } => ErrorCode::SequenceTooFar,
            MempoolError::StaleSequence { .. } => ErrorCode::SequenceUsed,
            MempoolError::ReplacementUnderpriced { .. } => ErrorCode::ReplacementFeeTooLow,
            MempoolError::SenderOverspent { .. } | MempoolError::PayerOverspent { .. } => {
                ErrorCode::InsufficientBalance
            }
        };
        Self::of(code, &error)
    }
}

impl From<AdmitError> for FaicError {
    fn from(error: AdmitError) -> Self {
        match error {
            AdmitError::Fast(error) => error.into(),
            AdmitError::Mempool(error) => error.into(),
            AdmitError::Deciding => Self::of(ErrorCode::SequenceUsed, &error),
            AdmitError::Store(error) => error.into(),
        }
    }
}

impl From<NodeIdError> for FaicError {
    fn from(error: NodeIdError) -> Self {
        match error {
            NodeIdError::NotPeerId | NodeIdError::OtherKey | NodeIdError::BadKey => {
                Self::of(ErrorCode::InvalidNodeId, &error)
            }
        }
    }
}

impl From<NodeAddressError> for FaicError {
    fn from(error: NodeAddressError) -> Self {
        match error {
            NodeAddressError::Malformed
            | NodeAddressError::Length(_)
            | NodeAddressError::Host
            | NodeAddressError::Unspecified(_)
            | NodeAddressError::Port
            | NodeAddressError::Transport => Self::of(ErrorCode::InvalidNodeAddress, &error),
        }
    }
}
