//! Files of other programs: version 3 of the Web3 Secret Storage Definition.
//!
//! Such a file holds 32 bytes under a password: scrypt or PBKDF2, AES-128-CTR, and a MAC of Keccak-256. Elsewhere they are a
//! key of secp256k1; here they are taken as the seed of an Ed25519 key (RFC 8032), which has another address. A file comes
//! from a stranger, so what it may cost is bounded.

use aes::Aes128;
use ctr::{
    Ctr128BE,
    cipher::{KeyIvInit, StreamCipher},
};
use serde::Deserialize;
use sha2::Sha256;
use sha3::{Digest, Keccak256};
use zeroize::Zeroizing;

use crate::keys::SecretKey;

use super::PASSWORD_BYTES_MAX;

/// Most bytes of such a file; they have some five hundred.
pub const WEB3_FILE_BYTES_MAX: usize = 64 * 1024;

/// The version that is read.
const VERSION: u64 = 3;
/// Most bytes of memory that scrypt is let have: twice what is usual.
const SCRYPT_MEMORY_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Most of scrypt's work, `n` × `r` × `p`: eight times what is usual.
const SCRYPT_WORK_MAX: u64 = 1 << 24;
/// Most iterations of PBKDF2: forty times what is usual.
const PBKDF2_ITERATIONS_MAX: u32 = 10_000_000;
/// Most bytes of a salt.
const SALT_BYTES_MAX: usize = 256;
/// The lengths that a derived key may have been asked for; its first 32 bytes are used.
const DERIVED_BYTES: std::ops::RangeInclusive<u32> = 32..=128;

/// The part of the document that is read.
#[derive(Deserialize)]
struct Document {
    /// The version.
    version: u64,
    /// What is sealed, and how.
    #[serde(alias = "Crypto")]
    crypto: Crypto,
}

/// What is sealed, and how.
#[derive(Deserialize)]
struct Crypto {
    /// The cipher's name.
    cipher: String,
    /// What the cipher begins with.
    cipherparams: CipherParams,
    /// The sealed bytes.
    ciphertext: String,
    /// How the password is stretched.
    #[serde(flatten)]
    kdf: Kdf,
    /// What shows that the password was right.
    mac: String,
}

/// What the cipher begins with.
#[derive(Deserialize)]
struct CipherParams {
    /// The first block of its counter.
    iv: String,
}

/// How the password is stretched.
#[derive(Deserialize)]
#[serde(tag = "kdf", content = "kdfparams", rename_all = "lowercase")]
enum Kdf {
    /// RFC 7914.
    Scrypt(ScryptParams),
    /// RFC 8018, §5.2.
    Pbkdf2(Pbkdf2Params),
}

/// The parameters of scrypt.
#[derive(Deserialize)]
struct ScryptParams {
    /// The length of the derived key.
    dklen: u32,
    /// The cost, a power of two.
    n: u64,
    /// The size of a block.
    r: u32,
    /// The number of lanes.
    p: u32,
    /// The salt.
    salt: String,
}

/// The parameters of PBKDF2.
#[derive(Deserialize)]
struct Pbkdf2Params {
    /// The length of the derived key.
    dklen: u32,
    /// The iterations.
    c: u32,
    /// The function that is iterated.
    prf: String,
    /// The salt.
    salt: String,
}

/// The first 32 bytes of the key that a password gives.
type DerivedKey = Zeroizing<[u8; 32]>;

/// Opens a file with its password, whose bytes are taken as they are.
///
/// This costs the work that the file asks for, up to some seconds: call it off the async threads.
///
/// # Errors
/// [`Web3FileError`] says what is wrong with the file, or that the password does not open it.
pub fn open_web3_file(bytes: &[u8], password: &str) -> Result<SecretKey, Web3FileError> {
    if bytes.len() > WEB3_FILE_BYTES_MAX {
        return Err(Web3FileError::TooLarge);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Web3FileError::WrongPassword);
    }
    let Document { version, crypto } = serde_json::from_slice(bytes)
        .map_err(|error| Web3FileError::Malformed { line: error.line(), column: error.column() })?;
    if version != VERSION {
        return Err(Web3FileError::UnsupportedVersion { found: version });
    }
    if crypto.cipher != "aes-128-ctr" {
        return Err(Web3FileError::UnsupportedCipher);
    }
    let iv: [u8; 16] = array(&crypto.cipherparams.iv, "iv")?;
    let mac: [u8; 32] = array(&crypto.mac, "mac")?;
    let mut seed = Zeroizing::new(array::<32>(&crypto.ciphertext, "ciphertext")?);
    let key = crypto.kdf.derive(password)?;
    let (cipher_key, mac_key) = key.split_first_chunk::<16>().expect("32 bytes begin with 16");
    if Keccak256::new().chain_update(mac_key).chain_update(*seed).finalize() != mac {
        return Err(Web3FileError::WrongPassword);
    }
    Ctr128BE::<Aes128>::new(cipher_key.into(), &iv.into()).apply_keystream(seed.as_mut_slice());
    Ok(SecretKey::from_seed(&seed))
}

impl Kdf {
    /// Derives the key, within the bounds of its work.
    fn derive(&self, password: &str) -> Result<DerivedKey, Web3FileError> {
        match self {
            Self::Scrypt(params) => params.derive(password),
            Self::Pbkdf2(params) => params.derive(password),
        }
    }
}

impl ScryptParams {
    /// Derives the key.
    fn derive(&self, password: &str) -> Result<DerivedKey, Web3FileError> {
        let salt = salt(&self.salt, self.dklen)?;
        let (r, p) = (u64::from(self.r), u64::from(self.p));
        if !self.n.is_power_of_two() || self.n < 2 || r == 0 || p == 0 {
            return Err(Web3FileError::InvalidKdf);
        }
        let memory =
            self.n.checked_add(p).and_then(|rows| rows.checked_mul(r)).and_then(|blocks| blocks.checked_mul(128));
        let work = self.n.checked_mul(r).and_then(|blocks| blocks.checked_mul(p));
        let (Some(memory), Some(work)) = (memory, work) else { return Err(Web3FileError::TooCostly) };
        if memory > SCRYPT_MEMORY_BYTES_MAX || work > SCRYPT_WORK_MAX {
            return Err(Web3FileError::TooCostly);
        }
        let log_n = u8::try_from(self.n.ilog2()).map_err(|_| Web3FileError::TooCostly)?;
        let params = scrypt::Params::new(log_n, self.r, self.p).map_err(|_| Web3FileError::InvalidKdf)?;
        let mut key = Zeroizing::new([0; 32]);
        scrypt::scrypt(password.as_bytes(), &salt, &params, key.as_mut_slice()).expect("scrypt gives 32 bytes");
        Ok(key)
    }
}

impl Pbkdf2Params {
    /// Derives the key.
    fn derive(&self, password: &str) -> Result<DerivedKey, Web3FileError> {
        let salt = salt(&self.salt, self.dklen)?;
        if self.prf != "hmac-sha256" || self.c == 0 {
            return Err(Web3FileError::InvalidKdf);
        }
        if self.c > PBKDF2_ITERATIONS_MAX {
            return Err(Web3FileError::TooCostly);
        }
        let mut key = Zeroizing::new([0; 32]);
        pbkdf2::pbkdf2_hmac::<Sha256>(password.as_bytes(), &salt, self.c, key.as_mut_slice());
        Ok(key)
    }
}

/// The salt, where the length of the derived key can be too.
fn salt(text: &str, derived_bytes: u32) -> Result<Vec<u8>, Web3FileError> {
    let salt = hex::decode(text).map_err(|_| Web3FileError::WrongBytes { field: "salt" })?;
    if salt.len() > SALT_BYTES_MAX || !DERIVED_BYTES.contains(&derived_bytes) {
        return Err(Web3FileError::InvalidKdf);
    }
    Ok(salt)
}

/// So many bytes, as hexadecimal digits.
fn array<const N: usize>(text: &str, field: &'static str) -> Result<[u8; N], Web3FileError> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| Web3FileError::WrongBytes { field })?;
    Ok(bytes)
}

/// Why a file of another program is not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Web3FileError {
    /// More bytes than any such file.
    #[error("it is larger than {WEB3_FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// Not the JSON document of such a file.
    #[error("it is not a document of Web3 Secret Storage (line {line}, column {column})")]
    Malformed {
        /// The line of the first error, from 1.
        line: usize,
        /// The column of the first error.
        column: usize,
    },
    /// Another version of the definition.
    #[error("it has version {found} of Web3 Secret Storage, version {VERSION} is read")]
    UnsupportedVersion {
        /// The file's version.
        found: u64,
    },
    /// Another cipher.
    #[error("its cipher is not aes-128-ctr")]
    UnsupportedCipher,
    /// A value that is not the hexadecimal digits of as many bytes as it should be.
    #[error("its {field} does not have the right number of hexadecimal digits")]
    WrongBytes {
        /// The value's name.
        field: &'static str,
    },
    /// Parameters of the key derivation that cannot be.
    #[error("the parameters of its key derivation cannot be used")]
    InvalidKdf,
    /// Opening it would exhaust the machine.
    #[error("the work of its key derivation is above the most that a machine is asked for")]
    TooCostly,
    /// The password does not open it, or it was altered.
    #[error("the password of the file is wrong, or the file was altered")]
    WrongPassword,
}

#[cfg(test)]
mod tests;
