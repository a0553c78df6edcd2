//! Tests of log lines as an operator's tools see them.

use std::{
    error::Error,
    io::{self, Write},
    sync::{Arc, Mutex, OnceLock},
};

use serde_json::Value;
use tracing::{info, info_span, subscriber::with_default, warn};
use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt};

use super::{Config, Format, Identity, json::JsonLines};
use crate::{ErrorCode, FaicError};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The lines so far, each a JSON object.
    fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().expect("no test panics while it holds the lock").clone();
        let text = String::from_utf8(bytes).expect("JSON is text");
        text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics while it holds the lock").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What `events` logs, in the name of `identity`.
fn logged(identity: Option<Identity>, events: impl FnOnce()) -> Vec<Value> {
    let log = Log::default();
    let cell = Arc::new(OnceLock::new());
    if let Some(identity) = identity {
        cell.set(identity).expect("it was empty");
    }
    let subscriber = tracing_subscriber::registry().with(JsonLines::new(log.clone(), cell));
    with_default(subscriber, events);
    log.lines()
}

/// Every line carries the whole context, also before the node knows its own name.
#[test]
fn every_line_has_the_context() {
    let identity = Identity { node_id: "abcd".to_owned(), node_type: "validator" };
    for known in [Some(identity), None] {
        let is_known = known.is_some();
        let lines = logged(known, || warn!(target: "faic_node::chain", tx = %"1f2e", height = 7, "chain.admitted"));
        let line = lines[0].as_object().expect("an object");
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["component"], "node.chain");
        assert_eq!(line["message"], "chain.admitted");
        assert_eq!(line["fields"]["tx"], "1f2e");
        assert_eq!(line["fields"]["height"], 7);
        assert_eq!(line["node_id"], if is_known { Value::from("abcd") } else { Value::Null });
        assert_eq!(line["node_type"], if is_known { Value::from("validator") } else { Value::Null });
        assert!(line["timestamp"].as_str().expect("a text").ends_with('Z'));
        assert_eq!((&line["trace_id"], &line["user_id"]), (&Value::Null, &Value::Null));
    }
}

/// A line has the trace of the request around it, and the innermost value of a field.
#[test]
fn spans_give_context() {
    let lines = logged(None, || {
        let request =
            info_span!("request", trace_id = "t-1", route = "/v1/transactions", status = tracing::field::Empty);
        request.in_scope(|| {
            info_span!("inner", route = "inner").in_scope(|| info!("one"));
            request.record("status", 202);
            info!(route = "event", "two");
        });
        info!("three");
    });
    assert_eq!(
        lines.iter().map(|line| &line["trace_id"]).collect::<Vec<_>>(),
        ["t-1".into(), "t-1".into(), Value::Null].iter().collect::<Vec<_>>()
    );
    assert_eq!(lines[0]["fields"]["route"], "inner");
    assert_eq!(
        (&lines[1]["fields"]["route"], &lines[1]["fields"]["status"]),
        (&Value::from("event"), &Value::from(202))
    );
    assert_eq!(lines[2].get("fields"), None);
}

/// A message with line breaks and quotes is still one line, so nobody forges lines through what is logged.
#[test]
fn one_event_one_line() {
    let lines = logged(None, || info!(memo = "a\n{\"level\":\"ERROR\"}", "said \"hello\"\nand more"));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["message"], "said \"hello\"\nand more");
}

/// An error is logged with everything that led to it.
#[test]
fn errors_have_their_causes() {
    let error = FaicError::new(ErrorCode::StorageUnavailable, "the ledger cannot be read")
        .because(io::Error::other("no space left on device"));
    let lines = logged(None, || warn!(error = &error as &dyn Error, "failed"));
    assert_eq!(lines[0]["fields"]["error"], "the ledger cannot be read: no space left on device");
}

/// The configuration is read with defaults, and unknown fields and formats are refused.
#[test]
fn configuration_text() {
    let parse = |text: &str| serde_json::from_str::<Config>(text);
    assert_eq!(parse("{}").expect("defaults"), Config::default());
    assert_eq!(parse(r#"{"format": "json"}"#).expect("a format").format, Format::Json);
    assert!(parse(r#"{"format": "xml"}"#).is_err());
    assert!(parse(r#"{"colour": true}"#).is_err());
}
