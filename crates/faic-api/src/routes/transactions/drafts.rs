//! Transactions that nobody has submitted yet: built unsigned for an offline signer, and simulated. Nothing is changed.

use axum::{extract::State, response::IntoResponse};
use faic_core::{
    Amount, Authority, PartiallySignedTransaction, PublicKey, Signature,
    partially_signed::{PARTIALLY_SIGNED_VERSION, Role},
    transaction::{Action, FeePayer, KeySignature},
};
use faic_node::{
    ErrorCode, FaicError,
    services::{Order, Simulation, SimulationView},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ReceiptAnswer, TransactionContent,
    body::{SimulateContent, SimulateTransaction},
};
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

/// A transaction that somebody else signs: `outputs` to pay, or another `action`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BuildTransaction {
    /// The keys that govern the sender.
    authority: BuildAuthority,
    /// The account that acts; the one that begins with the authority when not given.
    #[schema(value_type = Option<schema::Address>)]
    sender: Option<String>,
    /// Who receives how much; all of it or nothing is paid. The same as an action of the kind `transfer`.
    #[schema(min_items = 1, max_items = 256)]
    outputs: Option<Vec<TransferOutput>>,
    /// What the transaction does, where `outputs` are not given.
    action: Option<BuildAction>,
    /// A note on the whole transaction; none when not given.
    #[schema(value_type = Option<schema::Memo>)]
    memo: Option<String>,
    /// Who pays the fee and signs too; the sender when not given.
    fee_payer: Option<BuildFeePayer>,
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
    /// How many keys must sign; may be left out for a single key.
    #[schema(minimum = 1, maximum = 16)]
    threshold: Option<u8>,
    /// The keys.
    #[schema(value_type = Vec<schema::PublicKey>, min_items = 1, max_items = 16)]
    keys: Vec<String>,
}

/// Who pays the fee in place of the sender.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BuildFeePayer {
    /// The keys that govern the account.
    authority: BuildAuthority,
    /// The account; the one that begins with the authority when not given.
    #[schema(value_type = Option<schema::Address>)]
    address: Option<String>,
}

/// What a transaction is to do.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum BuildAction {
    /// Pays every output, or none.
    Transfer {
        /// The payments.
        #[schema(min_items = 1, max_items = 256)]
        outputs: Vec<TransferOutput>,
    },
    /// Changes settings of the sender's account; at least one.
    SetAccount {
        /// The authority from now on.
        authority: Option<BuildAuthority>,
        /// Whether transfers to the account must carry a memo from now on.
        memo_required: Option<bool>,
    },
    /// Puts money of the sender at stake, and names the key that votes with it.
    Bond {
        /// The validator key.
        #[schema(value_type = schema::PublicKey)]
        key: String,
        /// The key's signature that lets the sender bond with it.
        #[schema(value_type = schema::Signature)]
        possession: String,
        /// How much is added to the stake; may be 0 where only the key changes.
        #[schema(value_type = schema::Amount)]
        amount: String,
    },
    /// Takes money of the sender out of stake.
    Unbond {
        /// How much.
        #[schema(value_type = schema::PositiveAmount)]
        amount: String,
    },
    /// Moves unbonding money whose period has passed to the sender's balance.
    Withdraw {},
    /// Lets the sender, which was jailed for its absence, be a validator again.
    Unjail {},
}

/// A transaction that waits for signatures, with those that it has: the file that wallets sign and combine.
#[derive(Serialize, ToSchema)]
pub(crate) struct UnsignedTransaction {
    /// The version of this document.
    #[schema(minimum = 1, maximum = 1)]
    version: u32,
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
    /// What it asks for, as its bytes say; one that says something else is refused.
    transaction: TransactionContent,
    /// The sender's signatures, by ascending key.
    #[schema(max_items = 16)]
    signatures: Vec<SignatureContent>,
    /// The fee payer's signatures, by ascending key.
    #[schema(max_items = 16)]
    fee_payer_signatures: Vec<SignatureContent>,
}

/// A signature, and which of the authority's keys made it.
#[derive(Serialize, ToSchema)]
#[schema(as = KeySignature)]
pub(crate) struct SignatureContent {
    /// The position of the key in the authority, from 0.
    #[schema(minimum = 0, maximum = 15)]
    key: u8,
    /// The signature.
    #[schema(value_type = schema::Signature)]
    signature: String,
}

impl From<&PartiallySignedTransaction> for UnsignedTransaction {
    fn from(signed: &PartiallySignedTransaction) -> Self {
        let transaction = signed.transaction();
        let signature =
            |made: KeySignature| SignatureContent { key: made.key, signature: hex::encode(made.signature.as_bytes()) };
        Self {
            version: PARTIALLY_SIGNED_VERSION,
            id: signed.id().to_string(),
            chain_id: transaction.chain_id.to_string(),
            unsigned: hex::encode(transaction.to_bytes()),
            signed_bytes: transaction.signed_bytes(),
            transaction: TransactionContent::new(transaction, signed.network()),
            signatures: signed.signatures(Role::Sender).map(signature).collect(),
            fee_payer_signatures: signed.signatures(Role::FeePayer).map(signature).collect(),
        }
    }
}

/// Builds an unsigned transaction: sequence, fee and last height are filled in as of now.
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
    let authority = parse_authority("authority", &body.authority)?;
    let sender = body.sender.as_deref().map(|sender| parse_address(&state, sender)).transpose();
    let sender = sender.map_err(|error| error.at("sender"))?;
    let action = match (body.outputs, body.action) {
        (Some(outputs), None) => Action::Transfer { outputs: parse_outputs(&state, outputs)? },
        (None, Some(action)) => parse_action(&state, action)?,
        (Some(_), Some(_)) | (None, None) => {
            let message = "a transaction is built of either outputs or an action";
            return Err(Problem::new(ErrorCode::InvalidBody, message));
        }
    };
    let fee_payer = body.fee_payer.map(|payer| parse_fee_payer(&state, &payer)).transpose()?;
    let order =
        Order { memo: body.memo.unwrap_or_default(), fee_payer, ..Order::new(action, body.valid_for, body.lane) };
    let built = state.services.drafts.build(sender, authority, order).await?;
    Ok(axum::Json(UnsignedTransaction::from(&built)))
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
    SimulateContent(content): SimulateContent,
) -> Result<impl IntoResponse, Problem> {
    let SimulationView { transaction, is_signed, outcome, height } =
        state.services.drafts.simulate(&content.signed_or_not()).await?;
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

/// Parses who pays the fee.
fn parse_fee_payer(state: &ApiState, body: &BuildFeePayer) -> Result<FeePayer, Problem> {
    let authority = parse_authority("fee_payer.authority", &body.authority)?;
    let address = body.address.as_deref().map(|address| parse_address(state, address)).transpose();
    let address = address.map_err(|error| error.at("fee_payer.address"))?;
    Ok(FeePayer { address: address.unwrap_or_else(|| authority.address()), authority })
}

/// Parses what a transaction is to do.
fn parse_action(state: &ApiState, body: BuildAction) -> Result<Action, Problem> {
    let amount = |text: &str| Amount::parse_nano(text).map_err(|error| FaicError::from(error).at("action.amount"));
    Ok(match body {
        BuildAction::Transfer { outputs } => Action::Transfer { outputs: parse_outputs(state, outputs)? },
        BuildAction::SetAccount { authority, memo_required } => {
            let authority = authority.map(|body| parse_authority("action.authority", &body)).transpose()?;
            Action::SetAccount { authority, memo_required }
        }
        BuildAction::Bond { key, possession, amount: text } => {
            let refuse = |field: &str, what: &str| {
                Problem::new(ErrorCode::InvalidBody, format!("action.{field} is not an ed25519 {what} in hexadecimal"))
            };
            let possession = bytes_of(&possession).ok_or_else(|| refuse("possession", "signature"))?;
            Action::Bond {
                key: parse_key(&key).ok_or_else(|| refuse("key", "public key"))?,
                possession: Signature::from_bytes(possession),
                amount: amount(&text)?,
            }
        }
        BuildAction::Unbond { amount: text } => Action::Unbond { amount: amount(&text)? },
        BuildAction::Withdraw {} => Action::Withdraw,
        BuildAction::Unjail {} => Action::Unjail,
    })
}

/// Parses an authority; `place` is where it stands in the body.
fn parse_authority(place: &str, body: &BuildAuthority) -> Result<Authority, Problem> {
    let refuse = |message: String| Problem::new(ErrorCode::InvalidBody, message);
    let keys = body.keys.iter().map(|text| parse_key(text)).collect::<Option<Vec<_>>>();
    let keys = keys.ok_or_else(|| refuse(format!("{place}.keys: one is not an ed25519 public key in hexadecimal")))?;
    // Nobody is to give an account to any one of several keys by leaving something out.
    let threshold = match (body.threshold, keys.len()) {
        (Some(threshold), _) => threshold,
        (None, 0 | 1) => 1,
        (None, _) => return Err(refuse(format!("{place}.threshold: say how many of the keys must sign"))),
    };
    Authority::multi(threshold, keys).map_err(|error| refuse(format!("{place}: {error}")))
}

/// Parses a public key.
fn parse_key(text: &str) -> Option<PublicKey> {
    bytes_of(text).and_then(|bytes| PublicKey::from_bytes(bytes).ok())
}

/// The bytes of a text of hexadecimal digits.
fn bytes_of<const N: usize>(text: &str) -> Option<[u8; N]> {
    hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok())
}
