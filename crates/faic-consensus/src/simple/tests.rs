//! Tests of the lone validator against an application that records what it is asked, in paused time.

use std::{sync::Arc, time::Duration};

use faic_core::{BasicCrypto, Verifier, block::ValidatorSet};
use tokio_util::sync::CancellationToken;

use super::{Config, SimpleConsensus, SimpleConsensusError};
use crate::{
    ApplicationError, Consensus, ConsensusError,
    testing::{Fault, Recorder, chain_id, crypto, key, pass, set},
};

/// The lone validator of the tests.
fn consensus() -> SimpleConsensus {
    SimpleConsensus::new(&set([1]), Arc::new(crypto([1])), Config::default()).expect("one validator with its key")
}

/// Runs until the recorder asks to stop, or a fault.
async fn run(recorder: &Arc<Recorder>) -> Result<(), ConsensusError> {
    consensus().run(recorder.clone(), recorder.stop_at.1.clone()).await
}

/// A second validator, a key that is not at hand and a pace out of range are refused when it is made.
#[test]
fn refusals() {
    let new = |validators: &ValidatorSet, signer: BasicCrypto, config: Config| {
        SimpleConsensus::new(validators, Arc::new(signer), config).err()
    };
    let hold = |hold: Duration| Config { hold, block_interval_min: Duration::ZERO };
    assert_eq!(new(&set([1, 2]), crypto([1, 2]), Config::default()), Some(SimpleConsensusError::Validators(2)));
    let missing = SimpleConsensusError::KeyNotAtHand(key(1).public_key());
    assert_eq!(new(&set([1]), crypto([2]), Config::default()), Some(missing));
    for bad in [Duration::ZERO, Config::HOLD_MIN - Duration::from_nanos(1), Config::HOLD_MAX + Duration::from_nanos(1)]
    {
        assert_eq!(new(&set([1]), crypto([1]), hold(bad)), Some(SimpleConsensusError::Hold));
    }
    for good in [Config::HOLD_MIN, Config::HOLD_MAX] {
        assert_eq!(new(&set([1]), crypto([1]), hold(good)), None);
    }
    let slow = Config { hold: Duration::from_secs(1), block_interval_min: Duration::from_millis(1001) };
    assert_eq!(new(&set([1]), crypto([1]), slow), Some(SimpleConsensusError::BlockIntervalMin));
}

/// The configuration is read from human durations, and an unknown field is refused.
#[test]
fn configuration_text() {
    let config: Config = serde_json::from_str(r#"{"hold": "500ms"}"#).expect("a valid configuration");
    assert_eq!(config, Config { hold: Duration::from_millis(500), ..Config::default() });
    assert!(serde_json::from_str::<Config>(r#"{"holt": "1s"}"#).is_err());
}

/// An idle chain makes one block each `hold`, each on top of the one before.
#[tokio::test(start_paused = true)]
async fn idle_pace() {
    let recorder = Arc::new(Recorder::new(3));
    run(&recorder).await.expect("nothing goes wrong");
    assert_eq!(recorder.times(), [1, 2, 3].map(Duration::from_secs));
    let heights: Vec<_> = recorder.chain().iter().map(|(block, ..)| block.header.height).collect();
    assert_eq!(heights, [1, 2, 3]);
}

/// With work at hand the first block comes at once and the others after the shortest interval.
#[tokio::test(start_paused = true)]
async fn busy_pace() {
    let recorder = Arc::new(Recorder { busy: true, ..Recorder::new(4) });
    run(&recorder).await.expect("nothing goes wrong");
    assert_eq!(recorder.times(), [0, 20, 40, 60].map(Duration::from_millis));
}

/// A commit that takes longer than the shortest interval delays nothing beyond itself.
#[tokio::test(start_paused = true)]
async fn slow_commits_set_the_pace() {
    let recorder = Arc::new(Recorder { busy: true, commit_takes: Duration::from_millis(50), ..Recorder::new(3) });
    run(&recorder).await.expect("nothing goes wrong");
    assert_eq!(recorder.times(), [50, 100, 150].map(Duration::from_millis));
}

/// Every certificate convinces a verifier who knows only the validator set.
#[tokio::test(start_paused = true)]
async fn certificates_hold() {
    let recorder = Arc::new(Recorder::new(2));
    run(&recorder).await.expect("nothing goes wrong");
    for (block, certificate, _) in recorder.chain().iter() {
        assert_eq!((certificate.height, certificate.block), (block.header.height, block.id()));
        let verdict = BasicCrypto::default().verify_certificate(&chain_id(), certificate, &set([1]));
        assert_eq!(verdict, Ok(()));
    }
}

/// A second run goes on where the first ended.
#[tokio::test(start_paused = true)]
async fn goes_on_after_a_stop() {
    let recorder = Arc::new(Recorder::new(2));
    run(&recorder).await.expect("nothing goes wrong");
    assert_eq!(recorder.next_height(), 3);
    let shutdown = CancellationToken::new();
    let stop = async {
        pass(Duration::from_millis(1500)).await;
        shutdown.cancel();
    };
    let consensus = consensus();
    let (ended, ()) = tokio::join!(consensus.run(recorder.clone(), shutdown.clone()), stop);
    ended.expect("nothing goes wrong");
    assert_eq!(recorder.next_height(), 4);
}

/// A store that fails in a commit ends the run with that error, and nothing more is decided.
#[tokio::test(start_paused = true)]
async fn failed_commit_stops() {
    let recorder = Arc::new(Recorder { fault: Some(Fault::Commit(2)), ..Recorder::new(9) });
    let error = run(&recorder).await.expect_err("the commit fails");
    assert!(matches!(error, ConsensusError::Commit { height: 2, source: ApplicationError::Failed { .. } }));
    assert_eq!(error.to_string(), "the block of height 2 could not be committed");
    assert_eq!(recorder.next_height(), 2);
}

/// A proposal that cannot be built, or that its own node refuses, ends the run before anything is committed.
#[tokio::test(start_paused = true)]
async fn failed_proposal_stops() {
    let recorder = Arc::new(Recorder { fault: Some(Fault::Propose(1)), ..Recorder::new(9) });
    let error = run(&recorder).await.expect_err("the proposal fails");
    assert!(matches!(error, ConsensusError::Propose { height: 1, .. }));

    let recorder = Arc::new(Recorder { fault: Some(Fault::Verify(2)), ..Recorder::new(9) });
    let error = run(&recorder).await.expect_err("the proposal is refused");
    assert!(matches!(error, ConsensusError::Verify { height: 2, source: ApplicationError::Invalid { .. } }));
    assert_eq!(recorder.next_height(), 2);
}

/// A ledger that names another validator is not decided for.
#[tokio::test(start_paused = true)]
async fn other_validator_stops() {
    let recorder = Arc::new(Recorder { fault: Some(Fault::OtherValidator(3)), ..Recorder::new(9) });
    let error = run(&recorder).await.expect_err("the validator has changed");
    assert!(matches!(error, ConsensusError::Validators { height: 3, .. }));
    assert_eq!(recorder.next_height(), 3);
}

/// A shutdown while a proposal is held back ends the run at once, without a block.
#[tokio::test(start_paused = true)]
async fn shutdown_does_not_wait_for_work() {
    let recorder = Arc::new(Recorder::new(9));
    let stop = async {
        pass(Duration::from_millis(300)).await;
        recorder.stop_at.1.cancel();
    };
    let (ended, ()) = tokio::join!(run(&recorder), stop);
    ended.expect("a shutdown is no error");
    assert_eq!(recorder.started.elapsed(), Duration::from_millis(300));
    assert!(recorder.chain().is_empty());
}

/// A shutdown during a commit waits for its end.
#[tokio::test(start_paused = true)]
async fn shutdown_waits_for_the_commit() {
    let recorder = Arc::new(Recorder { busy: true, commit_takes: Duration::from_secs(5), ..Recorder::new(9) });
    let stop = async {
        pass(Duration::from_secs(1)).await;
        recorder.stop_at.1.cancel();
    };
    let (ended, ()) = tokio::join!(run(&recorder), stop);
    ended.expect("a shutdown is no error");
    assert_eq!(recorder.times(), [Duration::from_secs(5)]);
}
