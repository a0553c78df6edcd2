//! How much a server gives to its clients, to each and to all together.

use std::{net::IpAddr, time::Duration};

/// The bytes of a mebibyte.
const MIB: u32 = 1024 * 1024;

/// The bounds of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerLimits {
    /// How long something may wait to be written while the client takes nothing; its connection is closed then.
    pub write_timeout: Duration,
    /// Most bytes of answers that are made and not yet written, small ones aside; beyond, the node is too busy.
    pub answer_bytes_max: u32,
    /// What one client has at most: an IPv4 address or an IPv6 network of 64 bits.
    pub client: ClientLimits,
    /// What one loopback address has at most: the programs of this machine, or a proxy by which many clients come.
    pub loopback: ClientLimits,
}

/// The bounds of one client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// Most connections at a time; a further one is closed at once.
    pub connections_max: u32,
    /// Most bytes of its answers that are made and not yet written, small ones aside.
    pub answer_bytes_max: u32,
}

impl ServerLimits {
    /// The bounds of the client at an address.
    pub(crate) fn of(&self, ip: IpAddr) -> ClientLimits {
        if ip.to_canonical().is_loopback() { self.loopback } else { self.client }
    }
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            write_timeout: Duration::from_secs(30),
            answer_bytes_max: 128 * MIB,
            client: ClientLimits { connections_max: 64, answer_bytes_max: 16 * MIB },
            loopback: ClientLimits { connections_max: 768, answer_bytes_max: 64 * MIB },
        }
    }
}
