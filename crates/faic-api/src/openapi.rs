//! The OpenAPI document: what the routes declare, completed with what is true of all of them.
//!
//! A handler declares what is its own. The headers of every answer and the problems that the layers around a handler can
//! answer are added here by rule, so that no endpoint can forget one.

use axum::http::HeaderName;
use faic_node::ErrorCode;
use utoipa::{
    OpenApi,
    openapi::{
        self, Content, Header, Object, Ref, RefOr, Response, Type,
        path::{Operation, ParameterIn, PathItem},
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

use crate::{problem, problem::ProblemDocument, rate_limit, router, routes::events, schema, trace};

mod unions;

/// The document of the API, as pretty JSON with a final line break.
pub fn document() -> String {
    let mut text = router::bare_document().to_pretty_json().expect("the document is plain data");
    text.push('\n');
    text
}

/// What the document says beside its endpoints.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "FAIC node",
        description = "Accounts, transactions, blocks and wallets of a FAIC node.\n\nAmounts are strings of nano; \
            1 FAIC is 1000000000 nano. Every answer names in its headers the chain and the height that it speaks of. \
            Every error is a problem document (RFC 9457) with a stable `code`, a `detail` that says what to do, and \
            `retryable`. Wallet endpoints need the token from the node's data folder and, unless configured otherwise, \
            a client on the node's machine.\n\n\
            中文说明：本页列出节点的全部接口，各接口的说明为英文。点开一个接口，填写参数后点击 Execute，即向本节点发送请求并\
            显示应答。金额是以 nano 为单位的字符串，1 FAIC 等于 1000000000 nano；出错时应答带有错误码 `code`，其中文含义见\
            [错误码](/#/errors)。需要令牌的接口，请先点击 Authorize 并填入节点数据目录中 api.token 文件的内容。",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "The node that serves this document.")),
    tags(
        (name = "wallets", description = "The node's own wallets; needs the token."),
        (name = "accounts", description = "Balances and histories."),
        (name = "transactions", description = "Submitting signed transactions and following them."),
        (name = "blocks", description = "Final blocks with their certificates."),
        (name = "events", description = "What happens, told as it happens."),
        (name = "status", description = "How the node stands."),
        (name = "network", description = "The node among its peers, and the validators; changes need the token."),
        (name = "faucet", description = "Money for the asking, on development and test networks."),
    ),
    components(schemas(
        ProblemDocument,
        schema::RequestId,
        schema::BlockSelector,
        schema::HeightSelector,
        schema::IdempotencyKey,
        schema::TransactionId,
        events::EventKindName,
        events::AliveEvent,
        events::BlockEvent,
        events::PeersEvent,
        events::ResetEvent,
        events::EndEvent,
    )),
)]
struct Base;

/// Completes what the routes declare.
pub(crate) fn complete(open: openapi::OpenApi, guarded: openapi::OpenApi) -> openapi::OpenApi {
    let mut document = Base::openapi();
    document.merge(open);
    document.merge(guarded);
    let components = document.components.get_or_insert_default();
    let token = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The token of the file `api.token` in the node's data folder."))
        .build();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    unions::name_shapes(&mut components.schemas);
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        add_problems(operation);
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                add_headers(response);
            }
        }
    }
    document
}

/// The operations of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.delete, &mut item.patch].into_iter().flatten()
}

/// Adds the problems that an operation can answer by its nature, and the body of all its problems.
fn add_problems(operation: &mut Operation) {
    let mut problems = vec![
        (400, "The request is malformed: the query, the path or the syntax of the body."),
        (429, "The client asks too often, or for too much at a time."),
        (431, "The request line and the headers are too large."),
        (500, "The node has a bug."),
        (503, "The node is too busy, shutting down, or its disk fails."),
    ];
    let in_path = |parameter: &RefOr<_>| {
        matches!(parameter, RefOr::T(openapi::path::Parameter { parameter_in: ParameterIn::Path, .. }))
    };
    if operation.parameters.iter().flatten().any(in_path) {
        problems.extend([(404, "What the path names does not exist."), (422, "What the path names breaks a rule.")]);
    }
    if operation.request_body.is_some() {
        problems.extend([
            (408, "The body did not arrive in time."),
            (413, "The body is too large."),
            (415, "The body has another media type."),
            (422, "The body does not fit the schema, or breaks a rule."),
        ]);
    }
    if operation.security.is_some() {
        problems.extend([
            (401, "The token is missing or wrong."),
            (403, "The client may not do this, or the password is wrong."),
        ]);
    }
    for (status, description) in problems {
        let response = || RefOr::T(Response::new(description));
        operation.responses.responses.entry(status.to_string()).or_insert_with(response);
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && (status.starts_with('4') || status.starts_with('5'))
        {
            let content = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert(problem::MEDIA_TYPE.to_owned(), RefOr::T(content));
            add_retry_after(status, response);
        }
    }
}

/// Adds the header of how long to wait to the statuses that may have it.
fn add_retry_after(status: &str, response: &mut Response) {
    let waits = |code: &&ErrorCode| code.is_retryable() && code.http_status().to_string() == status;
    if ErrorCode::ALL.iter().any(|code| waits(&code)) && status != "404" {
        let mut header = Header::new(Object::with_type(Type::Integer));
        header.description = Some("How many seconds to wait, where that is known.".to_owned());
        response.headers.insert("retry-after".to_owned(), RefOr::T(header));
    }
}

/// Adds the headers of every answer.
fn add_headers(response: &mut Response) {
    let mut limit = |name: HeaderName, description: &str| {
        let mut header = Header::new(Object::with_type(Type::String));
        header.description =
            Some(format!("{description} (draft-ietf-httpapi-ratelimit-headers); not for who is exempt."));
        response.headers.insert(name.as_str().to_owned(), RefOr::T(header));
    };
    limit(rate_limit::POLICY, "How many requests fit into how many seconds");
    limit(rate_limit::LEFT, "How many requests are left, and in how many seconds there are as many as possible");
    let headers = [
        (trace::CHAIN_ID, Ref::from_schema_name("ChainId"), "The chain that the answer speaks of."),
        (trace::HEIGHT, Ref::from_schema_name("Height"), "The height that the answer speaks of."),
        (trace::REQUEST_ID, Ref::from_schema_name("RequestId"), "The trace id, also in the node's log."),
    ];
    for (name, schema, description) in headers {
        let mut header = Header::new(schema);
        header.description = Some(description.to_owned());
        response.headers.insert(name.as_str().to_owned(), RefOr::T(header));
    }
}
