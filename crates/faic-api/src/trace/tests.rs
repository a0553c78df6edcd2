//! Tests of trace ids, and of how endings are told.

use axum::{body::Body, extract::Request};
use faic_node::ErrorCode;

use super::{Ending, request_id};

/// The trace id of a request with that `x-request-id`.
fn id_for(presented: Option<&str>) -> String {
    let mut request = Request::builder();
    if let Some(id) = presented {
        request = request.header("x-request-id", id);
    }
    request_id(&request.body(Body::empty()).unwrap()).to_str().unwrap().to_owned()
}

#[test]
fn a_sane_trace_id_is_kept_and_any_other_replaced() {
    assert_eq!(id_for(Some("order-17_a.b")), "order-17_a.b");
    let long = "a".repeat(65);
    for bad in ["", "a b", "a\"b", "a{b}", long.as_str()] {
        assert_ne!(id_for(Some(bad)), bad);
    }
    assert_eq!(id_for(None).len(), 16);
    assert_ne!(id_for(None), id_for(None));
}

#[test]
fn a_request_that_the_stop_of_the_node_cut_off_is_no_failure() {
    assert_eq!(Ending::of(ErrorCode::ShuttingDown), Ending::Refused);
    assert_eq!(Ending::of(ErrorCode::Internal), Ending::Failed);
    assert_eq!(Ending::of(ErrorCode::StorageUnavailable), Ending::Failed);
    assert_eq!(Ending::of(ErrorCode::WrongPassword), Ending::KeptOut);
    assert_eq!(Ending::of(ErrorCode::NotFound), Ending::Refused);
}
