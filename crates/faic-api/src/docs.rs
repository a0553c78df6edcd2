//! `/openapi.json`, and the interactive page `/docs` that shows it.
//!
//! The page's files are in the program, so it works without the internet, and its policy lets the browser load nothing
//! from elsewhere.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use faic_node::ErrorCode;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

use crate::{errors, problem::Problem, state::ApiState};

/// What the page may load: its own files, and styles and pictures that are in them.
const POLICY: &str =
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

/// How the page is set up; it asks no service elsewhere whether the document is valid.
static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        Config::from("/openapi.json").validator_url("none").try_it_out_enabled(true).display_request_duration(true),
    )
});

/// The routes of the document and the page.
pub(crate) fn routes(document: &OpenApi) -> Router<ApiState> {
    let document = Bytes::from(document.to_json().expect("the document is plain data"));
    let json = move || {
        let document = document.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], document) }
    };
    Router::new()
        .route("/openapi.json", get(json))
        .route("/docs", get(async || Redirect::temporary("/docs/")))
        .route("/docs/", get(async || file("")))
        .route(errors::PATH, get(async || ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(errors::html()))))
        .route("/docs/{*file}", get(async |Path(path): Path<String>| file(&path)))
}

/// Answers a file of the page.
fn file(path: &str) -> Response {
    match utoipa_swagger_ui::serve(path, Arc::clone(&CONFIG)) {
        Ok(Some(file)) => {
            let headers: [(HeaderName, String); 3] = [
                (header::CONTENT_TYPE, file.content_type),
                (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
                (header::CACHE_CONTROL, "max-age=3600".to_owned()),
            ];
            (StatusCode::OK, headers, file.bytes.into_owned()).into_response()
        }
        Ok(None) => Problem::new(ErrorCode::NotFound, "the page has no such file").into_response(),
        Err(error) => {
            tracing::error!(error, "docs.file");
            Problem::new(ErrorCode::Internal, "the page cannot be shown").into_response()
        }
    }
}
