//! Reading of lengths that another party wrote.
//!
//! Canonical bytes carry their own lengths (borsh: little-endian `u32`). Each reader here takes the most that the
//! caller allows and refuses more before anything is allocated.

use std::io::{self, Read};

use borsh::BorshDeserialize;

/// Reads a length and refuses one over `most`.
fn read_length<R: Read>(reader: &mut R, most: usize) -> io::Result<usize> {
    let length = u32::deserialize_reader(reader)?;
    match usize::try_from(length) {
        Ok(length) if length <= most => Ok(length),
        Ok(_) | Err(_) => Err(invalid(format!("{length} elements where at most {most} are allowed"))),
    }
}

/// Reads UTF-8 text of at most `bytes_max` bytes.
///
/// # Errors
/// `InvalidData` for a longer text or bytes that are not UTF-8; the reader's own errors.
pub fn read_text<R: Read>(reader: &mut R, bytes_max: usize) -> io::Result<String> {
    let mut bytes = vec![0; read_length(reader, bytes_max)?];
    reader.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| invalid("text is not UTF-8"))
}

/// Reads a list of at most `items_max` items.
///
/// # Errors
/// `InvalidData` for a longer list; whatever an item's own reader says.
pub fn read_list<T: BorshDeserialize, R: Read>(reader: &mut R, items_max: usize) -> io::Result<Vec<T>> {
    let length = read_length(reader, items_max)?;
    (0..length).map(|_| T::deserialize_reader(reader)).collect()
}

/// An error of malformed bytes.
pub fn invalid(message: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.into())
}
