//! Tests of cryptos.
