//! The host that a request names, of which HTTP/1.1 wants exactly one.

use axum::{
    extract::Request,
    http::{HeaderMap, Version, header, uri::Authority},
    middleware::Next,
    response::Response,
};
use faic_node::ErrorCode;

use crate::problem::Problem;

/// Lets a request through that names its host as it must (RFC 9112, §3.2), or answers what is wrong.
pub(crate) async fn check(request: Request, next: Next) -> Result<Response, Problem> {
    let refuse = |message| Problem::new(ErrorCode::MalformedRequest, message);
    wrong(request.version(), request.headers()).map_or(Ok(()), |message| Err(refuse(message)))?;
    Ok(next.run(request).await)
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
