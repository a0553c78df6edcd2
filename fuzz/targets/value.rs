//! The other values with canonical bytes: what is read has one spelling and keeps its type's rules.
//!
//! The first byte chooses the type.

#![no_main]

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{
    Account, Amount, Authority, BasicCrypto, Certificate, ChainId, Header, PublicKey, Transaction, Verifier,
    block::{Receipt, ValidatorSet},
    vote::Vote,
};
use libfuzzer_sys::fuzz_target;

/// Reads a value, and asserts that it is spelt as its bytes were.
fn read<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) -> Option<T> {
    let value = borsh::from_slice(bytes).ok()?;
    assert_eq!(borsh::to_vec(&value).expect("writing to memory does not fail"), bytes);
    Some(value)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind % 12 {
        0 => drop(read::<Account>(bytes)),
        1 => drop(read::<Authority>(bytes).map(|authority| (authority.check(), authority.address()))),
        2 => drop(read::<Header>(bytes).map(|header| header.id())),
        3 => drop(read::<Receipt>(bytes)),
        4 => drop(read::<ValidatorSet>(bytes).map(|set| (set.hash(), set.total_stake()))),
        5 => drop(read::<Certificate>(bytes)),
        6 => drop(read::<Vote>(bytes)),
        7 => drop(read::<PublicKey>(bytes)),
        8 => assert!(read::<Amount>(bytes).is_none_or(|amount| amount <= Amount::SUPPLY_MAX)),
        9 => drop(read::<ChainId>(bytes).map(|id| assert_eq!(ChainId::new(id.as_str()), Ok(id)))),
        10 => drop(read::<Transaction>(bytes).map(|transaction| (transaction.check(), transaction.signed_bytes()))),
        _ => {
            let Ok((chain, certificate, set)) = borsh::from_slice::<(ChainId, Certificate, ValidatorSet)>(bytes) else {
                return;
            };
            let _ = BasicCrypto::default().verify_certificate(&chain, &certificate, &set);
        }
    }
});
