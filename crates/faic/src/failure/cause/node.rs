//! Causes of a node that does not run, or does not come to a good end.

use faic_api::{ServeError, TlsError};
use faic_node::{
    audit::AuditError,
    data_folder::{DataFolderError, SeatError},
    dev::PrepareError,
    node::StartError,
    secret_file::SecretFileError,
};

use super::{
    AFTER_A_FAILURE, CHECK_FILE, Cause, INIT_WITH_GENESIS, MEND_LEDGER, REPAIR_SETTING, RESTORE_FILE, advised,
    keystore, told,
};
use crate::{failure::Code, running::RunError};

/// Why a node does not run; `None` where the error below says it.
pub(super) fn run(error: &RunError) -> Option<Cause> {
    match error {
        RunError::Serve(error) => Some(serve(error)),
        RunError::Tls(error) => Some(tls(error)),
        RunError::DataFolder(error) | RunError::Prepare(PrepareError::DataFolder(error)) => Some(data_folder(error)),
        RunError::Prepare(PrepareError::Key(error)) => Some(secret_file(error)),
        RunError::Start(error) => start(error),
        RunError::Task(_) => Some(advised(Code::NodeFailed, AFTER_A_FAILURE)),
    }
}

/// Why a node does not answer over TLS.
fn tls(error: &TlsError) -> Cause {
    let (code, advice) = match error {
        TlsError::Unreadable { .. } => (Code::InvalidConfiguration, "name a file of PEM that the node may read"),
        TlsError::KeyNotPrivate { .. } => (Code::SecretNotPrivate, MAKE_KEY_PRIVATE),
        TlsError::Unusable { .. } => (Code::InvalidConfiguration, "name the key that the certificate was made with"),
    };
    advised(code, advice)
}

/// Why a node does not start; `None` where the error below says it.
pub(super) fn start(error: &StartError) -> Option<Cause> {
    match error {
        StartError::Config(_) => Some(advised(Code::InvalidConfiguration, REPAIR_SETTING)),
        StartError::NoDataFolder => Some(advised(Code::DataFolderMissing, "name it with --data-dir")),
        StartError::DataFolder(error) => Some(data_folder(error)),
        StartError::Secret(error) => Some(secret_file(error)),
        // Told apart by the error of the keystore; its advice is for the command line's own.
        StartError::Wallets(error) => Some(told(keystore(error).code)),
        StartError::NoGenesis { .. } => Some(advised(Code::NoGenesis, INIT_WITH_GENESIS)),
        StartError::GenesisFile { .. } => Some(advised(Code::InvalidGenesis, CHECK_FILE)),
        StartError::Genesis { .. } => {
            Some(advised(Code::InvalidGenesis, "repair what it names; `faic genesis check FILE` tells the same"))
        }
        StartError::NoValidatorKey => {
            Some(advised(Code::NoValidatorKey, "restore it from a backup, or let the node have a network"))
        }
        StartError::NotTheValidator => Some(advised(
            Code::NotAValidator,
            "run it on the data folder whose validator key the genesis document names, or let it have a network",
        )),
        StartError::Consensus(_) => Some(advised(Code::InvalidConfiguration, REPAIR_SETTING)),
        // The error says what to do.
        StartError::Journal(_) => Some(told(Code::NodeFailed)),
        StartError::Network(_) => Some(advised(
            Code::AddressUnavailable,
            "repair `listen` in the section [network], or name another address with --p2p",
        )),
        StartError::NetworkEnded(_) => Some(told(Code::NodeFailed)),
        StartError::Ledger(_) => Some(advised(Code::LedgerUnusable, MEND_LEDGER)),
    }
}

/// Why an audit did not come to a good end.
pub(super) fn audit(error: &AuditError) -> Option<Cause> {
    match error {
        AuditError::NoChain { .. } => {
            Some(advised(Code::NoGenesis, "there is nothing to audit before a node ran on it"))
        }
        AuditError::DataFolder(error) => Some(data_folder(error)),
        AuditError::Store(_) | AuditError::Open(_) => Some(advised(Code::LedgerUnusable, MEND_LEDGER)),
        AuditError::Ledger(_) => Some(advised(Code::LedgerDamaged, "keep the folder as it is, and restore a backup")),
    }
}

/// What goes wrong with a data folder.
pub(super) const fn data_folder(error: &DataFolderError) -> Cause {
    match error {
        DataFolderError::Missing { .. } => advised(
            Code::DataFolderMissing,
            "check the path, or make a node there with `faic init --data-dir DIR --genesis FILE`",
        ),
        DataFolderError::IsAFile { .. } => advised(Code::DataFolderNotOurs, "name a folder with --data-dir"),
        DataFolderError::InUse { .. } => {
            advised(Code::DataFolderInUse, "stop that process, or name another folder with --data-dir")
        }
        DataFolderError::NotOurs { .. } => told(Code::DataFolderNotOurs),
        DataFolderError::NewerFormat { .. } => {
            advised(Code::DataFolderNewer, "run it with the newer program that wrote it")
        }
        DataFolderError::OtherChain { .. } => {
            advised(Code::DataFolderOfOtherChain, "name another folder with --data-dir")
        }
        DataFolderError::Genesis { .. } | DataFolderError::Damaged { .. } => {
            advised(Code::DataFolderDamaged, RESTORE_FILE)
        }
        DataFolderError::ReadOnly { .. } => {
            advised(Code::DataFolderReadOnly, "name a folder that you may write to with --data-dir")
        }
        DataFolderError::Storage { .. } => {
            advised(Code::DataFolderUnusable, "check the path and its disk, or name another folder with --data-dir")
        }
    }
}

/// Why a data folder has no validator to sign with.
pub(super) const fn seat(error: &SeatError) -> Cause {
    match error {
        SeatError::DataFolder(error) => data_folder(error),
        SeatError::Key(error) => secret_file(error),
        SeatError::NoKey { .. } => {
            advised(Code::NoValidatorKey, "start its node with `faic node --validator`, or run `faic init` on it")
        }
        SeatError::NoChain { .. } => advised(Code::NoGenesis, INIT_WITH_GENESIS),
    }
}

/// What goes wrong with a secret of the data folder.
pub(super) const fn secret_file(error: &SecretFileError) -> Cause {
    match error {
        SecretFileError::NotPrivate { .. } => {
            advised(Code::SecretNotPrivate, "run chmod 600 on it, and replace the secret if others could have read it")
        }
        SecretFileError::Malformed { .. } => advised(Code::DataFolderDamaged, RESTORE_FILE),
        SecretFileError::Storage { .. } => advised(Code::DataFolderUnusable, CHECK_FILE),
        SecretFileError::Entropy(_) => advised(Code::NoEntropy, "try again in a moment"),
    }
}

/// How a key of TLS is kept from others.
const MAKE_KEY_PRIVATE: &str =
    "run chmod 600 on it, or chmod 640 where it is root's; if others could have read it, replace it";
/// How another address is chosen.
const CHOOSE_ADDRESS: &str = "choose another address with --http, or for TLS with `listen` in the section [api.tls]";
/// What to do where another program has the address.
const FREE_ADDRESS: &str = "stop the program that listens there, or choose another address with --http, or for TLS with \
                            `listen` in the section [api.tls]";

/// Why the API cannot be served.
pub(super) const fn serve(error: &ServeError) -> Cause {
    match error {
        ServeError::PortInUse { .. } => advised(Code::PortInUse, FREE_ADDRESS),
        ServeError::Bind { .. } => advised(Code::AddressUnavailable, CHOOSE_ADDRESS),
        ServeError::Listener { .. } => told(Code::Internal),
    }
}
