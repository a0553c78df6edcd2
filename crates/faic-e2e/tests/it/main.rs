//! Scenario tests of whole nodes.
