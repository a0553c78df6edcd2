//! Tests of the configuration as an operator writes it.

use std::time::Duration;

use super::{Config, ConfigError};
use crate::{supervision::chain_of, telemetry::Format};

/// An empty document is the default, and what is written is read back.
#[test]
fn round_trip() {
    assert_eq!(Config::parse("").expect("all defaults"), Config::default());
    let config = Config { data_dir: "/var/lib/faic".into(), genesis: Some("genesis.toml".into()), ..Config::default() };
    assert_eq!(Config::parse(&config.to_toml()).expect("our own text"), config);
    assert_eq!(Config::parse(&Config::default().to_toml()).expect("our own text"), Config::default());
}

/// Durations and sizes are written as people write them.
#[test]
fn human_values() {
    let text = r#"
        data_dir = "data"
        [telemetry]
        format = "json"
        [mempool]
        bytes_max = "16 MiB"
        [consensus]
        hold = "2s"
        timeout_propose = "3s"
        [network]
        enabled = false
        heartbeat_interval = "2s"
        [faucet]
        amount = "2.5"
    "#;
    let config = Config::parse(text).expect("a good document");
    assert_eq!(config.telemetry.format, Format::Json);
    assert_eq!(config.mempool.bytes_max, 16 << 20);
    assert_eq!(config.consensus.hold, Duration::from_secs(2));
    assert_eq!(config.network.settings.heartbeat_interval, Duration::from_secs(2));
    assert_eq!(config.faucet.amount.nano(), 2_500_000_000);
}

/// Unknown fields and senseless values are refused, each with its place.
#[test]
fn refusals() {
    assert!(Config::parse("[faucet]\namount = '1.0000000001'").is_err());
    assert!(matches!(Config::parse("[faucet]\namount = '0'"), Err(ConfigError::FaucetAmount)));
    for unknown in ["colour = 1", "[mempool]\nsize = 1", "[consensus]\nholt = '1s'", "[telemetry]\nlevel = 'info'"] {
        assert!(matches!(Config::parse(unknown), Err(ConfigError::Syntax(_))), "{unknown}");
    }
    let of = |text: &str| chain_of(&Config::parse(text).expect_err(text));
    assert_eq!(
        of("[mempool]\ntransactions_max = 0"),
        "the section [mempool] is wrong: `transactions_max` must be at least 1"
    );
    assert_eq!(
        of("[consensus]\nhold = '1ms'"),
        "the section [consensus] is wrong: `hold` must be at least 10ms and less than `timeout_propose`, which must be at most 60s"
    );
    assert_eq!(of("[network]\nping_timeout = '0s'"), "the section [network] is wrong: ping_timeout must not be zero");
}

/// A mistake is one sentence with the number of its line, without a picture of it.
#[test]
fn a_mistake_is_one_sentence_with_its_line() {
    for (text, line) in [("data_dir = 'a'\ncolour = 1", "line 2, colour: "), ("\n\n[mempool\n", "line 3: ")] {
        let error = Config::parse(text).unwrap_err().to_string();
        assert!(error.contains(line) && !error.contains(['\n', '|', '^']), "{error}");
    }
}
