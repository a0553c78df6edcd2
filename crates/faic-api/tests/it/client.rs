//! A small HTTP client that can send anything, also what no library would.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{HeaderMap, HeaderName},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// What the node answered.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Answer {
    /// The answer, after what is true of every answer was checked.
    fn checked(self) -> Self {
        assert_eq!(self.header("faic-chain-id"), "faic-dev");
        assert!(self.header("faic-height").parse::<u64>().is_ok());
        assert!(!self.header("x-request-id").is_empty());
        self
    }

    /// A header as text; empty without one.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {:?}", self.body))
    }

    /// A text of the body's JSON object.
    pub(crate) fn text(&self, field: &str) -> String {
        let value = self.json();
        value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
    }

    /// The code of a problem, after checking that it is a whole one.
    pub(crate) fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{:?}", self.body);
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert!(problem["retryable"].is_boolean() && problem["title"].is_string() && problem["kind"].is_string());
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.ends_with('.')), "{problem}");
        let code = self.text("code");
        assert_eq!(self.text("type"), format!("/docs/errors#{code}"));
        code
    }
}

/// A request in the making.
#[derive(Clone)]
pub(crate) struct Call {
    /// Where to.
    address: SocketAddr,
    /// The method.
    method: Method,
    /// Path and query.
    path: String,
    /// The headers.
    headers: Vec<(&'static str, String)>,
    /// The body.
    body: Vec<u8>,
}

impl Call {
    /// A request without a body.
    pub(crate) fn new(address: SocketAddr, method: Method, path: impl Into<String>) -> Self {
        let headers = vec![("host", address.to_string())];
        Self { address, method, path: path.into(), headers, body: Vec::new() }
    }

    /// Sets a header, in place of one of the same name.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Sets a body of JSON.
    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw("application/json", body.to_string())
    }

    /// Sets a body of any type.
    pub(crate) fn raw(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", media_type)
    }

    /// Sends the request on a connection of its own.
    pub(crate) async fn send(self) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response = sender.send_request(request.body(Full::new(Bytes::from(self.body))).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }.checked()
    }
}

/// Server-sent events on a connection of their own.
pub(crate) struct Events {
    /// What the node answers.
    body: Incoming,
    /// What was read and not taken.
    text: String,
    /// Keeps the connection.
    _sender: http1::SendRequest<Full<Bytes>>,
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ServerSent {
    /// Its name; empty for one that says nothing but the id.
    pub(crate) event: String,
    /// Its id.
    pub(crate) id: String,
    /// Its data.
    pub(crate) data: Value,
}

impl Call {
    /// As [`follow`](Self::follow), again and again until the node has room for another stream.
    pub(crate) async fn follow_in_time(self) -> Events {
        let allowed = async {
            loop {
                let response = self.clone().begin().await;
                if response.1.status() == 200 {
                    return Events::of(response);
                }
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), allowed).await.expect("there is room in time")
    }

    /// Sends the request and reads what comes, event by event.
    pub(crate) async fn follow(self) -> Events {
        let response = self.begin().await;
        assert_eq!(response.1.status(), 200);
        Events::of(response)
    }

    /// Sends the request and reads the head of the answer.
    async fn begin(self) -> (http1::SendRequest<Full<Bytes>>, Response<Incoming>) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(self.path);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        let response = sender.send_request(request.body(Full::new(Bytes::from(self.body))).unwrap()).await.unwrap();
        (sender, response)
    }
}

impl Events {
    /// The events of an answer.
    fn of((sender, response): (http1::SendRequest<Full<Bytes>>, Response<Incoming>)) -> Self {
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body(), text: String::new(), _sender: sender }
    }

    /// The next event, also one that says nothing but the id; `None` at the end of the stream.
    pub(crate) async fn next(&mut self) -> Option<ServerSent> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let value = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                    value.unwrap_or_default().trim_start().to_owned()
                };
                let data = serde_json::from_str(&field("data")).unwrap_or_default();
                let event = ServerSent { event: field("event"), id: field("id"), data };
                self.text = rest.to_owned();
                return Some(event);
            }
            let frame = tokio::time::timeout(std::time::Duration::from_secs(30), self.body.frame()).await.unwrap();
            let bytes = frame?.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// The next event of that name.
    pub(crate) async fn next_of(&mut self, name: &str) -> ServerSent {
        loop {
            let event = self.next().await.unwrap();
            if event.event == name {
                return event;
            }
        }
    }
}

/// Sends any bytes on a connection of their own, and reads every answer until the node closes the connection.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> Vec<Answer> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let mut answers = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (head, after) = rest.split_once("\r\n\r\n").unwrap();
        let (line, fields) = head.split_once("\r\n").unwrap();
        let headers: HeaderMap = fields
            .split("\r\n")
            .map(|field| field.split_once(": ").unwrap())
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        let status = line.strip_prefix("HTTP/1.1 ").unwrap().split(' ').next().unwrap().parse().unwrap();
        let (body, next) = after.split_at(headers["content-length"].to_str().unwrap().parse().unwrap());
        answers.push(Answer { status, headers, body: Bytes::from(body.to_owned()) }.checked());
        rest = next;
    }
    answers
}
