//! Accepting connections, and stopping.
//!
//! Each connection is a task that this module owns. A connection that sends no complete header in time, or takes nothing
//! of an answer in time, is closed. Their number is bounded, of each client and of all. Stopping waits a bounded time for
//! requests in flight before it closes what is left. What can't be read as a request is answered by [`unreadable`].

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::{
    rate_limit::{Client, Shares},
    router::router,
    state::ApiState,
    tls::Tls,
};

mod framing;
mod limits;
mod unreadable;
mod write_timeout;

pub use self::limits::{ClientLimits, ServerLimits};
use self::write_timeout::WriteTimeout;

/// Most connections at a time; further ones wait in the operating system's queue.
const CONNECTIONS_MAX: usize = 1024;

/// How long the header of a request may take to arrive, also on a connection that is kept open.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);

/// Most bytes of a request's line and headers.
const HEADER_BYTES_MAX: usize = 32 * 1024;

/// Most headers of a request.
const HEADERS_MAX: usize = 100;

/// How long stopping waits for requests in flight.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How long to wait after a connection could not be accepted, which is most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address; port 0 takes any free port.
///
/// # Errors
/// [`ServeError::PortInUse`] when another program listens there, [`ServeError::Bind`] for other reasons.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            ServeError::PortInUse { address }
        } else {
            ServeError::Bind { address, source }
        }
    })
}

/// The API with what all its listeners share: the limits of each client and of all together.
#[derive(Clone)]
pub struct Server {
    /// The API.
    router: Router,
    /// What the headers of an answer need.
    state: ApiState,
    /// What clients get at most.
    limits: ServerLimits,
    /// Places for connections.
    permits: Arc<Semaphore>,
    /// How many connections each client has.
    connections: Arc<Shares>,
    /// Tells it to stop.
    shutdown: CancellationToken,
}

impl Server {
    /// The API over `state`, until `shutdown`.
    pub fn new(state: ApiState, shutdown: CancellationToken) -> Self {
        Self::with_limits(state, ServerLimits::default(), shutdown)
    }

    /// As [`Server::new`], with other limits.
    pub fn with_limits(state: ApiState, limits: ServerLimits, shutdown: CancellationToken) -> Self {
        let router = router(state.clone(), limits, shutdown.clone());
        let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        Self { router, state, limits, permits, connections: Arc::default(), shutdown }
    }

    /// Serves a listener until the shutdown; returns when every connection is closed.
    ///
    /// # Errors
    /// [`ServeError::Listener`] when the listener has no address, so that it is no listener any more.
    pub async fn serve(self, listener: TcpListener) -> Result<(), ServeError> {
        self.serve_by(listener, None).await
    }

    /// As [`Server::serve`], over TLS.
    ///
    /// # Errors
    /// As [`Server::serve`].
    pub async fn serve_encrypted(self, listener: TcpListener, tls: Tls) -> Result<(), ServeError> {
        self.serve_by(listener, Some(tls)).await
    }

    /// Serves a listener, with or without TLS.
    async fn serve_by(self, listener: TcpListener, tls: Option<Tls>) -> Result<(), ServeError> {
        let address = listener.local_addr().map_err(|source| ServeError::Listener { source })?;
        tracing::info!(%address, encrypted = tls.is_some(), "api.listen");
        let Self { router, state, limits, permits, connections: shares, shutdown } = self;
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        while let Some((stream, peer, permit)) = accept(&listener, &permits, &shutdown).await {
            // Ended tasks are taken out here, so that their number stays that of the connections.
            while connections.try_join_next().is_some() {}
            let most = limits.of(peer.ip()).connections_max;
            let Some(share) = Shares::take(&shares, Client::from(peer.ip()), 1, most) else {
                tracing::debug!(%peer, most, "api.too_many_connections");
                continue;
            };
            let service =
                Connection { peer, router: router.clone(), state: state.clone(), watcher: graceful.watcher() };
            let tls = tls.clone();
            let stream = WriteTimeout::new(stream, limits.write_timeout);
            connections.spawn(async move {
                match tls {
                    None => service.serve(stream).await,
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => service.serve(stream).await,
                        Err(error) => tracing::debug!(%peer, %error, "api.handshake"),
                    },
                }
                drop((permit, share));
            });
        }
        drop(listener);
        if tokio::time::timeout(STOP_TIMEOUT, graceful.shutdown()).await.is_err() {
            tracing::warn!(connections = connections.len(), "api.stop: closing connections that are still at work");
        }
        connections.shutdown().await;
        tracing::info!("api.stopped");
        Ok(())
    }
}

/// Accepts the next connection; `None` when it is time to stop.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    shutdown: &CancellationToken,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let next = async {
        let permit = permits.clone().acquire_owned().await.expect("the semaphore is never closed");
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, permit),
                Err(error) => {
                    tracing::warn!(%error, "api.accept");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        biased;
        () = shutdown.cancelled() => None,
        connection = next => Some(connection),
    }
}

/// What a connection needs to be served.
struct Connection {
    /// Where it comes from.
    peer: SocketAddr,
    /// The API.
    router: Router,
    /// What the headers of an answer need.
    state: ApiState,
    /// Tells it to end.
    watcher: Watcher,
}

impl Connection {
    /// Answers the requests of the connection until it is closed.
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self { peer, router, state, watcher } = self;
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let router = router.clone();
            async move { Ok::<_, Infallible>(answer(router, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(HEADER_BYTES_MAX)
            .max_header_size(HEADER_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(unreadable::Stream::new(stream, state)), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%peer, %error, "api.connection");
        }
    }
}

/// Answers one request.
async fn answer(router: Router, request: Request<Incoming>) -> axum::response::Response {
    match router.oneshot(request.map(Body::new)).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Why the API can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program has the port.
    #[error("{address} is in use by another program")]
    PortInUse {
        /// The address.
        address: SocketAddr,
    },
    /// The operating system refused the address.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The listener is broken.
    #[error("the listener has no address")]
    Listener {
        /// What the operating system said.
        source: io::Error,
    },
}
