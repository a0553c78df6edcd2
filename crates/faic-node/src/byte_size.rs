//! Sizes in configuration files, as people write them: `64 MiB`, `512 KiB`, `100 B`.
//!
//! For `#[serde(with = "crate::byte_size")]` on a number of bytes. Units are binary (IEC 80000-13) and must be written, so
//! that no file means a thousand times more or less than its author did.

use std::fmt;

use serde::{Deserializer, Serializer, de};

/// The units, largest first, with their bytes.
const UNITS: [(&str, usize); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// Writes a number of bytes in the largest unit that divides it.
///
/// # Errors
/// Those of the serializer.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `with` gives a reference")]
pub(crate) fn serialize<S: Serializer>(bytes: &usize, serializer: S) -> Result<S::Ok, S::Error> {
    let (unit, size) =
        UNITS.into_iter().find(|(_, size)| bytes.is_multiple_of(*size)).expect("one byte divides every number");
    serializer.collect_str(&format_args!("{} {unit}", bytes / size))
}

/// Reads a number of bytes with its unit.
///
/// # Errors
/// Those of the deserializer, and for a text that is no size.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    deserializer.deserialize_str(SizeVisitor)
}

/// Reads the text of a size.
struct SizeVisitor;

impl de::Visitor<'_> for SizeVisitor {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as \"64 MiB\", in B, KiB, MiB or GiB")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<usize, E> {
        parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// The bytes of a size; `None` for a text that is no size.
fn parse(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, size) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    number.parse::<usize>().ok()?.checked_mul(size)
}

#[cfg(test)]
mod tests;
