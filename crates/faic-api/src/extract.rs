//! Reading of requests, strictly: what the document does not describe is refused with a problem.
//!
//! A body has a media type, a size limit and a time limit; unknown fields and parameters are refused, because a client
//! that misspells `valid_for` wants to know. Errors name the place and never quote a secret.

use std::time::Duration;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use faic_node::ErrorCode;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

mod shape;
mod words;

/// Most bytes of a body; a signed transfer of 256 outputs, in hexadecimal, is well below.
pub(crate) const BODY_BYTES_MAX: usize = 256 * 1024;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A body of JSON, all of it described by `T`.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        parse(&json_bytes(request, state).await?).map(Self)
    }
}

/// A body that is JSON or the bytes themselves, by its media type.
pub(crate) enum JsonOrBytes<T> {
    /// `application/json`.
    Json(T),
    /// `application/octet-stream`.
    Bytes(Bytes),
}

/// The bytes of a body of JSON, for what is not read as other bodies are.
pub(crate) async fn json_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    match media_type(request.headers()).as_deref() {
        Some("application/json") => read(request, state).await,
        _ => Err(unsupported("application/json")),
    }
}

/// The bytes of a body that is JSON or bytes, and which of the two it is.
pub(crate) async fn json_or_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<JsonOrBytes<Bytes>, Problem> {
    match media_type(request.headers()).as_deref() {
        Some("application/json") => read(request, state).await.map(JsonOrBytes::Json),
        Some("application/octet-stream") => read(request, state).await.map(JsonOrBytes::Bytes),
        _ => Err(unsupported("application/json or application/octet-stream")),
    }
}

/// The essence of the content type, in lower case, when there is exactly one such header.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::CONTENT_TYPE).iter();
    let value = values.next()?.to_str().ok()?;
    let essence = value.split(';').next()?.trim().to_ascii_lowercase();
    values.next().is_none().then_some(essence)
}

/// The problem of another content type than `expected`.
fn unsupported(expected: &str) -> Problem {
    Problem::new(ErrorCode::UnsupportedMediaType, format!("the content type is not {expected}"))
}

/// Reads the whole body, within the limits of size and time.
async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    match tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, state)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) => Err(body_problem(&rejection)),
        Err(_) => Err(Problem::new(
            ErrorCode::RequestTimeout,
            format!("the body did not arrive within {} seconds", BODY_TIMEOUT.as_secs()),
        )),
    }
}

/// The problem of a body that could not be read.
fn body_problem(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(ErrorCode::BodyTooLarge, format!("the body is over the limit of {BODY_BYTES_MAX} bytes"))
    } else {
        Problem::new(ErrorCode::MalformedRequest, "the body could not be read")
    }
}

/// Checks that no list stands in the place of an object.
pub(crate) fn check_shape(bytes: &[u8]) -> Result<(), Problem> {
    shape::check(bytes).map_err(|error| json_problem(".", &error))
}

/// Parses JSON to its end.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    check_shape(bytes)?;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        json_problem(&path, error.inner())
    })?;
    deserializer.end().map_err(|error| json_problem(".", &error))?;
    Ok(value)
}

/// The problem of a body that is not JSON, or not JSON of the right shape.
fn json_problem(path: &str, error: &serde_json::Error) -> Problem {
    let place = if path == "." { String::new() } else { format!(", at {path}") };
    if error.is_data() {
        Problem::new(
            ErrorCode::InvalidBody,
            format!("the body does not fit the schema{place}: {}", words::of_body(&error.to_string())),
        )
    } else {
        Problem::new(ErrorCode::MalformedRequest, format!("the body is not JSON: {error}"))
    }
}

/// The query parameters, all of them described by `T`.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(value)| Self(value)).map_err(|rejection| {
            Problem::new(
                ErrorCode::InvalidQuery,
                format!("the query does not fit: {}", words::of_query(&rejection.body_text())),
            )
        })
    }
}

/// The query of an endpoint that has no parameters, and a body that has no fields.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParameters {}

/// The body of an endpoint that reads nothing of one: none, or a JSON object without fields.
pub(crate) struct NoFields;

impl<S: Send + Sync> FromRequest<S> for NoFields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = media_type(request.headers()).as_deref() == Some("application/json");
        let bytes = read(request, state).await?;
        match (bytes.is_empty(), is_json) {
            (true, _) => Ok(Self),
            (false, true) => parse::<NoParameters>(&bytes).map(|NoParameters {}| Self),
            (false, false) => Err(unsupported("application/json")),
        }
    }
}

/// The one variable part of the path.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new(ErrorCode::InvalidQuery, "the path is not UTF-8"))?;
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests;
