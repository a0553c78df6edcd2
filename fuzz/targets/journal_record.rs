//! A record of the journal of votes, which a failing disk may have changed: what is read has one spelling.

#![no_main]

use faic_consensus::bft::record::Record;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = borsh::from_slice::<Record>(bytes) else { return };
    assert_eq!(borsh::to_vec(&record).expect("writing to memory does not fail"), bytes);
});
