//! The way from the async threads to those that may wait.

use std::panic::resume_unwind;

/// Runs what computes or touches the disk off the async threads; a panic there is passed on.
pub(crate) async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Only a runtime that ends cancels such work, and it drops whoever waits here.
            Err(_) => std::future::pending().await,
        },
    }
}
