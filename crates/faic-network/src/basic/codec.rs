//! Frames on a stream: a length (four bytes, big-endian) and so many bytes.
//!
//! The length is checked before anything is allocated, and the kind of a message before the rest of it is read. Memory
//! grows with the bytes that arrive, never with those that are promised. Room is taken for those that are promised, so
//! each connection has a share of its own, and nobody can take the room of all by promises. libp2p reports nothing of a
//! request that cannot be read, so what is wrong with it is handed on in its place, and the peer is held to account.

use std::{io, sync::Arc};

use async_trait::async_trait;
use libp2p::{
    StreamProtocol,
    futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    request_response,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::hello::HELLO_BYTES_MAX;
use crate::{
    NetworkMessage,
    connection_manager::PER_NODE_MAX,
    message::{MESSAGE_BYTES_MAX, MessageError, REQUEST_BYTES_MAX},
};

/// How many bytes are read at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Frames of more bytes need a part of [`READING_BYTES_MAX`].
const SMALL_BYTES_MAX: usize = 16 * 1024;
/// The most bytes of messages to this node, small ones aside, that are being read or answered.
const READING_BYTES_MAX: usize = 128 * 1024 * 1024;
/// The most bytes of them from one connection: a sixteenth for all connections of a peer together.
const READING_PER_CONNECTION_BYTES_MAX: usize = READING_BYTES_MAX / 16 / PER_NODE_MAX;

const _: () = assert!(READING_PER_CONNECTION_BYTES_MAX >= REQUEST_BYTES_MAX, "the largest request finds room");

/// A message to this node, or why its bytes are none.
#[derive(Debug)]
pub(crate) struct Request {
    /// The message.
    pub(crate) message: Result<NetworkMessage, MessageError>,
    /// The room that it takes until its answer is found.
    pub(crate) room: Room,
}

/// A part of [`READING_PER_CONNECTION_BYTES_MAX`] and of [`READING_BYTES_MAX`], which is given back when it is dropped;
/// small messages take none.
pub(crate) type Room = Vec<OwnedSemaphorePermit>;

impl Request {
    /// A message of this node.
    pub(crate) const fn new(message: NetworkMessage) -> Self {
        Self { message: Ok(message), room: Vec::new() }
    }
}

/// Reads and writes messages between two nodes.
///
/// libp2p clones the codec of the swarm once for each connection, and that of the connection once for each stream. The
/// first clone therefore gets a share of its own, and clones of it have that share together.
#[derive(Debug)]
pub(crate) struct MessageCodec {
    /// The room of all connections.
    all: Arc<Semaphore>,
    /// The room of this connection; the codec of the swarm, which reads nothing, has none.
    share: Option<Arc<Semaphore>>,
}

impl Default for MessageCodec {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(READING_BYTES_MAX)), share: None }
    }
}

impl Clone for MessageCodec {
    fn clone(&self) -> Self {
        let new_share = || Arc::new(Semaphore::new(READING_PER_CONNECTION_BYTES_MAX));
        let share = self.share.as_ref().map_or_else(new_share, Arc::clone);
        Self { all: Arc::clone(&self.all), share: Some(share) }
    }
}

impl MessageCodec {
    /// Waits for room for a frame, first in the connection's share; small frames need none.
    async fn room(&self, bytes: usize) -> io::Result<Room> {
        let mut room = Room::new();
        if bytes > SMALL_BYTES_MAX {
            let bytes = u32::try_from(bytes).map_err(io::Error::other)?;
            for semaphore in self.share.iter().chain([&self.all]) {
                let part = Arc::clone(semaphore).acquire_many_owned(bytes).await;
                room.push(part.map_err(io::Error::other)?);
            }
        }
        Ok(room)
    }
}

/// Reads and writes hellos, as bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HelloCodec;

/// An error that says that the other side is to blame.
fn malformed(error: MessageError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

/// Reads the length of a frame and its first two bytes, and checks them.
///
/// The outer error is the stream's, the inner one says that the frame is the sender's fault.
async fn read_head<T: AsyncRead + Unpin + Send>(
    io: &mut T,
    bytes_max: usize,
    check: impl FnOnce([u8; 2], usize) -> Result<(), MessageError> + Send,
) -> io::Result<Result<([u8; 2], usize), MessageError>> {
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
    Ok(check(head, bytes).map(|()| (head, bytes)))
}

/// Reads the rest of a frame of `bytes`, piece by piece.
async fn read_rest<T: AsyncRead + Unpin + Send>(io: &mut T, head: [u8; 2], bytes: usize) -> io::Result<Vec<u8>> {
    let mut frame = head.to_vec();
    while frame.len() < bytes {
        let start = frame.len();
        frame.resize(bytes.min(start + PIECE_BYTES), 0);
        let piece = frame.get_mut(start..).unwrap_or_default();
        io.read_exact(piece).await?;
    }
    Ok(frame)
}

/// Reads the frame of a hello, or of its answer.
async fn read_hello<T: AsyncRead + Unpin + Send>(io: &mut T) -> io::Result<Result<Vec<u8>, MessageError>> {
    match read_head(io, HELLO_BYTES_MAX, |_, _| Ok(())).await? {
        Ok((head, bytes)) => read_rest(io, head, bytes).await.map(Ok),
        Err(error) => Ok(Err(error)),
    }
}

/// Reads a frame as a message that asks for something.
fn request_of(frame: &[u8]) -> Result<NetworkMessage, MessageError> {
    let message = NetworkMessage::from_bytes(frame)?;
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
        let (head, bytes) = match read_head(io, REQUEST_BYTES_MAX, NetworkMessage::check_head).await? {
            Ok(head) => head,
            Err(error) => return Ok(Request { message: Err(error), room: Vec::new() }),
        };
        let room = self.room(bytes).await?;
        let frame = read_rest(io, head, bytes).await?;
        Ok(Request { message: request_of(&frame), room })
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<NetworkMessage>
    where
        T: AsyncRead + Unpin + Send,
    {
        let head = read_head(io, MESSAGE_BYTES_MAX, NetworkMessage::check_head).await?;
        let (head, bytes) = head.map_err(malformed)?;
        let frame = read_rest(io, head, bytes).await?;
        NetworkMessage::from_bytes(&frame).map_err(malformed)
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, io: &mut T, request: Request) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        let message = request.message.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
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
        Ok(read_hello(io).await?.unwrap_or_default())
    }

    async fn read_response<T>(&mut self, _: &StreamProtocol, io: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        read_hello(io).await?.map_err(malformed)
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
