//! Pages of other websites that may read from the node (CORS); none unless configured.
//!
//! The token is not among the headers that such a page may send, so the wallets stay closed to it.

use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use serde::Deserialize;
use tower_http::cors::CorsLayer;

use crate::{problem, rate_limit, trace};

/// The origin of a website, such as `https://explorer.example`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin(HeaderValue);

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        let wrong = || OriginError { text: text.clone() };
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let authority = uri.authority().ok_or_else(wrong)?;
        let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or_else(wrong)?;
        if text != format!("{scheme}://{authority}") || text.contains('@') {
            return Err(wrong());
        }
        HeaderValue::from_str(&text).map(Self).map_err(|_| wrong())
    }
}

/// A text is not the origin of a website.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an origin, such as https://explorer.example or http://localhost:3000")]
pub struct OriginError {
    /// The text.
    text: String,
}

/// What lets pages of those origins read.
pub(crate) fn layer(origins: &[Origin]) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(origins.iter().map(|Origin(origin)| origin.clone()).collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, HeaderName::from_static("last-event-id"), trace::REQUEST_ID])
        .expose_headers([
            trace::CHAIN_ID,
            trace::HEIGHT,
            trace::REQUEST_ID,
            problem::OLDEST_HEIGHT,
            header::RETRY_AFTER,
            rate_limit::POLICY,
            rate_limit::LEFT,
        ])
}

#[cfg(test)]
mod tests;
