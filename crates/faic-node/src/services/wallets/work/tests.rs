//! Tests of the bound on the work of passwords.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use super::{ASKED_MAX, AT_WORK_MAX, Work};
use crate::ErrorCode;

#[tokio::test]
async fn no_more_than_the_limit_are_at_work_and_one_too_many_waiting_is_refused() {
    let work = Arc::new(Work::new());
    let running = Arc::new(AtomicUsize::new(0));
    let (release, gate) = mpsc::channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(gate));
    let tasks: Vec<_> = (0..ASKED_MAX)
        .map(|_| {
            let (work, running, gate) = (Arc::clone(&work), Arc::clone(&running), Arc::clone(&gate));
            tokio::spawn(async move {
                let busy = work.run(move || {
                    let at_work = running.fetch_add(1, Ordering::SeqCst) + 1;
                    // The channel's end lets everybody go.
                    let _ = gate.lock().unwrap().recv();
                    running.fetch_sub(1, Ordering::SeqCst);
                    at_work
                });
                busy.await.unwrap()
            })
        })
        .collect();
    while work.asked.available_permits() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(work.run(|| ()).await.unwrap_err().code(), ErrorCode::Overloaded);
    drop(release);
    for task in tasks {
        assert!(task.await.unwrap() <= AT_WORK_MAX);
    }
}
