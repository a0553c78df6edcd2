//! Where requests begin and end on a connection, to find a head that says both ways how long its body is.
//!
//! The HTTP library drops `content-length` where there is `transfer-encoding`, so nothing behind it can see that there
//! were both; a proxy in front may have believed the other one (RFC 9112, §6.3 and §11.2). [`Framing`] looks at the bytes
//! on their way to the library and spoils the end of such a head, which the library then refuses as no request. Bytes that
//! it cannot follow it leaves alone: the library refuses them too.

use super::HEADER_BYTES_MAX;

/// Most bytes of a line in a body that comes in chunks; more than the library takes, so that it refuses what is lost here.
const CHUNK_LINE_BYTES_MAX: usize = HEADER_BYTES_MAX;

/// What the next byte belongs to.
#[derive(Debug)]
enum Place {
    /// A head, of which these bytes are there.
    Head(Vec<u8>),
    /// A body of which so many bytes are to come.
    Body(u64),
    /// The line with the size of a chunk, of which these bytes are there.
    Size(Vec<u8>),
    /// A chunk and the line break after it, of which so many bytes are to come.
    Chunk(u64),
    /// A line behind the last chunk, of which these bytes are there.
    Trailer(Vec<u8>),
    /// Something that is no request.
    Lost,
}

/// Follows the bytes of one connection.
#[derive(Debug)]
pub(super) struct Framing(Place);

impl Framing {
    /// A connection of which nothing is read.
    pub(super) const fn new() -> Self {
        Self(Place::Head(Vec::new()))
    }

    /// Looks at the bytes that were read next, and spoils what must not be read as a request.
    pub(super) fn pass(&mut self, bytes: &mut [u8]) {
        let mut rest = bytes;
        while let Some(taken) = self.step(rest) {
            rest = rest.split_at_mut(taken).1;
        }
    }

    /// Takes at least one byte; `None` when there is none or nothing more to look for.
    fn step(&mut self, bytes: &mut [u8]) -> Option<usize> {
        let first = bytes.first_mut()?;
        match &mut self.0 {
            Place::Lost => return None,
            Place::Body(left) | Place::Chunk(left) => {
                let taken = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left = left.saturating_sub(u64::try_from(taken).unwrap_or(u64::MAX));
                if *left == 0 {
                    self.0 = if matches!(self.0, Place::Body(_)) { Self::new().0 } else { Place::Size(Vec::new()) };
                }
                return Some(taken);
            }
            Place::Head(head) => {
                head.push(*first);
                if head == b"\r\n" || head == b"\n" {
                    // An empty line before a request is passed over (RFC 9112, §2.2).
                    head.clear();
                } else if head.ends_with(b"\n\r\n") || head.ends_with(b"\n\n") {
                    let next = after_head(head);
                    if matches!(next, Place::Lost) && is_told_twice(head) {
                        *first = 0;
                    }
                    self.0 = next;
                } else if head.len() > HEADER_BYTES_MAX {
                    self.0 = Place::Lost;
                }
            }
            Place::Size(line) => {
                line.push(*first);
                if line.ends_with(b"\n") {
                    self.0 = after_size(line);
                } else if line.len() > CHUNK_LINE_BYTES_MAX {
                    self.0 = Place::Lost;
                }
            }
            Place::Trailer(line) => {
                line.push(*first);
                if line.as_slice() == b"\r\n" || line.as_slice() == b"\n" {
                    self.0 = Self::new().0;
                } else if line.ends_with(b"\n") {
                    line.clear();
                } else if line.len() > HEADER_BYTES_MAX {
                    self.0 = Place::Lost;
                }
            }
        }
        Some(1)
    }
}

/// The values of a header in a head; one that is no text is empty.
fn values<'a>(head: &'a [u8], name: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    let fields = lines.filter_map(|line| line.split_at_checked(line.iter().position(|byte| *byte == b':')?));
    fields
        .filter(move |(found, _)| found.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| str::from_utf8(value.get(1..).unwrap_or_default()).unwrap_or_default().trim())
}

/// Whether a head says both ways how long its body is.
fn is_told_twice(head: &[u8]) -> bool {
    values(head, "content-length").next().is_some() && values(head, "transfer-encoding").next().is_some()
}

/// What comes after a head.
fn after_head(head: &[u8]) -> Place {
    if is_told_twice(head) {
        return Place::Lost;
    }
    if values(head, "transfer-encoding").next().is_some() {
        return Place::Size(Vec::new());
    }
    match values(head, "content-length").next().map(str::parse) {
        None | Some(Ok(0)) => Place::Head(Vec::new()),
        Some(Ok(length)) => Place::Body(length),
        Some(Err(_)) => Place::Lost,
    }
}

/// What comes after the line with the size of a chunk.
fn after_size(line: &[u8]) -> Place {
    let digits = str::from_utf8(line).ok().and_then(|line| line.split(';').next()).unwrap_or_default().trim();
    match u64::from_str_radix(digits, 16) {
        Ok(0) => Place::Trailer(Vec::new()),
        // The line break after a chunk has two bytes.
        Ok(size) => Place::Chunk(size.saturating_add(2)),
        Err(_) => Place::Lost,
    }
}

#[cfg(test)]
mod tests;
