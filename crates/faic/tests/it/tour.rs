//! `faic tour`: the main job from an empty folder to a final payment.

use std::fs;

use serde_json::json;

use crate::program::Faic;

/// The tour passes in plain lines where there is no terminal, and leaves nothing behind.
#[test]
fn for_people() {
    let faic = Faic::new();
    fs::create_dir(faic.path("tmp")).expect("our own folder");
    let output = faic.command(&["tour"]).env("TMPDIR", faic.path("tmp")).output();
    let run = crate::program::Run::from(output.expect("the program was just built"));
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    for step in ["[1/8] start", "[2/8] create", "[3/8] take funds", "[4/8] import", "[5/8] transfer", "[8/8] stop"] {
        assert!(run.out.contains(step), "{step}: {}", run.out);
    }
    for expected in ["24. ", "received  100 FAIC", "receipt of", "12.5", "87.49"] {
        assert!(run.out.contains(expected), "{expected}: {}", run.out);
    }
    assert!(!run.out.contains('\u{1b}'));
    assert_eq!(fs::read_dir(faic.path("tmp")).expect("our own folder").count(), 0);
}

/// For programs the tour is one document whose amounts add up.
#[test]
fn for_programs() {
    let told = Faic::new().json(&["tour"]);
    let nano = |text: &serde_json::Value| text.as_str().expect("a text").parse::<u64>().expect("a number of nano");
    let sum =
        nano(&told["wallets"][0]["balance"]) + nano(&told["wallets"][1]["balance"]) + nano(&told["receipt"]["fee"]);
    assert_eq!(sum, 100_000_000_000);
    assert_eq!(told["receipt"]["amount"], told["wallets"][1]["balance"]);
    assert_eq!(told["receipt"]["payer"], told["wallets"][0]["address"]);
    assert_eq!(told["chain_id"], json!("faic-dev"));
    let seconds = told["seconds"].to_string();
    assert!(seconds.split_once('.').is_some_and(|(_, decimals)| decimals.len() <= 3), "{seconds}");
}

/// Without a place for its folder it fails with one line.
#[test]
fn no_place() {
    let faic = Faic::new();
    let output = faic.command(&["tour"]).env("TMPDIR", faic.path("nowhere")).output();
    let run = crate::program::Run::from(output.expect("the program was just built"));
    assert_eq!((run.code, run.out.as_str(), run.err.lines().count()), (1, "", 1), "{}", run.err);
    assert!(run.err.contains("temporary folder"), "{}", run.err);
}
