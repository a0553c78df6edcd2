//! JSON lines: one object for each event, with the context of the spans around it.
//!
//! Every line has `timestamp`, `level`, `node_id`, `node_type`, `component`, `trace_id`, `user_id` and `message`; what is not
//! known is null. Other fields of the event, and of the spans around it, stand under `fields`; the innermost one counts.

use std::{
    error::Error,
    fmt,
    io::Write,
    sync::{Arc, OnceLock},
};

use serde_json::{Map, Value, json};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::{
        MakeWriter,
        format::Writer,
        time::{FormatTime, SystemTime},
    },
    layer::Context,
    registry::LookupSpan,
};

use super::Identity;
use crate::supervision::chain_of;

/// Fields that stand beside the message, not under `fields`.
const CONTEXT_FIELDS: [&str; 2] = ["trace_id", "user_id"];

/// Writes one JSON object for each event.
pub(super) struct JsonLines<W> {
    /// Where lines go.
    writer: W,
    /// Who writes them.
    identity: Arc<OnceLock<Identity>>,
}

impl<W> JsonLines<W> {
    /// Writes to `writer` in the name of `identity`.
    pub(super) const fn new(writer: W, identity: Arc<OnceLock<Identity>>) -> Self {
        Self { writer, identity }
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flatten().collect::<Vec<_>>().into_iter().rev() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.0.extend(outer.0.clone());
            }
        }
        event.record(&mut fields);
        let mut line = self.line(event, fields).to_string();
        line.push('\n');
        // There is nobody to tell that the log can't be written to.
        let _lost = self.writer.make_writer().write_all(line.as_bytes());
    }
}

impl<W> JsonLines<W> {
    /// The object of one event.
    fn line(&self, event: &Event<'_>, mut fields: Fields) -> Value {
        let metadata = event.metadata();
        let mut timestamp = String::new();
        // A clock that can't be read leaves the timestamp empty.
        let _unknown = SystemTime.format_time(&mut Writer::new(&mut timestamp));
        let identity = self.identity.get();
        let message = fields.0.remove("message");
        let mut line = json!({
            "timestamp": timestamp,
            "level": metadata.level().as_str(),
            "node_id": identity.map(|identity| &identity.node_id),
            "node_type": identity.map(|identity| identity.node_type),
            "component": component(metadata.target()),
            "message": message,
        });
        if let Value::Object(line) = &mut line {
            for name in CONTEXT_FIELDS {
                line.insert(name.to_owned(), fields.0.remove(name).unwrap_or(Value::Null));
            }
            if !fields.0.is_empty() {
                line.insert("fields".to_owned(), Value::Object(fields.0));
            }
        }
        line
    }
}

/// The part of the program that an event is about: `node.chain` for the target `faic_node::chain`.
fn component(target: &str) -> String {
    target.strip_prefix("faic_").unwrap_or(target).replace("::", ".")
}

/// The fields of a span or an event.
#[derive(Debug, Default)]
struct Fields(Map<String, Value>);

impl Fields {
    /// Keeps a field.
    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.keep(field, chain_of(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }
}
