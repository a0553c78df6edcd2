//! Another name for a wallet.
//!
//! The name is authenticated with what is sealed, so the wallet is sealed anew in a file of the new name, and the old file
//! goes last. No file is overwritten, and a crash leaves the old file or both: the same again goes on then.

use super::envelope::WalletFile;
use super::error::ReadError;
use super::{Keystore, KeystoreError, WalletEntry, WalletName, check_password_length, storage};

/// Why a wallet gets no other name.
#[derive(Debug, thiserror::Error)]
pub enum RenameError {
    /// The wallet cannot be opened, or not be kept under the other name.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The name stands in the wallet's own address book, where it means somebody else.
    #[error("{name} stands in the wallet's address book, so a payment to {name} would be ambiguous")]
    InBook {
        /// The name.
        name: WalletName,
    },
}

/// A wallet in the file of its new name.
struct Renamed {
    /// What may be known of it.
    entry: WalletEntry,
    /// Whether the file was made now, and not by an earlier attempt that a crash ended.
    is_new: bool,
}

impl Keystore {
    /// Gives a wallet another name. A wallet that only watches its account has no password, and none is looked at.
    ///
    /// `carry` takes along what is kept elsewhere by the wallet's name, while there are both files; where it fails, the
    /// wallet keeps its old name. It has to bear being called again after a crash.
    ///
    /// # Errors
    /// Those of `carry`; [`RenameError::InBook`]; as [`RenameError::Keystore`] [`KeystoreError::NameTaken`] where there is
    /// another wallet of the new name, and those of [`Keystore::unlock`].
    pub fn rename<E: From<RenameError>>(
        &self,
        old: &WalletName,
        new: &WalletName,
        password: &str,
        carry: impl FnOnce() -> Result<(), E>,
    ) -> Result<WalletEntry, E> {
        let _alone = self.folder.lock().map_err(failed)?;
        let Renamed { entry, is_new } = self.make_renamed(old, new, password)?;
        if let Err(error) = carry() {
            if is_new {
                self.folder.remove(new).map_err(failed)?;
            }
            return Err(error);
        }
        self.folder.remove(old).map_err(failed)?;
        Ok(entry)
    }

    /// Makes the file of the new name, unless an earlier attempt made it.
    fn make_renamed(&self, old: &WalletName, new: &WalletName, password: &str) -> Result<Renamed, RenameError> {
        check_password_length(password)?;
        let taken = || KeystoreError::NameTaken { name: new.clone() };
        let file = self.read(old).map_err(|error| error.of(old))?;
        if old == new {
            return Err(taken().into());
        }
        let there = match self.read(new) {
            Ok(there) => Some(there),
            Err(ReadError::Missing) => None,
            Err(ReadError::Unusable(_) | ReadError::Storage(_)) => return Err(taken().into()),
        };
        let is_new = there.is_none();
        if is_new {
            self.check_room(new)?;
        }
        let file = if file.entry().watch_only {
            watched(&file, there, new).ok_or_else(taken)?
        } else {
            self.sealed(&file, there, new, password)?
        };
        if is_new {
            self.write_new(&file)?;
        }
        Ok(Renamed { entry: file.entry().clone(), is_new })
    }

    /// The file of a wallet with keys under the new name; the one that is there where it is the same wallet.
    fn sealed(
        &self,
        file: &WalletFile,
        there: Option<WalletFile>,
        new: &WalletName,
        password: &str,
    ) -> Result<WalletFile, RenameError> {
        let mut wallet = file.open(password)?;
        if wallet.contact(new.as_str()).is_some() {
            return Err(RenameError::InBook { name: new.clone() });
        }
        wallet.entry.name = new.clone();
        let Some(there) = there else {
            return Ok(WalletFile::seal(&wallet.entry, password, &wallet.content, self.kdf)?);
        };
        let is_same = *there.entry() == wallet.entry
            && there.open(password).is_ok_and(|other| other.content.to_bytes() == wallet.content.to_bytes());
        if is_same { Ok(there) } else { Err(KeystoreError::NameTaken { name: new.clone() }.into()) }
    }
}

/// The file of a watched account under the new name; nothing where another wallet has it.
fn watched(file: &WalletFile, there: Option<WalletFile>, new: &WalletName) -> Option<WalletFile> {
    let WalletEntry { network, address, authority, .. } = file.entry().clone();
    let renamed = WalletFile::watching(new, network, address, authority);
    there.is_none_or(|there| there.entry() == renamed.entry()).then_some(renamed)
}

/// The error of a folder that cannot be read or written.
fn failed(source: std::io::Error) -> RenameError {
    storage(source).into()
}
