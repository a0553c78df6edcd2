//! One transaction that a wallet signed, and how far it came.

use faic_core::{
    Address, Amount, Hash, Height, SignedTransaction,
    transaction::{Nonce, Output},
};
use serde::{Deserialize, Serialize};

use super::{RecordError, checked};

/// How far a transaction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It is signed; whether a node has it, nobody knows.
    Built,
    /// A node refused it; it might still become final if that was not true.
    Refused,
    /// A node took it.
    Submitted,
    /// A node took it, and the user was told that it need not be final yet.
    Left,
    /// It is in a final block of that height, and nobody told the user yet.
    Found(Height),
    /// A node said that it is in a block of that height, which the user was told and did not want proved.
    Said(Height),
    /// It is in a final block of that height.
    Final(Height),
    /// Its last height passed without it.
    Expired,
    /// Another transaction took its place.
    Replaced,
}

impl State {
    /// What it is called.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Built => "built",
            Self::Refused => "refused",
            Self::Submitted => "submitted",
            Self::Left => "left",
            Self::Found(_) => "found",
            Self::Said(_) => "said",
            Self::Final(_) => "final",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
        }
    }

    /// The state of that name; `height` is that of the block, for a final one only.
    fn parse(name: &str, height: Option<Height>) -> Option<Self> {
        Some(match (name, height) {
            ("built", None) => Self::Built,
            ("refused", None) => Self::Refused,
            ("submitted", None) => Self::Submitted,
            ("left", None) => Self::Left,
            ("found", Some(height)) => Self::Found(height),
            ("said", Some(height)) => Self::Said(height),
            ("final", Some(height)) => Self::Final(height),
            ("expired", None) => Self::Expired,
            ("replaced", None) => Self::Replaced,
            (_, _) => return None,
        })
    }

    /// Whether nothing will come of it any more.
    pub(crate) const fn is_end(self) -> bool {
        match self {
            Self::Found(_) | Self::Final(_) | Self::Expired | Self::Replaced => true,
            Self::Built | Self::Refused | Self::Submitted | Self::Left | Self::Said(_) => false,
        }
    }

    /// Whether nothing will come of it any more for a command that believes so much.
    pub(crate) const fn is_settled(self, belief: Belief) -> bool {
        match (self, belief) {
            (Self::Said(_), Belief::Word) => true,
            (state, Belief::Word | Belief::Proofs) => state.is_end(),
        }
    }

    /// The state of a transaction that is to be proved, whatever was said.
    pub(crate) const fn unsaid(self) -> Self {
        if let Self::Said(_) = self { Self::Submitted } else { self }
    }

    /// What is written of it by a command that believes so much: what was only said is not written as final.
    pub(crate) const fn written(self, belief: Belief) -> Self {
        match (self, belief) {
            (Self::Final(height), Belief::Word) => Self::Said(height),
            (state, Belief::Word | Belief::Proofs) => state,
        }
    }

    /// Whether the user was told of it, or need not be.
    pub(crate) const fn is_told(self) -> bool {
        match self {
            Self::Found(_) => false,
            Self::Built
            | Self::Refused
            | Self::Submitted
            | Self::Left
            | Self::Said(_)
            | Self::Final(_)
            | Self::Expired
            | Self::Replaced => true,
        }
    }

    /// The height of its block, for a final one.
    pub(crate) const fn height(self) -> Option<Height> {
        match self {
            Self::Found(height) | Self::Said(height) | Self::Final(height) => Some(height),
            Self::Built | Self::Refused | Self::Submitted | Self::Left | Self::Expired | Self::Replaced => None,
        }
    }
}

/// What a command believes of the end of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Belief {
    /// What is proved.
    Proofs,
    /// What a node says, because the user wants it so.
    Word,
}

/// Which part of which batch a transaction pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    /// The batch.
    #[serde(with = "hash_text")]
    pub(crate) batch: Hash,
    /// How often the batch was begun before with explicit intent.
    pub(crate) round: u32,
    /// The part, from 0.
    pub(crate) part: u32,
}

/// A transaction that a wallet signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The transaction.
    pub(crate) signed: SignedTransaction,
    /// How far it came.
    pub(crate) state: State,
    /// When it was signed, in milliseconds since 1970-01-01 UTC.
    pub(crate) made_ms: u64,
    /// The height of the chain at that time.
    pub(crate) made_at: Height,
    /// What it pays of a batch.
    pub(crate) batch: Option<Part>,
}

/// What a file says of a transaction.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The id of the transaction, for people.
    id: String,
    /// How far it came.
    state: String,
    /// The height of its block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<Height>,
    /// When it was signed, in milliseconds since 1970-01-01 UTC.
    made_ms: u64,
    /// The height of the chain at that time.
    made_at: Height,
    /// What it pays of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    batch: Option<Part>,
    /// The canonical bytes of the signed transaction, in hexadecimal.
    signed: String,
}

impl Record {
    /// A transaction that was just signed.
    pub(crate) const fn new(signed: SignedTransaction, made_ms: u64, made_at: Height, batch: Option<Part>) -> Self {
        Self { signed, state: State::Built, made_ms, made_at, batch }
    }

    /// The record in that state.
    pub(crate) fn in_state(&self, state: State) -> Self {
        Self { state, ..self.clone() }
    }

    /// The id of the transaction.
    pub(crate) fn id(&self) -> Hash {
        self.signed.id()
    }

    /// The account that acts.
    pub(crate) const fn sender(&self) -> Address {
        self.signed.transaction.sender
    }

    /// Its place among those of its sender.
    pub(crate) const fn nonce(&self) -> Nonce {
        self.signed.transaction.nonce
    }

    /// The last height at which it may become final.
    pub(crate) const fn valid_until(&self) -> Height {
        self.signed.transaction.valid_until
    }

    /// Who is paid how much.
    pub(crate) fn outputs(&self) -> &[Output] {
        self.signed.transaction.action.outputs()
    }

    /// How much it pays, without the fee.
    pub(crate) fn total(&self) -> Amount {
        self.signed.transaction.outputs_total().unwrap_or(Amount::ZERO)
    }

    /// What it is for people.
    pub(crate) fn noun(&self) -> &'static str {
        if self.outputs().is_empty() { "change" } else { "payment" }
    }

    /// The document.
    pub(super) fn to_json(&self) -> Vec<u8> {
        let document = Document {
            id: self.id().to_string(),
            state: self.state.name().to_owned(),
            height: self.state.height(),
            made_ms: self.made_ms,
            made_at: self.made_at,
            batch: self.batch,
            signed: hex::encode(self.signed.to_bytes()),
        };
        checked::to_json(document)
    }

    /// Reads the document.
    ///
    /// # Errors
    /// [`RecordError`] says what is wrong with it.
    pub(super) fn from_json(bytes: &[u8]) -> Result<Self, RecordError> {
        let document: Document = checked::from_json(bytes)?;
        let signed = hex::decode(&document.signed).ok().and_then(|bytes| SignedTransaction::from_bytes(&bytes).ok());
        let signed = signed.ok_or(RecordError::Field("signed"))?;
        if signed.id().to_string() != document.id {
            return Err(RecordError::Field("id"));
        }
        let state = State::parse(&document.state, document.height).ok_or(RecordError::Field("state"))?;
        let Document { made_ms, made_at, batch, .. } = document;
        Ok(Self { signed, state, made_ms, made_at, batch })
    }
}

/// A hash as its hexadecimal text.
pub(crate) mod hash_text {
    use faic_core::Hash;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Writes it.
    pub(crate) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hash)
    }

    /// Reads it.
    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        Hash::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
