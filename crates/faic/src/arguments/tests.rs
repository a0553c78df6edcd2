//! Tests of the command line's model.

use super::{Invocation, Output, model, read};

/// Reads a command line.
fn of(arguments: &[&str]) -> Invocation {
    read(std::iter::once("faic").chain(arguments.iter().copied()).map(Into::into))
}

/// The model keeps the parser's own rules, such as distinct option names.
#[test]
fn model_is_consistent() {
    model().debug_assert();
}

/// `--json` counts wherever it stands, also where the rest is wrong, but not after `--`.
#[test]
fn json_anywhere() {
    assert!(matches!(of(&["--json", "wallet", "list"]), Invocation::Command(Output::Json, _)));
    assert!(matches!(of(&["wallet", "list", "--json"]), Invocation::Command(Output::Json, _)));
    assert!(matches!(of(&["wallet", "lost", "--json"]), Invocation::Misused(Output::Json, _)));
    assert!(matches!(of(&["wallet", "lost", "--", "--json"]), Invocation::Misused(Output::People, _)));
    assert!(matches!(of(&["wallet", "--help"]), Invocation::Help(_)));
}
