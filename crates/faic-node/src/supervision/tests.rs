//! Tests of supervision, in paused time.

use std::{convert::Infallible, future::pending, io};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{STOP_WAIT_MAX, Stage, Supervisor, TaskError, chain_of};

/// A supervisor and its shutdown.
fn supervisor() -> (Supervisor, CancellationToken) {
    let shutdown = CancellationToken::new();
    (Supervisor::new(shutdown.clone()), shutdown)
}

/// A task that ends when it is told to.
async fn good(shutdown: CancellationToken) -> Result<(), Infallible> {
    shutdown.cancelled().await;
    Ok(())
}

/// A shutdown ends every task and is no error, with and without tasks.
#[tokio::test(start_paused = true)]
async fn clean_shutdown() {
    for tasks in 0..3 {
        let (mut supervisor, shutdown) = supervisor();
        for _ in 0..tasks {
            supervisor.spawn("good task", good(shutdown.clone()));
        }
        let (ended, ()) = tokio::join!(supervisor.run(), async { shutdown.cancel() });
        ended.expect("a shutdown is no error");
    }
}

/// A task that fails stops the others, and the error names it with what led to it.
#[tokio::test(start_paused = true)]
async fn failure_stops_the_node() {
    let (mut supervisor, shutdown) = supervisor();
    supervisor.spawn("good task", good(shutdown.clone()));
    supervisor.spawn("consensus", async { Err::<(), _>(io::Error::other("the disk is full")) });
    let error = supervisor.run().await.expect_err("a task failed");
    assert!(shutdown.is_cancelled());
    assert_eq!(chain_of(&error), "the node stopped because its consensus failed: the disk is full");
}

/// A task that panics stops the node with what it said.
#[tokio::test(start_paused = true)]
async fn panic_stops_the_node() {
    let (mut supervisor, shutdown) = supervisor();
    supervisor.spawn("good task", good(shutdown));
    supervisor.spawn("mempool", async {
        let lanes = 17;
        if lanes > 16 {
            panic!("lane {lanes} cannot be");
        }
        Ok::<(), Infallible>(())
    });
    let error = supervisor.run().await.expect_err("a task panicked");
    assert_eq!(error.to_string(), "the node stopped because its mempool panicked: lane 17 cannot be");
}

/// A task that ends without a shutdown stops the node too.
#[tokio::test(start_paused = true)]
async fn early_end_stops_the_node() {
    let (mut supervisor, shutdown) = supervisor();
    supervisor.spawn("good task", good(shutdown));
    supervisor.spawn("http", async { Ok::<(), Infallible>(()) });
    let error = supervisor.run().await.expect_err("a task ended");
    assert!(matches!(error, TaskError::Ended { task: "http" }));
}

/// A task that fails while it is being ended is an error, though the shutdown was wanted.
#[tokio::test(start_paused = true)]
async fn failure_during_the_shutdown() {
    let (mut supervisor, shutdown) = supervisor();
    let token = shutdown.clone();
    supervisor.spawn("ledger", async move {
        token.cancelled().await;
        Err::<(), _>(io::Error::other("the last write failed"))
    });
    shutdown.cancel();
    assert!(matches!(supervisor.run().await, Err(TaskError::Failed { task: "ledger", .. })));
}

/// A task that does not end is given up after a while, by name; the first failure is what counts.
#[tokio::test(start_paused = true)]
async fn stuck_tasks_are_given_up() {
    let (mut supervisor, shutdown) = supervisor();
    supervisor.spawn("good task", good(shutdown.clone()));
    supervisor.spawn("stuck", pending::<Result<(), Infallible>>());
    shutdown.cancel();
    let begun = Instant::now();
    let error = supervisor.run().await.expect_err("a task is stuck");
    assert_eq!(begun.elapsed(), STOP_WAIT_MAX);
    assert_eq!(error.to_string(), "the node gave up waiting for stuck to end");
}

/// Each stage is told to end after the one before has ended, in whatever order the tasks were started.
#[tokio::test(start_paused = true)]
async fn stages_end_in_order() {
    let (mut supervisor, shutdown) = supervisor();
    let (ended, mut order) = tokio::sync::mpsc::unbounded_channel();
    for stage in Stage::ALL.into_iter().rev() {
        let (stop, ended) = (supervisor.stop_of(stage), ended.clone());
        supervisor.spawn_in(stage, "task of a stage", async move {
            stop.cancelled().await;
            // What follows must wait for this, however long it takes.
            tokio::task::yield_now().await;
            ended.send(stage)
        });
    }
    shutdown.cancel();
    supervisor.run().await.expect("a shutdown is no error");
    for stage in Stage::ALL {
        assert_eq!(order.recv().await, Some(stage));
    }
}
