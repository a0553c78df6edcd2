//! The configuration of the API.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Where the API listens, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The address to listen on; port 0 takes any free port.
    pub listen: SocketAddr,
    /// Who may use the node's wallets: `local` or `anywhere`.
    pub wallet_clients: WalletClients,
}

impl Default for Config {
    fn default() -> Self {
        Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8420)), wallet_clients: WalletClients::default() }
    }
}

/// Who may use the node's wallets; the token is needed in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WalletClients {
    /// Programs on the node's own machine.
    #[default]
    Local,
    /// Any program that reaches the node; for a network that is trusted, since the token travels unencrypted.
    Anywhere,
}
