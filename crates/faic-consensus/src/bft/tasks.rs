//! Waiting for what runs beside the loop.

use tokio::{
    sync::mpsc::Receiver,
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// The result of the next task that finishes; waits for ever where none is left, and passes over those that were ended.
///
/// Nothing is lost when it is dropped before it returns.
///
/// # Panics
/// When a task did, with what it said.
pub(super) async fn finished<T: 'static>(tasks: &mut JoinSet<T>) -> T {
    loop {
        match tasks.join_next().await {
            Some(Ok(result)) => return result,
            Some(Err(error)) => {
                if let Ok(panic) = error.try_into_panic() {
                    std::panic::resume_unwind(panic);
                }
            }
            None => std::future::pending().await,
        }
    }
}

/// Forgets the tasks that have finished; does not wait.
///
/// # Panics
/// When a task did, with what it said.
pub(super) fn reap(tasks: &mut JoinSet<()>) {
    while let Some(done) = tasks.try_join_next() {
        if let Some(panic) = done.err().and_then(|error| error.try_into_panic().ok()) {
            std::panic::resume_unwind(panic);
        }
    }
}

/// Waits until a step takes too long; for ever where none is under way.
pub(super) async fn elapse(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// The next of either queue, in turns that chance decides while both have something; `None` once both have ended.
///
/// Nothing is lost when it is dropped before it returns.
pub(super) async fn either<T>(first: &mut Receiver<T>, second: &mut Receiver<T>) -> Option<T> {
    tokio::select! {
        Some(next) = first.recv() => Some(next),
        Some(next) = second.recv() => Some(next),
        else => None,
    }
}

#[cfg(test)]
mod tests;
