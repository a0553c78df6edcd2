//! What can be configured of the network.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{NodeAddress, node_address::NodeAddressError};

/// The port that nodes listen on unless told otherwise, for TCP and for QUIC over UDP.
pub const PORT: u16 = 8421;

/// The network's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The addresses to listen on; port 0 takes a free one. An empty list accepts no connections.
    pub listen: Vec<NodeAddress>,
    /// The addresses under which others reach this node, where they differ from those that it listens on.
    pub external: Vec<NodeAddress>,
    /// Nodes to begin with, which are redialled for ever; a node's id at the end is checked.
    /// Each is one that can be dialled, with a host and a port.
    pub bootstrap: Vec<NodeAddress>,
    /// Whether nodes on the same local network find each other by multicast.
    pub mdns: bool,
    /// The most connections that others may open to this node.
    pub inbound_max: u32,
    /// The most connections that this node opens.
    pub outbound_max: u32,
    /// How many peers this node looks for by itself; it accepts more.
    pub peers_wanted: u32,
    /// The most connections from one IP address at a time.
    pub inbound_per_address_max: u32,
    /// How many new connections one IP address may open within ten seconds.
    pub inbound_per_address_burst: u32,
    /// How often this node tells its peers its state, and measures the round trip to them; from 100 ms to 5 min.
    #[serde(with = "humantime_serde")]
    pub heartbeat_interval: Duration,
    /// How long a peer may say nothing before it is dropped; at least two heartbeats.
    #[serde(with = "humantime_serde")]
    pub silence_max: Duration,
    /// How long a ping, and the hello of a new connection, may take.
    #[serde(with = "humantime_serde")]
    pub ping_timeout: Duration,
    /// How long an answer to a direct message may take.
    #[serde(with = "humantime_serde")]
    pub answer_timeout: Duration,
    /// How many direct messages a peer may send a second in the long run; four times as many at once.
    pub requests_per_second: u32,
    /// How many gossiped messages a peer may pass on a second in the long run; four times as many at once.
    pub gossip_per_second: u32,
    /// How long a ban lasts.
    #[serde(with = "humantime_serde")]
    pub ban_duration: Duration,
    /// How long to wait after the first failed dial; doubled with each further one.
    #[serde(with = "humantime_serde")]
    pub dial_backoff_min: Duration,
    /// The longest wait between two dials of one node.
    #[serde(with = "humantime_serde")]
    pub dial_backoff_max: Duration,
}

impl Config {
    /// The range of the heartbeat's interval.
    const HEARTBEAT_RANGE: std::ops::RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(300);

    /// Checks that the values fit together.
    ///
    /// # Errors
    /// [`ConfigError`] names the field.
    pub fn check(&self) -> Result<(), ConfigError> {
        if !Self::HEARTBEAT_RANGE.contains(&self.heartbeat_interval) {
            return Err(ConfigError::HeartbeatInterval);
        }
        if self.silence_max < self.heartbeat_interval.saturating_mul(2) {
            return Err(ConfigError::SilenceMax);
        }
        for address in &self.bootstrap {
            let failed = |source| ConfigError::Bootstrap { address: address.clone(), source };
            address.check_dialable().map_err(failed)?;
        }
        let must_pass = [
            ("ping_timeout", self.ping_timeout),
            ("answer_timeout", self.answer_timeout),
            ("dial_backoff_min", self.dial_backoff_min),
        ];
        if let Some((field, _)) = must_pass.into_iter().find(|(_, duration)| duration.is_zero()) {
            return Err(ConfigError::Zero(field));
        }
        if self.dial_backoff_max < self.dial_backoff_min {
            return Err(ConfigError::DialBackoff);
        }
        let must_allow = [
            ("inbound_per_address_burst", self.inbound_per_address_burst),
            ("requests_per_second", self.requests_per_second),
            ("gossip_per_second", self.gossip_per_second),
        ];
        let zero = must_allow.into_iter().find(|(_, count)| *count == 0);
        zero.map_or(Ok(()), |(field, _)| Err(ConfigError::Zero(field)))
    }

    /// A configuration for tests and one-machine networks: free ports of loopback, quick heartbeats and redials, no
    /// multicast, and room for many nodes at one address.
    pub fn loopback() -> Self {
        Self {
            listen: vec!["/ip4/127.0.0.1/tcp/0".parse().expect("the text is a multiaddress")],
            mdns: false,
            inbound_per_address_max: 256,
            inbound_per_address_burst: 256,
            heartbeat_interval: Duration::from_millis(500),
            silence_max: Duration::from_secs(5),
            dial_backoff_min: Duration::from_millis(100),
            dial_backoff_max: Duration::from_secs(2),
            ..Self::default()
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        let listen = [format!("/ip4/0.0.0.0/tcp/{PORT}"), format!("/ip4/0.0.0.0/udp/{PORT}/quic-v1")];
        Self {
            listen: listen.iter().map(|text| text.parse().expect("the text is a multiaddress")).collect(),
            external: Vec::new(),
            bootstrap: Vec::new(),
            mdns: true,
            inbound_max: 64,
            outbound_max: 32,
            peers_wanted: 16,
            inbound_per_address_max: 8,
            inbound_per_address_burst: 16,
            heartbeat_interval: Duration::from_secs(5),
            silence_max: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(20),
            requests_per_second: 1_000,
            gossip_per_second: 5_000,
            ban_duration: Duration::from_secs(600),
            dial_backoff_min: Duration::from_secs(1),
            dial_backoff_max: Duration::from_secs(300),
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The heartbeat's interval is out of its range.
    #[error("heartbeat_interval must be from 100 ms to 5 min")]
    HeartbeatInterval,
    /// A healthy peer would be dropped between two heartbeats.
    #[error("silence_max must be at least twice heartbeat_interval")]
    SilenceMax,
    /// The longest back-off is shorter than the shortest.
    #[error("dial_backoff_max must be at least dial_backoff_min")]
    DialBackoff,
    /// A node to begin with cannot be dialled.
    #[error("bootstrap names {address}, to which no node can connect")]
    Bootstrap {
        /// The address.
        address: NodeAddress,
        /// What is wrong with it.
        source: NodeAddressError,
    },
    /// Nothing would ever be in time or allowed.
    #[error("{0} must not be zero")]
    Zero(&'static str),
}

#[cfg(test)]
mod tests;
