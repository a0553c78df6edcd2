//! The bounds of every request: how many at a time, how long, and what a panic becomes.
//!
//! A request over a bound is answered at once with a problem that may be retried. When the node stops, requests that wait
//! for something get a moment to end and are then answered, so that no client hangs.

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use faic_node::{ErrorCode, FaicError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::problem::Problem;

/// Most requests that are worked on at a time; fewer than there may be connections, so that there is one to say so on.
pub(crate) const REQUESTS_MAX: usize = 512;

/// How long a request may take; the longest wait for finality is below.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a request may go on when the node stops.
const STOP_GRACE: Duration = Duration::from_secs(2);

/// How long to wait when the node is too busy.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The bounds that all requests share.
#[derive(Clone)]
pub(crate) struct Limits {
    /// One permit for each request that may be worked on.
    permits: Arc<Semaphore>,
    /// Cancelled when the node stops.
    shutdown: CancellationToken,
}

impl Limits {
    /// The bounds of a server that stops with `shutdown`.
    pub(crate) fn new(requests_max: usize, shutdown: CancellationToken) -> Self {
        Self { permits: Arc::new(Semaphore::new(requests_max)), shutdown }
    }
}

/// Runs a request within the bounds.
pub(crate) async fn bound(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let Ok(_permit) = limits.permits.try_acquire() else {
        let busy = FaicError::new(ErrorCode::Overloaded, "the node works on as many requests as it can");
        return Problem::from(busy.wait(RETRY_AFTER)).into_response();
    };
    tokio::select! {
        biased;
        response = next.run(request) => response,
        () = tokio::time::sleep(REQUEST_TIMEOUT) => {
            Problem::new(ErrorCode::TimedOut, "the node did not answer in time").into_response()
        }
        () = stopped(&limits.shutdown) => {
            Problem::new(ErrorCode::ShuttingDown, "the node is shutting down").into_response()
        }
    }
}

/// Returns a moment after the node began to stop.
async fn stopped(shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(STOP_GRACE).await;
}

/// What a panic in a handler becomes for the client; the panic hook has logged it.
pub(crate) fn panicked(_panic: Box<dyn Any + Send>) -> Response {
    Problem::new(ErrorCode::Internal, "the node has a bug").into_response()
}

#[cfg(test)]
mod tests;
