//! The log of a process, as an operator's tools read it: this test runs itself as a child and looks at its standard error.

use std::{env, process::Command, thread};

use faic_node::telemetry::{Config, Format, Identity, Telemetry, TelemetryError};
use serde_json::Value;

/// The variable that makes the test be the child.
const CHILD: &str = "FAIC_TEST_TELEMETRY_CHILD";

/// A filter that can't be read.
const BAD_FILTER: &str = "info,=,x=y=z";

/// The standard error of this test as a child with that filter, which must end well.
fn child(filter: &str) -> String {
    let this = env::current_exe().expect("a running program has a path");
    let child = Command::new(this)
        .args(["--exact", "telemetry::one_line_an_event", "--nocapture"])
        .env(CHILD, "1")
        .env("FAIC_LOG", filter)
        .output()
        .expect("a test can be run");
    let text = String::from_utf8(child.stderr).expect("a log is text");
    assert!(child.status.success(), "{text}");
    text
}

/// Logs what the parent looks at.
fn be_the_child() {
    let config = Config { format: Format::Auto, filter: "off".to_owned() };
    let telemetry = match Telemetry::begin(&config) {
        Err(TelemetryError::Filter { filter, .. }) => return assert_eq!(filter, BAD_FILTER),
        begun => begun.expect("a good filter"),
    };
    tracing::info!("before");
    telemetry.identify(Identity { node_id: "abcd".to_owned(), node_type: "validator" });
    tracing::info!(tx = "1f2e", "after");
    tracing::debug!("too quiet");
    assert!(thread::spawn(|| panic!("lane {} cannot be", 17)).join().is_err());
    assert!(matches!(Telemetry::begin(&config), Err(TelemetryError::Twice)));
}

/// Where standard error is no terminal every event is a JSON line, panics too; the environment chooses what is logged.
#[test]
fn one_line_an_event() {
    if env::var_os(CHILD).is_some() {
        return be_the_child();
    }
    let log = child("info");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().expect("a message")).collect();
    assert_eq!(messages, ["before", "after", "panic: lane 17 cannot be"]);
    assert_eq!((&lines[0]["node_id"], &lines[1]["node_id"]), (&Value::Null, &Value::from("abcd")));
    assert_eq!((&lines[2]["level"], &lines[2]["component"]), (&Value::from("ERROR"), &Value::from("node.telemetry")));
    assert!(lines[2]["fields"]["place"].as_str().expect("a place").contains("telemetry.rs"));
}

/// A filter that can't be read is refused with its text, and nothing is logged.
#[test]
fn bad_filter() {
    assert_eq!(child(BAD_FILTER), "");
}
