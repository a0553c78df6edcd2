//! Tests of the core as its users see it: through its public items, against files that are part of the protocol.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod golden;
