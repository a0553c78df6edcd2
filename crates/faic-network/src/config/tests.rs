//! Tests of the configuration.

use std::time::Duration;

use super::{Config, ConfigError};
use crate::NodeAddress;

/// The defaults are usable, and read back from their text.
#[test]
fn defaults_round_trip() {
    for config in [Config::default(), Config::loopback()] {
        assert_eq!(config.check(), Ok(()));
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
    }
}

/// A field that there is not is refused.
#[test]
fn unknown_fields_are_refused() {
    assert!(toml::from_str::<Config>("heartbeat_interval = \"2s\"").is_ok());
    assert!(toml::from_str::<Config>("heartbeat = \"2s\"").is_err());
    assert!(toml::from_str::<Config>("listen = [\"localhost:1\"]").is_err());
}

/// A node to begin with has an address that can be dialled, and the error says which has none and why; an address to
/// listen on may have any port of any interface.
#[test]
fn bootstrap_can_be_dialled() {
    let address: NodeAddress = "/ip4/0.0.0.0/tcp/0".parse().unwrap();
    assert_eq!(Config { listen: vec![address.clone()], ..Config::default() }.check(), Ok(()));
    let source = address.check_dialable().unwrap_err();
    let config = Config { bootstrap: vec![address.clone()], ..Config::default() };
    assert_eq!(config.check(), Err(ConfigError::Bootstrap { address, source }));
}

/// Values that contradict each other are refused by name.
#[test]
fn contradictions_are_refused() {
    let default = Config::default;
    let second = Duration::from_secs(1);
    let cases = [
        (Config { heartbeat_interval: Duration::ZERO, ..default() }, ConfigError::HeartbeatInterval),
        (Config { heartbeat_interval: second * 301, ..default() }, ConfigError::HeartbeatInterval),
        (Config { silence_max: second * 9, ..default() }, ConfigError::SilenceMax),
        (Config { dial_backoff_max: second / 2, ..default() }, ConfigError::DialBackoff),
        (Config { ping_timeout: Duration::ZERO, ..default() }, ConfigError::Zero("ping_timeout")),
        (Config { gossip_per_second: 0, ..default() }, ConfigError::Zero("gossip_per_second")),
    ];
    for (config, error) in cases {
        assert_eq!(config.check(), Err(error));
    }
}
