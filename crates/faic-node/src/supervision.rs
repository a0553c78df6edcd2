//! Supervision: no task of the node ends unnoticed.
//!
//! A supervised task is critical: it runs until the shutdown, and when it fails, panics or ends before, the whole node
//! stops with a [`TaskError`] that names it, because a node that lost a part of itself must not look healthy. At a
//! shutdown the tasks have [`STOP_WAIT_MAX`] to end by themselves.

use std::{any::Any, collections::HashMap, error::Error, future::Future, time::Duration};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info_span};

/// How long the tasks may take to end once the shutdown has begun.
pub const STOP_WAIT_MAX: Duration = Duration::from_secs(30);

/// What a task ends with.
type TaskResult = Result<(), Box<dyn Error + Send + Sync>>;

/// The tasks of a node.
pub struct Supervisor {
    /// Tasks that run.
    tasks: JoinSet<TaskResult>,
    /// Their names.
    names: HashMap<Id, &'static str>,
    /// Tells every task to end.
    shutdown: CancellationToken,
}

impl Supervisor {
    /// A supervisor without tasks; cancelling `shutdown` ends them.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self { tasks: JoinSet::new(), names: HashMap::new(), shutdown }
    }

    /// What tells every task to end.
    pub const fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// Starts a critical task, which ends with success once the shutdown is cancelled, and never before.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn<E>(&mut self, task: &'static str, future: impl Future<Output = Result<(), E>> + Send + 'static)
    where
        E: Error + Send + Sync + 'static,
    {
        let run = async { future.await.map_err(Into::into) };
        let handle = self.tasks.spawn(run.instrument(info_span!("task", task)));
        self.names.insert(handle.id(), task);
    }

    /// Waits for the shutdown or the first failure, ends every task, and returns.
    ///
    /// # Errors
    /// The first [`TaskError`]; every one is logged.
    pub async fn run(mut self) -> Result<(), TaskError> {
        let mut outcome = Ok(());
        while outcome.is_ok() {
            let Some(ended) = self.shutdown.run_until_cancelled(self.tasks.join_next_with_id()).await else { break };
            let Some(ended) = ended else {
                // Without tasks nothing can fail, and only the shutdown is left to wait for.
                self.shutdown.cancelled().await;
                break;
            };
            outcome = judge(&mut self.names, ended, &self.shutdown);
        }
        self.shutdown.cancel();
        match timeout(STOP_WAIT_MAX, self.join_all()).await {
            Ok(rest) => outcome.and(rest),
            Err(_) => {
                let mut tasks: Vec<_> = self.names.into_values().collect();
                tasks.sort_unstable();
                outcome.and(Err(TaskError::Stuck { tasks: tasks.join(", ") }))
            }
        }
    }

    /// Waits for every task to end.
    async fn join_all(&mut self) -> Result<(), TaskError> {
        let mut outcome = Ok(());
        while let Some(ended) = self.tasks.join_next_with_id().await {
            outcome = outcome.and(judge(&mut self.names, ended, &self.shutdown));
        }
        outcome
    }
}

/// Finds out whether a task ended as it should, and logs it.
fn judge(
    names: &mut HashMap<Id, &'static str>,
    ended: Result<(Id, TaskResult), JoinError>,
    shutdown: &CancellationToken,
) -> Result<(), TaskError> {
    let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
    let task = names.remove(&id).expect("every task was given a name when it was started");
    let result = match ended {
        Ok((_, Ok(()))) if shutdown.is_cancelled() => Ok(()),
        Ok((_, Ok(()))) => Err(TaskError::Ended { task }),
        Ok((_, Err(source))) => Err(TaskError::Failed { task, source }),
        Err(panic) => Err(TaskError::Panicked { task, message: message_of(panic) }),
    };
    match &result {
        Ok(()) => debug!(task, "supervision.ended"),
        Err(failure) => error!(task, error = %chain_of(failure), "supervision.failed"),
    }
    result
}

/// What the panic of a task says.
fn message_of(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => panic_message(panic.as_ref()).to_owned(),
        Err(cancelled) => cancelled.to_string(),
    }
}

/// What a panic says.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

/// An error with all that led to it, for one line of a log.
pub fn chain_of(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// Why a node stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// A task failed.
    #[error("the node stopped because its {task} failed")]
    Failed {
        /// The name of the task.
        task: &'static str,
        /// What it failed with.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A task panicked: an invariant is broken.
    #[error("the node stopped because its {task} panicked: {message}")]
    Panicked {
        /// The name of the task.
        task: &'static str,
        /// What the panic says.
        message: String,
    },
    /// A task ended though nothing told it to.
    #[error("the node stopped because its {task} ended by itself")]
    Ended {
        /// The name of the task.
        task: &'static str,
    },
    /// Tasks did not end in time at the shutdown.
    #[error("the node gave up waiting for {tasks} to end")]
    Stuck {
        /// The names of the tasks.
        tasks: String,
    },
}

#[cfg(test)]
mod tests;
