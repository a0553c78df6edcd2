//! `/v1/wallets`: the node's own wallets. Needs the token.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode},
    response::IntoResponse,
};
use faic_core::{
    Amount,
    derivation::AccountPath,
    keystore::{WalletEntry, WalletName},
    mnemonic::{Language, WordCount},
    transaction::{Action, Output},
};
use faic_node::{
    ErrorCode, FaicError,
    services::{IdempotencyKey, NewWallet, Order, Sent},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use zeroize::Zeroizing;

use super::parse_address;
use crate::{
    extract::{Json, NoParameters, Parameters, Segment},
    problem::Problem,
    schema,
    secret::SecretText,
    state::ApiState,
};

/// The routes of this module.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_wallets, create_wallet))
        .routes(routes!(import_wallet))
        .routes(routes!(delete_wallet))
        .routes(routes!(transfer))
        .routes(routes!(set_account))
}

/// The header of the key by which a request may be repeated (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A wallet to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateWallet {
    /// The name, unique on this node.
    #[schema(value_type = schema::WalletName)]
    name: String,
    /// The password that protects it.
    #[schema(value_type = schema::NewPassword)]
    password: SecretText,
    /// How many words; 24 when not given.
    #[schema(value_type = Option<schema::WordCount>)]
    words: Option<usize>,
    /// The language of the words; English when not given.
    #[schema(value_type = Option<schema::MnemonicLanguage>)]
    language: Option<String>,
}

/// A wallet that was made: the only time that its words are shown.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedWallet {
    /// Its name.
    #[schema(value_type = schema::WalletName)]
    name: String,
    /// The address of its account.
    #[schema(value_type = schema::Address)]
    address: String,
    /// Its words: write them down, they are the money.
    #[schema(value_type = schema::Mnemonic)]
    mnemonic: SecretText,
    /// The language of the words.
    #[schema(value_type = schema::MnemonicLanguage)]
    language: &'static str,
}

/// A wallet to be made from existing words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportWallet {
    /// The name, unique on this node.
    #[schema(value_type = schema::WalletName)]
    name: String,
    /// The password that protects it on this node.
    #[schema(value_type = schema::NewPassword)]
    password: SecretText,
    /// The words; their language is found out.
    #[schema(value_type = schema::Mnemonic)]
    mnemonic: SecretText,
    /// The passphrase, for words that have one.
    #[schema(value_type = Option<schema::Passphrase>)]
    passphrase: Option<SecretText>,
    /// Which of the words' keys: the last number of the key's path; 0 when not given.
    #[schema(value_type = Option<schema::KeyIndex>)]
    index: Option<u32>,
}

/// A wallet, as far as it may be known.
#[derive(Serialize, ToSchema)]
pub(crate) struct Wallet {
    /// Its name.
    #[schema(value_type = schema::WalletName)]
    name: String,
    /// The address of its account.
    #[schema(value_type = schema::Address)]
    address: String,
}

/// The node's wallets.
#[derive(Serialize, ToSchema)]
#[schema(as = WalletList)]
pub(crate) struct Wallets {
    /// The wallets, by name.
    wallets: Vec<Wallet>,
}

/// What to pay from a wallet.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfer {
    /// The wallet's password.
    #[schema(value_type = schema::Password)]
    password: SecretText,
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

/// One payment of a transfer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferOutput {
    /// Who receives it.
    #[schema(value_type = schema::Address)]
    to: String,
    /// How much.
    #[schema(value_type = schema::PositiveAmount)]
    amount: String,
    /// A note to the receiver.
    #[schema(value_type = Option<schema::Memo>)]
    memo: Option<String>,
}

/// What to change of a wallet's account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// The wallet's password.
    #[schema(value_type = schema::Password)]
    password: SecretText,
    /// Whether every payment to the account must carry a memo from now on.
    memo_required: bool,
    /// For how many blocks the transaction may become final; 1000 when not given.
    #[schema(minimum = 1, maximum = 1_000_000)]
    valid_for: Option<u64>,
    /// The lane; 0 when not given.
    #[schema(value_type = Option<schema::Lane>)]
    lane: Option<u8>,
}

/// A transaction that this node built, signed and took.
#[derive(Serialize, ToSchema)]
pub(crate) struct SentTransaction {
    /// Its id, by which `GET /v1/transactions/{id}` answers.
    #[schema(value_type = schema::Hash)]
    id: String,
    /// How it stands: it waits for a block.
    state: SentState,
    /// What is paid for it.
    #[schema(value_type = schema::Amount)]
    fee: String,
    /// Its lane.
    #[schema(value_type = schema::Lane)]
    lane: u8,
    /// Its position in the lane.
    #[schema(value_type = schema::Sequence)]
    sequence: u64,
    /// The last height at which it may become final.
    #[schema(value_type = schema::Height)]
    valid_until: u64,
}

/// How a transaction stands that was just made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SentState {
    /// It waits for a block.
    Pooled,
}

impl From<Sent> for SentTransaction {
    fn from(sent: Sent) -> Self {
        Self {
            id: sent.id.to_string(),
            state: SentState::Pooled,
            fee: sent.fee.nano().to_string(),
            lane: sent.nonce.lane,
            sequence: sent.nonce.sequence,
            valid_until: sent.valid_until,
        }
    }
}

/// Lists the wallets of this node: names and addresses, never a secret.
#[utoipa::path(
    get,
    path = "/v1/wallets",
    tag = "wallets",
    security(("token" = [])),
    responses((status = 200, description = "The wallets.", body = Wallets)),
)]
async fn list_wallets(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
) -> Result<impl IntoResponse, Problem> {
    let wallets = state.services.wallets.list().await?.into_iter().map(Wallet::from).collect();
    Ok(axum::Json(Wallets { wallets }))
}

/// Makes a wallet. Its words are in this answer and in no other.
#[utoipa::path(
    post,
    path = "/v1/wallets",
    tag = "wallets",
    security(("token" = [])),
    request_body = CreateWallet,
    responses(
        (status = 201, description = "The wallet, with its words.", body = CreatedWallet),
        (status = 409, description = "The name is taken, or the keystore is full."),
    ),
)]
async fn create_wallet(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Json(body): Json<CreateWallet>,
) -> Result<impl IntoResponse, Problem> {
    let words = body.words.map_or(Ok(WordCount::TwentyFour), parse_words)?;
    let language = body.language.as_deref().map_or(Ok(Language::default()), parse_language)?;
    let created =
        state.services.wallets.create(parse_name(&body.name)?, password(&body.password), words, language).await?;
    let NewWallet { name, address, mnemonic, language } = created;
    let body = CreatedWallet {
        name: name.to_string(),
        address: address.encode(state.services.transactions.network()),
        mnemonic: mnemonic.into(),
        language: language.name(),
    };
    Ok((StatusCode::CREATED, axum::Json(body)))
}

/// Makes a wallet from existing words (BIP-39).
///
/// Its key is at `m/44'/1010101010'/0'/0'/index'` (SLIP-0010, ed25519); test and development networks have coin type 1.
#[utoipa::path(
    post,
    path = "/v1/wallets/import",
    tag = "wallets",
    security(("token" = [])),
    request_body = ImportWallet,
    responses(
        (status = 201, description = "The wallet.", body = Wallet),
        (status = 409, description = "The name is taken, or the keystore is full."),
    ),
)]
async fn import_wallet(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Json(body): Json<ImportWallet>,
) -> Result<impl IntoResponse, Problem> {
    let passphrase = body.passphrase.as_ref().map_or("", SecretText::reveal);
    let (name, secret) = (parse_name(&body.name)?, password(&body.password));
    let path = parse_index(body.index.unwrap_or_default())?;
    let entry = state.services.wallets.import(name, secret, body.mnemonic.reveal(), passphrase, path).await?;
    Ok((StatusCode::CREATED, axum::Json(Wallet::from(entry))))
}

/// Deletes a wallet for ever. Without its words, its money is lost.
#[utoipa::path(
    delete,
    path = "/v1/wallets/{name}",
    tag = "wallets",
    security(("token" = [])),
    params(("name" = schema::WalletName, Path, description = "The wallet.")),
    responses((status = 204, description = "The wallet is gone.")),
)]
async fn delete_wallet(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(name): Segment,
) -> Result<StatusCode, Problem> {
    state.services.wallets.delete(name_of(&name)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pays from a wallet: builds, signs and submits a transaction.
///
/// The answer comes when the transaction waits for a block; `GET /v1/transactions/{id}?wait=final` tells its end. With the
/// header `Idempotency-Key` the request may be repeated when its answer is lost: it pays once, and every repetition gets the
/// first answer, until the node restarts.
#[utoipa::path(
    post,
    path = "/v1/wallets/{name}/transfers",
    tag = "wallets",
    security(("token" = [])),
    params(
        ("name" = schema::WalletName, Path, description = "The wallet that pays."),
        ("Idempotency-Key" = Option<schema::IdempotencyKey>, Header, description = "A name of the client's for this payment, \
            such as a UUID; the node knows the last 16384 of them, for 24 hours, until it restarts."),
    ),
    request_body = Transfer,
    responses(
        (status = 202, description = "The transaction waits for a block.", body = SentTransaction),
        (status = 409, description = "The wallet's file is unusable, or its sequence was taken meanwhile."),
        (status = 429, description = "Too many wrong passwords, or too many waiting transactions."),
    ),
)]
async fn transfer(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(name): Segment,
    headers: HeaderMap,
    Json(body): Json<Transfer>,
) -> Result<impl IntoResponse, Problem> {
    let (name, key) = (name_of(&name)?, parse_key(&headers)?);
    let order =
        Order::new(Action::Transfer { outputs: parse_outputs(&state, body.outputs)? }, body.valid_for, body.lane);
    let (wallets, password) = (&state.services.wallets, password(&body.password));
    let sent = match key {
        Some(key) => wallets.act_once(key, name, password, order).await?,
        None => wallets.act(name, password, order).await?,
    };
    Ok((StatusCode::ACCEPTED, axum::Json(SentTransaction::from(sent))))
}

/// Changes the settings of a wallet's account: builds, signs and submits a transaction.
///
/// The answer comes when the transaction waits for a block; `GET /v1/transactions/{id}?wait=final` tells its end.
#[utoipa::path(
    post,
    path = "/v1/wallets/{name}/settings",
    tag = "wallets",
    security(("token" = [])),
    params(("name" = schema::WalletName, Path, description = "The wallet whose account is changed.")),
    request_body = Settings,
    responses(
        (status = 202, description = "The transaction waits for a block.", body = SentTransaction),
        (status = 409, description = "The account is so already, the wallet's file is unusable, or its sequence was taken meanwhile."),
        (status = 429, description = "Too many wrong passwords, or too many waiting transactions."),
    ),
)]
async fn set_account(
    State(state): State<ApiState>,
    Parameters(NoParameters {}): Parameters<NoParameters>,
    Segment(name): Segment,
    Json(body): Json<Settings>,
) -> Result<impl IntoResponse, Problem> {
    let action = Action::SetAccount { authority: None, memo_required: Some(body.memo_required) };
    let order = Order::new(action, body.valid_for, body.lane);
    let sent = state.services.wallets.act(name_of(&name)?, password(&body.password), order).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(SentTransaction::from(sent))))
}

impl From<WalletEntry> for Wallet {
    fn from(entry: WalletEntry) -> Self {
        Self { address: entry.address.encode(entry.network), name: entry.name.to_string() }
    }
}

/// Parses payments; a refusal names the one that is wrong.
pub(super) fn parse_outputs(state: &ApiState, outputs: Vec<TransferOutput>) -> Result<Vec<Output>, FaicError> {
    let parse = |(index, output)| parse_output(state, output).map_err(|error| error.at(&format!("outputs[{index}]")));
    outputs.into_iter().enumerate().map(parse).collect()
}

/// Parses one payment.
fn parse_output(state: &ApiState, output: TransferOutput) -> Result<Output, FaicError> {
    let to = parse_address(state, &output.to)?;
    let amount = Amount::parse_nano(&output.amount)?;
    Ok(Output { to, amount, memo: output.memo.unwrap_or_default() })
}

/// Parses the name of a wallet.
fn parse_name(text: &str) -> Result<WalletName, FaicError> {
    text.parse::<WalletName>().map_err(FaicError::from)
}

/// Parses the name of a wallet that should be there.
fn name_of(text: &str) -> Result<WalletName, FaicError> {
    parse_name(text).map_err(|error| error.advise("GET /v1/wallets lists the wallets of this node."))
}

/// Reads the key by which a request may be repeated, where it has one.
fn parse_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, FaicError> {
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (keys.next(), keys.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => key.to_str().unwrap_or_default().parse().map(Some),
        (Some(_), Some(_)) => Err(FaicError::new(ErrorCode::InvalidIdempotencyKey, "there are two keys")),
    }
}

/// Parses the number of a new mnemonic's words.
fn parse_words(words: usize) -> Result<WordCount, FaicError> {
    WordCount::from_number(words).map_err(|error| FaicError::new(ErrorCode::InvalidBody, error.to_string()))
}

/// The path of the key at an index.
fn parse_index(index: u32) -> Result<AccountPath, FaicError> {
    AccountPath::new(0, index).map_err(|error| FaicError::new(ErrorCode::InvalidBody, error.to_string()))
}

/// Parses the language of a mnemonic.
fn parse_language(text: &str) -> Result<Language, FaicError> {
    text.parse::<Language>().map_err(|error| FaicError::new(ErrorCode::InvalidBody, error.to_string()))
}

/// A password as the service takes it.
fn password(secret: &SecretText) -> Zeroizing<String> {
    Zeroizing::new(secret.reveal().to_owned())
}
