//! Tests of what belongs to a whole process.

mod telemetry;
