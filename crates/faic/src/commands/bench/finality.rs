//! `faic bench finality`: from the submission of a payment to its finality, on validators that are processes of their own.
//!
//! Measured are the engine alone (validators in this process that agree on empty blocks of a ledger that does nothing),
//! single payments on an idle network, and single payments under a steady load, all in one run, because only their ratios
//! mean something on a machine that others use too.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use clap::Args;
use faic_core::{Network, SignedTransaction};
use faic_node::{bench, dev};
use serde::Serialize;

use super::{
    payer::{Payer, RECEIVER, payers, submit, wait_until_final},
    processor_time,
};
use crate::{
    client::Client,
    cluster::{Cluster, Member},
    commands::tour::Progress,
    failure::{Code, Failure},
    output::{Answer, Column, Output, table},
    running::runtime,
};

/// How long a payment may take to be taken, and how long to become final.
const PATIENCE: Duration = Duration::from_secs(30);
/// How many connections the load comes over.
const CONNECTIONS: usize = 8;
/// How long the load runs before anything is measured under it.
const WARM_UP: Duration = Duration::from_secs(2);
/// How many empty blocks the engine alone decides.
const ENGINE_BLOCKS: usize = 100;

/// The options of the measurement.
#[derive(Debug, Args)]
pub(crate) struct Finality {
    /// How many validators there are, each a process.
    #[arg(long, value_name = "COUNT", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    nodes: u8,

    /// How many payments a second the load has.
    #[arg(long, value_name = "COUNT", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,

    /// How many single payments are measured, idle and under load.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(10..=10_000))]
    samples: u32,
}

/// What was measured.
#[derive(Serialize)]
struct Measured {
    /// How many validators there were.
    validators: u8,
    /// The rows.
    rows: Vec<Row>,
    /// The median of an idle payment, in medians of the engine's empty block.
    idle_per_engine: f64,
    /// The median of a payment under load, in the same.
    load_per_engine: f64,
    /// How many payments a second became final under load.
    final_per_second: f64,
    /// How many payments a second were offered.
    offered_per_second: u32,
    /// How long a node used a processor for a payment under load, in milliseconds; null where the system does not tell.
    node_cpu_ms_per_payment: Option<f64>,
    /// How long this program did, which pays.
    payer_cpu_ms_per_payment: Option<f64>,
}

/// One measurement, in milliseconds.
#[derive(Serialize)]
struct Row {
    /// What was measured.
    what: String,
    /// How often.
    samples: usize,
    /// The median.
    p50_ms: f64,
    /// What 99 of 100 stay below.
    p99_ms: f64,
    /// The longest.
    max_ms: f64,
}

impl Row {
    /// The row of some times.
    fn new(what: impl Into<String>, mut times: Vec<Duration>) -> Self {
        times.sort();
        let at =
            |percent: usize| times.get((times.len().saturating_sub(1)) * percent / 100).copied().unwrap_or_default();
        let ms = |time: Duration| (time.as_secs_f64() * 100_000.0).round() / 100.0;
        Self { what: what.into(), samples: times.len(), p50_ms: ms(at(50)), p99_ms: ms(at(99)), max_ms: ms(at(100)) }
    }
}

impl Answer for Measured {
    fn to_text(&self) -> String {
        let number = |value: f64| format!("{value:.1}");
        let rows = self.rows.iter().map(|row| {
            [row.what.clone(), row.samples.to_string(), number(row.p50_ms), number(row.p99_ms), number(row.max_ms)]
        });
        let used = match (self.node_cpu_ms_per_payment, self.payer_cpu_ms_per_payment) {
            (Some(node), Some(payer)) => {
                format!(
                    "A payment took {node} ms of a processor at each node, and {payer} ms to be made and watched.\n"
                )
            }
            (None, _) | (_, None) => String::new(),
        };
        format!(
            "\n{}\nAn idle payment takes {:.1} times as long as the engine alone takes for an empty block, one under load \
             {:.1} times.\nUnder load {:.0} payments a second became final, of {} offered.\n{used}",
            table(
                ["milliseconds", "samples", "p50", "p99", "max"],
                [Column::Words, Column::Number, Column::Number, Column::Number, Column::Number],
                rows
            ),
            self.idle_per_engine,
            self.load_per_engine,
            self.final_per_second,
            self.offered_per_second,
        )
    }
}

/// Measures.
///
/// # Errors
/// A failure that says in one line what went wrong.
pub(super) fn run(command: &Finality, output: Output) -> Result<(), Failure> {
    let progress = Progress::new(output, 4);
    let mut cluster = Cluster::temporary(command.nodes, output)?;
    progress.begin(&format!("let the engine alone decide {ENGINE_BLOCKS} empty blocks"));
    let folder = cluster.folder().join("engine");
    let engine = runtime()?.block_on(bench::engine_alone(command.nodes, ENGINE_BLOCKS, &folder))?;
    let engine = Row::new("engine alone, empty block", engine);
    progress.end(&[("p50", format!("{} ms", engine.p50_ms))]);
    progress.begin(&format!("start {} validators, each a process of its own", command.nodes));
    cluster.start()?;
    progress.end(&[]);
    let client = cluster.members()[0].client()?;
    let status = client.status()?;
    // The first account pays what is measured, the others the load.
    let payers = |count, accounts| payers(count, accounts, &status.chain_id, status.height);
    let (mut probers, load) = (payers(1, 0..1)?, payers(CONNECTIONS, 1..dev::ACCOUNTS)?);
    let mut prober = probers.pop().ok_or_else(|| Failure::new(Code::Internal, "there are no payers"))?;
    progress.begin(&format!("pay {} times on the idle network", command.samples));
    let idle = (0..command.samples).map(|_| settle(&client, &prober.next()?)).collect::<Result<Vec<_>, Failure>>()?;
    let idle = Row::new("one payment, idle network", idle);
    progress.end(&[("p50", format!("{} ms", idle.p50_ms)), ("p99", format!("{} ms", idle.p99_ms))]);
    progress.begin(&format!("pay {} times under a load of {} a second", command.samples, command.rate));
    let load = under_load(command, &cluster, load, &mut prober)?;
    let loaded = Row::new(format!("one payment, {} a second", command.rate), load.times);
    progress.end(&[("p50", format!("{} ms", loaded.p50_ms)), ("p99", format!("{} ms", loaded.p99_ms))]);
    cluster.stop()?;
    let per_engine = |row: &Row| (row.p50_ms / engine.p50_ms.max(0.01) * 10.0).round() / 10.0;
    let (idle_per_engine, load_per_engine) = (per_engine(&idle), per_engine(&loaded));
    let rounded = |ms: f64| (ms * 1_000.0).round() / 1_000.0;
    output.show(&Measured {
        validators: command.nodes,
        rows: vec![engine, idle, loaded],
        idle_per_engine,
        load_per_engine,
        final_per_second: load.final_per_second.round(),
        offered_per_second: command.rate,
        node_cpu_ms_per_payment: load.node_cpu_ms.map(rounded),
        payer_cpu_ms_per_payment: load.payer_cpu_ms.map(rounded),
    })
}

/// How long a payment takes from its submission to its finality, at the node that it was submitted to.
fn settle(client: &Client, payment: &SignedTransaction) -> Result<Duration, Failure> {
    let begin = Instant::now();
    submit(client, payment, PATIENCE)?;
    wait_until_final(client, &payment.id(), PATIENCE)?;
    Ok(begin.elapsed())
}

/// What was seen under load.
struct Load {
    /// How long single payments took.
    times: Vec<Duration>,
    /// How many payments of the load became final a second.
    final_per_second: f64,
    /// How long a node used a processor for a payment, in milliseconds.
    node_cpu_ms: Option<f64>,
    /// How long this program did.
    payer_cpu_ms: Option<f64>,
}

/// Measures single payments while a load is offered to all nodes.
fn under_load(command: &Finality, cluster: &Cluster, payers: Vec<Payer>, prober: &mut Payer) -> Result<Load, Failure> {
    let over = Arc::new(AtomicBool::new(false));
    let rate = f64::from(command.rate) / CONNECTIONS as f64;
    let workers: Vec<_> = payers
        .into_iter()
        .enumerate()
        .map(|(worker, payer)| {
            let client = cluster.members()[worker % cluster.members().len()].client()?;
            let over = Arc::clone(&over);
            Ok(thread::spawn(move || offer(&client, payer, rate, &over)))
        })
        .collect::<Result<_, Failure>>()?;
    let client = cluster.members()[0].client()?;
    thread::sleep(WARM_UP);
    let nodes = || processor_time::of_processes(cluster.members().iter().filter_map(Member::pid));
    let payer = || processor_time::of_processes([std::process::id()]);
    let (before, begin) = (received(&client)?, Instant::now());
    let (nodes_before, payer_before) = (nodes(), payer());
    let measured = (0..command.samples).map(|_| settle(&client, &prober.next()?)).collect::<Result<Vec<_>, Failure>>();
    let (after, seconds) = (received(&client)?, begin.elapsed().as_secs_f64());
    let paid = after.saturating_sub(before);
    let ms_each = |before: Option<Duration>, after: Option<Duration>, count: usize| {
        let used = after?.checked_sub(before?)?.as_secs_f64() * 1_000.0;
        Some(used / count as f64 / paid as f64).filter(|ms| ms.is_finite())
    };
    let node_cpu_ms = ms_each(nodes_before, nodes(), cluster.members().len());
    let payer_cpu_ms = ms_each(payer_before, payer(), 1);
    over.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.join().unwrap_or_else(|_| Err(Failure::new(Code::Internal, "the load has a bug: it panicked")))?;
    }
    // The payments that were measured are no part of the load.
    let final_per_second = paid.saturating_sub(u64::from(command.samples)) as f64 / seconds;
    Ok(Load { times: measured?, final_per_second, node_cpu_ms, payer_cpu_ms })
}

/// How many payments of one nano the receiver has got.
fn received(client: &Client) -> Result<u64, Failure> {
    Ok(client.account(&RECEIVER, Network::Dev)?.balance.nano())
}

/// Submits payments at a rate a second, or as fast as they are taken, until it is over; late ones are made up for.
fn offer(client: &Client, mut payer: Payer, rate: f64, over: &AtomicBool) -> Result<(), Failure> {
    let begin = Instant::now();
    let mut sent = 0.0;
    while !over.load(Ordering::Relaxed) {
        if sent > begin.elapsed().as_secs_f64() * rate {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        submit(client, &payer.next()?, PATIENCE)?;
        sent += 1.0;
    }
    Ok(())
}
