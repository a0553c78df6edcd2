//! The page at `/`: the explorer, and on a development network a wallet.
//!
//! Its files are in the program and reach the browser as they are; what the page shows it asks of the API as any other
//! client. The policy lets the browser run nothing that is not one of these files, and send nothing elsewhere.

mod qr;

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use faic_node::ErrorCode;

use crate::{problem::Problem, state::ApiState};

/// What the page may load, run and send: its own files, and requests to its own node.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// A file of the page.
struct File {
    /// Its name below `/page/`; the page itself is at `/`.
    name: &'static str,
    /// What it holds.
    text: &'static str,
}

/// Takes a file of the folder into the program.
macro_rules! file {
    ($name:literal) => {
        File { name: $name, text: include_str!(concat!("page/files/", $name)) }
    };
}

/// The page itself.
const INDEX: File = file!("index.html");

/// The files that it loads.
const FILES: &[File] = &[
    file!("app.js"),
    file!("api.js"),
    file!("blocks.js"),
    file!("accounts.js"),
    file!("chart.js"),
    file!("dom.js"),
    file!("errors.js"),
    file!("home.js"),
    file!("icon.svg"),
    file!("leaving.js"),
    file!("live.js"),
    file!("network.js"),
    file!("problems.en.js"),
    file!("problems.zh.js"),
    file!("review.js"),
    file!("search.js"),
    file!("style.css"),
    file!("wallet.js"),
    file!("words.js"),
    file!("words.en.js"),
    file!("words.zh.js"),
];

/// The routes of the page.
pub(crate) fn routes() -> Router<ApiState> {
    Router::new()
        .route("/", get(async |headers: HeaderMap| answer(&INDEX, &headers)))
        .route("/page/{name}", get(async |Path(name): Path<String>, headers: HeaderMap| find(&name, &headers)))
        .route("/page/qr", get(qr::draw))
}

/// Answers the file of a name.
fn find(name: &str, headers: &HeaderMap) -> Response {
    FILES.iter().find(|file| file.name == name).map_or_else(
        || Problem::new(ErrorCode::NotFound, "the page has no such file").into_response(),
        |file| answer(file, headers),
    )
}

/// Answers a file, or that the browser has it already.
fn answer(file: &File, headers: &HeaderMap) -> Response {
    let tag = file.tag();
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let answer_headers = [
        (header::CONTENT_TYPE, file.media_type().to_owned()),
        (header::CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::REFERRER_POLICY, "no-referrer".to_owned()),
        // Asked for every time, answered with 304 unless the node was updated.
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::ETAG, tag),
    ];
    if known {
        (StatusCode::NOT_MODIFIED, answer_headers).into_response()
    } else {
        (StatusCode::OK, answer_headers, file.text).into_response()
    }
}

impl File {
    /// What changes when the file does.
    fn tag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.text.hash(&mut hasher);
        format!("\"{:016x}\"", hasher.finish())
    }

    /// The media type, by the end of the name.
    fn media_type(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            Some(_) | None => "application/octet-stream",
        }
    }
}

#[cfg(test)]
mod tests;
