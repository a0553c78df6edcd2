//! The HTTP API of a FAIC node, and its OpenAPI document.
//!
//! Handlers read a request, call one service and write the answer; they know nothing below the services. Route and
//! document come from one declaration each, so they cannot differ. Every answer, errors included, says in its headers
//! which chain and which height it speaks of.

mod schema;

mod extract;
mod problem;
mod secret;

mod routes;

mod answers;
mod compression;
mod cross_origin;
mod guard;
mod host;
mod limits;
mod rate_limit;
mod trace;

mod docs;
mod errors;
mod openapi;
mod page;
mod router;
mod serve;
mod state;
mod tls;

pub use cross_origin::{Origin, OriginError};
pub use errors::markdown as error_catalogue;
pub use openapi::document;
pub use rate_limit::{RateLimit, RateLimitError};
pub use serve::{ClientLimits, ServeError, Server, ServerLimits, bind};
pub use state::{ApiState, WalletClients};
pub use tls::{Tls, TlsError};
