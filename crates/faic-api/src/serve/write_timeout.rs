//! A socket whose client has to take what is written to it.
//!
//! The HTTP library waits for ever for a client that asks and does not read: connection, answer and place are held as long
//! as it likes. [`WriteTimeout`] gives every wait an end. When something could not be written for the whole time, the
//! write fails, and closing the socket throws away what the operating system still has of the answer.

use std::{
    future::Future,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

/// A socket that fails when the client takes nothing for too long.
///
/// It stands below TLS, where every byte that leaves passes by. Flushing and closing a socket never wait, so that only
/// writing is watched.
pub(super) struct WriteTimeout {
    /// The socket.
    inner: TcpStream,
    /// The longest wait.
    timeout: Duration,
    /// When the wait is too long; `None` while nothing waits.
    end: Option<Pin<Box<Sleep>>>,
}

impl WriteTimeout {
    /// The socket of a client that takes something at least every `timeout`.
    pub(super) fn new(inner: TcpStream, timeout: Duration) -> Self {
        Self { inner, timeout, end: None }
    }

    /// Passes on how a write went, unless it waits for too long.
    fn watch(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.end = None;
            return written;
        }
        let timeout = self.timeout;
        let end = self.end.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(end.as_mut().poll(cx));
        self.inner.set_zero_linger()?;
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of the answer")))
    }
}

impl AsyncRead for WriteTimeout {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl AsyncWrite for WriteTimeout {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.watch(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
