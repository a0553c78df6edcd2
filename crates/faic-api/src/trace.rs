//! What happens around every request: its trace id, its log line, and the headers of every answer.
//!
//! The trace id is the client's `x-request-id`, where that is a sane one, or made here; it is in the answer and in every
//! log line below. The log has method, route, status and time, never a body, a query, a token or the detail of an error.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use faic_node::{ErrorCode, ErrorKind, supervision::chain_of};
use tracing::Instrument;

use crate::{
    problem::{Cause, Problem},
    state::ApiState,
};

/// The header of the chain that an answer speaks of.
pub(crate) const CHAIN_ID: HeaderName = HeaderName::from_static("faic-chain-id");
/// The header of the height that an answer speaks of.
pub(crate) const HEIGHT: HeaderName = HeaderName::from_static("faic-height");
/// The header of the trace id.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Most characters of a trace id.
const REQUEST_ID_CHARACTERS_MAX: usize = 64;

/// Runs a request within its span, logs how it ended, and completes the headers of the answer.
pub(crate) async fn request(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("api.request", trace_id = %id.to_str().unwrap_or_default(), %method, route);
    let begin = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| log(&response, begin));
    complete(&state, &mut response, id);
    response
}

/// The head of the answer where no request could be read: logged and completed as that of a request.
pub(crate) fn unreadable(state: &ApiState, problem: Problem) -> Response {
    let id = new_request_id();
    let span = tracing::info_span!("api.request", trace_id = %id.to_str().unwrap_or_default(), method = "none", route = "none");
    let mut response = problem.into_response();
    span.in_scope(|| log(&response, Instant::now()));
    complete(state, &mut response, id);
    response
}

/// The client's trace id, or a new one.
fn request_id(request: &Request) -> HeaderValue {
    let sane = |id: &&HeaderValue| {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        !id.is_empty() && id.len() <= REQUEST_ID_CHARACTERS_MAX && id.as_bytes().iter().all(allowed)
    };
    request.headers().get(REQUEST_ID).filter(sane).cloned().unwrap_or_else(new_request_id)
}

/// A trace id that no other request of this process has, and most likely none of another.
fn new_request_id() -> HeaderValue {
    static PROCESS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let hash = PROCESS.hash_one(NUMBER.fetch_add(1, Ordering::Relaxed));
    HeaderValue::from_str(&format!("{hash:016x}")).expect("hexadecimal digits are a valid header")
}

/// Logs how a request ended: with everything below the error when it is the node's fault, and visibly when somebody was
/// kept out.
fn log(response: &Response, begin: Instant) {
    let status = response.status().as_u16();
    let ms = u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX);
    let Some(Cause(error)) = response.extensions().get::<Cause>() else {
        tracing::debug!(status, ms, "api.answered");
        return;
    };
    let (code, kind) = (error.code(), error.kind());
    match Ending::of(code) {
        Ending::Failed => tracing::error!(status, ms, %code, %kind, error = chain_of(error), "api.failed"),
        Ending::KeptOut => tracing::warn!(status, ms, %code, %kind, "api.kept_out"),
        Ending::Refused => tracing::debug!(status, ms, %code, %kind, "api.refused"),
    }
}

/// How a request ended that was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// The node could not.
    Failed,
    /// Somebody may not.
    KeptOut,
    /// The request, or its moment, was wrong.
    Refused,
}

impl Ending {
    /// The ending that a code means; that the node was asked to stop is no failure of it.
    fn of(code: ErrorCode) -> Self {
        if code.kind() == ErrorKind::Security {
            Self::KeptOut
        } else if code.http_status() >= 500 && code != ErrorCode::ShuttingDown {
            Self::Failed
        } else {
            Self::Refused
        }
    }
}

/// Adds the headers of every answer; a height that the handler set stays.
fn complete(state: &ApiState, response: &mut Response, id: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    let chain_id = HeaderValue::from_str(state.services.transactions.chain_id().as_str());
    headers.insert(CHAIN_ID, chain_id.expect("a chain id has letters, digits and hyphens only"));
    headers.entry(HEIGHT).or_insert_with(|| HeaderValue::from(state.services.transactions.height()));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests;
