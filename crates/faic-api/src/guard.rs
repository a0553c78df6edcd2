//! Who may use the wallets, and change what the node does.
//!
//! Three doors, the cheapest first: the client is on this machine, unless configured otherwise, and is no proxy that
//! passes on a request from elsewhere; the request was not caused by another website (DNS rebinding, cross-site
//! requests); the token is right, compared in constant time.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Uri, header, uri::Authority},
    middleware::Next,
    response::Response,
};
use faic_node::{ApiToken, ErrorCode};

use crate::{
    problem::Problem,
    state::{ApiState, WalletClients},
};

/// The headers by which a proxy says that it passes on what another client asked (RFC 7239, RFC 9110 §7.6.3, and those
/// that were usual before).
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Lets a request through to the wallets, or answers why not.
pub(crate) async fn wallets(State(state): State<ApiState>, request: Request, next: Next) -> Result<Response, Problem> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    check_client(peer, request.headers(), state.wallet_clients)?;
    check_origin(request.uri(), request.headers(), state.wallet_clients)?;
    check_token(request.headers(), &state.token)?;
    Ok(next.run(request).await)
}

/// Refuses clients on other machines, unless they are allowed; an unknown peer counts as one, and so does a proxy of this
/// machine, since the client before it may be anywhere.
fn check_client(peer: Option<IpAddr>, headers: &HeaderMap, clients: WalletClients) -> Result<(), Problem> {
    let refuse = |message: &str| Err(Problem::new(ErrorCode::LocalOnly, message));
    match clients {
        WalletClients::Anywhere => Ok(()),
        WalletClients::Local if !peer.is_some_and(|ip| ip.to_canonical().is_loopback()) => {
            refuse("the client is not on the node's machine")
        }
        WalletClients::Local if FORWARDED.iter().any(|name| headers.contains_key(*name)) => {
            refuse("a proxy passed the request on, so the client may be on another machine")
        }
        WalletClients::Local => Ok(()),
    }
}

/// Refuses requests that a page of another website made.
fn check_origin(uri: &Uri, headers: &HeaderMap, clients: WalletClients) -> Result<(), Problem> {
    let host = host(uri, headers);
    let refuse = |message: &str| Err(Problem::new(ErrorCode::OriginRefused, message));
    // A rebound DNS name is a name of the attacker's, so a local node is called by a local name only.
    if clients == WalletClients::Local && !host.as_ref().is_some_and(is_local_name) {
        return refuse("the host header is not a loopback name");
    }
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site" || site == "same-site") {
        return refuse("the request comes from another website");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let same = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .and_then(|(_, authority)| authority.parse::<Authority>().ok())
        .is_some_and(|origin| Some(origin) == host);
    if same { Ok(()) } else { refuse("the origin header names another website") }
}

/// The host that the client believes to talk to.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let header = || headers.get(header::HOST).and_then(|host| host.to_str().ok()).and_then(|host| host.parse().ok());
    uri.authority().cloned().or_else(header)
}

/// Whether a host can only be this machine.
fn is_local_name(authority: &Authority) -> bool {
    let host = authority.host();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Refuses a missing or wrong token, without betraying how much of it is right.
pub(crate) fn check_token(headers: &HeaderMap, token: &ApiToken) -> Result<(), Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let presented = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok().and_then(|value| value.split_once(' ')),
        (None, _) => return Err(Problem::new(ErrorCode::Unauthorized, "the authorization header is missing")),
        (Some(_), Some(_)) => return Err(Problem::new(ErrorCode::Unauthorized, "there are two authorization headers")),
    };
    match presented {
        Some((scheme, claimed)) if scheme.eq_ignore_ascii_case("bearer") && token.matches(claimed) => Ok(()),
        Some(_) | None => Err(Problem::new(ErrorCode::Unauthorized, "the bearer token is not this node's")),
    }
}

#[cfg(test)]
mod tests;
