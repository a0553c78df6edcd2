//! Transactions in the bodies of requests: bytes, a text of bytes, or the document in which one collects signatures.
//!
//! A document is told by its field `unsigned`. What is read from it is read from its canonical bytes; what it says beside
//! them must be the same.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use faic_core::PartiallySignedTransaction;
use faic_node::FaicError;
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{Ref, RefOr, Schema, schema::OneOfBuilder},
};

use super::{
    decode,
    drafts::{SimulateTransaction, UnsignedTransaction},
};
use crate::{
    extract::{self, JsonOrBytes},
    problem::Problem,
    schema,
};

/// A signed transaction.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitTransaction {
    /// Its canonical bytes in hexadecimal or base64.
    #[schema(value_type = schema::TransactionText)]
    transaction: String,
}

/// What may be submitted: a transaction's bytes as text, or its document with all signatures.
pub(super) struct SubmitBody;

/// What may be simulated: a transaction's bytes as text, or its document.
pub(super) struct SimulateBody;

/// Describes a body that is one of two.
macro_rules! either {
    ($body:ident = $text:ident or $document:ident, $description:literal) => {
        impl PartialSchema for $body {
            fn schema() -> RefOr<Schema> {
                let reference = |name| Ref::from_schema_name(name);
                OneOfBuilder::new()
                    .item(reference($text::name()))
                    .item(reference($document::name()))
                    .description(Some($description))
                    .into()
            }
        }

        impl ToSchema for $body {
            fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
                schemas.push(($text::name().into_owned(), $text::schema()));
                $text::schemas(schemas);
                schemas.push(($document::name().into_owned(), $document::schema()));
                $document::schemas(schemas);
            }
        }
    };
}

either!(
    SubmitBody = SubmitTransaction or UnsignedTransaction,
    "A transaction's bytes as text, or its document with all signatures."
);
either!(SimulateBody = SimulateTransaction or UnsignedTransaction, "A transaction's bytes as text, or its document.");

/// A transaction of a body.
pub(super) enum Content {
    /// Canonical bytes, which nobody has looked at yet.
    Bytes(Bytes),
    /// A document.
    Document(Box<PartiallySignedTransaction>),
}

/// The content of a request to submit.
pub(super) struct SubmitContent(pub(super) Content);

/// The content of a request to simulate.
pub(super) struct SimulateContent(pub(super) Content);

/// A body that holds a transaction as a text.
trait HasText: DeserializeOwned {
    /// The text.
    fn text(&self) -> &str;
}

impl HasText for SubmitTransaction {
    fn text(&self) -> &str {
        &self.transaction
    }
}

impl HasText for SimulateTransaction {
    fn text(&self) -> &str {
        &self.transaction
    }
}

/// The field that only a document has.
#[derive(Deserialize)]
struct Peek {
    /// The canonical bytes that are signed.
    unsigned: Option<IgnoredAny>,
}

impl<S: Send + Sync> FromRequest<S> for SubmitContent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match extract::json_or_bytes(request, state).await? {
            JsonOrBytes::Json(bytes) => Content::from_json::<SubmitTransaction>(&bytes).map(Self),
            JsonOrBytes::Bytes(bytes) => Ok(Self(Content::Bytes(bytes))),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for SimulateContent {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = extract::json_bytes(request, state).await?;
        Content::from_json::<SimulateTransaction>(&bytes).map(Self)
    }
}

impl Content {
    /// Reads a body of JSON.
    fn from_json<T: HasText>(bytes: &[u8]) -> Result<Self, Problem> {
        let is_document = serde_json::from_slice::<Peek>(bytes).is_ok_and(|peek| peek.unsigned.is_some());
        if !is_document {
            return decode(extract::parse::<T>(bytes)?.text()).map(Self::Bytes);
        }
        extract::check_shape(bytes)?;
        let document = PartiallySignedTransaction::from_json(bytes).map_err(FaicError::from)?;
        Ok(Self::Document(Box::new(document)))
    }

    /// The bytes of a transaction with all its signatures.
    ///
    /// # Errors
    /// `signatures_missing` for a document that has too few.
    pub(super) fn complete(self) -> Result<Bytes, Problem> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Document(document) => Ok(document.complete().map_err(FaicError::from)?.to_bytes().into()),
        }
    }

    /// The bytes of a transaction with its signatures where they are all there, without any where they are not.
    pub(super) fn signed_or_not(self) -> Bytes {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Document(document) => document
                .complete()
                .map_or_else(|_| document.transaction().to_bytes(), |signed| signed.to_bytes())
                .into(),
        }
    }
}
