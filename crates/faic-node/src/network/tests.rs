//! Tests of the section `[network]`.

use super::Config;

/// The section is read back as it was written, and what it does not know is refused.
#[test]
fn section_is_strict() {
    for config in [Config::default(), Config::disabled(), Config::loopback()] {
        let text = toml::to_string(&config).expect("texts, numbers and lists only");
        assert_eq!(toml::from_str::<Config>(&text).expect("what was written"), config);
    }
    let config: Config = toml::from_str("enabled = false\npeers_wanted = 3").expect("two fields of the section");
    assert_eq!((config.enabled, config.settings.peers_wanted), (false, 3));
    for wrong in ["enable = true", "enabled = 1", "heartbeat_interval = 'often'"] {
        assert!(toml::from_str::<Config>(wrong).is_err(), "{wrong}");
    }
}
