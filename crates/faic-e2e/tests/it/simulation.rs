//! Clusters of validators in virtual time, from seeds.

use std::sync::atomic::{AtomicU64, Ordering};

use faic_e2e::simulation::{Report, Scenario, Simulation, Violation};

/// Runs a scenario for so many seeds on all processors; answers with each seed's report.
fn run(scenario: Scenario, seeds: u64) -> Vec<(u64, Report)> {
    let next = AtomicU64::new(0);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let work = || {
            let mut reports = Vec::new();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds {
                    return reports;
                }
                reports.push((seed, Simulation::run(scenario, seed)));
            }
        };
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

/// Runs a scenario in which nothing may go wrong; a seed that failed stands in the message and fails again by itself.
fn passes(name: &str, scenario: Scenario, seeds: u64) -> Vec<Report> {
    let reports = run(scenario, seeds);
    let failed: Vec<_> =
        reports.iter().filter_map(|(seed, report)| Some((seed, report.violation.as_ref()?, report.events))).collect();
    assert!(failed.is_empty(), "{name}: these seeds of {scenario:?} failed, after so many events: {failed:?}");
    let reports: Vec<_> = reports.into_iter().map(|(_, report)| report).collect();
    assert!(reports.iter().all(|report| report.transactions > 0), "{name}: nothing was paid");
    reports
}

/// Without faults everybody reaches the height, also alone.
#[test]
fn healthy_clusters_decide() {
    passes("healthy", Scenario::default(), 20);
    passes("one validator", Scenario { validators: 1, ..Scenario::default() }, 5);
}

/// The same seed gives the same history, another seed another.
#[test]
fn seeds_reproduce() {
    let scenario = Scenario { loss_percent: 10, crashes: true, partitions: true, ..Scenario::default() };
    let first = Simulation::run(scenario, 42);
    assert_eq!(first, Simulation::run(scenario, 42));
    assert_ne!(first.digest, Simulation::run(scenario, 43).digest);
}

/// One message of ten is lost.
#[test]
fn loss_is_survived() {
    passes("10 % loss", Scenario { loss_percent: 10, ..Scenario::default() }, 100);
}

/// The network falls apart and heals.
#[test]
fn partitions_are_survived() {
    passes("partitions", Scenario { partitions: true, ..Scenario::default() }, 100);
}

/// Nodes lose power at any step and start again from their journals.
#[test]
fn crashes_are_survived() {
    let reports = passes("crashes", Scenario { crashes: true, ..Scenario::default() }, 100);
    assert!(reports.iter().any(|report| report.crashes > 0));
}

/// One of four says different things to different others, is found out, and removed from the set.
#[test]
fn equivocator_is_survived_and_proved() {
    let reports = passes("one equivocator of four", Scenario { equivocators: 1, ..Scenario::default() }, 100);
    assert!(reports.iter().filter(|report| report.accusations > 0).count() > 50);
    let removed = reports.iter().filter(|report| report.removed == 1).count();
    assert!(removed > 50, "the equivocator was removed in {removed} of 100 runs");
    assert!(reports.iter().all(|report| report.removed <= 1), "somebody honest was removed");
}

/// Everything at once.
#[test]
fn everything_at_once_is_survived() {
    let all = Scenario { equivocators: 1, loss_percent: 10, partitions: true, crashes: true, ..Scenario::default() };
    passes("all together", all, 150);
    passes("seven validators, two equivocators", Scenario { validators: 7, equivocators: 2, ..all }, 30);
}

/// The harness can fail: two equivocators of four break the agreement.
#[test]
fn too_many_equivocators_are_noticed() {
    let reports = run(Scenario { equivocators: 2, loss_percent: 5, ..Scenario::default() }, 40);
    assert!(reports.iter().any(|(_, report)| report.violation.is_some()));
}

/// The harness can fail: a validator that forgets its journal signs twice.
#[test]
fn lost_journals_are_noticed() {
    let lost = Scenario { crashes: true, loss_percent: 10, journal_lost: true, goal: 20, ..Scenario::default() };
    let twice = |report: &Report| {
        matches!(report.violation, Some(Violation::SignedTwice { .. } | Violation::Disagreement { .. }))
    };
    assert!(run(lost, 100).iter().any(|(_, report)| twice(report)));
}
