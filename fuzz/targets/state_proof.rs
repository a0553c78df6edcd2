//! State proofs from a stranger: what is read has one spelling and shows at most one thing about a key.
//!
//! The first 32 bytes are the key, the next byte the length of a value; the proof follows.

#![no_main]

use faic_core::{
    Hash,
    state_proof::{StateProof, StateProofError},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((key, bytes)) = bytes.split_first_chunk::<32>() else { return };
    let Some((length, bytes)) = bytes.split_first() else { return };
    let Some((value, bytes)) = bytes.split_at_checked(usize::from(*length)) else { return };
    let Ok(proof) = borsh::from_slice::<StateProof>(bytes) else { return };
    assert_eq!(borsh::to_vec(&proof).expect("writing to memory does not fail"), bytes);
    let key = Hash::from_bytes(*key);
    // Under the root that it leads to, a proof shows presence or absence, never both.
    let shown = |claim| match proof.verify(&Hash::ZERO, &key, claim) {
        Ok(()) => Some(Hash::ZERO),
        Err(StateProofError::RootMismatch { computed }) => {
            assert_eq!(proof.verify(&computed, &key, claim), Ok(()));
            Some(computed)
        }
        Err(_) => None,
    };
    assert!(shown(Some(value)).is_none() || shown(None).is_none());
});
