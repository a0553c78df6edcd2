//! Transactions that nobody has submitted yet: built unsigned for an offline signer, and simulated. Nothing is changed.

use axum::{extract::State, response::IntoResponse};
use faic_core::{Authority, PublicKey};
use faic_node::{
    ErrorCode,
    services::{Order, Simulation, SimulationView},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ReceiptAnswer, TransactionContent, decode};
use crate::{
    extract::{Json, NoParameters, Parameters},
    problem::{Problem, ProblemDocument},
    routes::{
        AtHeight, parse_address,
        wallets::{TransferOutput, parse_outputs},
    },
    schema,
    state::ApiState,
};

/// The routes of this module.
pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(build_transaction)).routes(routes!(simulate_transaction))
}

/// A payment that somebody else signs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BuildTransaction {
    /// The keys that govern the sender.
    authority: BuildAuthority,
    /// The account that pays; the one that begins with the authority when not given.
    #[schema(value_type = Option<schema::Address>)]
    sender: Option<String>,
    /// Who receives how much; all of it or nothing is paid.
    #[schema(min_items = 1, max_items = 256)]
    outputs: Vec<TransferOutput>,
    /// For how many blocks the transaction may become final; 1000 when not given.
    #[schema(minimum = 1, maximum = 1_000_000)]
    valid_for: Option<u64>,
    /// The lane; 0 when not given.
    #[schema(value_type = Option<schema::Lane>)]
    lane: Option<u8>,
}

/// Which keys, and how many of them, govern an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BuildAuthority {
    /// How many keys must sign; 1 when not given.
    #[schema(minimum = 1, maximum = 16)]
    threshold: Option<u8>,
    /// The keys.
    #[schema(value_type = Vec<schema::PublicKey>, min_items = 1, max_items = 16)]
    keys: Vec<String>,
}

/// A transaction that waits for signatures.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnsignedTransaction {
    /// Its id, which signatures do not change.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// The only chain on which it is valid.
    #[schema(value_type = schema::ChainId)]
    chain_id: String,
    /// The canonical bytes that the signatures are made over, in hexadecimal.
    #[schema(value_type = schema::TransactionText)]
    unsigned: String,
    /// How many bytes it has with its signatures; the fee is by this size.
    signed_bytes: usize,
    /// What it asks for.
    transaction: TransactionContent,
}

/// Builds the unsigned transaction of a payment: sequence, fee and last height are filled in as of now.
#[utoipa::path(
    post,
    path = "/v1/transactions/build",
    tag = "transactions",
    request_body = BuildTransaction,
    responses((status = 200, description = "The transaction to be signed.", body = UnsignedTransaction)),
)]
async fn build_transaction(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Json(body): Json<BuildTransaction>,
) -> Result<impl IntoResponse, Problem> {
    let authority = parse_authority(&body.authority)?;
    let sender = body.sender.as_deref().map(|sender| parse_address(&state, sender)).transpose();
    let sender = sender.map_err(|error| error.at("sender"))?;
    let order = Order::transfer_with(parse_outputs(&state, body.outputs)?, body.valid_for, body.lane);
    let transaction = state.services.drafts.build(sender, authority, order).await?;
    let body = UnsignedTransaction {
        id: transaction.id().to_string(),
        chain_id: transaction.chain_id.to_string(),
        unsigned: hex::encode(transaction.to_bytes()),
        signed_bytes: transaction.signed_bytes(),
        transaction: TransactionContent::new(&transaction, state.services.transactions.network()),
    };
    Ok(axum::Json(body))
}

/// A transaction to be simulated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulateTransaction {
    /// Its canonical bytes, signed or not, in hexadecimal or base64.
    #[schema(value_type = schema::TransactionText)]
    transaction: String,
}

/// What a transaction would do.
#[derive(Serialize, ToSchema)]
#[schema(as = Simulation)]
pub(crate) struct SimulationAnswer {
    /// Its id.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// Whether signatures were given, and so checked.
    signed: bool,
    /// What it asks for.
    transaction: TransactionContent,
    /// What comes of it.
    #[serde(flatten)]
    outcome: SimulationOutcome,
}

/// What comes of a simulated transaction.
#[derive(Serialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(crate) enum SimulationOutcome {
    /// It could be in the next block.
    Accepted {
        /// What it would have done.
        receipt: ReceiptAnswer,
        /// What each account that it touches has before and would have after it.
        #[schema(max_items = 258)]
        balances: Vec<BalanceChange>,
    },
    /// It would be refused.
    Refused {
        /// Why.
        problem: ProblemDocument,
    },
}

/// What an account has before and would have after a transaction.
#[derive(Serialize, ToSchema)]
pub(crate) struct BalanceChange {
    /// The account.
    #[schema(value_type = schema::Address)]
    address: String,
    /// What it has before.
    #[schema(value_type = schema::Amount)]
    before: String,
    /// What it would have after.
    #[schema(value_type = schema::Amount)]
    after: String,
}

/// Finds out what a transaction, signed or not, would do after those of its lane that wait; nothing is submitted.
#[utoipa::path(
    post,
    path = "/v1/transactions/simulate",
    tag = "transactions",
    request_body = SimulateTransaction,
    responses((status = 200, description = "What it would do, or why it would be refused.", body = SimulationAnswer)),
)]
async fn simulate_transaction(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Json(body): Json<SimulateTransaction>,
) -> Result<impl IntoResponse, Problem> {
    let SimulationView { transaction, is_signed, outcome, height } =
        state.services.drafts.simulate(&decode(&body.transaction)?).await?;
    let network = state.services.transactions.network();
    let outcome = match outcome {
        Simulation::Accepted { receipt, balances } => SimulationOutcome::Accepted {
            receipt: ReceiptAnswer::new(&receipt, network),
            balances: balances
                .iter()
                .map(|(address, (before, after))| BalanceChange {
                    address: address.encode(network),
                    before: before.nano().to_string(),
                    after: after.nano().to_string(),
                })
                .collect(),
        },
        Simulation::Refused(error) => SimulationOutcome::Refused { problem: Problem::from(error).document() },
    };
    let id = transaction.id().to_string();
    let transaction = TransactionContent::new(&transaction, network);
    Ok((AtHeight(height), axum::Json(SimulationAnswer { id, signed: is_signed, transaction, outcome })))
}

/// Parses an authority.
fn parse_authority(body: &BuildAuthority) -> Result<Authority, Problem> {
    let refuse = |message: String| Problem::new(ErrorCode::InvalidBody, message);
    let parse = |text: &String| {
        let bytes = hex::decode(text).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.and_then(|bytes| PublicKey::from_bytes(bytes).ok())
    };
    let keys = body.keys.iter().map(parse).collect::<Option<Vec<_>>>();
    let keys =
        keys.ok_or_else(|| refuse("authority.keys: one is not an ed25519 public key in hexadecimal".to_owned()))?;
    Authority::multi(body.threshold.unwrap_or(1), keys).map_err(|error| refuse(format!("authority: {error}")))
}
