//! The shape of a body: objects have names for their fields.
//!
//! The derived readers also take an object's fields as a list in their order, which the document does not describe. In
//! our schemas a list is always a field of an object and never holds lists, so a list anywhere else is such an object.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place {
    /// The whole body, or an item of a list.
    Item,
    /// A field of an object.
    Field,
}

/// Checks that no list stands in the place of an object.
pub(super) fn check(bytes: &[u8]) -> Result<(), serde_json::Error> {
    Place::Item.deserialize(&mut serde_json::Deserializer::from_slice(bytes))
}

impl<'de> DeserializeSeed<'de> for Place {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        match self {
            Self::Item => Err(A::Error::custom("a list stands where an object with named fields belongs")),
            Self::Field => {
                while items.next_element_seed(Self::Item)?.is_some() {}
                Ok(())
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while fields.next_key::<IgnoredAny>()?.is_some() {
            fields.next_value_seed(Self::Field)?;
        }
        Ok(())
    }
}
