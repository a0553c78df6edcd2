//! `faic bench catch-up`: a new node follows a chain that has a history.
//!
//! The history is made on validators that are processes of their own, then a node with an empty ledger joins. Every block
//! that it gets is verified as any other: certificate, signatures, execution, state.

use std::{
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use faic_core::{Hash, Network, transaction::LANES};
use faic_node::dev;
use serde::Serialize;

use super::payer::{Payer, RECEIVER, payers, submit, wait_until_final};
use crate::{
    client::Client,
    cluster::Cluster,
    commands::tour::Progress,
    failure::{Code, Failure},
    output::{Answer, Output, fields},
};

/// How many connections make the history.
const CONNECTIONS: u32 = 8;
/// How many payments of a connection wait at most.
const WAITING_MAX: usize = 100;
/// How long the node may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// The options of the measurement.
#[derive(Debug, Args)]
pub(crate) struct CatchUp {
    /// How many transfers the history has.
    #[arg(long, value_name = "COUNT", default_value_t = 50_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    transfers: u32,

    /// How many validators make it.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    nodes: u8,
}

/// What was measured.
#[derive(Serialize)]
struct Measured {
    /// How many transfers the history has.
    transfers: u32,
    /// How many blocks.
    blocks: u64,
    /// How long it took to make it, in seconds.
    made_in_seconds: f64,
    /// How long the new node took from its start to the height that the others had then, in seconds.
    caught_up_in_seconds: f64,
    /// Transfers a second while it caught up.
    transfers_per_second: f64,
}

impl Answer for Measured {
    fn to_text(&self) -> String {
        fields(&[
            ("history", format!("{} transfers in {} blocks", self.transfers, self.blocks)),
            ("made in", format!("{:.1} s", self.made_in_seconds)),
            ("a new node caught up in", format!("{:.1} s", self.caught_up_in_seconds)),
            ("that is", format!("{:.0} transfers a second", self.transfers_per_second)),
        ])
    }
}

/// Measures.
///
/// # Errors
/// A failure that says in one line what went wrong.
pub(super) fn run(command: &CatchUp, output: Output) -> Result<(), Failure> {
    let progress = Progress::new(output, 3);
    progress.begin(&format!("start {} validators, each a process of its own", command.nodes));
    let mut cluster = Cluster::temporary(command.nodes, output)?;
    cluster.start()?;
    progress.end(&[]);
    progress.begin(&format!("make a history of {} transfers", command.transfers));
    let begin = Instant::now();
    let height = make_history(command.transfers, &cluster)?;
    let made = begin.elapsed().as_secs_f64();
    progress.end(&[("height", height.to_string()), ("after", format!("{made:.1} s"))]);
    progress.begin("let a new node catch up");
    let begin = Instant::now();
    let client = cluster.join()?.client()?;
    while client.status()?.height < height {
        if begin.elapsed() > PATIENCE {
            return Err(Failure::new(Code::NodeFailed, format!("the node did not reach height {height} in time")));
        }
        thread::sleep(GLANCE);
    }
    let caught_up = begin.elapsed().as_secs_f64();
    progress.end(&[("after", format!("{caught_up:.1} s"))]);
    cluster.stop()?;
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    output.show(&Measured {
        transfers: command.transfers,
        blocks: height,
        made_in_seconds: tenths(made),
        caught_up_in_seconds: tenths(caught_up),
        transfers_per_second: (f64::from(command.transfers) / caught_up).round(),
    })
}

/// Pays so many times as fast as the nodes take it; answers with the height at which all of it is final.
fn make_history(transfers: u32, cluster: &Cluster) -> Result<u64, Failure> {
    let status = cluster.members()[0].client()?.status()?;
    let count = usize::try_from(CONNECTIONS).unwrap_or(1);
    let workers: Vec<_> = payers(count, 0..dev::ACCOUNTS, &status.chain_id, status.height)?
        .into_iter()
        .zip(0..)
        .map(|(payer, worker)| {
            let place = usize::try_from(worker).unwrap_or_default() % cluster.members().len();
            let client = cluster.members()[place].client()?;
            let share = transfers / CONNECTIONS + u32::from(worker < transfers % CONNECTIONS);
            Ok(thread::spawn(move || pay(&client, payer, share)))
        })
        .collect::<Result<_, Failure>>()?;
    for worker in workers {
        worker.join().unwrap_or_else(|_| Err(Failure::new(Code::Internal, "the load has a bug: it panicked")))?;
    }
    // The payments were final at the nodes that took them; the first may be a block behind.
    let (client, begin) = (cluster.members()[0].client()?, Instant::now());
    loop {
        let received = client.account(&RECEIVER, Network::Dev)?;
        if received.balance.nano() >= u64::from(transfers) {
            return Ok(received.height);
        }
        if begin.elapsed() > PATIENCE {
            return Err(Failure::new(Code::NodeNotTrusted, "payments that were final are not in the balance"));
        }
        thread::sleep(GLANCE);
    }
}

/// Pays so many times, and waits until the payments are final whenever many wait.
fn pay(client: &Client, mut payer: Payer, count: u32) -> Result<(), Failure> {
    let mut waiting: Vec<Hash> = Vec::new();
    for _ in 0..count {
        let payment = payer.next()?;
        submit(client, &payment, PATIENCE)?;
        waiting.push(payment.id());
        if waiting.len() >= WAITING_MAX {
            settle(client, &waiting)?;
            waiting.clear();
        }
    }
    settle(client, &waiting)
}

/// Waits until the last payment of each lane is final; the lanes took turns.
fn settle(client: &Client, waiting: &[Hash]) -> Result<(), Failure> {
    let mut last = waiting.iter().rev().take(usize::from(LANES));
    last.try_for_each(|id| wait_until_final(client, id, PATIENCE))
}
