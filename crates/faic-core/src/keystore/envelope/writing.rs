//! A wallet's file as JSON.

use super::document::{AccountDocument, Cipher, CipherName, Document, Kdf, KdfName, LaterDocument, Path, SealedBytes};
use super::{Seal, VERSION_OF_ACCOUNTS, VERSION_WITHOUT_PATH, WalletFile};
use crate::authority::document::AuthorityDocument;
use crate::hexadecimal::Hex;

impl WalletFile {
    /// The document as JSON.
    pub(in crate::keystore) fn to_json(&self) -> Vec<u8> {
        let json = if self.version >= VERSION_OF_ACCOUNTS {
            serde_json::to_vec_pretty(&self.later_document())
        } else {
            serde_json::to_vec_pretty(&self.document())
        };
        let mut json = json.expect("a document of texts and numbers is JSON");
        json.push(b'\n');
        json
    }

    /// The document of one of the first two versions.
    fn document(&self) -> Document {
        let seal = self.seal.as_ref().expect("what is only watched has the third version");
        Document {
            version: self.version,
            name: self.entry.name.clone(),
            address: self.entry.address.encode(self.entry.network),
            path: (self.version != VERSION_WITHOUT_PATH).then(|| Path::of(self.entry.path)),
            kdf: seal.kdf_document(),
            cipher: seal.cipher_document(),
        }
    }

    /// The document of the third or the fourth version.
    fn later_document(&self) -> LaterDocument {
        let entry = &self.entry;
        let accounts = entry.accounts.iter().map(|account| AccountDocument {
            path: account.path.map(Path::of),
            address: account.address.encode(entry.network),
            secret: account.secret,
        });
        LaterDocument {
            version: self.version,
            name: entry.name.clone(),
            accounts: accounts.collect(),
            authority: entry.authority.as_ref().map(AuthorityDocument::from),
            kdf: self.seal.as_ref().map(Seal::kdf_document),
            cipher: self.seal.as_ref().map(Seal::cipher_document),
        }
    }
}

impl Seal {
    /// How the password becomes a key, as JSON.
    fn kdf_document(&self) -> Kdf {
        Kdf {
            name: KdfName::Argon2id,
            memory_kib: self.kdf.memory_kib(),
            iterations: self.kdf.iterations(),
            parallelism: self.kdf.parallelism(),
            salt: Hex(self.salt),
        }
    }

    /// How the key seals, as JSON.
    fn cipher_document(&self) -> Cipher {
        Cipher {
            name: CipherName::XChaCha20Poly1305,
            nonce: Hex(self.nonce),
            tag: Hex(self.tag),
            ciphertext: SealedBytes(self.ciphertext.clone()),
        }
    }
}
