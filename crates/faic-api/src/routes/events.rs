//! `/v1/events`: what happens, as server-sent events (the WHATWG's HTML standard, §9.2).
//!
//! The id of an event is a position in the chain, `42` after the block at height 42 or `42.3` after its transaction
//! number 3, so it means the same at every node; a client that comes back with it in `Last-Event-ID` misses nothing.

mod bodies;

use std::{collections::BTreeSet, convert::Infallible};

use axum::{
    Extension,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, Uri},
    response::{IntoResponse, Sse, sse::Event},
};
use faic_node::{
    ErrorCode,
    services::{EventKind, EventPosition, HistoryCursor, Interests, Notice, Subscription, Told},
};
use futures::{Stream, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::bodies::{AliveEvent, BlockEvent, EndEvent, PeersEvent, ResetEvent};
use super::{parse_address, status::MempoolAnswer, transactions::TransactionAnswer};
use crate::{
    problem::Problem,
    rate_limit::{Share, Visitor},
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(follow_events))
}

/// The header with which a client comes back.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// The header by which some proxies are told not to hold the events back.
const NO_BUFFERING: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

/// The number of a parameter's pairs that are read.
const PAIRS_MAX: usize = 64;

/// What is followed, and from where on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query, style = Form)]
#[expect(dead_code, reason = "it describes the query, which is read pair by pair because names repeat")]
pub(crate) struct EventsParameters {
    /// What to be told of, once for each kind; blocks when neither a kind nor an account is given.
    #[param(explode, value_type = Option<Vec<EventKindName>>, max_items = 3)]
    kind: Option<Vec<EventKindName>>,
    /// An account whose transactions are told, once for each of at most 32.
    #[param(explode, value_type = Option<Vec<schema::Address>>, max_items = 32)]
    account: Option<Vec<String>>,
    /// The id of an event; all after it is told first. The header `Last-Event-ID` goes before it.
    #[param(pattern = "^(0|[1-9][0-9]{0,18})(\\.(0|[1-9][0-9]{0,9}))?$", example = "42")]
    after: Option<String>,
}

/// A kind of event.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventKind)]
pub(crate) enum EventKindName {
    /// Every final block.
    Blocks,
    /// Peers that come and go.
    Peers,
    /// How full the mempool is.
    Mempool,
}

/// Follows what happens, as server-sent events: `alive`, `block`, `transaction`, `peers`, `mempool`, `reset` and `end`.
///
/// The data of an event is JSON: that of `alive` is an EventAlive, of `block` an EventBlock, of `transaction` a
/// TransactionAnswer, of `peers` EventPeers, of `mempool` a Mempool, of `reset` an EventReset and of `end` an EventEnd. The
/// id of an event is a position in the chain; with it in the header `Last-Event-ID` the blocks and final transactions after
/// it are told first. After a `reset` the heights that it names are to be read elsewhere and the stream goes on; after an
/// `end` it is over. An `alive` comes first, and whenever nothing else was told for 5 s: a stream that is silent for much
/// longer has lost its node.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "events",
    params(
        EventsParameters,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that the client saw."),
    ),
    responses((status = 200, description = "The events, without end.", body = String, content_type = "text/event-stream")),
)]
async fn follow_events(
    State(state): State<ApiState>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    let (interests, after) = parse_query(&state, &uri)?;
    let last = headers.get(LAST_EVENT_ID).map(|id| parse_position(id.to_str().unwrap_or_default())).transpose()?;
    let permit = visitor.open_stream()?;
    let subscription = state.services.events.subscribe(interests, last.or(after))?;
    Ok(([NO_BUFFERING], Sse::new(events(state, subscription, permit))))
}

/// Everything that a subscription tells, counted for its client until it ends.
fn events(
    state: ApiState,
    subscription: Subscription,
    permit: Option<Share>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((state, subscription, permit), async |(state, mut subscription, permit)| {
        let told = subscription.next().await?;
        let event = write(&state, told);
        Some((Ok(event), (state, subscription, permit)))
    })
}

/// Writes an event.
fn write(state: &ApiState, told: Told) -> Event {
    let network = state.services.transactions.network();
    let event = Event::default().id(write_position(told.position));
    match told.notice {
        Notice::Block(view) => event.event("block").data(json(&BlockEvent::from(*view))),
        Notice::Transaction { id, view } => {
            event.event("transaction").data(json(&TransactionAnswer::new(&id, *view, network)))
        }
        Notice::Peers(view) => event.event("peers").data(json(&PeersEvent::from(view))),
        Notice::Mempool(status) => event.event("mempool").data(json(&MempoolAnswer::from(status))),
        Notice::Reset { reason, from, to } => event.event("reset").data(json(&ResetEvent::new(reason, from, to))),
        Notice::End(reason) => event.event("end").data(json(&EndEvent::from(reason))),
        Notice::Alive => event.event("alive").data(json(&AliveEvent::new())),
    }
}

/// The data of an event.
fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("a body of texts and numbers can be written")
}

/// Reads the query, of which names may repeat.
fn parse_query(state: &ApiState, uri: &Uri) -> Result<(Interests, Option<EventPosition>), Problem> {
    let refuse = |message: String| Problem::new(ErrorCode::InvalidQuery, message);
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| refuse("the query does not fit: it cannot be read".to_owned()))?;
    if pairs.len() > PAIRS_MAX {
        return Err(refuse(format!("the query has more than {PAIRS_MAX} parameters")));
    }
    let (mut interests, mut after) = (Interests::default(), None);
    for (name, value) in pairs {
        match name.as_str() {
            "kind" => {
                interests.kinds.insert(parse_kind(&value)?);
            }
            "account" => {
                interests.accounts.insert(parse_address(state, &value)?);
            }
            "after" if after.is_none() => after = Some(parse_position(&value)?),
            "after" => return Err(refuse("given twice: the parameter `after`".to_owned())),
            _ => {
                let known = "expected one of `kind`, `account`, `after`";
                return Err(refuse(format!("the query does not fit: unknown parameter `{name}`, {known}")));
            }
        }
    }
    if interests.kinds.is_empty() && interests.accounts.is_empty() {
        interests.kinds = BTreeSet::from([EventKind::Blocks]);
    }
    Ok((interests, after))
}

/// Reads the name of a kind.
fn parse_kind(text: &str) -> Result<EventKind, Problem> {
    match text {
        "blocks" => Ok(EventKind::Blocks),
        "peers" => Ok(EventKind::Peers),
        "mempool" => Ok(EventKind::Mempool),
        _ => Err(Problem::new(ErrorCode::InvalidQuery, "the parameter kind is not `blocks`, `peers` or `mempool`")),
    }
}

/// Writes the id of an event.
fn write_position(position: EventPosition) -> String {
    match position {
        EventPosition::Block(height) => height.to_string(),
        EventPosition::Transaction(HistoryCursor { height, index }) => format!("{height}.{index}"),
    }
}

/// Reads what [`write_position`] wrote, and nothing else.
fn parse_position(text: &str) -> Result<EventPosition, Problem> {
    let position = match text.split_once('.') {
        None => text.parse().ok().map(EventPosition::Block),
        Some((height, index)) => height.parse().ok().zip(index.parse().ok()).map(|(height, index)| {
            let place = HistoryCursor { height, index };
            EventPosition::Transaction(place)
        }),
    };
    position
        .filter(|position| write_position(*position) == text)
        .ok_or_else(|| Problem::new(ErrorCode::InvalidQuery, "the id is not one of an event, such as 42 or 42.3"))
}

#[cfg(test)]
mod tests;
