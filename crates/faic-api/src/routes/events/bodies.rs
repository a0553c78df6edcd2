//! The data of the events that no other endpoint answers.

use faic_node::services::{EndReason, EventService, HeaderView, PeersView, ResetReason};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// A node that is there though it has nothing to tell.
#[derive(Serialize, ToSchema)]
#[schema(as = EventAlive)]
pub(crate) struct AliveEvent {
    /// How long a stream is silent at most, in milliseconds.
    interval_ms: u64,
}

/// A block that became final.
#[derive(Serialize, ToSchema)]
#[schema(as = EventBlock)]
pub(crate) struct BlockEvent {
    /// Its number.
    #[schema(value_type = schema::Height)]
    height: u64,
    /// Its id.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// The proposer's clock.
    #[schema(value_type = schema::TimeMs)]
    time_ms: u64,
    /// The validator that proposed it.
    #[schema(value_type = schema::PublicKey)]
    proposer: String,
    /// The round in which it was decided.
    round: u32,
    /// How many transactions it has.
    transaction_count: u32,
}

/// Peers that came and went.
#[derive(Serialize, ToSchema)]
#[schema(as = EventPeers)]
pub(crate) struct PeersEvent {
    /// How many peers there are.
    count: usize,
    /// Those that came; in the first event all.
    #[schema(value_type = Vec<schema::NodeId>)]
    joined: Vec<String>,
    /// Those that went.
    #[schema(value_type = Vec<schema::NodeId>)]
    left: Vec<String>,
}

/// Something that the stream does not tell.
#[derive(Serialize, ToSchema)]
#[schema(as = EventReset)]
pub(crate) struct ResetEvent {
    /// Why.
    reason: ResetReasonName,
    /// The first height of which something is missing.
    #[schema(value_type = schema::Height)]
    from_height: u64,
    /// The last height of which something is missing; the stream goes on behind it.
    #[schema(value_type = schema::Height)]
    to_height: u64,
}

/// Why something is not told.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventResetReason)]
pub(crate) enum ResetReasonName {
    /// The position is too far behind: read the heights by GET /v1/blocks and the histories of the accounts.
    TooFarBehind,
    /// This node does not have the blocks; another may.
    Pruned,
    /// The position is far beyond the tip, so it is of another chain.
    Ahead,
    /// More happened to waiting transactions than could be told; final ones are not missed.
    WaitingMissed,
}

/// The end of the stream.
#[derive(Serialize, ToSchema)]
#[schema(as = EventEnd)]
pub(crate) struct EndEvent {
    /// Why.
    reason: EndReasonName,
}

/// Why a stream is over; the client may come back with the id of the last event that it saw.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = EventEndReason)]
pub(crate) enum EndReasonName {
    /// The client did not take what it was told.
    Slow,
    /// The node stops.
    ShuttingDown,
    /// The node cannot read its ledger.
    Failed,
}

impl AliveEvent {
    /// The event as every stream has it.
    pub(super) fn new() -> Self {
        let interval_ms = EventService::ALIVE_INTERVAL.as_millis().try_into().expect("the interval is short");
        Self { interval_ms }
    }
}

impl From<HeaderView> for BlockEvent {
    fn from(view: HeaderView) -> Self {
        Self {
            height: view.header.height,
            id: view.id.to_string(),
            time_ms: view.header.time_ms,
            proposer: view.header.proposer.to_string(),
            round: view.certificate.round,
            transaction_count: view.transactions,
        }
    }
}

impl From<PeersView> for PeersEvent {
    fn from(view: PeersView) -> Self {
        Self {
            count: view.count,
            joined: view.joined.iter().map(ToString::to_string).collect(),
            left: view.left.iter().map(ToString::to_string).collect(),
        }
    }
}

impl ResetEvent {
    /// The event that says that these heights are not told.
    pub(super) fn new(reason: ResetReason, from_height: u64, to_height: u64) -> Self {
        let reason = match reason {
            ResetReason::TooFarBehind => ResetReasonName::TooFarBehind,
            ResetReason::Pruned => ResetReasonName::Pruned,
            ResetReason::Ahead => ResetReasonName::Ahead,
            ResetReason::WaitingMissed => ResetReasonName::WaitingMissed,
        };
        Self { reason, from_height, to_height }
    }
}

impl From<EndReason> for EndEvent {
    fn from(reason: EndReason) -> Self {
        let reason = match reason {
            EndReason::Slow => EndReasonName::Slow,
            EndReason::ShuttingDown => EndReasonName::ShuttingDown,
            EndReason::Failed => EndReasonName::Failed,
        };
        Self { reason }
    }
}
