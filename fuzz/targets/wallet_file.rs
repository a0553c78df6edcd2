//! Wallet files that somebody altered: each is listed as a wallet or as unusable, and read to the same end twice.

#![no_main]

use std::{cell::LazyCell, fs};

use faic_core::keystore::{Keystore, WalletName};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A keystore in a folder of its own, and the one name of its wallet.
struct Place {
    /// The folder around the keystore's.
    folder: TempDir,
    /// The keystore in the folder.
    keystore: Keystore,
    /// The name of the wallet.
    name: WalletName,
}

thread_local! {
    /// The place where every altered file is put.
    static PLACE: LazyCell<Place> = LazyCell::new(|| {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let keystore = Keystore::open(&folder.path().join("keystore")).expect("a private folder can be made");
        Place { folder, keystore, name: "alice".parse().expect("a plain name is good") }
    });
}

fuzz_target!(|bytes: &[u8]| {
    PLACE.with(|place| {
        fs::write(place.folder.path().join("keystore/alice.wallet.json"), bytes).expect("the file can be written");
        let found = place.keystore.find(&place.name);
        let list = place.keystore.list().expect("the folder can be read");
        match found {
            Ok(entry) => assert_eq!(list.wallets, [entry]),
            Err(_) => assert_eq!((list.wallets.len(), list.unusable.len()), (0, 1)),
        }
    });
});
