//! The endpoints, one module a subject, each with the bodies that it reads and writes.
//!
//! A handler reads the request, calls one service and writes the answer. Bodies are plain texts and numbers; the types of
//! the domain begin and end here.

pub(crate) mod accounts;
pub(crate) mod blocks;
pub(crate) mod events;
pub(crate) mod faucet;
pub(crate) mod fees;
pub(crate) mod mempool;
pub(crate) mod node;
pub(crate) mod proofs;
pub(crate) mod status;
pub(crate) mod transactions;
pub(crate) mod validators;
pub(crate) mod wallets;

use axum::response::{IntoResponseParts, ResponseParts};
use faic_core::{Address, Height};
use faic_node::{ErrorCode, FaicError};

use crate::{problem::Problem, state::ApiState, trace};

/// How many items a page has when the client does not say.
const LIMIT_DEFAULT: usize = 20;

/// The header that says which height an answer speaks of.
struct AtHeight(Height);

impl IntoResponseParts for AtHeight {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        parts.headers_mut().insert(trace::HEIGHT, self.0.into());
        Ok(parts)
    }
}

/// Parses an address of this network.
fn parse_address(state: &ApiState, text: &str) -> Result<Address, FaicError> {
    Address::parse(text, state.services.transactions.network()).map_err(FaicError::from)
}

/// The number of items of a page; what is beyond the most is refused.
fn check_limit(limit: Option<usize>, most: usize) -> Result<usize, Problem> {
    match limit.unwrap_or(LIMIT_DEFAULT) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        limit => Err(Problem::new(
            ErrorCode::InvalidQuery,
            format!("the parameter limit is {limit} where 1 to {most} are allowed"),
        )),
    }
}

/// The problem of a cursor that this API did not make.
fn bad_cursor() -> Problem {
    Problem::new(ErrorCode::InvalidCursor, "the cursor is not one that this endpoint gave")
}
