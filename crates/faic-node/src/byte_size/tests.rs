//! Tests of sizes as text.

use serde::{Deserialize, Serialize};

/// A configuration with one size.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Sized {
    /// The size.
    #[serde(with = "super")]
    size: usize,
}

/// Reads a size.
fn read(text: &str) -> Result<usize, String> {
    toml::from_str::<Sized>(&format!("size = {text}")).map(|sized| sized.size).map_err(|error| error.to_string())
}

/// Sizes are read with and without a space, and written in the largest unit that fits.
#[test]
fn round_trip() {
    for (bytes, text) in
        [(0, "0 GiB"), (1, "1 B"), (1000, "1000 B"), (49_152, "48 KiB"), (1 << 26, "64 MiB"), (3 << 30, "3 GiB")]
    {
        assert_eq!(toml::to_string(&Sized { size: bytes }).expect("a number"), format!("size = \"{text}\"\n"));
        assert_eq!(read(&format!("\"{text}\"")), Ok(bytes));
        assert_eq!(read(&format!("\"{}\"", text.replace(' ', ""))), Ok(bytes));
    }
}

/// What is not clearly a size is refused, with an example of one.
#[test]
fn refusals() {
    for bad in [
        "64",
        "\"64\"",
        "\"\"",
        "\"MiB\"",
        "\"64 MB\"",
        "\"-1 B\"",
        "\"1.5 GiB\"",
        "\"99999999999999 GiB\"",
        "\"1  B\"",
    ] {
        let error = read(bad).expect_err(bad);
        assert!(error.contains("64 MiB"), "{error}");
    }
}
