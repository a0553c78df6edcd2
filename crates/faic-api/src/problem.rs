//! Errors as RFC 9457 problem documents.
//!
//! A [`Problem`] is a service's error on its way to the client: status, `code`, `detail` and `retryable` come from the
//! error's row in the table of codes. What lies below the error stays in the log.

use std::sync::Arc;

use crate::errors;
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use faic_node::{ErrorCode, ErrorKind, FaicError};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// The media type of every error (RFC 9457, §3).
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The header of the lowest height of which this node has the block.
pub(crate) const OLDEST_HEIGHT: HeaderName = HeaderName::from_static("faic-oldest-height");

/// An error on its way to the client.
#[derive(Debug, Clone)]
pub(crate) struct Problem(FaicError);

impl Problem {
    /// A problem of that code; `message` says what happened, as a clause.
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        FaicError::new(code, message).into()
    }

    /// The document of the problem, in bytes.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&self.document()).expect("a document of texts and numbers can be written")
    }

    /// The document of the problem.
    pub(crate) fn document(&self) -> ProblemDocument {
        let Self(error) = self;
        let code = error.code();
        ProblemDocument {
            kind_uri: format!("{}#{code}", errors::PATH),
            title: code.title(),
            status: code.http_status(),
            detail: error.detail(),
            code: code.name(),
            kind: code.kind().name(),
            retryable: code.is_retryable(),
        }
    }
}

impl Problem {
    /// The stable code.
    #[cfg(test)]
    pub(crate) fn code(&self) -> ErrorCode {
        self.0.code()
    }
}

impl From<FaicError> for Problem {
    fn from(error: FaicError) -> Self {
        Self(error)
    }
}

/// What an error response carries for the log.
#[derive(Debug, Clone)]
pub(crate) struct Cause(pub(crate) Arc<FaicError>);

/// What every error answers, as `application/problem+json` (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemDocument {
    /// Where the node says what the code means and what to do, as a reference relative to the node's address.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/docs/errors#insufficient_balance")]
    kind_uri: String,
    /// What the code means, in a few words.
    #[schema(example = "Insufficient balance")]
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What happened this time, and what to do.
    detail: String,
    /// What went wrong, for programs; it never changes its meaning.
    #[schema(value_type = ProblemCode)]
    code: &'static str,
    /// Which part of the system it is about.
    #[schema(value_type = ProblemKind)]
    kind: &'static str,
    /// Whether the same request may succeed later.
    retryable: bool,
}

/// The stable codes.
pub(crate) struct ProblemCode;

/// The kinds of error.
struct ProblemKind;

impl PartialSchema for ProblemCode {
    fn schema() -> RefOr<Schema> {
        names("A stable error code.", ErrorCode::ALL.iter().map(|code| code.name()))
    }
}

impl ToSchema for ProblemCode {}

impl PartialSchema for ProblemKind {
    fn schema() -> RefOr<Schema> {
        names("A kind of error.", ErrorKind::ALL.iter().map(|kind| kind.name()))
    }
}

impl ToSchema for ProblemKind {}

/// The schema of one of some names.
fn names(description: &str, names: impl Iterator<Item = &'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(names)).into()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.to_json();
        let Self(error) = self;
        let status = StatusCode::from_u16(error.code().http_status()).expect("the table holds valid HTTP statuses");
        let mut response = (status, [(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if let Some(wait) = error.retry_after() {
            let seconds = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(height) = error.oldest_height() {
            response.headers_mut().insert(OLDEST_HEIGHT, HeaderValue::from(height));
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Cause(Arc::new(error)));
        response
    }
}
