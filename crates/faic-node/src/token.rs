//! The bearer token of the node's own HTTP interface.
//!
//! Whoever can read the data folder may use the wallets in it: the token proves just that. It is made once, is compared in
//! constant time and is shown by no `Debug` and no log.

use std::{fmt, path::Path};

use faic_core::entropy;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::secret_file::{self, SecretFileError};

/// The random bytes of a token; twice as many hexadecimal digits.
const BYTES: usize = 32;

/// The secret that a caller of the wallet endpoints must know.
#[derive(Clone)]
pub struct ApiToken(Zeroizing<String>);

impl ApiToken {
    /// Reads the token of a file, or makes one where there is no file.
    ///
    /// # Errors
    /// [`SecretFileError`] says why there is none.
    pub fn read_or_create(path: &Path) -> Result<Self, SecretFileError> {
        if let Some(text) = secret_file::read(path)? {
            let good = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            return if good { Ok(Self(text)) } else { Err(SecretFileError::Malformed { path: path.to_owned() }) };
        }
        let mut bytes = Zeroizing::new([0; BYTES]);
        entropy::fill(bytes.as_mut_slice())?;
        let token = Self(Zeroizing::new(hex::encode(bytes.as_slice())));
        secret_file::create(path, &token.0)?;
        Ok(token)
    }

    /// Whether `claimed` is the token; takes as long for a wrong one of the right length as for the right one.
    pub fn matches(&self, claimed: &str) -> bool {
        self.0.as_bytes().ct_eq(claimed.as_bytes()).into()
    }

    /// The token's text, for the program that shows its user where to find it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiToken(..)")
    }
}

#[cfg(test)]
mod tests;
