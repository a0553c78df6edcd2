//! Tests of the genesis document: both spellings, and a refusal for each field.

use super::{DOCUMENT_BYTES_MAX, Genesis, GenesisError};
use crate::testing::{faic, genesis};

/// TOML and JSON give back the same id.
#[test]
fn spellings_round_trip() {
    let genesis = genesis();
    for text in [genesis.to_toml(), genesis.to_json()] {
        let read = Genesis::parse(&text).unwrap();
        assert_eq!(read, genesis);
        assert_eq!(read.id(), genesis.id());
    }
}

/// A change of any rule is another chain.
#[test]
fn id_covers_the_rules() {
    let mut other = genesis();
    other.parameters.base_fee_per_byte_min += 1;
    assert_ne!(other.id(), genesis().id());
}

/// Each wrong field is refused by name.
#[test]
fn refusals() {
    let good = genesis().to_toml();
    let parse = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} is not in {good}");
        Genesis::parse(&good.replacen(from, to, 1))
    };
    assert!(matches!(parse("network = \"dev\"", "network = \"moon\""), Err(GenesisError::Network(_))));
    assert!(matches!(parse("network = \"dev\"", "network = \"main\""), Err(GenesisError::Address { .. })));
    assert!(matches!(parse("chain_id = \"faic-test\"", "chain_id = \"A b\""), Err(GenesisError::ChainId(_))));
    assert!(matches!(parse("time_ms", "time"), Err(GenesisError::Syntax(_))));
    assert!(matches!(parse("block_bytes_max = 2097152", "block_bytes_max = 1"), Err(GenesisError::BlockBytes(1))));
    assert!(matches!(parse("base_fee_per_byte_min = 10", "base_fee_per_byte_min = 0"), Err(GenesisError::BaseFee(0))));
    assert!(matches!(parse("\"1000\"", "\"-1\""), Err(GenesisError::Amount { .. })));
    assert!(matches!(parse("\"1000\"", "\"999999999\""), Err(GenesisError::OverSupply)));
    assert!(matches!(parse("stake = \"100\"", "stake = \"0\""), Err(GenesisError::Validators(_))));
    let bad_key = parse("key = \"", "key = \"zz").unwrap_err();
    assert!(matches!(bad_key, GenesisError::ValidatorKey { index: 0, source: None }));
    assert!(bad_key.to_string().contains("64 hexadecimal digits"), "{bad_key}");
    assert!(matches!(Genesis::parse("{}"), Err(GenesisError::Syntax(_))));
    let too_dear = "base_fee_per_byte_min = 1000001";
    assert!(matches!(parse("base_fee_per_byte_min = 10", too_dear), Err(GenesisError::BaseFee(1_000_001))));
    assert!(parse("base_fee_per_byte_min = 10", "base_fee_per_byte_min = 1000000").is_ok());
    let too_large = "block_bytes_max = 16777217";
    assert!(matches!(parse("block_bytes_max = 2097152", too_large), Err(GenesisError::BlockBytes(16_777_217))));
    assert!(parse("block_bytes_max = 2097152", "block_bytes_max = 16777216").is_ok());
    let too_late = "time_ms = 253402300800000";
    assert!(matches!(parse("time_ms = 1000", too_late), Err(GenesisError::Time(253_402_300_800_000))));
    assert!(parse("time_ms = 1000", "time_ms = 253402300799999").is_ok());
}

/// Each parameter of staking has a range, whose ends pass and whose neighbours are refused by name.
#[test]
fn ranges_of_staking() {
    let good = genesis().to_toml();
    let parse = |name: &str, value: &str| {
        let is_other = |line: &&str| !line.starts_with(&format!("{name} = "));
        let head = good.lines().filter(is_other).collect::<Vec<_>>().join("\n");
        Genesis::parse(&head.replace("[parameters]", &format!("[parameters]\n{name} = {value}")))
    };
    for (name, least, most) in [
        ("unbonding_blocks", 1, 100_000_000_i64),
        ("unbonding_seconds", 0, 100_000_000),
        ("absent_blocks_max", 1, 100_000_000),
        ("jail_blocks", 1, 100_000_000),
        ("slash_percent", 0, 100),
    ] {
        for value in [least, most] {
            assert!(parse(name, &value.to_string()).is_ok(), "{name} = {value}");
        }
        for value in [least - 1, most + 1] {
            let refused = parse(name, &value.to_string()).unwrap_err();
            assert!(
                matches!(refused, GenesisError::Range { .. } | GenesisError::Syntax(_)),
                "{name} = {value}: {refused}"
            );
        }
    }
    assert!(matches!(parse("bond_min", "\"0\""), Err(GenesisError::BondMin)));
    assert!(matches!(parse("bond_min", "\"100.000000001\""), Err(GenesisError::Stake { .. })));
    assert_eq!(parse("bond_min", "\"100\"").unwrap().parameters.bond_min, faic(100));
}

/// A text of the most bytes is read, and one of a byte more is not.
#[test]
fn a_text_over_the_limit_is_refused() {
    let mut text = genesis().to_json();
    text.push_str(&" ".repeat(DOCUMENT_BYTES_MAX - text.len()));
    assert!(Genesis::parse(&text).is_ok());
    text.push(' ');
    assert!(matches!(Genesis::parse(&text), Err(GenesisError::TooLarge)));
}

/// An account that stands twice is refused in every spelling, and its money is never silently the last one's.
#[test]
fn duplicate_addresses() {
    let genesis = genesis();
    let [first, ..] = genesis.balances[..] else { panic!("the genesis of the tests has balances") };
    let address = first.0.encode(genesis.network);
    let (toml, json) = (genesis.to_toml(), genesis.to_json());
    for (text, line, again) in [
        (&toml, format!("{address} = \"1000\"\n"), format!("{address} = \"7\"\n")),
        (&json, format!("\"{address}\": \"1000\""), format!(", \"{address}\": \"7\"")),
    ] {
        assert!(text.contains(&line), "{line} is not in {text}");
        for again in [again.clone(), again.replace(&address, &address.to_uppercase())] {
            let twice = text.replacen(&line, &format!("{line}{again}"), 1);
            let refused = Genesis::parse(&twice);
            assert!(
                matches!(refused, Err(GenesisError::DuplicateAddress | GenesisError::Syntax(_))),
                "{twice}: {refused:?}"
            );
        }
    }
}

/// A mistake in TOML is one sentence with the number of its line, without a picture of it.
#[test]
fn mistake_has_its_line() {
    let error = Genesis::parse("network = 'dev'\n\ncolour = 1\n").expect_err("an unknown field").to_string();
    assert!(error.contains("line 3, colour: unknown field") && !error.contains(['\n', '^']), "{error}");
}
