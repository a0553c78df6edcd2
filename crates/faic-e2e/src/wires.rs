//! Cables between nodes: each node in a network namespace of its own with two interfaces, one to its peers and one to the
//! test. A node that is cut off keeps its API, and its peers are gone without a word, as when a cable is pulled.
//!
//! It takes `unshare`, `nsenter` and `ip`. The test itself runs in a namespace too ([`crate::namespace`]), so that nothing
//! of this is seen from outside, and all of it ends with the test.

use std::{
    ffi::OsString,
    fs,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::namespace::skip;

/// Where nodes listen for peers.
const P2P_PORT: u16 = 8421;
/// Where nodes answer over HTTP.
const HTTP_PORT: u16 = 8420;
/// The bridge of the nodes that are together.
const TOGETHER: &str = "together";
/// The bridge of the nodes that are cut off.
const APART: &str = "apart";
/// The bridge between the nodes' APIs and the test.
const TEST: &str = "test";
/// How long a process may take to enter its namespace.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// Whether this system has what it takes beside namespaces; if not, the reason is printed.
pub fn are_possible(test: &str) -> bool {
    let made = ["ip link set lo up", "ip link add probe0 type veth peer name probe1", "ip link del probe0"];
    let works = made.iter().all(|command| {
        let mut words = command.split(' ');
        let program = words.next().unwrap_or_default();
        Command::new(program).args(words).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    });
    if !works {
        skip(test, "this machine has no `ip`, or no virtual cables");
    }
    works
}

/// The cables of one network of nodes, in the namespace of the test.
#[derive(Debug)]
pub struct Wires(());

impl Wires {
    /// The bridges, with nobody at them.
    ///
    /// # Panics
    /// When they cannot be made.
    pub fn new() -> Self {
        for bridge in [TOGETHER, APART, TEST] {
            ip(&format!("link add {bridge} type bridge"));
            ip(&format!("link set {bridge} up"));
        }
        ip(&format!("addr add 10.78.0.254/24 dev {TEST}"));
        Self(())
    }

    /// Where a node listens for peers.
    pub fn p2p(number: usize) -> SocketAddr {
        SocketAddr::new(host(77, number), P2P_PORT)
    }

    /// Where a node answers over HTTP.
    pub fn http(number: usize) -> SocketAddr {
        SocketAddr::new(host(78, number), HTTP_PORT)
    }

    /// Takes a node off the network of its peers.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn cut(&self, number: usize) {
        ip(&format!("link set p2p{number} master {APART}"));
    }

    /// Puts a node back.
    ///
    /// # Panics
    /// When the system refuses.
    pub fn heal(&self, number: usize) {
        ip(&format!("link set p2p{number} master {TOGETHER}"));
    }

    /// The program and its first arguments by which a node starts in a namespace of its own; it waits for a line on its
    /// standard input.
    pub(crate) fn launcher() -> Vec<OsString> {
        ["unshare", "-n", "sh", "-c", "read _; exec \"$@\"", "sh"].map(OsString::from).to_vec()
    }

    /// Connects a process that was begun with [`Wires::launcher`].
    pub(crate) fn plug(&self, number: usize, process: u32) {
        let own = fs::read_link("/proc/self/ns/net").expect("the system has namespaces");
        let deadline = Instant::now() + PATIENCE;
        while fs::read_link(format!("/proc/{process}/ns/net")).is_ok_and(|namespace| namespace == own) {
            assert!(Instant::now() < deadline, "the node did not enter its namespace in time");
            // sleep: between two looks at another process, within a deadline.
            thread::sleep(GLANCE);
        }
        for (name, bridge, address) in [("p2p", TOGETHER, host(77, number)), ("http", TEST, host(78, number))] {
            ip(&format!("link add {name}{number} type veth peer name {name} netns {process}"));
            ip(&format!("link set {name}{number} master {bridge}"));
            ip(&format!("link set {name}{number} up"));
            inside(process, &format!("addr add {address}/24 dev {name}"));
            inside(process, &format!("link set {name} up"));
        }
        inside(process, "link set lo up");
    }
}

impl Default for Wires {
    fn default() -> Self {
        Self::new()
    }
}

/// The address of a node, or of the test, on one of the two networks.
fn host(network: u8, number: usize) -> IpAddr {
    let number = u8::try_from(number + 1).expect("there are few nodes");
    Ipv4Addr::new(10, network, 0, number).into()
}

/// Changes the interfaces of the test.
fn ip(arguments: &str) {
    let status = Command::new("ip").args(arguments.split(' ')).status();
    assert!(status.is_ok_and(|status| status.success()), "ip {arguments} failed");
}

/// Changes the interfaces of a node.
fn inside(process: u32, arguments: &str) {
    let process = process.to_string();
    let status = Command::new("nsenter").args(["-n", "-t", &process, "ip"]).args(arguments.split(' ')).status();
    assert!(status.is_ok_and(|status| status.success()), "ip {arguments} failed in the namespace of {process}");
}
