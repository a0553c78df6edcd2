//! `faic status`: how a node stands.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::Args;
use serde::Serialize;

use super::target::NodeOption;
use crate::{
    client::{NodeAnswer, SyncAnswer},
    failure::Failure,
    output::{Answer, Output, fields},
};

/// The age of the last block in seconds from which on something may be wrong.
const STANDS_STILL_S: u64 = 15;

/// The options of a status.
#[derive(Debug, Args)]
pub(crate) struct StatusCommand {
    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,
}

/// How a node stands.
#[derive(Serialize)]
struct StatusAnswer {
    /// What it says about itself.
    #[serde(flatten)]
    node: NodeAnswer,
    /// How long ago its last block was made, in seconds.
    block_age_s: u64,
    /// Whether its validator key is among those that decide the next block; absent for a node without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    votes: Option<bool>,
    /// `active`, `jailed` or `tombstoned`; absent for a node whose key has no stake.
    #[serde(skip_serializing_if = "Option::is_none")]
    standing: Option<String>,
}

impl Answer for StatusAnswer {
    fn to_text(&self) -> String {
        let node = &self.node;
        let mut facts = vec![
            ("node id", node.id.clone()),
            ("type", format!("{} {}", node.node_type, node.version)),
            ("chain", node.chain_id.clone()),
            ("height", node.height.to_string()),
            ("head", node.head.to_string()),
            ("peers", if node.networked { node.peers.to_string() } else { "no network".to_owned() }),
            ("last block", self.last_block()),
            ("sync", self.sync()),
            ("load", format!("{} %", node.load_percent)),
        ];
        facts.extend(node.addresses.iter().map(|address| ("listens at", address.clone())));
        if let (Some(key), Some(votes)) = (&node.validator, self.votes) {
            facts.push(("validator key", format!("{key} ({})", self.role(votes))));
        }
        fields(&facts)
    }
}

impl StatusAnswer {
    /// What the validator key does; `is_elected` says whether it is among those that decide the next block.
    fn role(&self, is_elected: bool) -> Cow<'static, str> {
        let role = match (self.standing.as_deref(), self.node.vote_from) {
            (_, Some(height)) if is_elected => {
                return format!(
                    "restrains from voting before height {height}, because votes of it may be out that its journal does \
                     not know"
                )
                .into();
            }
            (_, _) if is_elected => "votes",
            (Some("jailed"), _) => {
                "jailed for its absence; once its time is over, `faic wallet unjail` lets it vote again"
            }
            (Some("tombstoned"), _) => "excluded for ever, because it signed what excludes each other",
            (Some(_), _) => "does not vote yet: others have more stake, or the next heights are decided without it",
            (None, _) => "does not vote: nothing is at stake for it; see `faic wallet bond`",
        };
        role.into()
    }

    /// How old the last block is, and what that may mean.
    fn last_block(&self) -> String {
        let age = format!("{} s ago", self.block_age_s);
        if self.node.height == 0 {
            "none yet".to_owned()
        } else if self.block_age_s <= STANDS_STILL_S {
            age
        } else if !self.node.sync.done {
            format!("{age}, by its own time; this node is still behind")
        } else {
            format!(
                "{age}: the chain stands still, or this node hears of no block; more than two thirds of the stake must be \
                 there to go on"
            )
        }
    }

    /// How far the node is.
    fn sync(&self) -> String {
        if self.node.networked && self.node.peers == 0 && self.votes != Some(true) {
            return "nobody to hear of blocks from; see `faic peers connect`".to_owned();
        }
        progress(&self.node.sync)
    }
}

/// How far a node is behind its peers, in words.
pub(super) fn progress(sync: &SyncAnswer) -> String {
    if sync.done {
        return "has all that its peers tell of".to_owned();
    }
    let behind = sync.target.saturating_sub(sync.height);
    let pace = if sync.blocks_per_second > 0.0 {
        format!(", {:.0} blocks a second", sync.blocks_per_second)
    } else {
        String::new()
    };
    let estimate = sync.eta_ms.map(|eta| format!(", about {} s left", eta.div_ceil(1_000))).unwrap_or_default();
    format!("{behind} blocks behind height {}{pace}{estimate}", sync.target)
}

/// Prints how the node stands.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &StatusCommand, output: Output) -> Result<(), Failure> {
    let client = command.node.client();
    let node = client.node()?;
    let made_ms = Duration::from_millis(client.status()?.block_time_ms);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let block_age_s = now.saturating_sub(made_ms).as_secs();
    let (mut votes, mut standing) = (None, None);
    if let Some(key) = &node.validator {
        let known = client.validators(None)?;
        votes = Some(known.validators.iter().any(|validator| validator.key == *key));
        standing = known.candidates.into_iter().find(|candidate| candidate.key == *key).map(|it| it.status);
    }
    output.show(&StatusAnswer { node, block_age_s, votes, standing })
}
