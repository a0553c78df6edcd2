//! Supervision: no task of the node ends unnoticed.
//!
//! A supervised task is critical: it runs until the shutdown, and when it fails, panics or ends before, the whole node
//! stops with a [`TaskError`] that names it, because a node that lost a part of itself must not look healthy. At a
//! shutdown the tasks have [`STOP_WAIT_MAX`] to end by themselves, one [`Stage`] after the other, so that nothing loses what
//! it relies on before it has ended.

use std::{
    any::Any,
    collections::{BTreeMap, HashMap},
    error::Error,
    future::Future,
    time::Duration,
};

use tokio::{
    task::{Id, JoinError, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info_span};

/// How long the tasks may take to end once the shutdown has begun.
pub const STOP_WAIT_MAX: Duration = Duration::from_secs(30);

/// In which order tasks are told to end at a shutdown: a stage after the one before has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// What users talk to.
    Front,
    /// The agreement on blocks.
    Consensus,
    /// What follows the peers.
    Sync,
    /// What carries all of that.
    Network,
}

impl Stage {
    /// Every stage, in their order.
    const ALL: [Self; 4] = [Self::Front, Self::Consensus, Self::Sync, Self::Network];
}

/// What a task ends with.
type TaskResult = Result<(), Box<dyn Error + Send + Sync>>;

/// The tasks of a node.
pub struct Supervisor {
    /// Tasks that run.
    tasks: JoinSet<TaskResult>,
    /// Their names and stages.
    names: HashMap<Id, (&'static str, Stage)>,
    /// Begins the end of all, and tells the first stage to end.
    shutdown: CancellationToken,
    /// Tells each later stage to end.
    stops: BTreeMap<Stage, CancellationToken>,
}

impl Supervisor {
    /// A supervisor without tasks; cancelling `shutdown` ends them.
    pub fn new(shutdown: CancellationToken) -> Self {
        let stop = |stage| match stage {
            Stage::Front => shutdown.clone(),
            Stage::Consensus | Stage::Sync | Stage::Network => CancellationToken::new(),
        };
        let stops = Stage::ALL.into_iter().map(|stage| (stage, stop(stage))).collect();
        Self { tasks: JoinSet::new(), names: HashMap::new(), shutdown, stops }
    }

    /// What begins the end of all tasks, stage by stage.
    pub const fn shutdown(&self) -> &CancellationToken {
        &self.shutdown
    }

    /// What tells the tasks of a stage to end.
    pub fn stop_of(&self, stage: Stage) -> CancellationToken {
        self.stops.get(&stage).cloned().expect("every stage was given a token")
    }

    /// Starts a critical task of the first stage, which ends with success once the shutdown is cancelled, and never before.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn<E>(&mut self, task: &'static str, future: impl Future<Output = Result<(), E>> + Send + 'static)
    where
        E: Error + Send + Sync + 'static,
    {
        self.spawn_in(Stage::Front, task, future);
    }

    /// [`Supervisor::spawn`] for a task that ends with its stage.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn_in<E>(
        &mut self,
        stage: Stage,
        task: &'static str,
        future: impl Future<Output = Result<(), E>> + Send + 'static,
    ) where
        E: Error + Send + Sync + 'static,
    {
        let run = async { future.await.map_err(Into::into) };
        let handle = self.tasks.spawn(run.instrument(info_span!("task", task)));
        self.names.insert(handle.id(), (task, stage));
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
                let mut tasks: Vec<_> = self.names.into_values().map(|(task, _)| task).collect();
                tasks.sort_unstable();
                outcome.and(Err(TaskError::Stuck { tasks: tasks.join(", ") }))
            }
        }
    }

    /// Ends every stage, one after the other.
    async fn join_all(&mut self) -> Result<(), TaskError> {
        let mut outcome = Ok(());
        for stage in Stage::ALL {
            self.stop_of(stage).cancel();
            while self.names.values().any(|(_, of)| *of == stage)
                && let Some(ended) = self.tasks.join_next_with_id().await
            {
                outcome = outcome.and(judge(&mut self.names, ended, &self.shutdown));
            }
        }
        outcome
    }
}

/// Finds out whether a task ended as it should, and logs it.
fn judge(
    names: &mut HashMap<Id, (&'static str, Stage)>,
    ended: Result<(Id, TaskResult), JoinError>,
    shutdown: &CancellationToken,
) -> Result<(), TaskError> {
    let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
    let (task, _) = names.remove(&id).expect("every task was given a name when it was started");
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
