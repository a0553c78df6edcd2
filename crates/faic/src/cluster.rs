//! A network of several nodes on this machine, each a process of this program with a folder and ports of its own.
//!
//! What is started here is ended here: by [`Cluster::stop`], and at the latest when the cluster is dropped; where this
//! program is killed, the pipe to each node closes and it stops by itself. A member that ends by itself, or is killed by
//! somebody, stays ended until it is started again. A temporary folder goes with the cluster.

use std::{
    env, fs,
    io::{self, Read, Seek, SeekFrom},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use faic_node::{ApiToken, DataFolder, data_folder, dev, genesis::Genesis};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::{
    client::{Client, Status},
    failure::{Code, Context, Failure},
    interruption,
    output::Output,
    settings,
};

/// How long a node may take to answer after its start.
const START_WAIT_MAX: Duration = Duration::from_secs(60);
/// How long a node may take to stop before it is killed.
const STOP_WAIT_MAX: Duration = Duration::from_secs(15);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(20);
/// The file in a member's folder that its log lines go to.
const LOG: &str = "node.log";
/// How much of the end of a log is read for its last line.
const LOG_END_BYTES: u64 = 16 * 1024;

/// Where the nodes of a cluster answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ports {
    /// The first node's API at this port and its peers at the next; ten more for each node that follows.
    From(u16),
    /// Any that are free now.
    Free,
}

/// A network of several nodes.
pub(crate) struct Cluster {
    /// The nodes, the first numbered 1.
    members: Vec<Member>,
    /// What their chain begins with.
    genesis: Genesis,
    /// Where their data folders are.
    folder: PathBuf,
    /// The same, where it is a temporary folder.
    temporary: Option<TempDir>,
}

/// A node of the network.
pub(crate) struct Member {
    /// Its number, from 1.
    pub(crate) number: u8,
    /// Its data folder.
    pub(crate) folder: PathBuf,
    /// Where its API answers.
    pub(crate) http: SocketAddr,
    /// Where it listens for peers.
    pub(crate) p2p: SocketAddr,
    /// Its process, while it runs; shared with the end of an interrupted program.
    process: Arc<Mutex<Option<Child>>>,
}

impl Cluster {
    /// Makes the data folders of so many validators in `folder`, or takes those that are there; without a folder in a
    /// temporary one.
    ///
    /// # Errors
    /// A failure when a folder belongs to another network, or can't be written to.
    pub(crate) fn prepare(folder: Option<&Path>, validators: u8, ports: Ports) -> Result<Self, Failure> {
        let temporary = match folder {
            Some(_) => None,
            None => Some(
                TempDir::with_prefix("faic-nodes-")
                    .context("a temporary folder cannot be made")
                    .advice("name a folder that you may write to in TMPDIR")?,
            ),
        };
        let folder = folder.or_else(|| temporary.as_ref().map(TempDir::path)).unwrap_or(".".as_ref()).to_owned();
        let addresses = addresses(validators, ports)?;
        let genesis = dev::genesis_of(validators);
        let p2p: Vec<SocketAddr> = addresses.iter().map(|(_, p2p)| *p2p).collect();
        let mut members = Vec::new();
        for ((number, index), (http, p2p_of_this)) in (1..=validators).zip(0..).zip(&addresses) {
            let member = Member::new(number, &folder, *http, *p2p_of_this);
            {
                let data = DataFolder::open(&member.folder)?;
                dev::prepare_member(&data, &genesis, index)?;
                data.api_token()?;
            }
            member.write_settings(&p2p)?;
            members.push(member);
        }
        Ok(Self { members, genesis, folder, temporary })
    }

    /// Prepares so many validators in a temporary folder on free ports; from the beginning a signal ends this program
    /// together with the nodes and the folder.
    ///
    /// # Errors
    /// Those of [`Cluster::prepare`], and a failure when the operating system does not let signals be caught.
    pub(crate) fn temporary(validators: u8, output: Output) -> Result<Self, Failure> {
        let caught = interruption::catch()?;
        let cluster = Self::prepare(None, validators, Ports::Free)?;
        let processes: Vec<_> = cluster.members.iter().map(|member| Arc::clone(&member.process)).collect();
        let folder = cluster.folder.clone();
        interruption::before_the_end(move || {
            for process in &processes {
                kill(process);
            }
            // What cannot be removed lies in the folder for temporary files.
            let _left = fs::remove_dir_all(folder);
        });
        caught.heed(output);
        Ok(cluster)
    }

    /// Where the data folders are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts every node and waits until all answer and are connected with each other.
    ///
    /// # Errors
    /// A failure that names the node that does not run, and where its log is.
    pub(crate) fn start(&mut self) -> Result<(), Failure> {
        for member in &mut self.members {
            member.spawn()?;
        }
        self.members.iter_mut().try_for_each(|member| member.wait_until_it_answers().map(drop))?;
        let others = self.members.len().saturating_sub(1);
        self.members.iter_mut().try_for_each(|member| member.wait_for_peers(others))
    }

    /// Adds a node that is no validator, with an empty ledger, and starts it; its folder lies beside the others.
    ///
    /// # Errors
    /// Those of [`Cluster::prepare`] and [`Cluster::start`].
    pub(crate) fn join(&mut self) -> Result<&mut Member, Failure> {
        let number = u8::try_from(self.members.len()).unwrap_or(u8::MAX).saturating_add(1);
        let (http, p2p) = free_addresses(1).context("this machine gives no free ports")?.swap_remove(0);
        let mut member = Member::new(number, &self.folder, http, p2p);
        DataFolder::open(&member.folder)?.bind(&self.genesis)?;
        member.write_settings(&self.members.iter().map(|member| member.p2p).collect::<Vec<_>>())?;
        member.restart()?;
        self.members.push(member);
        Ok(self.members.last_mut().expect("one was just added"))
    }

    /// The nodes, in the order of their numbers.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// The nodes, in the order of their numbers.
    pub(crate) fn members_mut(&mut self) -> &mut [Member] {
        &mut self.members
    }

    /// Asks every node to stop, waits until they did, and removes what is temporary.
    ///
    /// # Errors
    /// A failure that names a node that did not stop well.
    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        for member in &self.members {
            member.ask_to_stop();
        }
        self.members.iter_mut().try_for_each(Member::wait_until_it_stopped)?;
        let closed = self.temporary.take().map(TempDir::close);
        closed.transpose().map(drop).context("the temporary folder cannot be removed")
    }
}

impl Member {
    /// A node that does not run yet; its data folder lies in `folder`.
    fn new(number: u8, folder: &Path, http: SocketAddr, p2p: SocketAddr) -> Self {
        Self { number, folder: folder.join(format!("node-{number}")), http, p2p, process: Arc::default() }
    }

    /// The URL of its API.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// A client of its API.
    ///
    /// # Errors
    /// None that a program can meet: the address is one of this machine.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        Ok(Client::new(self.url().parse()?))
    }

    /// The file that its log lines go to.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(LOG)
    }

    /// The number of its process, while it runs.
    pub(crate) fn pid(&self) -> Option<u32> {
        locked(&self.process).as_ref().map(Child::id)
    }

    /// The token of its API.
    ///
    /// # Errors
    /// A failure when the file can't be read.
    pub(crate) fn token(&self) -> Result<ApiToken, Failure> {
        Ok(ApiToken::read_or_create(&self.folder.join(data_folder::TOKEN_FILE))?)
    }

    /// Writes the node's configuration: its own addresses, and those of all others to find them by.
    fn write_settings(&self, p2p: &[SocketAddr]) -> Result<(), Failure> {
        let multiaddress = |address: &SocketAddr| format!("\"/ip4/{}/tcp/{}\"", address.ip(), address.port());
        let others: Vec<_> = p2p.iter().filter(|address| **address != self.p2p).map(multiaddress).collect();
        let text = format!(
            "# Written by `faic devnet`, anew at each start.\n\n[api]\nlisten = \"{}\"\n\n[network]\nlisten = [{}]\n\
             bootstrap = [{}]\nmdns = false\ninbound_per_address_max = 64\ninbound_per_address_burst = 64\n\
             heartbeat_interval = \"1s\"\nsilence_max = \"10s\"\ndial_backoff_min = \"100ms\"\ndial_backoff_max = \"2s\"\n",
            self.http,
            multiaddress(&self.p2p),
            others.join(", "),
        );
        let path = self.folder.join(settings::FILE);
        fs::write(&path, text)
            .context(format!("{} cannot be written", path.display()))
            .advice("check the folder's permissions and its disk")
    }

    /// Starts its process.
    fn spawn(&mut self) -> Result<(), Failure> {
        let program = env::current_exe().context("the path of this program is not known")?;
        let log = self.log();
        let file = fs::OpenOptions::new().create(true).append(true).open(&log);
        let file = file.context(format!("{} cannot be written", log.display()))?;
        let stderr = file.try_clone().context(format!("{} cannot be written", log.display()))?;
        let mut command = Command::new(program);
        command.arg("node").arg("--until-stdin-ends").arg("--data-dir").arg(&self.folder);
        // The pipe is closed when this program ends, however it does, and the node stops then.
        command.stdin(Stdio::piped()).stdout(file).stderr(stderr);
        let process = command.spawn().context(format!("node {} cannot be started", self.number))?;
        *locked(&self.process) = Some(process);
        Ok(())
    }

    /// Starts it again and waits until it answers.
    ///
    /// # Errors
    /// A failure that says where its log is.
    pub(crate) fn restart(&mut self) -> Result<Status, Failure> {
        self.spawn()?;
        self.wait_until_it_answers()
    }

    /// Waits until it answers.
    fn wait_until_it_answers(&mut self) -> Result<Status, Failure> {
        let (client, deadline) = (self.client()?, Instant::now() + START_WAIT_MAX);
        loop {
            if let Some(status) = self.ended()? {
                return Err(self.failed(&format!("ended with {status}")));
            }
            match client.status() {
                Ok(status) => return Ok(status),
                Err(_) if Instant::now() < deadline => thread::sleep(GLANCE),
                Err(error) => {
                    return Err(self.failed(&format!("did not answer within {} s: {error}", START_WAIT_MAX.as_secs())));
                }
            }
        }
    }

    /// Waits until it has so many peers.
    fn wait_for_peers(&mut self, count: usize) -> Result<(), Failure> {
        let (client, deadline) = (self.client()?, Instant::now() + START_WAIT_MAX);
        loop {
            if let Some(status) = self.ended()? {
                return Err(self.failed(&format!("ended with {status}")));
            }
            let peers = client.node()?.peers;
            if peers >= count {
                return Ok(());
            }
            if Instant::now() >= deadline {
                let waited = START_WAIT_MAX.as_secs();
                return Err(self.failed(&format!("has {peers} of {count} peers after {waited} s")));
            }
            thread::sleep(GLANCE);
        }
    }

    /// How its process ended, when it did so by itself.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn ended(&mut self) -> Result<Option<ExitStatus>, Failure> {
        let mut process = locked(&self.process);
        let Some(running) = process.as_mut() else { return Ok(None) };
        let status = running.try_wait().context(format!("node {} cannot be watched", self.number))?;
        if status.is_some() {
            *process = None;
        }
        Ok(status)
    }

    /// Ends its process at once, as a power cut would.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn kill(&mut self) -> Result<(), Failure> {
        let Some(mut process) = locked(&self.process).take() else { return Ok(()) };
        let killed = process.kill().and_then(|()| process.wait());
        killed.map(drop).context(format!("node {} cannot be ended", self.number))
    }

    /// Asks its process to stop; one that has ended already needs no asking.
    fn ask_to_stop(&self) {
        let pid = self.pid().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        let _ended_already = pid.map(|pid| kill_process(pid, Signal::TERM));
    }

    /// Waits until it stopped; kills it when that takes too long.
    fn wait_until_it_stopped(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + STOP_WAIT_MAX;
        while self.pid().is_some() {
            match self.ended()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(self.failed(&format!("stopped with {status}"))),
                None if Instant::now() < deadline => thread::sleep(GLANCE),
                None => {
                    self.kill()?;
                    return Err(
                        self.failed(&format!("did not stop within {} s and was killed", STOP_WAIT_MAX.as_secs()))
                    );
                }
            }
        }
        Ok(())
    }

    /// The failure of this node, with the last line of its log.
    fn failed(&self, what: &str) -> Failure {
        let text = end_of(&self.log()).unwrap_or_default();
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("its log is empty");
        Failure::new(Code::NodeFailed, format!("node {} {what}: {last}", self.number))
            .advice(format!("its log is {}", self.log().display()))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        kill(&self.process);
    }
}

/// The process of a member; nothing that could panic is done while it is locked.
fn locked(process: &Mutex<Option<Child>>) -> MutexGuard<'_, Option<Child>> {
    process.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends a process at once, if it runs, and waits until it is gone.
fn kill(process: &Mutex<Option<Child>>) {
    if let Some(mut process) = locked(process).take() {
        let _gone_already = process.kill().and_then(|()| process.wait());
    }
}

/// The last lines of a file; of the first of them perhaps only a part.
fn end_of(path: &Path) -> io::Result<String> {
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LOG_END_BYTES)))?;
    let mut end = Vec::new();
    file.take(LOG_END_BYTES).read_to_end(&mut end)?;
    Ok(String::from_utf8_lossy(&end).into_owned())
}

/// The addresses of the API and for peers of each node.
fn addresses(count: u8, ports: Ports) -> Result<Vec<(SocketAddr, SocketAddr)>, Failure> {
    let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match ports {
        Ports::From(first) => (0..u16::from(count))
            .map(|index| {
                let http = index.checked_mul(10).and_then(|offset| first.checked_add(offset));
                let p2p = http.and_then(|http| http.checked_add(1));
                match (http, p2p) {
                    (Some(http), Some(p2p)) => Ok((local(http), local(p2p))),
                    (None, _) | (_, None) => Err(Failure::usage("the ports of the nodes go beyond 65535")),
                }
            })
            .collect(),
        Ports::Free => free_addresses(count).context("this machine gives no free ports"),
    }
}

/// Addresses that nobody listens at now; all are taken at once, so that none is given twice.
fn free_addresses(count: u8) -> io::Result<Vec<(SocketAddr, SocketAddr)>> {
    let listen = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listeners: Vec<_> = (0..count).map(|_| Ok((listen()?, listen()?))).collect::<io::Result<_>>()?;
    listeners.iter().map(|(http, p2p)| Ok((http.local_addr()?, p2p.local_addr()?))).collect()
}
