//! Tests of the keystore as a person with a disk meets it; the cheapest accepted work keeps them quick.

use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use super::{
    KdfParams, Keystore, KeystoreError, Label, PASSWORD_BYTES_MAX, WALLET_FILE_BYTES_MAX, WALLETS_MAX, WalletEntry,
    WalletFileError, WalletList, WalletName, WalletSecret,
};
use crate::address::Address;
use crate::derivation::AccountPath;
use crate::mnemonic::{Language, Mnemonic};
use crate::network::Network;

mod changes;
mod document;
mod labels;
mod later;
mod renaming;
mod secret;

/// The password of every wallet here.
const PASSWORD: &str = "correct horse";

/// A keystore in a temporary folder, which goes away with it.
struct Fixture {
    /// Removes the folder when dropped.
    temporary: TempDir,
    /// The keystore.
    keystore: Keystore,
}

impl Fixture {
    /// An empty keystore.
    fn new() -> Self {
        let temporary = TempDir::new().unwrap();
        let keystore = Keystore::open_with(&temporary.path().join("keystore"), KdfParams::LEAST).unwrap();
        Self { temporary, keystore }
    }

    /// A keystore with the wallet `alice`.
    fn with_alice() -> Self {
        let fixture = Self::new();
        fixture.keystore.create(&entry("alice"), PASSWORD, &secret()).unwrap();
        fixture
    }

    /// The keystore's folder.
    fn folder(&self) -> PathBuf {
        self.temporary.path().join("keystore")
    }

    /// The file of a wallet.
    fn file(&self, wallet: &str) -> PathBuf {
        self.folder().join(format!("{wallet}.wallet.json"))
    }

    /// The error of unlocking `alice` with the right password.
    fn refusal(&self) -> KeystoreError {
        self.keystore.unlock(&name("alice"), PASSWORD).expect_err("the file is not as it was written")
    }
}

/// A wallet's name.
fn name(text: &str) -> WalletName {
    text.parse().unwrap()
}

/// The name of an account or of the address book.
fn label(text: &str) -> Label {
    text.parse().unwrap()
}

/// The public part of a wallet of that name.
fn entry(wallet: &str) -> WalletEntry {
    let address = Address::from_bytes([7; 32]);
    WalletEntry::new(name(wallet), Network::Dev, AccountPath::default(), address)
}

/// A secret with a passphrase.
fn secret() -> WalletSecret {
    WalletSecret::new(Mnemonic::from_entropy(Language::Japanese, &[9; 32]).unwrap(), "pass ﾊﾟｽ").unwrap()
}

/// What was created is listed, found and unlocked, also by another keystore on the same folder, until it is deleted.
#[test]
fn life_of_a_wallet() {
    let fixture = Fixture::with_alice();
    fixture.keystore.create(&entry("0_bob-2"), PASSWORD, &secret()).unwrap();

    let again = Keystore::open(&fixture.folder()).unwrap();
    let listed = again.list().unwrap();
    assert_eq!(listed, WalletList { wallets: vec![entry("0_bob-2"), entry("alice")], unusable: vec![] });
    assert_eq!(again.find(&name("alice")).unwrap(), entry("alice"));
    let unlocked = again.unlock(&name("alice"), PASSWORD).unwrap();
    assert_eq!(unlocked.entry, entry("alice"));
    assert_eq!(unlocked.secret_at(0), Some(&secret()));
    let key = secret().account_key(Network::Dev, AccountPath::default());
    assert_eq!(unlocked.account_key().public_key(), key.public_key());

    again.delete(&name("alice")).unwrap();
    assert_eq!(fixture.keystore.list().unwrap().wallets, [entry("0_bob-2")]);
    assert!(matches!(again.unlock(&name("alice"), PASSWORD), Err(KeystoreError::UnknownWallet { .. })));
    assert!(matches!(again.find(&name("alice")), Err(KeystoreError::UnknownWallet { .. })));
    assert!(matches!(again.delete(&name("alice")), Err(KeystoreError::UnknownWallet { .. })));
}

/// A wallet of another key than the first keeps its path and opens with that key.
#[test]
fn path_of_the_key() {
    let fixture = Fixture::new();
    let path = AccountPath::new(2, 4).unwrap();
    let other = WalletEntry::new(name("alice"), Network::Dev, path, entry("alice").address);
    fixture.keystore.create(&other, PASSWORD, &secret()).unwrap();
    assert_eq!(fixture.keystore.find(&name("alice")).unwrap(), other);
    let unlocked = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    let key = |path| secret().account_key(Network::Dev, path).public_key();
    assert_eq!(unlocked.account_key().public_key(), key(path));
    assert_ne!(unlocked.account_key().public_key(), key(AccountPath::default()));
}

/// A wrong password opens nothing; the right one may be typed in another Unicode form.
#[test]
fn passwords() {
    let fixture = Fixture::new();
    fixture.keystore.create(&entry("alice"), "contrase\u{f1}a", &secret()).unwrap();
    assert!(fixture.keystore.unlock(&name("alice"), "contrasen\u{303}a").is_ok());
    for wrong in ["", "contrasena", "Contrase\u{f1}a", "contrase\u{f1}a "] {
        let refusal = fixture.keystore.unlock(&name("alice"), wrong);
        assert!(matches!(refusal, Err(KeystoreError::WrongPassword)), "{wrong:?}");
    }
}

/// A password of too few characters or too many bytes makes no wallet.
#[test]
fn password_limits() {
    let fixture = Fixture::new();
    let create = |wallet: &str, password: &str| fixture.keystore.create(&entry(wallet), password, &secret());
    assert!(matches!(create("alice", "seven77"), Err(KeystoreError::PasswordTooShort)));
    create("alice", "eight888").unwrap();
    let longest = "x".repeat(PASSWORD_BYTES_MAX);
    create("bob", &longest).unwrap();
    let longer = format!("{longest}x");
    assert!(matches!(create("carol", &longer), Err(KeystoreError::PasswordTooLong)));
    assert!(matches!(fixture.keystore.unlock(&name("bob"), &longer), Err(KeystoreError::PasswordTooLong)));
}

/// A wallet is never overwritten, whatever stands at its name.
#[test]
fn existing_name() {
    let fixture = Fixture::with_alice();
    fs::create_dir(fixture.file("folder")).unwrap();
    let before = fs::read(fixture.file("alice")).unwrap();
    for taken in ["alice", "folder"] {
        let refusal = fixture.keystore.create(&entry(taken), PASSWORD, &secret());
        assert!(matches!(refusal, Err(KeystoreError::NameTaken { .. })), "{taken}");
    }
    assert_eq!(fs::read(fixture.file("alice")).unwrap(), before);
}

/// Of several who make the same wallet at once exactly one succeeds, and no temporary file stays.
#[test]
fn racing_creators() {
    let fixture = Fixture::new();
    let create = || fixture.keystore.create(&entry("alice"), PASSWORD, &secret());
    let results: Vec<_> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..4).map(|_| scope.spawn(create)).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    let taken = |result: &Result<(), _>| matches!(result, Err(KeystoreError::NameTaken { .. }));
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(results.iter().filter(|result| taken(result)).count(), 3);
    assert_eq!(fs::read_dir(fixture.folder()).unwrap().count(), 1);
    assert!(fixture.keystore.unlock(&name("alice"), PASSWORD).is_ok());
}

/// Names that are empty, too long, of other characters or of paths are refused.
#[test]
fn bad_names() {
    let longest = "x".repeat(64);
    assert_eq!(name(&longest).as_str(), longest);
    let bad = ["", ".", "..", "a/b", "../a", "a\\b", "Alice", "a b", "a.b", "ä", "a\0", "a\n", &"x".repeat(65)];
    for text in bad {
        assert!(text.parse::<WalletName>().is_err(), "{text:?}");
    }
}

/// The folder is 0700 and a file 0600; a folder that others may enter is refused.
#[cfg(unix)]
#[test]
fn permissions() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::with_alice();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(fixture.folder()), 0o700);
    assert_eq!(mode(fixture.file("alice")), 0o600);

    fs::set_permissions(fixture.folder(), fs::Permissions::from_mode(0o750)).unwrap();
    let refusal = Keystore::open(&fixture.folder()).expect_err("the group may enter");
    assert!(matches!(refusal, KeystoreError::FolderNotPrivate { mode: 0o750 }));
}

/// A link is not followed, so a wallet cannot be made to read another file.
#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let fixture = Fixture::with_alice();
    std::os::unix::fs::symlink(fixture.file("alice"), fixture.file("link")).unwrap();
    let refusal = fixture.keystore.unlock(&name("link"), PASSWORD);
    let not_a_file = WalletFileError::NotAFile;
    assert!(matches!(refusal, Err(KeystoreError::UnusableFile { source, .. }) if source == not_a_file));
}

/// A folder that cannot be made is an error of storage.
#[test]
fn folder_under_a_file() {
    let temporary = TempDir::new().unwrap();
    fs::write(temporary.path().join("file"), "").unwrap();
    let refusal = Keystore::open(&temporary.path().join("file").join("keystore"));
    assert!(matches!(refusal, Err(KeystoreError::Storage { .. })));
}

/// Files that are no wallets are listed as such, hide no wallet, and what a crash left is not looked at.
#[test]
fn foreign_files() {
    let fixture = Fixture::with_alice();
    for file in ["notes.txt", ".alice.00ff.tmp"] {
        fs::write(fixture.folder().join(file), "x").unwrap();
    }
    fs::write(fixture.file("broken"), "x").unwrap();
    fs::write(fixture.file("Capital"), "x").unwrap();
    fs::write(fixture.file("large"), " ".repeat(WALLET_FILE_BYTES_MAX + 1)).unwrap();
    fs::copy(fixture.file("alice"), fixture.file("zoe")).unwrap();

    let list = fixture.keystore.list().unwrap();
    assert_eq!(list.wallets, [entry("alice")]);
    let unusable: Vec<String> =
        list.unusable.iter().map(|file| format!("{}: {}", file.file_name, file.error)).collect();
    assert_eq!(
        unusable,
        [
            "Capital.wallet.json: the file's name is not that of a wallet",
            "broken.wallet.json: it is not a wallet's document (line 1, column 1)",
            "large.wallet.json: it is larger than 524288 bytes",
            "zoe.wallet.json: it is the file of the wallet alice",
        ]
    );
}

/// A keystore takes its last wallet and not one more, and does not list beyond that.
#[test]
fn full_keystore() {
    let fixture = Fixture::new();
    for index in 1..WALLETS_MAX {
        fs::write(fixture.file(&format!("w{index}")), "").unwrap();
    }
    fixture.keystore.create(&entry("last"), PASSWORD, &secret()).unwrap();
    let refusal = fixture.keystore.create(&entry("more"), PASSWORD, &secret());
    assert!(matches!(refusal, Err(KeystoreError::TooManyWallets)));
    assert_eq!(fixture.keystore.list().unwrap().wallets, [entry("last")]);
    fs::write(fixture.file("more"), "").unwrap();
    assert!(matches!(fixture.keystore.list(), Err(KeystoreError::TooManyWallets)));
}

/// Neither `Debug` nor an error nor the file shows a word, the passphrase or the password.
#[test]
fn no_secret_is_shown() {
    let fixture = Fixture::with_alice();
    let unlocked = fixture.keystore.unlock(&name("alice"), PASSWORD).unwrap();
    let wrong = fixture.keystore.unlock(&name("alice"), "wrong password").unwrap_err();
    let file = fs::read_to_string(fixture.file("alice")).unwrap();
    let shown = format!("{unlocked:?} {:?} {wrong} {wrong:?} {file}", fixture.keystore);
    let kept = unlocked.secret_at(0).unwrap();
    let phrase = kept.mnemonic().phrase();
    let secrets = phrase.split_whitespace().chain([kept.passphrase(), PASSWORD, "wrong password"]);
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    assert!(!shown.contains(&"09".repeat(8)), "the entropy in {shown}");
}
