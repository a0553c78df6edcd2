//! Tests of the configuration: its ranges, its text and the patience that grows with rounds.

use super::*;

/// A number of milliseconds.
const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// The default configuration with a change.
fn changed(change: impl FnOnce(&mut Config)) -> Result<(), ConfigError> {
    let mut config = Config::default();
    change(&mut config);
    config.check()
}

/// The defaults are in their ranges.
#[test]
fn defaults_are_good() {
    assert_eq!(Config::default().check(), Ok(()));
}

/// The edges of each range are in it, and what lies beyond is refused by its name.
#[test]
fn ranges() {
    let nano = Duration::from_nanos(1);
    let hold = |hold, propose| changed(|config| (config.hold, config.timeout_propose) = (hold, propose));
    assert_eq!(hold(ms(20), ms(60_000)), Ok(()));
    assert_eq!(hold(ms(20), ms(60_000) + nano), Err(ConfigError::Hold));
    assert_eq!(hold(ms(20), ms(20) + nano), Ok(()));
    assert_eq!(hold(ms(20), ms(20)), Err(ConfigError::Hold));
    let least = |hold| changed(|config| (config.hold, config.block_interval_min) = (hold, Duration::ZERO));
    assert_eq!(least(ms(10)), Ok(()));
    assert_eq!(least(ms(10) - nano), Err(ConfigError::Hold));
    let interval = |interval| changed(|config| config.block_interval_min = interval);
    assert_eq!(interval(ms(800)), Ok(()));
    assert_eq!(interval(ms(800) + nano), Err(ConfigError::BlockIntervalMin));
    let vote = |timeout| changed(|config| config.timeout_vote = timeout);
    assert_eq!((vote(ms(10)), vote(ms(60_000))), (Ok(()), Ok(())));
    assert_eq!(vote(ms(10) - nano), Err(ConfigError::TimeoutVote));
    assert_eq!(vote(ms(60_000) + nano), Err(ConfigError::TimeoutVote));
    let delta = |delta| changed(|config| config.timeout_delta = delta);
    assert_eq!((delta(Duration::ZERO), delta(ms(10_000))), (Ok(()), Ok(())));
    assert_eq!(delta(ms(10_000) + nano), Err(ConfigError::TimeoutDelta));
    let repeat = |repeat| changed(|config| config.repeat = repeat);
    assert_eq!((repeat(ms(100)), repeat(ms(60_000))), (Ok(()), Ok(())));
    assert_eq!(repeat(ms(100) - nano), Err(ConfigError::Repeat));
    assert_eq!(repeat(ms(60_000) + nano), Err(ConfigError::Repeat));
}

/// The defaults leave a quarter of the timeout to a proposal; what leaves less is told from it to the nanosecond.
#[test]
fn time_for_proposals() {
    assert!(Config::default().leaves_time_for_proposals());
    let held = |hold| Config { hold, block_interval_min: ms(50), ..Config::default() }.leaves_time_for_proposals();
    assert!(held(ms(850)) && !held(ms(850) + Duration::from_nanos(1)));
    assert!(!Config { hold: ms(900), ..Config::default() }.leaves_time_for_proposals());
}

/// The configuration is read from human durations and written back as such, and an unknown field is refused.
#[test]
fn configuration_text() {
    let config: Config = serde_json::from_str(r#"{"hold": "400ms", "repeat": "2s", "vote_from": 7}"#).unwrap();
    assert_eq!(config, Config { hold: ms(400), repeat: ms(2_000), vote_from: Some(7), ..Config::default() });
    let text = serde_json::to_string(&config).unwrap();
    assert!(text.contains(r#""hold":"400ms""#), "{text}");
    assert_eq!(serde_json::from_str::<Config>(&text).unwrap(), config);
    assert!(serde_json::from_str::<Config>(r#"{"holt": "1s"}"#).is_err());
}

/// A step of a later round may take longer, up to a minute in the last round that there can be.
#[test]
fn patience_grows() {
    let config = Config::default();
    let durations = |round| {
        [Step::Propose, Step::Prevote, Step::Precommit, Step::Rebroadcast]
            .map(|step| config.duration(Timer { step, round }))
    };
    assert_eq!(durations(0), [ms(1_200), ms(500), ms(500), ms(1_500)]);
    assert_eq!(durations(2), [ms(1_700), ms(1_000), ms(1_000), ms(2_000)]);
    assert_eq!(durations(u32::MAX), [ms(60_000); 4]);
}
