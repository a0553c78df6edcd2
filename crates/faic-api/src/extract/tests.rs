//! Tests of bodies that no client library sends.

use std::{
    collections::BTreeMap,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
};
use faic_node::ErrorCode;
use hyper::body::Frame;

use super::Json;

/// A body of which nothing ever arrives.
struct Stalled;

impl hyper::body::Body for Stalled {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Pending
    }
}

/// The code with which a body of that media type is refused.
async fn refusal(media_type: &str, body: Body) -> Option<ErrorCode> {
    let request = Request::post("/").header("content-type", media_type).body(body).unwrap();
    Json::<BTreeMap<String, u8>>::from_request(request, &()).await.err().map(|problem| problem.code())
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_is_given_up() {
    assert_eq!(refusal("application/json", Body::new(Stalled)).await, Some(ErrorCode::RequestTimeout));
}

#[tokio::test]
async fn a_media_type_may_have_parameters_and_any_case() {
    for good in ["application/json", "Application/JSON; charset=utf-8", "application/json ;x=y"] {
        assert_eq!(refusal(good, Body::from(r#"{"one": 1}"#)).await, None, "{good}");
    }
    for bad in ["application/json5", "text/json", "application", ""] {
        assert_eq!(refusal(bad, Body::from(r#"{"one": 1}"#)).await, Some(ErrorCode::UnsupportedMediaType), "{bad}");
    }
}
