//! `faic peers sync`: the node asks all peers how far they are, and this program waits until it has caught up.

use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{
    client::{ANSWER_MARGIN, Client, SyncAnswer},
    commands::{
        status::progress,
        target::{NodeOption, TokenOption},
    },
    failure::{Code, Failure},
    output::{Answer, Output, fields},
};

/// How often the node is asked how far it is.
const GLANCE: Duration = Duration::from_millis(250);

/// The options of a synchronisation.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Return once the peers were asked, without waiting until the node has caught up.
    #[arg(long)]
    no_wait: bool,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// Where its token is.
    #[command(flatten)]
    token: TokenOption,
}

/// How far the node is.
#[derive(Serialize)]
struct SyncedAnswer {
    /// Its place among its peers.
    #[serde(flatten)]
    sync: SyncAnswer,
    /// How many peers it has.
    peers: usize,
}

impl Answer for SyncedAnswer {
    fn to_text(&self) -> String {
        fields(&[
            ("height", self.sync.height.to_string()),
            ("sync", progress(&self.sync)),
            ("peers", self.peers.to_string()),
        ])
    }
}

/// Asks and waits.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(super) fn run(command: &Sync, output: Output) -> Result<(), Failure> {
    let token = command.token.read()?;
    let client = command.node.client();
    let mut sync = client.sync(&token)?;
    let peers = client.node()?.peers;
    if peers == 0 {
        return Err(Failure::new(Code::NotCaughtUp, "the node has no peers, so nobody tells it of blocks")
            .advice("connect it with `faic peers connect`, or look why in its log"));
    }
    if !command.no_wait && !sync.done {
        sync = wait(&client, sync, output)?;
    }
    output.show(&SyncedAnswer { sync, peers })
}

/// Waits until the node has the height that its peers told of, and shows how far it is meanwhile; each block that it got is
/// waited for anew.
fn wait(client: &Client, first: SyncAnswer, output: Output) -> Result<SyncAnswer, Failure> {
    // Nothing is drawn where standard error is no terminal.
    let bar = match output {
        Output::People => ProgressBar::new(first.target),
        Output::Json => ProgressBar::hidden(),
    };
    bar.set_style(ProgressStyle::with_template("{wide_bar} {msg}").expect("a constant template that is well formed"));
    let (mut target, mut height) = (first.target, first.height);
    loop {
        let sync = client.node()?.sync;
        target = target.max(sync.target);
        bar.set_length(target);
        bar.set_position(sync.height);
        bar.set_message(progress(&sync));
        if sync.height >= target {
            bar.finish_and_clear();
            return Ok(sync);
        }
        if sync.height > height {
            height = sync.height;
            client.patience().renew();
        }
        if client.patience().left() <= ANSWER_MARGIN {
            bar.finish_and_clear();
            let message = format!("the node has not caught up yet: {}", progress(&SyncAnswer { target, ..sync }));
            return Err(Failure::new(Code::NotCaughtUp, message)
                .advice("it goes on by itself; wait longer with --timeout, or look at `faic status`"));
        }
        client.patience().pause(GLANCE);
    }
}
