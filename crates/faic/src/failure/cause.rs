//! Which code an error has, and what to do about it where its text does not say so.
//!
//! Every variant is named, so that a new one is placed by a person and not by a wildcard.

use std::error::Error;
use std::io;

use faic_core::{
    address::AddressError,
    amount::AmountError,
    crypto::SignError,
    entropy::EntropyError,
    keystore::{EditError, KeystoreError, PassphraseTooLong, RenameError, RestoreError, Web3FileError},
    message::{MessageSignatureError, SignMessageError, VerifyMessageError},
    mnemonic::MnemonicError,
    partially_signed::{CombineError, Incomplete, PartiallySignedError},
    payment_request::PaymentRequestError,
    transaction::BuildError,
};
use faic_node::{config::ConfigError, genesis::GenesisError, supervision::TaskError, telemetry::TelemetryError};

mod node;

use super::Code;
use crate::{
    arguments::ZeroAmount, client::ClientError, outbox::OutboxError, secrets::SecretError, settings::SettingsError,
};

/// What is known of an error beyond its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cause {
    /// What went wrong, as programs tell it.
    pub(super) code: Code,
    /// What to do, as a clause.
    pub(super) advice: Option<&'static str>,
}

/// A cause whose error says what to do, or about which nothing can be done.
const fn told(code: Code) -> Cause {
    Cause { code, advice: None }
}

/// A cause with what to do.
const fn advised(code: Code, advice: &'static str) -> Cause {
    Cause { code, advice: Some(advice) }
}

/// Looks at one error, of which the type is not known; not at those below it.
pub(super) fn of(error: &(dyn Error + 'static)) -> Option<Cause> {
    /// The cause of an error of that type.
    fn as_a<E: Error + 'static>(
        error: &(dyn Error + 'static),
        cause: impl FnOnce(&E) -> Option<Cause>,
    ) -> Option<Cause> {
        error.downcast_ref::<E>().and_then(cause)
    }
    as_a(error, |error| Some(client(error)))
        .or_else(|| as_a(error, |error| Some(keystore(error))))
        .or_else(|| as_a(error, |error| Some(outbox(error))))
        .or_else(|| as_a(error, |error| Some(edit(error))))
        .or_else(|| as_a(error, |error| Some(restore(error))))
        .or_else(|| as_a(error, |error| Some(rename(error))))
        .or_else(|| as_a(error, |error| Some(secret(error))))
        .or_else(|| as_a(error, |error| Some(mnemonic(error))))
        .or_else(|| as_a(error, node::run))
        .or_else(|| as_a(error, node::start))
        .or_else(|| as_a(error, node::audit))
        .or_else(|| as_a(error, |error| Some(node::data_folder(error))))
        .or_else(|| as_a(error, |error| Some(node::seat(error))))
        .or_else(|| as_a(error, |error| Some(node::secret_file(error))))
        .or_else(|| as_a(error, |error| Some(settings(error))))
        .or_else(|| as_a(error, |error| Some(node::serve(error))))
        .or_else(|| as_a(error, |_: &TaskError| Some(advised(Code::NodeFailed, AFTER_A_FAILURE))))
        .or_else(|| as_a(error, |_: &ConfigError| Some(advised(Code::InvalidConfiguration, REPAIR_SETTING))))
        .or_else(|| as_a(error, |error| Some(telemetry(error))))
        .or_else(|| as_a(error, |_: &GenesisError| Some(told(Code::InvalidGenesis))))
        .or_else(|| as_a(error, |error| Some(address(error))))
        .or_else(|| as_a(error, |_: &PaymentRequestError| Some(told(Code::InvalidPaymentRequest))))
        .or_else(|| as_a(error, |_: &AmountError| Some(told(Code::InvalidAmount))))
        .or_else(|| as_a(error, |_: &ZeroAmount| Some(told(Code::InvalidAmount))))
        .or_else(|| as_a(error, |_: &PassphraseTooLong| Some(advised(Code::InvalidPassphrase, CHOOSE_SHORTER))))
        .or_else(|| as_a(error, |error| Some(web3_file(error))))
        .or_else(|| as_a(error, |_: &EntropyError| Some(advised(Code::NoEntropy, "try again in a moment"))))
        .or_else(|| as_a(error, |_: &BuildError| Some(told(Code::InvalidTransaction))))
        .or_else(|| as_a(error, |error| Some(sign_message(error))))
        .or_else(|| as_a(error, |_: &VerifyMessageError| Some(advised(Code::InvalidSignature, COMPARE_MESSAGE))))
        .or_else(|| as_a(error, |_: &MessageSignatureError| Some(advised(Code::InvalidSignature, GET_SIGNATURE))))
        .or_else(|| as_a(error, |error| Some(partially_signed(error))))
        .or_else(|| as_a(error, |_: &CombineError| Some(told(Code::OtherTransaction))))
        .or_else(|| as_a(error, |_: &Incomplete| Some(advised(Code::SignaturesMissing, SIGN_MORE))))
        .or_else(|| as_a(error, |_: &SignError| Some(told(Code::Internal))))
        .or_else(|| as_a(error, |_: &io::Error| Some(told(Code::Io))))
}

/// What to do about a file that holds something else.
const RESTORE_FILE: &str = "restore the file from a backup";
/// What to do about a setting that is wrong.
const REPAIR_SETTING: &str = "repair what it names; `faic init` writes a file with every setting explained";
/// What to do about a file that the operating system refuses.
const CHECK_FILE: &str = "check its path and its permissions";
/// What to do about a text that is too long.
const CHOOSE_SHORTER: &str = "choose a shorter one";
/// What to do when a part of the node failed.
const AFTER_A_FAILURE: &str = "mend what it names and start it again; what was final is there";
/// What to do about a wallet's file.
const RESTORE_WALLET: &str = "restore the file from a backup, or import the wallet's mnemonic under another name";
/// What to do about a message whose signature does not hold.
const COMPARE_MESSAGE: &str = "compare the message, byte by byte, with the one that was signed";
/// What to do about a file that is not a signature.
const GET_SIGNATURE: &str = "ask the one who signed for the file again";
/// What to do about a transaction that is not signed by all who must.
const SIGN_MORE: &str =
    "have it signed with `faic wallet sign`; `faic wallet combine` puts the files of several together";
/// What to do about a file that is not what was built.
const GET_TRANSACTION: &str = "do not sign or send it: ask the one who built it for the file again";
/// What to do about a ledger that cannot be opened.
const MEND_LEDGER: &str = "the ledger was not changed: mend what is named, or restore a backup";
/// What to do where a node is to be run without a chain.
const INIT_WITH_GENESIS: &str = "run `faic init --genesis FILE` on it";

/// What goes wrong between this program and a node.
const fn client(error: &ClientError) -> Cause {
    match error {
        ClientError::Unreachable { .. } => told(Code::NodeUnreachable),
        ClientError::TimedOut { .. } => told(Code::NodeTimedOut),
        ClientError::Connection { .. } => {
            advised(Code::ConnectionFailed, "try again, or name another address with --node")
        }
        ClientError::NotANode { .. } | ClientError::OtherProtocol { .. } => told(Code::NotANode),
        ClientError::Certificate { .. } => told(Code::CertificateRefused),
        ClientError::Authorities { .. } | ClientError::NoAuthorities { .. } | ClientError::NotEncrypted { .. } => {
            told(Code::CaUnusable)
        }
        ClientError::Unreadable { .. } => advised(Code::AnswerUnreadable, "update the older of the two"),
        // The node's own code stands in front of this one.
        ClientError::Refused(_) => told(Code::Internal),
        ClientError::OtherNetwork { .. } => told(Code::OtherNetwork),
        ClientError::OtherChain { .. } | ClientError::Untrue { .. } => {
            advised(Code::NodeNotTrusted, "name another with --node")
        }
        ClientError::Proof { .. } => told(Code::AnswerUnreadable),
        ClientError::NoProof => told(Code::NodeNotTrusted),
    }
}

/// What goes wrong with the record of what a wallet sent.
const fn outbox(error: &OutboxError) -> Cause {
    match error {
        OutboxError::Damaged { .. } => advised(
            Code::OutboxUnusable,
            "restore the file from a backup; without one, look at `faic wallet history ADDRESS` and take the file away only \
             when you know that what it recorded is final or will never be",
        ),
        OutboxError::File { .. } => advised(Code::OutboxUnusable, CHECK_FILE),
        OutboxError::NotPrivate { .. } => advised(Code::KeystoreNotPrivate, "take the others' permissions away"),
        OutboxError::Full { .. } => {
            advised(Code::OutboxFull, "`faic wallet resume` tells which have come to their end and forgets those")
        }
        OutboxError::BatchesFull { .. } => {
            advised(Code::OutboxFull, "move the oldest away; a file of payments that is forgotten can be paid again")
        }
        OutboxError::Busy { .. } => {
            advised(Code::AccountBusy, "wait until it has ended, longer with --timeout, or use another --lane")
        }
        OutboxError::Watched { .. } => {
            advised(Code::AccountBusy, "wait until it has ended, end it where it is stopped, or use another --lane")
        }
        OutboxError::BatchesBusy { .. }
        | OutboxError::BeginningBusy { .. }
        | OutboxError::WalletsBusy { .. }
        | OutboxError::WalletsMoving { .. } => {
            advised(Code::AccountBusy, "wait until it has ended, longer with --timeout, or end it where it hangs")
        }
        OutboxError::Occupied { .. } => advised(
            Code::OutboxUnusable,
            "choose another name, or take the folder away when you know that what it recorded is final or will never be",
        ),
    }
}

/// What goes wrong in the command line's own keystore.
const fn keystore(error: &KeystoreError) -> Cause {
    match error {
        KeystoreError::FolderNotPrivate { .. } => told(Code::KeystoreNotPrivate),
        KeystoreError::Storage { .. } => advised(
            Code::KeystoreUnusable,
            "check that the folder is yours and its disk has room, or name another with --keystore",
        ),
        KeystoreError::NameTaken { .. } => advised(Code::WalletExists, "choose another name"),
        KeystoreError::UnknownWallet { .. } => advised(Code::WalletUnknown, "`faic wallet list` shows those there are"),
        KeystoreError::TooManyWallets => advised(Code::WalletsFull, "name another folder with --keystore"),
        KeystoreError::PasswordTooShort => advised(Code::InvalidPassword, "choose a longer one"),
        KeystoreError::PasswordTooLong => advised(Code::InvalidPassword, CHOOSE_SHORTER),
        KeystoreError::WrongPassword => {
            advised(Code::WrongPassword, "try again, or import the wallet's mnemonic under another name")
        }
        KeystoreError::UnusableFile { .. } => advised(Code::WalletUnusable, RESTORE_WALLET),
        KeystoreError::WatchOnly { .. } => {
            advised(Code::WatchOnly, "use a wallet with its keys, or `faic wallet build` what is signed where they are")
        }
        KeystoreError::HasKeys { .. } => advised(Code::WalletExists, "watch the account under another name"),
        KeystoreError::OutOfMemory => advised(Code::OutOfMemory, "close other programs and try again"),
        KeystoreError::NoEntropy { .. } => advised(Code::NoEntropy, "try again in a moment"),
    }
}

/// Why a wallet is not changed.
const fn edit(error: &EditError) -> Cause {
    match error {
        EditError::UnknownAccount { .. } => {
            advised(Code::AccountUnknown, "`faic wallet account list WALLET` shows those there are")
        }
        EditError::AccountExists { .. } => advised(Code::AccountExists, "choose another number or name"),
        EditError::LooksLike { .. } => advised(Code::LookAlikeName, "choose a name that nobody takes for the other"),
        EditError::MixedScripts { .. } => advised(Code::Usage, "write it in one script"),
        EditError::TooManyAccounts | EditError::TooManySecrets => {
            advised(Code::AccountsFull, "make another wallet with `faic wallet new`")
        }
        EditError::NoMnemonic => advised(Code::AccountsFull, "make another wallet with `faic wallet new`"),
        EditError::Path(_) => told(Code::Usage),
        EditError::BookFull => advised(Code::BookFull, "remove a name with `faic wallet book remove`"),
        EditError::ContactExists { .. } => {
            advised(Code::ContactExists, "choose another name, or remove it first with `faic wallet book remove`")
        }
        EditError::UnknownContact { .. } => {
            advised(Code::ContactUnknown, "`faic wallet book list WALLET` shows the names")
        }
        EditError::Accounts(_) => told(Code::Internal),
        EditError::Keystore(error) => keystore(error),
    }
}

/// Why a backup is not restored.
const fn restore(error: &RestoreError) -> Cause {
    match error {
        RestoreError::Backup { .. } => advised(
            Code::BackupUnusable,
            "take another copy of the backup, or import the wallet's mnemonic with `faic wallet import`",
        ),
        RestoreError::Keystore(error) => keystore(error),
    }
}

/// Why a wallet gets no other name.
const fn rename(error: &RenameError) -> Cause {
    match error {
        RenameError::Keystore(error) => keystore(error),
        RenameError::InBook { .. } => {
            advised(Code::ContactExists, "choose another, or give the contact another with `faic wallet book rename`")
        }
    }
}

/// Why a file of another program is not opened.
const fn web3_file(error: &Web3FileError) -> Cause {
    match error {
        Web3FileError::WrongPassword => advised(Code::WrongPassword, "try again with the password of the file"),
        Web3FileError::TooLarge
        | Web3FileError::Malformed { .. }
        | Web3FileError::UnsupportedVersion { .. }
        | Web3FileError::UnsupportedCipher
        | Web3FileError::WrongBytes { .. }
        | Web3FileError::InvalidKdf => advised(Code::KeyFileUnusable, "check that it is the right file"),
        Web3FileError::TooCostly => {
            advised(Code::KeyFileUnusable, "write it again with usual parameters, in the program that made it")
        }
    }
}

/// What goes wrong when a secret is read.
const fn secret(error: &SecretError) -> Cause {
    match error {
        SecretError::NoTerminal { .. } => told(Code::NoTerminal),
        SecretError::Terminal { .. } => advised(Code::NoTerminal, "name a file that holds it; --help has the option"),
        SecretError::Interrupted => told(Code::Interrupted),
        SecretError::File { .. } => advised(Code::SecretUnreadable, CHECK_FILE),
        SecretError::NotText { .. } | SecretError::TooLong { .. } => {
            advised(Code::SecretUnreadable, "check that it is the right file")
        }
        SecretError::Unfit { source, .. } => keystore(source),
        SecretError::Differ(_) => told(Code::SecretsDiffer),
    }
}

/// What is wrong with an address.
const fn address(error: &AddressError) -> Cause {
    match error {
        AddressError::OtherNetwork { .. } => {
            advised(Code::OtherNetwork, "ask for an address of this network, or name another network")
        }
        AddressError::NotBech32
        | AddressError::MixedCase
        | AddressError::UnknownPrefix
        | AddressError::BadChecksum
        | AddressError::WrongLength => advised(Code::InvalidAddress, "copy the address again"),
    }
}

/// Why a message is not signed.
const fn sign_message(error: &SignMessageError) -> Cause {
    match error {
        SignMessageError::TooLong(_) => advised(Code::Io, "sign a hash of it, or a shorter one"),
        SignMessageError::Sign(_) => told(Code::Internal),
    }
}

/// Why a file is not a transaction that is signed in several places.
const fn partially_signed(error: &PartiallySignedError) -> Cause {
    match error {
        PartiallySignedError::TooLarge
        | PartiallySignedError::UnsupportedVersion { .. }
        | PartiallySignedError::Malformed { .. }
        | PartiallySignedError::BadText
        | PartiallySignedError::BadChecksum
        | PartiallySignedError::BadAddress { .. } => {
            advised(Code::InvalidTransactionFile, "check that it is the right file, and whole")
        }
        PartiallySignedError::Transaction(_) | PartiallySignedError::BadPossession => {
            advised(Code::InvalidTransaction, GET_TRANSACTION)
        }
        PartiallySignedError::Differs { .. }
        | PartiallySignedError::UnknownKey { .. }
        | PartiallySignedError::SignatureOrder { .. }
        | PartiallySignedError::TooManySignatures { .. }
        | PartiallySignedError::BadSignature { .. } => advised(Code::TamperedTransaction, GET_TRANSACTION),
    }
}

/// What is wrong with words.
const fn mnemonic(error: &MnemonicError) -> Cause {
    match error {
        MnemonicError::TooLong
        | MnemonicError::WordCount { .. }
        | MnemonicError::UnknownWord { .. }
        | MnemonicError::Checksum => {
            advised(Code::InvalidMnemonic, "compare the words and their order with the paper that they stand on")
        }
    }
}

/// What is wrong with a configuration file.
const fn settings(error: &SettingsError) -> Cause {
    match error {
        SettingsError::Unreadable { .. } => advised(Code::InvalidConfiguration, CHECK_FILE),
        SettingsError::Wrong { .. } => advised(Code::InvalidConfiguration, REPAIR_SETTING),
    }
}

/// Why nothing can be logged.
const fn telemetry(error: &TelemetryError) -> Cause {
    match error {
        TelemetryError::Filter { .. } => advised(
            Code::InvalidConfiguration,
            "write one such as `info,faic_node=debug`, in FAIC_LOG or the configuration",
        ),
        TelemetryError::Twice => told(Code::Internal),
    }
}
