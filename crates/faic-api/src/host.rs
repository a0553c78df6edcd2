//! The host that a request names, of which HTTP/1.1 wants exactly one.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Version, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use faic_node::ErrorCode;

use crate::problem::Problem;

/// Lets a request through that names its host as it must (RFC 9112, §3.2), or answers what is wrong.
///
/// A connection that sent such a request is closed, because nobody knows what else is on it.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    let Some(message) = wrong(request.version(), request.headers()) else { return next.run(request).await };
    let mut response = Problem::new(ErrorCode::MalformedRequest, message).into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// What is wrong with the host header; HTTP/1.0 may do without one.
fn wrong(version: Version, headers: &HeaderMap) -> Option<&'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) if version == Version::HTTP_10 => None,
        (None, _) => Some("the host header is missing"),
        (Some(_), Some(_)) => Some("there are two host headers"),
        (Some(host), None) => {
            let good = host.to_str().is_ok_and(|host| host.is_empty() || host.parse::<Authority>().is_ok());
            (!good).then_some("the host header is not a host and a port")
        }
    }
}

#[cfg(test)]
mod tests;
