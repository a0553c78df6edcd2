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

/// What has finished is forgotten, what has not goes on, and what was ended is no failure.
#[tokio::test(start_paused = true)]
async fn finished_tasks_are_forgotten() {
    let mut tasks = JoinSet::new();
    tasks.spawn(async {});
    tasks.spawn(std::future::pending()).abort();
    tasks.spawn(std::future::pending());
    tokio::task::yield_now().await;
    reap(&mut tasks);
    assert_eq!(tasks.len(), 1);
}

/// The panic of a task whose result nobody waits for is passed on, too.
#[tokio::test(start_paused = true)]
#[should_panic(expected = "on purpose")]
async fn panics_of_errands_are_passed_on() {
    let mut tasks = JoinSet::new();
    tasks.spawn(async { panic!("on purpose") });
    tokio::task::yield_now().await;
    reap(&mut tasks);
}

/// Neither queue keeps the other from being read, and both are read to their ends.
#[tokio::test(start_paused = true)]
async fn both_queues_are_read() {
    let ((to_first, mut first), (to_second, mut second)) =
        (tokio::sync::mpsc::channel(2), tokio::sync::mpsc::channel(2));
    to_first.try_send(1).unwrap();
    drop(to_first);
    to_second.try_send(2).unwrap();
    drop(to_second);
    let mut read = vec![either(&mut first, &mut second).await, either(&mut first, &mut second).await];
    read.sort();
    assert_eq!(read, [Some(1), Some(2)]);
    assert_eq!(either(&mut first, &mut second).await, None);
}
