//! `faic tour`: the main job on a network of its own, over its real HTTP API.
//!
//! With `--nodes` there are several validators, each a process; where there are four or more, one of them is killed on the
//! way. Otherwise a node starts in a temporary folder and listens on free ports of this machine; what follows is what any
//! client would do with `curl`. Every answer is compared with what this program computes by itself, so that a tour that
//! ends well shows a working node.

use std::time::Instant;

use clap::Args;
use faic_node::{Telemetry, dev, telemetry};
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::{
    client::Client,
    failure::{Code, Context, Failure},
    output::Output,
    running::{Running, StopSignals, runtime},
    settings::Settings,
};

mod cluster;
mod progress;
mod story;

pub(super) use progress::Progress;
use story::{Story, Told};

/// The options of the tour.
#[derive(Debug, Args)]
pub(crate) struct Tour {
    /// How many validators the network has; with four or more, one is killed on the way and comes back.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    nodes: u8,
}

/// What is logged during a tour, unless the environment says otherwise: only what the person should know of.
const LOG_FILTER: &str = "warn";

/// Goes on the tour.
///
/// # Errors
/// A failure that says in one line which step failed, and why.
pub(crate) fn run(command: &Tour, output: Output) -> Result<(), Failure> {
    if command.nodes > 1 {
        return cluster::run(command.nodes, output);
    }
    let begin = Instant::now();
    let progress = Progress::new(output, story::STEPS);
    let runtime = runtime()?;
    // Caught before anything is made, so that nothing is left behind.
    let signals = runtime.block_on(async { StopSignals::catch() }).context("signals cannot be caught")?;
    let folder = TempDir::with_prefix("faic-tour-")
        .context("a temporary folder cannot be made")
        .advice("name a folder that you may write to in TMPDIR")?;
    let mut settings = Settings::on(folder.path().join("node"));
    settings.api.listen.set_port(0);
    settings.node.network = faic_node::network::Config::loopback();
    settings.node.telemetry = telemetry::Config { filter: LOG_FILTER.to_owned(), ..telemetry::Config::default() };
    let telemetry = Telemetry::begin(&settings.node.telemetry)?;
    let mut told = runtime.block_on(tour(settings, &telemetry, &progress, signals))?;
    folder.close().context("the temporary folder cannot be removed")?;
    told.seconds = progress::seconds(begin.elapsed());
    output.show(&told)
}

/// Starts the node, tells the story and stops the node, whatever became of the story.
async fn tour(
    settings: Settings,
    telemetry: &Telemetry,
    progress: &Progress,
    signals: StopSignals,
) -> Result<Told, Failure> {
    progress.begin("start a network of one validator");
    let running = Running::start(settings, telemetry, dev::prepare_at).await?;
    let url = format!("http://{}", running.address());
    progress.end(&[("API", url.clone())]);
    let client = Client::new(url.parse()?);
    let token = running.node().token().clone();
    let teller = progress.clone();
    let story = spawn_blocking(move || Story::new(&client, &token, &teller).tell());
    let mut ending = None;
    let end = async {
        ending = Some(tokio::select! {
            told = story => told.unwrap_or_else(|_| Err(Failure::new(Code::Internal, "the tour has a bug: it panicked"))),
            () = signals.wait() => Err(Failure::new(Code::Interrupted, "the tour was interrupted")),
        });
        if matches!(ending, Some(Ok(_))) {
            progress.begin("stop the node");
        }
    };
    let stopped = running.run_until(end).await;
    let told = ending.unwrap_or_else(|| Err(Failure::new(Code::NodeFailed, "the node stopped before the tour ended")));
    stopped.context("the node failed")?;
    let told = told?;
    progress.end(&[]);
    Ok(told)
}
