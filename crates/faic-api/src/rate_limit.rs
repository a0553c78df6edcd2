//! How much one client may ask for: requests from a bucket that refills, and a number of event streams.
//!
//! A client is whoever has the node's token, or else an IPv4 address or the first half of an IPv6 address. Programs of the
//! node's own machine are exempt unless configured otherwise. An answer to a client that is limited says what is left
//! (draft-ietf-httpapi-ratelimit-headers). Memory is bounded whatever strangers do.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use faic_node::{ApiToken, ErrorCode, FaicError};
use tokio::time::Instant;

use self::buckets::Buckets;
use crate::{guard, problem::Problem};

mod buckets;
mod config;
mod shares;

pub use self::config::{RateLimit, RateLimitError};
pub(crate) use self::shares::{Share, Shares};

/// The header of what a client may ask for.
pub(crate) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The header of what is left of it.
pub(crate) const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// Who is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// Whoever has the node's token.
    Token,
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// The first 64 bits of an IPv6 address, which is what one customer of a provider has.
    V6([u16; 4]),
    /// Everybody for whom there was no room in the table, together.
    Others,
}

impl From<IpAddr> for Client {
    fn from(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip),
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

/// The limits of all clients, and what they have used.
pub(crate) struct Limiter {
    /// The requests; `None` when they are not limited.
    buckets: Option<Buckets>,
    /// The streams of events.
    streams: Arc<Shares>,
    /// Most streams of one client.
    streams_max: u32,
    /// Whether programs of the node's machine are limited too.
    loopback: bool,
    /// The node's token.
    token: ApiToken,
    /// When the first request could come.
    begin: Instant,
}

impl Limiter {
    /// The limits as configured, none of them used.
    pub(crate) fn new(config: RateLimit, token: ApiToken) -> Arc<Self> {
        Arc::new(Self {
            buckets: Buckets::new(config),
            streams: Arc::default(),
            streams_max: config.event_streams,
            loopback: config.loopback,
            token,
            begin: Instant::now(),
        })
    }

    /// Who asks; `None` for who is exempt. An unknown peer is one of the others.
    fn client(&self, request: &Request) -> Option<Client> {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        if !self.loopback && peer.is_some_and(|ip| ip.to_canonical().is_loopback()) {
            return None;
        }
        if guard::check_token(request.headers(), &self.token).is_ok() {
            return Some(Client::Token);
        }
        Some(peer.map_or(Client::Others, Client::from))
    }
}

/// Who made a request, for handlers that cost more than one.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// The client; `None` for one who is exempt.
    client: Option<Client>,
    /// The limits.
    limiter: Arc<Limiter>,
}

impl Visitor {
    /// Counts that many requests against the client's limit.
    ///
    /// # Errors
    /// [`ErrorCode::RateLimited`] when there are not so many left; none is counted then.
    pub(crate) fn charge(&self, requests: u32) -> Result<(), Problem> {
        let Some((client, buckets)) = self.limited() else { return Ok(()) };
        buckets.take(client, requests, self.limiter.begin.elapsed()).map_err(|wait| {
            let message = format!("the client may ask for {} in the long run", buckets.rate());
            FaicError::new(ErrorCode::RateLimited, message).wait(wait).into()
        })
    }

    /// Counts a stream of events, until the permit is dropped.
    ///
    /// # Errors
    /// [`ErrorCode::TooManyStreams`] when the client has as many as it may.
    pub(crate) fn open_stream(&self) -> Result<Option<Share>, Problem> {
        let Some(client) = self.client else { return Ok(None) };
        let permit = Shares::take(&self.limiter.streams, client, 1, self.limiter.streams_max).ok_or_else(|| {
            Problem::new(ErrorCode::TooManyStreams, "the client has as many streams of events as it may")
        })?;
        Ok(Some(permit))
    }

    /// The client and its bucket's table, where its requests are limited.
    fn limited(&self) -> Option<(Client, &Buckets)> {
        self.client.zip(self.limiter.buckets.as_ref())
    }

    /// Says in the headers of an answer what is left.
    fn tell(&self, headers: &mut HeaderMap) {
        let Some((client, buckets)) = self.limited() else { return };
        let fill = buckets.fill(client, self.limiter.begin.elapsed());
        let (burst, window) = (buckets.burst(), whole_seconds(buckets.window()));
        let policy = format!("\"requests\";q={burst};w={window}");
        let left = format!("\"requests\";r={};t={}", fill.left, whole_seconds(fill.full_in));
        for (name, text) in [(POLICY, policy), (LEFT, left)] {
            headers.insert(name, HeaderValue::from_str(&text).expect("letters and digits are a valid header"));
        }
    }
}

/// A time in seconds, rounded up.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// Lets a request through that is within its client's limits, or answers how long to wait.
pub(crate) async fn check(State(limiter): State<Arc<Limiter>>, mut request: Request, next: Next) -> Response {
    let visitor = Visitor { client: limiter.client(&request), limiter };
    request.extensions_mut().insert(visitor.clone());
    let mut response = match visitor.charge(1) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    visitor.tell(response.headers_mut());
    response
}

#[cfg(test)]
mod tests;
