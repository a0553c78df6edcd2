//! Where a node can be reached: a multiaddress, such as `/ip4/192.0.2.1/tcp/8421/p2p/12D3Koo…`.
//!
//! Read from text and configuration, and from bytes of a stranger, which are bounded. Whether anybody answers there is
//! for a dial to find out.

use std::{fmt, io, net::IpAddr, str::FromStr};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::bounded;
use libp2p::{Multiaddr, multiaddr::Protocol};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::NodeId;

/// The most bytes of an address that came from a peer.
pub const ADDRESS_BYTES_MAX: usize = 256;

/// A multiaddress (<https://multiformats.io/multiaddr>), with or without the node's id at its end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddress(Multiaddr);

impl NodeAddress {
    /// The node that the address says is there.
    pub fn node(&self) -> Option<NodeId> {
        let node = |part| if let Protocol::P2p(peer) = part { NodeId::from_peer_id(&peer).ok() } else { None };
        self.0.iter().find_map(node)
    }

    /// The IP address of the host, unless it is named otherwise.
    pub fn ip(&self) -> Option<IpAddr> {
        ip_of(&self.0)
    }

    /// The TCP port, if the address has one.
    pub fn tcp_port(&self) -> Option<u16> {
        self.0.iter().find_map(|part| if let Protocol::Tcp(port) = part { Some(port) } else { None })
    }

    /// The same place, with the node's id at its end.
    #[must_use]
    pub fn with_node(&self, node: &NodeId) -> Self {
        Self(self.transport().with(Protocol::P2p(node.peer_id())))
    }

    /// The place without the node's id.
    #[must_use]
    pub fn without_node(&self) -> Self {
        Self(self.transport())
    }

    /// Checks that the address names one place that this node can dial: a host, then `/tcp/PORT` or
    /// `/udp/PORT/quic-v1`, or a `/dnsaddr/` whose records say so. Listening asks for less.
    ///
    /// # Errors
    /// [`NodeAddressError`] says what is missing.
    pub fn check_dialable(&self) -> Result<(), NodeAddressError> {
        let place = self.transport();
        let mut parts = place.iter();
        match parts.next() {
            Some(Protocol::Dnsaddr(_)) => return Ok(()),
            Some(Protocol::Ip4(_) | Protocol::Ip6(_)) => {
                if let Some(ip) = self.ip().filter(IpAddr::is_unspecified) {
                    return Err(NodeAddressError::Unspecified(ip));
                }
            }
            Some(Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)) => {}
            Some(_) | None => return Err(NodeAddressError::Host),
        }
        match (parts.next(), parts.next(), parts.next()) {
            (Some(Protocol::Tcp(0) | Protocol::Udp(0)), ..) => Err(NodeAddressError::Port),
            (Some(Protocol::Tcp(_)), None, _) | (Some(Protocol::Udp(_)), Some(Protocol::QuicV1), None) => Ok(()),
            _ => Err(NodeAddressError::Transport),
        }
    }

    /// The address as libp2p knows it.
    pub(crate) const fn multiaddr(&self) -> &Multiaddr {
        &self.0
    }

    /// Takes an address of libp2p; `None` when it is longer than [`ADDRESS_BYTES_MAX`] or empty.
    pub(crate) fn from_multiaddr(address: &Multiaddr) -> Option<Self> {
        ((1..=ADDRESS_BYTES_MAX).contains(&address.len())).then(|| Self(address.clone()))
    }

    /// The parts that are not the node's id.
    fn transport(&self) -> Multiaddr {
        self.0.iter().filter(|part| !matches!(part, Protocol::P2p(_))).collect()
    }
}

/// The IP address that a multiaddress begins with.
pub(crate) fn ip_of(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => Some(IpAddr::V4(ip)),
        Some(Protocol::Ip6(ip)) => Some(ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)),
        _ => None,
    }
}

impl fmt::Display for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0.to_string())
    }
}

impl fmt::Debug for NodeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for NodeAddress {
    type Err = NodeAddressError;

    fn from_str(text: &str) -> Result<Self, NodeAddressError> {
        let address = Multiaddr::from_str(text).map_err(|_| NodeAddressError::Malformed)?;
        Self::from_multiaddr(&address).ok_or(NodeAddressError::Length(address.len()))
    }
}

impl BorshSerialize for NodeAddress {
    /// Writes the binary form of the multiaddress as a list of bytes.
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        BorshSerialize::serialize(&self.0.to_vec(), writer)
    }
}

impl BorshDeserialize for NodeAddress {
    /// Reads at most [`ADDRESS_BYTES_MAX`] bytes, which must be one multiaddress in its only spelling.
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes: Vec<u8> = bounded::read_list(reader, ADDRESS_BYTES_MAX)?;
        let address = Multiaddr::try_from(bytes).map_err(|error| bounded::invalid(error.to_string()))?;
        let spelt: Multiaddr = address.iter().collect();
        if spelt.is_empty() || spelt != address {
            return Err(bounded::invalid("the address is empty or not in its only spelling"));
        }
        Ok(Self(address))
    }
}

impl Serialize for NodeAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <String as Deserialize>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Why a text is no address of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NodeAddressError {
    /// The text is no multiaddress.
    #[error("the text is no multiaddress, such as /ip4/192.0.2.1/tcp/8421")]
    Malformed,
    /// The address is empty or too long.
    #[error("an address has 1 to {ADDRESS_BYTES_MAX} bytes, not {0}")]
    Length(usize),
    /// The address names no host to dial.
    #[error("an address to connect to begins with the host, such as /ip4/192.0.2.1/tcp/8421 or /dns/HOST/tcp/8421")]
    Host,
    /// The address is one to listen on.
    #[error("{0} stands for every address of a machine: name the one at which the other node is reached")]
    Unspecified(IpAddr),
    /// The port is 0, which only who listens may ask for.
    #[error("nobody listens on port 0: name the other node's port, such as /tcp/8421")]
    Port,
    /// No way of nodes leads there, or no port is named.
    #[error("after the host of an address to connect to comes /tcp/PORT or /udp/PORT/quic-v1, such as /tcp/8421")]
    Transport,
}

#[cfg(test)]
mod tests;
