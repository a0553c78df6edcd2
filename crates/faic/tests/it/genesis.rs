//! Genesis documents: made, checked, shown, and refused.

use std::fs;

use serde_json::{Value, json};

use crate::program::Faic;

/// The public key of RFC 8032's first test vector.
const KEY: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

/// The options of the document that most tests make.
fn options(operator: &str) -> Vec<String> {
    let (validator, balance) = (format!("{KEY},{operator},100"), format!("{operator}=1.5"));
    let fixed = ["genesis", "new", "--chain-id", "faic-x", "--network", "dev", "--time-ms", "1790000000000"];
    let fixed = fixed.map(str::to_owned).into_iter();
    fixed.chain(["--validator".to_owned(), validator, "--balance".to_owned(), balance]).collect()
}

/// Those options and some more.
fn with<'a>(options: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    options.iter().map(String::as_str).chain(more.iter().copied()).collect()
}

/// Makes the document `genesis.toml` and gives the program, the operator's address and the answer.
fn made() -> (Faic, String, Value) {
    let faic = Faic::new();
    let operator = faic.new_wallet("operator")["address"].as_str().expect("an address").to_owned();
    let answer = faic.json(&with(&options(&operator), &["--out", "genesis.toml"]));
    (faic, operator, answer)
}

/// A document that was made is good and says what was asked for.
#[test]
fn new_check_show() {
    let (faic, operator, answer) = made();
    assert_eq!((&answer["chain_id"], &answer["supply"]), (&json!("faic-x"), &json!("101500000000")));
    let checked = faic.json(&["genesis", "check", "genesis.toml"]);
    assert_eq!(checked["id"], answer["id"]);
    assert_eq!((&checked["validators"], &checked["accounts"]), (&json!(1), &json!(1)));
    assert_eq!(checked["base_fee_per_byte_min"], json!("10"));
    let shown = faic.json(&["genesis", "show", "genesis.toml"]);
    assert_eq!(shown["validator_set"], json!([{ "key": KEY, "operator": operator, "stake": "100000000000" }]));
    assert_eq!(shown["balances"], json!([{ "address": operator, "balance": "1500000000" }]));
    let people = faic.run(&["genesis", "show", "genesis.toml"]).out;
    assert!(people.contains(KEY) && people.contains("101.5 FAIC") && people.contains(&operator), "{people}");
}

/// On standard output a document is nothing but itself, in both languages with the same id.
#[test]
fn to_standard_output() {
    let (faic, operator, answer) = made();
    for format in ["toml", "json"] {
        let run = faic.run(&with(&options(&operator), &["--format", format]));
        assert_eq!(run.code, 0, "{}", run.err);
        faic.write("piped", &run.out);
        assert_eq!(faic.json(&["genesis", "check", "piped"])["id"], answer["id"]);
    }
}

/// An existing file is not replaced.
#[test]
fn existing_file() {
    let (faic, operator, _) = made();
    let before = fs::read(faic.path("genesis.toml")).expect("the document was made");
    let line = faic.refuse(1, &with(&options(&operator), &["--block-bytes-max", "131072", "--out", "genesis.toml"]));
    assert!(line.contains("genesis.toml cannot be written"), "{line}");
    assert_eq!(fs::read(faic.path("genesis.toml")).expect("the document is still there"), before);
}

/// Options that make no genesis are refused.
#[test]
fn bad_options() {
    let (faic, operator, _) = made();
    let good = format!("{KEY},{operator},100");
    let new = |chain: &str, network: &str, validators: &[&str], more: &[&str]| {
        let mut arguments = vec!["genesis", "new", "--chain-id", chain, "--network", network];
        arguments.extend(validators.iter().flat_map(|validator| ["--validator", validator]));
        arguments.extend(more);
        faic.refuse(2, &arguments)
    };
    assert!(new("x", "dev", &[], &[]).contains("--validator"));
    assert!(new("A b", "dev", &[&good], &[]).contains("lower-case"));
    assert!(new("x", "main", &[&good], &[]).contains("dev network"));
    assert!(new("x", "dev", &[&good, &good], &[]).contains("stands twice"));
    assert!(new("x", "dev", &[&format!("{KEY},{operator},0")], &[]).contains("no stake"));
    assert!(new("x", "dev", &[&format!("zz,{operator},1")], &[]).contains("64 hexadecimal digits"));
    assert!(new("x", "dev", &["one"], &[]).contains("KEY,OPERATOR,STAKE"));
    assert!(new("x", "dev", &[&good], &["--balance", &format!("{operator}=-1")]).contains("negative"));
    assert!(new("x", "dev", &[&good], &["--balance", &format!("{operator}=1000000000")]).contains("supply"));
    assert!(new("x", "dev", &[&good], &["--base-fee-per-byte-min", "0"]).contains("must be from 1"));
    assert!(new("x", "dev", &[&good], &["--block-bytes-max", "1"]).contains("block_bytes_max"));
}

/// Documents that are damaged are refused with the file and what is wrong in it.
#[test]
fn bad_documents() {
    let (faic, _, _) = made();
    let good = fs::read_to_string(faic.path("genesis.toml")).expect("the document was made");
    let cases = [
        ("network = \"dev\"", "network = \"moon\"", "main, test, dev"),
        ("network = \"dev\"", "network = \"test\"", "dev network"),
        ("chain_id = \"faic-x\"", "chain_id = \"\"", "chain id"),
        ("\"1.5\"", "\"1000000000\"", "supply"),
        ("\"1.5\"", "\"many\"", "decimal number"),
        ("time_ms", "time", "time"),
    ];
    for (from, to, expected) in cases {
        assert!(good.contains(from), "{from} is not in {good}");
        faic.write("bad.toml", &good.replacen(from, to, 1));
        for command in ["check", "show"] {
            let line = faic.refuse(1, &["genesis", command, "bad.toml"]);
            assert!(line.contains("bad.toml") && line.contains(expected), "{to}: {line}");
        }
    }
    faic.write("bad.toml", "no document");
    assert!(faic.refuse(1, &["genesis", "check", "bad.toml"]).contains("bad.toml"));
    assert!(faic.refuse(1, &["genesis", "check", "nowhere.toml"]).contains("nowhere.toml cannot be read"));
}
