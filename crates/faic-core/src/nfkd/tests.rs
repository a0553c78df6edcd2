//! Tests of the normalisation.

use super::{nfkd, nfkd_lowercase};

/// Composed and decomposed letters, wide letters and ideographic spaces become the same plain text.
#[test]
fn spellings_become_one() {
    assert_eq!(*nfkd("\u{e9}"), *nfkd("e\u{301}"));
    assert_eq!(*nfkd("Ａ\u{3000}b"), "A b");
    assert_eq!(*nfkd_lowercase("ＡbandoN"), "abandon");
}

/// A text is collected without growing, also where it becomes longer.
#[test]
fn nothing_is_reallocated() {
    let long = nfkd("\u{fdfa}\u{e9}");
    assert_eq!(long.capacity(), long.len());
}
