//! A node with its HTTP API in this process: started, announced, and stopped by a signal.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use faic_api::{ApiState, ServeError, Server, Tls, TlsError};
use faic_node::{
    Node, Telemetry, data_folder::DataFolderError, dev::PrepareError, node::StartError, supervision::TaskError,
};
use tokio::runtime::Runtime;

use crate::{
    failure::{Context, Failure},
    settings::Settings,
};

/// The threads on which a node runs.
///
/// # Errors
/// A failure when the operating system gives none.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Runtime::new().context("the threads of the node cannot be started")
}

/// A node that answers over HTTP.
pub(crate) struct Running {
    /// The node.
    node: Node,
    /// Where its API answers.
    address: SocketAddr,
}

impl Running {
    /// Starts a node and its API; `prepare` may make the data folder before the node opens it.
    ///
    /// The address is taken first, so that a node that could not answer does not begin to make blocks.
    ///
    /// # Errors
    /// [`RunError`] says what stands in the way.
    pub(crate) async fn start<E>(
        settings: Settings,
        telemetry: &Telemetry,
        prepare: impl FnOnce(&Path) -> Result<(), E>,
    ) -> Result<Self, RunError>
    where
        RunError: From<E>,
    {
        let Settings { node, api } = settings;
        let listener = faic_api::bind(api.listen).await?;
        let address = reachable(listener.local_addr().map_err(|source| ServeError::Listener { source })?);
        let encrypted = match api.tls {
            None => None,
            Some(tls) => Some((faic_api::bind(tls.listen).await?, Tls::read(&tls.certificate, &tls.key)?)),
        };
        prepare(&node.data_dir)?;
        let mut node = Node::start(node, telemetry).await?;
        let (services, token) = (node.services().clone(), node.token().clone());
        let state = ApiState {
            services,
            token,
            wallet_clients: api.wallet_clients,
            cors_origins: api.cors_origins,
            rate_limit: api.rate_limit,
        };
        let server = Server::new(state, node.shutdown().clone());
        if let Some((listener, tls)) = encrypted {
            node.spawn("HTTPS API", server.clone().serve_encrypted(listener, tls));
        }
        node.spawn("HTTP API", server.serve(listener));
        match node.folder().announce_api_address(address) {
            Ok(()) => Ok(Self { node, address }),
            Err(error) => {
                node.stop().await?;
                Err(error.into())
            }
        }
    }

    /// The node.
    pub(crate) const fn node(&self) -> &Node {
        &self.node
    }

    /// Where its API answers.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until `stop` is done, then stops.
    ///
    /// # Errors
    /// [`TaskError`] names the part of the node that failed.
    pub(crate) async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), TaskError> {
        self.node.run_until(stop).await
    }
}

/// The address by which this machine reaches a listener; one that listens on every address also does on the loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// The signals by which a person or an operator asks this process to stop.
pub(crate) struct StopSignals {
    /// SIGTERM.
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    /// Ctrl-C.
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    /// The end of the terminal.
    #[cfg(unix)]
    hangup: tokio::signal::unix::Signal,
}

impl StopSignals {
    /// Catches the signals from now on; needs the runtime.
    ///
    /// # Errors
    /// What the operating system says.
    #[cfg(unix)]
    pub(crate) fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Catches the signals from now on; needs the runtime.
    ///
    /// # Errors
    /// None on this system.
    #[cfg(not(unix))]
    pub(crate) fn catch() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for a signal.
    #[cfg(unix)]
    pub(crate) async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }

    /// Waits for a signal.
    #[cfg(not(unix))]
    pub(crate) async fn wait(self) {
        // Without a way to catch the signal the process is ended by it, and the ledger survives that.
        let _never = tokio::signal::ctrl_c().await;
    }
}

/// Why a node does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The API can't be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The certificate or its key can't be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The data folder can't be used.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The data folder can't become one of the development network.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The node does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A part of the node failed.
    #[error(transparent)]
    Task(#[from] TaskError),
}

#[cfg(test)]
mod tests;
