//! Tests of waiting for tasks.

use super::*;

/// A task that was ended does not hide the result of the next one.
#[tokio::test(start_paused = true)]
async fn ended_tasks_are_passed_over() {
    let mut tasks = JoinSet::new();
    tasks.spawn(std::future::pending::<u8>()).abort();
    tasks.spawn(async { 7 });
    assert_eq!(finished(&mut tasks).await, 7);
}

/// A task that panics takes the loop with it.
#[tokio::test]
#[should_panic(expected = "on purpose")]
async fn panics_are_passed_on() {
    let mut tasks: JoinSet<u8> = JoinSet::new();
    tasks.spawn(async { panic!("on purpose") });
    finished(&mut tasks).await;
}
