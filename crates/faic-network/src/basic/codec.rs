//! Frames on a stream: a length (four bytes, big-endian) and so many bytes.
//!
//! The length is checked before anything is allocated, and the kind of a message before the rest of it is read. Memory
//! grows with the bytes that arrive, never with those that are promised. libp2p reports nothing of a request that cannot
//! be read, so what is wrong with it is handed on in its place, and the peer is held to account.

use std::io;

use async_trait::async_trait;
use libp2p::{
    StreamProtocol,
    futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    request_response,
};

use super::hello::HELLO_BYTES_MAX;
use crate::{
    NetworkMessage,
    message::{MESSAGE_BYTES_MAX, MessageError, REQUEST_BYTES_MAX},
};

/// How many bytes are read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// A message to this node, or why its bytes are none.
pub(crate) type Request = Result<NetworkMessage, MessageError>;

/// Reads and writes messages between two nodes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MessageCodec;

/// Reads and writes hellos, as bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HelloCodec;

/// An error that says that the other side is to blame.
fn malformed(error: MessageError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Reads one frame of at most `bytes_max`, whose head `check` looks at before the rest is read.
///
/// The outer error is the stream's, the inner one says that the frame is the sender's fault.
async fn read_frame<T: AsyncRead + Unpin + Send>(
    io: &mut T,
    bytes_max: usize,
    check: impl FnOnce([u8; 2], usize) -> Result<(), MessageError> + Send,
) -> io::Result<Result<Vec<u8>, MessageError>> {
    let mut length = [0; 4];
    io.read_exact(&mut length).await?;
    let bytes = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if bytes > bytes_max {
        return Ok(Err(MessageError::TooLarge { bytes, bytes_max }));
    }
    let mut head = [0; 2];
    if bytes < head.len() {
        return Ok(Err(MessageError::Malformed("it ends too early".to_owned())));
    }
    io.read_exact(&mut head).await?;
    if let Err(error) = check(head, bytes) {
        return Ok(Err(error));
    }
    let mut frame = head.to_vec();
    while frame.len() < bytes {
        let start = frame.len();
        frame.resize(bytes.min(start + PIECE_BYTES), 0);
        let piece = frame.get_mut(start..).unwrap_or_default();
        io.read_exact(piece).await?;
    }
    Ok(Ok(frame))
}

/// Reads a frame as a message that asks for something.
fn request_of(frame: Result<Vec<u8>, MessageError>) -> Request {
    let message = NetworkMessage::from_bytes(&frame?)?;
    let name = message.name();
    if message.is_request() { Ok(message) } else { Err(MessageError::Malformed(format!("a {name} asks for nothing"))) }
}

/// Writes one frame of at most `bytes_max`.
async fn write_frame<T: AsyncWrite + Unpin + Send>(io: &mut T, bytes: &[u8], bytes_max: usize) -> io::Result<()> {
    if bytes.len() > bytes_max {
        let error = MessageError::TooLarge { bytes: bytes.len(), bytes_max };
        return Err(io::Error::new(io::ErrorKind::InvalidInput, error));
    }
    let length = u32::try_from(bytes.len()).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    io.write_all(&length.to_be_bytes()).await?;
    io.write_all(bytes).await?;
    io.flush().await
}

#[async_trait]
impl request_response::Codec for MessageCodec {
    type Protocol = StreamProtocol;
    type Request = Request;
    type Response = NetworkMessage;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Request>
    where
        T: AsyncRead + Unpin + Send,
    {
        Ok(request_of(read_frame(io, REQUEST_BYTES_MAX, NetworkMessage::check_head).await?))
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<NetworkMessage>
    where
        T: AsyncRead + Unpin + Send,
    {
        let frame = read_frame(io, MESSAGE_BYTES_MAX, NetworkMessage::check_head).await?.map_err(malformed)?;
        NetworkMessage::from_bytes(&frame).map_err(malformed)
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, message: Request) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let message = message.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        write_frame(io, &message.to_bytes(), REQUEST_BYTES_MAX).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, message: NetworkMessage) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &message.to_bytes(), MESSAGE_BYTES_MAX).await
    }
}

#[async_trait]
impl request_response::Codec for HelloCodec {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        // No bytes are no hello, which is refused with a reason as any other that cannot be read.
        Ok(read_frame(io, HELLO_BYTES_MAX, |_, _| Ok(())).await?.unwrap_or_default())
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_frame(io, HELLO_BYTES_MAX, |_, _| Ok(())).await?.map_err(malformed)
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, hello: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &hello, HELLO_BYTES_MAX).await
    }

    async fn write_response<T>(&mut self, _: &StreamProtocol, io: &mut T, answer: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        write_frame(io, &answer, HELLO_BYTES_MAX).await
    }
}

#[cfg(test)]
mod tests;
