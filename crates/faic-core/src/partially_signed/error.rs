//! Why a text is no partially signed transaction, and why one can't be combined or completed.

use super::{PARTIALLY_SIGNED_BYTES_MAX, PARTIALLY_SIGNED_VERSION, Role};
use crate::{
    Hash, Network, PublicKey, address::AddressError, authority::AuthorityError, transaction::TransactionError,
};

/// Why a text is not that of a partially signed transaction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartiallySignedError {
    /// More bytes than any document has.
    #[error("it is larger than {PARTIALLY_SIGNED_BYTES_MAX} bytes")]
    TooLarge,
    /// Written by another version of the program.
    #[error("it has version {found}, this program reads version {known}", known = PARTIALLY_SIGNED_VERSION)]
    UnsupportedVersion {
        /// The document's version.
        found: u32,
    },
    /// Neither the JSON document nor the compact text.
    #[error("it is not the document of a transaction to be signed (line {line}, column {column})")]
    Malformed {
        /// The line of the first error, from 1.
        line: usize,
        /// The column of the first error.
        column: usize,
    },
    /// A compact text that breaks off, or has letters that none has.
    #[error("it begins as a transaction in compact text and does not go on as one")]
    BadText,
    /// A compact text that was changed on its way.
    #[error("its checksum does not match: it was not copied whole")]
    BadChecksum,
    /// The canonical bytes are none, or break a rule.
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    /// A bond that the validator key did not allow.
    #[error("the possession is not the validator key's signature for this sender and chain")]
    BadPossession,
    /// The sender that stands in the readable part is no address.
    #[error("its sender is no address")]
    BadAddress {
        /// What is wrong with the address.
        #[from]
        source: AddressError,
    },
    /// The readable part says something else than the bytes, which alone are signed.
    #[error("it was tampered with: its readable part says that {field} is {written}, its bytes that it is {meant}")]
    Differs {
        /// The path of the first field that differs.
        field: String,
        /// What the readable part says.
        written: String,
        /// What the bytes say.
        meant: String,
    },
    /// A signature by a key that is not there.
    #[error("a signature of the {role} is by key number {position}, which its authority does not have")]
    UnknownKey {
        /// In which role.
        role: Role,
        /// The position that the key would have.
        position: u8,
    },
    /// Signatures out of order, or two by one key.
    #[error("the signatures of the {role} are not by distinct keys in ascending order")]
    SignatureOrder {
        /// In which role.
        role: Role,
    },
    /// More signatures than are needed.
    #[error("the {role} needs {needed} signatures and has {found}")]
    TooManySignatures {
        /// In which role.
        role: Role,
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// A signature that does not hold.
    #[error("the signature of the {role} by the key {key} does not hold for this transaction")]
    BadSignature {
        /// In which role.
        role: Role,
        /// The key.
        key: PublicKey,
    },
}

impl From<AuthorityError> for PartiallySignedError {
    fn from(error: AuthorityError) -> Self {
        Self::Transaction(error.into())
    }
}

/// Why two partially signed transactions are not combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CombineError {
    /// They are two.
    #[error("it is another transaction: {found} in place of {expected}")]
    OtherTransaction {
        /// The id of the one.
        expected: Hash,
        /// The id of the other.
        found: Hash,
    },
    /// One of them shows its addresses as those of another network.
    #[error("it belongs to the {found} network, the others to the {expected} network")]
    OtherNetwork {
        /// The network of the one.
        expected: Network,
        /// The network of the other.
        found: Network,
    },
}

/// What a role lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The role.
    pub role: Role,
    /// The account that has it, as it is shown.
    pub address: String,
    /// How many signatures it lacks.
    pub count: usize,
    /// How many it needs in all.
    pub needed: usize,
}

/// Signatures are missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentence(.missing))]
pub struct Incomplete {
    /// What each role lacks.
    pub missing: Vec<Missing>,
}

/// What is missing, as a clause.
fn sentence(missing: &[Missing]) -> String {
    let one = |Missing { role, address, count, needed }: &Missing| {
        format!("{count} of {needed} signatures of the {role} {address}")
    };
    let all: Vec<_> = missing.iter().map(one).collect();
    let is_one = matches!(missing, [Missing { count: 1, .. }]);
    format!("{} {} missing", all.join(" and "), if is_one { "is" } else { "are" })
}
