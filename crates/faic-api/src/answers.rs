//! Answers on their way: how many bytes of them are made and not yet written, of each client and of all.
//!
//! An answer is counted when it is made and until its last piece is taken for writing, or its connection ends. Beyond the
//! bounds the node answers that it is too busy. Small answers are not counted, so that a status, a payment and every
//! problem are told at any time; their number is bounded by that of the connections. Streams are not counted either:
//! they are made as they are read.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use faic_node::{ErrorCode, FaicError};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    problem::Problem,
    rate_limit::{Client, Share, Shares},
    serve::ServerLimits,
};

/// Most bytes of an answer that is not counted.
const SMALL_BYTES_MAX: u64 = 16 * 1024;

/// Most bytes that are handed over for writing at once.
const PIECE_BYTES_MAX: usize = 16 * 1024;

/// How long to wait when too many answers are on their way.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The bytes of all answers on their way.
#[derive(Clone)]
pub(crate) struct Answers {
    /// One permit for each byte that may be on its way.
    all: Arc<Semaphore>,
    /// How many bytes each client has on their way.
    clients: Arc<Shares>,
    /// The bounds.
    limits: ServerLimits,
}

/// The place that an answer takes up.
struct Place {
    /// Its bytes among those of all.
    _all: OwnedSemaphorePermit,
    /// Its bytes among those of the client.
    _client: Share,
}

impl Answers {
    /// No answers yet, within those bounds.
    pub(crate) fn new(limits: ServerLimits) -> Self {
        let all = usize::try_from(limits.answer_bytes_max).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { all: Arc::new(Semaphore::new(all)), clients: Arc::default(), limits }
    }

    /// Takes up the place of that many bytes; `None` when there is no room.
    fn place(&self, peer: Option<SocketAddr>, bytes: u64) -> Option<Place> {
        let bytes = u32::try_from(bytes).ok()?;
        let (client, limits) = match peer {
            Some(peer) => (Client::from(peer.ip()), self.limits.of(peer.ip())),
            None => (Client::Others, self.limits.client),
        };
        let share = Shares::take(&self.clients, client, bytes, limits.answer_bytes_max)?;
        let permit = Arc::clone(&self.all).try_acquire_many_owned(bytes).ok()?;
        Some(Place { _all: permit, _client: share })
    }
}

/// Counts the answer to a request, or puts a problem in its place.
pub(crate) async fn bound(State(answers): State<Answers>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| *peer);
    let response = next.run(request).await;
    let Some(bytes) = response.body().size_hint().exact().filter(|bytes| *bytes > SMALL_BYTES_MAX) else {
        return response;
    };
    let Some(place) = answers.place(peer, bytes) else {
        let busy = FaicError::new(ErrorCode::Overloaded, "too many bytes of answers are on their way");
        return Problem::from(busy.wait(RETRY_AFTER)).into_response();
    };
    let (parts, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(rest) => Response::from_parts(parts, Body::new(Counted { rest, _place: place })),
        Err(_) => Problem::new(ErrorCode::Internal, "the answer could not be made").into_response(),
    }
}

/// A body that keeps its place until its last piece is taken.
struct Counted {
    /// What is not taken yet.
    rest: Bytes,
    /// The place.
    _place: Place,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.rest.len().min(PIECE_BYTES_MAX);
        Poll::Ready((length > 0).then(|| Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.rest.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests;
