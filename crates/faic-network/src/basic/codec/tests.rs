//! Tests of frames, on streams in memory.

use std::io;

use libp2p::{
    StreamProtocol,
    futures::{FutureExt, io::Cursor},
    request_response::Codec,
};

use super::{HelloCodec, MessageCodec, READING_BYTES_MAX, READING_PER_CONNECTION_BYTES_MAX, Request, SMALL_BYTES_MAX};
use crate::{
    DiscoverNodesRequest, NetworkMessage, ResponseMessage,
    message::{MESSAGE_BYTES_MAX, REQUEST_BYTES_MAX},
};

/// A protocol's name, which the codecs do not look at.
const PROTOCOL: StreamProtocol = StreamProtocol::new("/test");

/// A frame as it lies on the stream, with a length that may not be true.
fn frame(length: usize, bytes: &[u8]) -> Cursor<Vec<u8>> {
    let length = u32::try_from(length).unwrap().to_be_bytes();
    Cursor::new([&length, bytes].concat())
}

/// What reading a request comes to; malformed ones are invalid data.
async fn read(mut stream: Cursor<Vec<u8>>) -> Result<NetworkMessage, io::ErrorKind> {
    let request = MessageCodec::default().read_request(&PROTOCOL, &mut stream).await.map_err(|error| error.kind())?;
    request.message.map_err(|_| io::ErrorKind::InvalidData)
}

/// What is written is read again, as a request and as an answer.
#[tokio::test]
async fn round_trip() {
    let request = NetworkMessage::Consensus(vec![7; 200_000]);
    let mut stream = Cursor::new(Vec::new());
    MessageCodec::default().write_request(&PROTOCOL, &mut stream, Request::new(request.clone())).await.unwrap();
    stream.set_position(0);
    assert_eq!(read(stream).await, Ok(request));
    let answer = NetworkMessage::Response(ResponseMessage::Done);
    let mut stream = Cursor::new(Vec::new());
    MessageCodec::default().write_response(&PROTOCOL, &mut stream, answer.clone()).await.unwrap();
    stream.set_position(0);
    assert_eq!(MessageCodec::default().read_response(&PROTOCOL, &mut stream).await.unwrap(), answer);
}

/// Garbage, a kind that is no request, and a frame that is too large for its kind are the sender's fault.
#[tokio::test]
async fn malformed_frames_are_refused() {
    let question = NetworkMessage::DiscoverNodes(DiscoverNodesRequest { count_max: 1 }).to_bytes();
    let answer = NetworkMessage::Response(ResponseMessage::Done).to_bytes();
    for stream in [
        frame(1, &[1]),
        frame(2, b"GE"),
        frame(answer.len(), &answer),
        frame(question.len() + 1, &[question.as_slice(), &[0]].concat()),
        // The head alone shows that a question has not so many bytes; the rest is not even there.
        frame(65, &question[..2]),
        frame(REQUEST_BYTES_MAX + 1, &[1, 6]),
    ] {
        assert_eq!(read(stream).await, Err(io::ErrorKind::InvalidData));
    }
}

/// A stream that ends before the frame does is an end, and nobody's fault.
#[tokio::test]
async fn cut_frames_are_an_end() {
    for stream in [frame(100, &[1, 6, 3]), Cursor::new(vec![0, 0]), frame(REQUEST_BYTES_MAX, &[1, 6])] {
        assert_eq!(read(stream).await, Err(io::ErrorKind::UnexpectedEof));
    }
}

/// One byte more than may be sent is not written at all.
#[tokio::test]
async fn too_large_is_not_written() {
    let mut stream = Cursor::new(Vec::new());
    let request = |bytes: usize| NetworkMessage::Consensus(vec![0; bytes - 6]);
    MessageCodec::default()
        .write_request(&PROTOCOL, &mut stream, Request::new(request(REQUEST_BYTES_MAX)))
        .await
        .unwrap();
    let mut stream = Cursor::new(Vec::new());
    let error = MessageCodec::default()
        .write_request(&PROTOCOL, &mut stream, Request::new(request(REQUEST_BYTES_MAX + 1)))
        .await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    let error = MessageCodec::default().write_response(&PROTOCOL, &mut stream, request(MESSAGE_BYTES_MAX + 1)).await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    assert!(stream.get_ref().is_empty());
    let error = HelloCodec.write_request(&PROTOCOL, &mut stream, vec![0; 1025]).await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::InvalidInput);
}

/// The frame of a message of so many bytes.
fn frame_of(bytes: usize) -> Cursor<Vec<u8>> {
    let message = NetworkMessage::Consensus(vec![0; bytes - 6]).to_bytes();
    frame(message.len(), &message)
}

/// A message for which there is no room waits until another is done with; a small one does not.
#[tokio::test]
async fn room_for_reading_is_limited() {
    let mut codec = MessageCodec::default();
    let taken = codec.room(READING_BYTES_MAX - SMALL_BYTES_MAX).await.unwrap();
    let small = codec.read_request(&PROTOCOL, &mut frame_of(SMALL_BYTES_MAX)).await.unwrap();
    assert!(small.message.is_ok());
    let mut large = frame_of(SMALL_BYTES_MAX + 1);
    assert!(codec.read_request(&PROTOCOL, &mut large).now_or_never().is_none());
    drop(taken);
    let read = codec.read_request(&PROTOCOL, &mut frame_of(SMALL_BYTES_MAX + 1)).now_or_never();
    assert!(read.unwrap().unwrap().message.is_ok());
}

/// A connection whose share is promised away reads no further large message on any of its streams; another does.
#[tokio::test]
async fn connections_have_a_share_of_the_room() {
    let swarm = MessageCodec::default();
    let (connection, other) = (swarm.clone(), swarm.clone());
    let taken = connection.clone().room(READING_PER_CONNECTION_BYTES_MAX - SMALL_BYTES_MAX).await.unwrap();
    let read = |connection: &MessageCodec| {
        let mut stream = connection.clone();
        let read = async move { stream.read_request(&PROTOCOL, &mut frame_of(SMALL_BYTES_MAX + 1)).await };
        read.now_or_never().map(|read| read.unwrap().message.is_ok())
    };
    assert_eq!((read(&connection), read(&other)), (None, Some(true)));
    drop(taken);
    assert_eq!(read(&connection), Some(true));
}
