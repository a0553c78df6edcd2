//! The tour of a network of several validators: pay at one node, read at another, lose a validator, get it back.
//!
//! Every node is a process of its own with its own folder and ports. Nothing is taken on trust: balances are read at a
//! node that was not asked to pay, and at the end the nodes' blocks are compared.

use std::{
    thread,
    time::{Duration, Instant},
};

use faic_core::{Amount, Hash, Height};
use serde::Serialize;

use super::{
    progress::{self, Progress},
    story::{PAYEE, PAYER, Sent, Settled, Story, has, wait_at},
};
use crate::{
    client::{Client, ClientError},
    cluster::Cluster,
    failure::{Code, Context, Failure},
    output::{Answer, Column, Output, fields, table},
};

/// How many steps the tour has.
const STEPS: usize = 9;
/// How many more it has where a validator may fail.
const STEPS_OF_FAULT: usize = 4;
/// How long a node may take to catch up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition is looked at.
const GLANCE: Duration = Duration::from_millis(5);
/// The code by which a node says that it has not heard of a transaction.
const UNKNOWN: &str = "transaction_unknown";
/// The fewest validators of which one may fail.
const FAULT_TOLERANT: u8 = 4;

/// What came of the tour.
#[derive(Serialize)]
struct Told {
    /// How many validators there were.
    validators: u8,
    /// From the acceptance of the payment at the first node to its finality at the last, in milliseconds.
    finality_ms: u128,
    /// The same, while one validator was gone; nothing where too few were left.
    finality_without_one_ms: Option<u128>,
    /// How long the validator took from its start to the height of the others, in milliseconds.
    caught_up_ms: Option<u128>,
    /// The height at which all blocks were compared.
    height: Height,
    /// The nodes with their block at that height.
    nodes: Vec<NodeItem>,
    /// How long all of it took.
    seconds: f64,
}

/// A node at the end.
#[derive(Serialize)]
struct NodeItem {
    /// Its number.
    number: u8,
    /// Where its API answered.
    url: String,
    /// The id of its block.
    block: String,
    /// The root of its state.
    state_root: String,
}

impl Answer for Told {
    fn to_text(&self) -> String {
        let rows = self.nodes.iter().map(|node| {
            let short = |text: &str| text.chars().take(16).collect::<String>() + "…";
            [node.number.to_string(), node.url.clone(), short(&node.block), short(&node.state_root)]
        });
        let milliseconds = |time: Option<u128>| time.map_or("not tried".to_owned(), |time| format!("{time} ms"));
        let facts = fields(&[
            ("final at another node after", format!("{} ms", self.finality_ms)),
            ("with one validator gone", milliseconds(self.finality_without_one_ms)),
            ("caught up after its start", milliseconds(self.caught_up_ms)),
            ("all nodes agree at height", self.height.to_string()),
        ]);
        format!(
            "\n{}\n{facts}\nThe tour took {:.1} s. `faic devnet --nodes {}` keeps such a network running.\n",
            table(["node", "API", "block", "state"], [Column::Number, Column::Words, Column::Id, Column::Id], rows),
            self.seconds,
            self.validators,
        )
    }
}

/// Goes on the tour.
///
/// # Errors
/// A failure that says in one line which step failed, and why.
pub(super) fn run(validators: u8, output: Output) -> Result<(), Failure> {
    let begin = Instant::now();
    let tolerant = validators >= FAULT_TOLERANT;
    let progress = Progress::new(output, if tolerant { STEPS + STEPS_OF_FAULT } else { STEPS });
    progress.begin(&format!("start {validators} validators, each a process of its own"));
    let mut cluster = Cluster::temporary(validators, output)?;
    cluster.start()?;
    let urls: Vec<_> =
        cluster.members().iter().map(|member| (format!("node {}", member.number), member.url())).collect();
    progress.end(&urls.iter().map(|(name, url)| (name.as_str(), url.clone())).collect::<Vec<_>>());
    let mut told = tell(&mut cluster, tolerant, &progress)?;
    progress.begin("stop all nodes");
    cluster.stop()?;
    progress.end(&[]);
    told.seconds = progress::seconds(begin.elapsed());
    output.show(&told)
}

/// Tells the story between start and stop.
fn tell(cluster: &mut Cluster, tolerant: bool, progress: &Progress) -> Result<Told, Failure> {
    let count = cluster.members().len();
    let (first, last) = (cluster.members()[0].client()?, cluster.members()[count - 1].client()?);
    let token = cluster.members()[0].token()?;
    let story = Story::new(&first, &token, progress);
    let alice = story.create().context("creating a wallet failed")?;
    let grant = story.take_funds(&alice).context("taking funds failed")?;
    let bob = story.import().context("importing a wallet failed")?;
    let payment = Amount::from_faic(10)?;
    let paid = pay(&story, &last, count, &bob, payment, progress)?;
    progress.begin(&format!("read both balances at node {count}"));
    let mut spent = Some((payment, paid.sent.fee));
    let expected = |spent: Option<(Amount, Amount)>| {
        let (payments, fees) = spent?;
        grant.checked_sub(payments)?.checked_sub(fees)
    };
    let found = story
        .balances(&last, [&alice, &bob], [expected(spent), Some(payment)])
        .context("the balances are not right")?;
    progress.end(&has(found));
    let (mut without_one, mut caught_up) = (None, None);
    if tolerant {
        let number = count / 2 + 1;
        progress.begin(&format!("kill node {number}, as a power cut would"));
        cluster.members_mut()[number - 1].kill()?;
        progress.end(&[]);
        let again =
            pay(&story, &last, count, &bob, payment, progress).context("paying without one validator failed")?;
        spent = spent
            .and_then(|(payments, fees)| Some((payments.checked_add(payment)?, fees.checked_add(again.sent.fee)?)));
        without_one = Some(again.settled.took_ms);
        progress.begin(&format!("start node {number} again, and let it catch up"));
        let begin = Instant::now();
        cluster.members_mut()[number - 1].restart()?;
        let client = cluster.members()[number - 1].client()?;
        let height = reach(&client, again.settled.height)?;
        caught_up = Some(begin.elapsed().as_millis());
        let twice = payment.checked_add(payment);
        story.balances(&client, [&alice, &bob], [expected(spent), twice]).context("what it learnt is not right")?;
        progress
            .end(&[("height", height.to_string()), ("after its start", format!("{} ms", begin.elapsed().as_millis()))]);
    }
    let (height, nodes) = compare(cluster, progress)?;
    Ok(Told {
        validators: u8::try_from(count).unwrap_or(u8::MAX),
        finality_ms: paid.settled.took_ms,
        finality_without_one_ms: without_one,
        caught_up_ms: caught_up,
        height,
        nodes,
        seconds: 0.0,
    })
}

/// A payment that is final.
struct Paid {
    /// What was sent.
    sent: Sent,
    /// How it ended.
    settled: Settled,
}

/// Pays at the first node and waits until the payment is final at the last.
fn pay(
    story: &Story<'_>,
    last: &Client,
    count: usize,
    to: &str,
    payment: Amount,
    progress: &Progress,
) -> Result<Paid, Failure> {
    let sent = story.transfer(to, payment).context("the transfer failed")?;
    let begin = Instant::now();
    progress.begin(&format!("wait until the transfer from {PAYER} to {PAYEE} is final at node {count}"));
    hear_of(last, &sent.id)?;
    let settled = wait_at(last, &sent.id, begin).context("waiting for the transfer failed")?;
    progress.end(&[("height", settled.height.to_string()), ("final after", format!("{} ms", settled.took_ms))]);
    Ok(Paid { sent, settled })
}

/// Waits until a node has heard of a transaction that was submitted to another.
fn hear_of(client: &Client, id: &Hash) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match client.wait_for(id, Duration::ZERO) {
            Err(ClientError::Refused(problem)) if problem.code == UNKNOWN && Instant::now() < deadline => {
                thread::sleep(GLANCE);
            }
            heard => return Ok(heard.map(drop)?),
        }
    }
}

/// Waits until a node has reached a height.
fn reach(client: &Client, height: Height) -> Result<Height, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = client.status()?.height;
        if found >= height {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            let message = format!("{} is at height {found}, the others are at {height}", client.url());
            return Err(Failure::new(Code::NodeFailed, message));
        }
        thread::sleep(GLANCE);
    }
}

/// Compares the blocks of all nodes at a height that all have.
fn compare(cluster: &Cluster, progress: &Progress) -> Result<(Height, Vec<NodeItem>), Failure> {
    progress.begin("compare the blocks and the states of all nodes");
    let clients: Vec<_> =
        cluster.members().iter().map(|member| Ok((member, member.client()?))).collect::<Result<_, Failure>>()?;
    let highest = clients.iter().map(|(_, client)| Ok(client.status()?.height)).collect::<Result<Vec<_>, Failure>>()?;
    let height = highest.into_iter().max().unwrap_or_default();
    let mut nodes = Vec::new();
    for (member, client) in &clients {
        reach(client, height)?;
        let block = client.block(height)?;
        let item = NodeItem {
            number: member.number,
            url: member.url(),
            block: block.id.to_string(),
            state_root: block.state_root.to_string(),
        };
        nodes.push(item);
    }
    if nodes.iter().any(|node| (&node.block, &node.state_root) != (&nodes[0].block, &nodes[0].state_root)) {
        return Err(Failure::new(Code::NodeNotTrusted, format!("the nodes have different blocks at height {height}")));
    }
    progress.end(&[("height", height.to_string())]);
    Ok((height, nodes))
}
