//! Key files of other programs: each is opened or refused, the same each time, and what one password opens another does not.
//!
//! A file may ask for seconds of work; such a one is passed over, because nothing is learnt from the time.

#![no_main]

use faic_core::keystore::{Web3FileError, open_web3_file};
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::Value;

/// The password of the first inputs.
const PASSWORD: &str = "testpassword";
/// Most of scrypt's work, and most iterations, that a run is kept waiting for.
const WORK_MAX: u64 = 1 << 10;

/// Whether a file would be opened with much work.
fn is_slow(bytes: &[u8]) -> bool {
    let Ok(document) = serde_json::from_slice::<Value>(bytes) else { return false };
    let find = |name: &str| ["crypto", "Crypto"].iter().find_map(|part| document[part]["kdfparams"][name].as_u64());
    let scrypt = [find("n"), find("r"), find("p")].into_iter().map(|value| value.unwrap_or(1));
    let work = scrypt.fold(1_u64, u64::saturating_mul);
    work > WORK_MAX || find("c").is_some_and(|iterations| iterations > WORK_MAX)
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if is_slow(bytes) {
        return Corpus::Reject;
    }
    let open = |password| open_web3_file(bytes, password).map(|key| key.public_key());
    let opened = open(PASSWORD);
    assert_eq!(open(PASSWORD), opened);
    if opened.is_ok() {
        assert_eq!(open("Testpassword"), Err(Web3FileError::WrongPassword));
    }
    Corpus::Keep
});
