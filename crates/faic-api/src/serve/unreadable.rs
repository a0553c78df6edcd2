//! What is answered where no request could be read.
//!
//! The HTTP library answers a malformed or oversized request head by itself, with a bare status, and closes the
//! connection. [`Stream`] stands between the library and the socket and puts a problem document with the headers of every
//! answer in the place of that bare head. It is told from our own answers by its shape: it is the last that is written,
//! has nothing but the library's own headers and no body, where every answer of ours has a trace id (ADR 0010).

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use faic_node::ErrorCode;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

use super::{HEADER_BYTES_MAX, HEADERS_MAX, framing::Framing};
use crate::{problem::Problem, state::ApiState, trace};

/// Most bytes of a head that the library writes by itself.
const BARE_BYTES_MAX: usize = 256;

/// The headers that the library writes by itself.
const BARE_HEADERS: [&str; 3] = ["connection", "content-length", "date"];

/// Most bytes that are read and forgotten after a refusal, so that the client gets to read the answer.
const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// The longest that is read and forgotten after a refusal.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);

/// A connection on which also what is no request gets a whole answer.
pub(super) struct Stream<S> {
    /// The connection.
    inner: S,
    /// Where the requests on it begin and end.
    framing: Framing,
    /// What the headers of an answer need.
    state: ApiState,
    /// The answer that is put in the place of a bare one.
    refusal: Option<Refusal>,
}

/// An answer on its way in the place of a bare one.
struct Refusal {
    /// Its bytes.
    bytes: Vec<u8>,
    /// How many of them are written.
    written: usize,
    /// How many bytes may still be read and forgotten.
    linger_bytes: usize,
    /// When reading and forgetting ends.
    linger_end: Pin<Box<Sleep>>,
}

impl<S> Stream<S> {
    /// A connection whose answers speak of that node.
    pub(super) fn new(inner: S, state: ApiState) -> Self {
        Self { inner, framing: Framing::new(), state, refusal: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
        if let Some(read) = buf.filled_mut().get_mut(before..) {
            self.framing.pass(read);
        }
        Poll::Ready(Ok(()))
    }
}

/// The library writes from one buffer, because vectored writes are not announced: so a bare head is seen as a whole, at
/// the end of what is left to write.
impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Some(bare) = Bare::at_the_end_of(buf) else { return Pin::new(&mut self.inner).poll_write(cx, buf) };
        let before = buf.len().saturating_sub(bare.bytes);
        if let Some(own) = buf.get(..before).filter(|own| !own.is_empty()) {
            return Pin::new(&mut self.inner).poll_write(cx, own);
        }
        let Self { inner, framing: _, state, refusal } = &mut *self;
        let refusal = refusal.get_or_insert_with(|| Refusal::new(state, &bare));
        while let Some(rest) = refusal.bytes.get(refusal.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut *inner).poll_write(cx, rest))? {
                0 => return Poll::Ready(Ok(0)),
                written => refusal.written = refusal.written.saturating_add(written),
            }
        }
        Poll::Ready(Ok(bare.bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { inner, framing: _, state: _, refusal } = &mut *self;
        ready!(Pin::new(&mut *inner).poll_shutdown(cx))?;
        match refusal {
            Some(refusal) => refusal.poll_linger(inner, cx).map(Ok),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl Refusal {
    /// The problem in the place of a bare head, with that head's date.
    fn new(state: &ApiState, bare: &Bare<'_>) -> Self {
        let problem = if bare.is_malformed() {
            Problem::new(
                ErrorCode::MalformedRequest,
                "the bytes are no HTTP/1.1 request that says in one way where it ends",
            )
        } else {
            let message =
                format!("the request line and the headers are over {HEADER_BYTES_MAX} bytes or {HEADERS_MAX} headers");
            Problem::new(ErrorCode::HeaderTooLarge, message)
        };
        let body = problem.to_json();
        let response = trace::unreadable(state, problem);
        let (status, length) = (response.status(), body.len());
        let mut bytes = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n").into_bytes();
        for line in bare.headers().filter(|line| line.starts_with("date:")) {
            bytes.extend([line.as_bytes(), b"\r\n"].concat());
        }
        for (name, value) in response.headers() {
            bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend(body);
        let linger_end = Box::pin(tokio::time::sleep(LINGER_TIMEOUT));
        Self { bytes, written: 0, linger_bytes: LINGER_BYTES_MAX, linger_end }
    }

    /// Reads and forgets what the client still sends, within bounds: closing a connection with something unread would
    /// reset it, and take the answer from the client with it.
    fn poll_linger(&mut self, inner: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>) -> Poll<()> {
        let mut space = [0; 4096];
        while self.linger_end.as_mut().poll(cx).is_pending() && self.linger_bytes > 0 {
            let mut buf = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut *inner).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {
                    self.linger_bytes = self.linger_bytes.saturating_sub(buf.filled().len());
                }
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }
}

/// A head that the library wrote by itself.
#[derive(Debug, PartialEq, Eq)]
struct Bare<'a> {
    /// How many bytes it has.
    bytes: usize,
    /// Its lines: status and headers.
    lines: &'a str,
}

impl<'a> Bare<'a> {
    /// The bare head at the end of what is to be written, where there is one.
    fn at_the_end_of(written: &'a [u8]) -> Option<Self> {
        let head = written.strip_suffix(b"\r\n\r\n")?;
        let tail = head.get(head.len().saturating_sub(BARE_BYTES_MAX)..)?;
        let begin = tail.windows(7).rposition(|window| window == b"HTTP/1.")?;
        let lines = str::from_utf8(tail.get(begin..)?).ok()?;
        let bare = Self { bytes: lines.len().saturating_add(4), lines };
        let refusal = lines.get(8..10) == Some(" 4");
        let own_headers =
            bare.headers().all(|line| line.split_once(':').is_some_and(|(name, _)| BARE_HEADERS.contains(&name)));
        let empty = bare.headers().any(|line| line == "content-length: 0");
        (refusal && own_headers && empty).then_some(bare)
    }

    /// The lines of the headers.
    fn headers(&self) -> impl Iterator<Item = &'a str> {
        self.lines.split("\r\n").skip(1)
    }

    /// Whether it speaks of bytes that are no request, and not of too many.
    fn is_malformed(&self) -> bool {
        self.lines.get(9..12) == Some("400")
    }
}

#[cfg(test)]
mod tests;
