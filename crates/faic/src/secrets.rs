//! How secrets enter: hidden on the terminal or from a file, never as an argument.
//!
//! An argument would be seen by every program of the machine and stay in the shell's history. What is read is wiped from
//! memory when dropped.

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::Path,
};

use faic_core::{
    keystore::{KeystoreError, PASSPHRASE_BYTES_MAX, PASSWORD_BYTES_MAX, check_new_password},
    mnemonic::PHRASE_BYTES_MAX,
};
use zeroize::Zeroizing;

use crate::interruption::Prompt;

/// Most bytes of a node's token.
const TOKEN_BYTES_MAX: usize = 256;

/// A secret that a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secret {
    /// The password of a wallet.
    Password,
    /// The next password of a wallet.
    NewPassword,
    /// The password of another program's file.
    FilePassword,
    /// The words of a wallet.
    Mnemonic,
    /// BIP-39's passphrase.
    Passphrase,
    /// What shows that one may change what a node does.
    Token,
}

impl Secret {
    /// What it is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::NewPassword => "new password",
            Self::FilePassword => "password of the file",
            Self::Mnemonic => "mnemonic",
            Self::Passphrase => "passphrase",
            Self::Token => "token",
        }
    }

    /// The option that names a file with it.
    const fn option(self) -> &'static str {
        match self {
            Self::Password => "--password-file",
            Self::NewPassword => "--new-password-file",
            Self::FilePassword => "--file-password-file",
            Self::Mnemonic => "--mnemonic-file",
            Self::Passphrase => "--passphrase-file",
            Self::Token => "--token-file",
        }
    }

    /// Most bytes of it.
    const fn bytes_max(self) -> usize {
        match self {
            Self::Password | Self::NewPassword | Self::FilePassword => PASSWORD_BYTES_MAX,
            Self::Mnemonic => PHRASE_BYTES_MAX,
            Self::Passphrase => PASSPHRASE_BYTES_MAX,
            Self::Token => TOKEN_BYTES_MAX,
        }
    }

    /// Reads it from the file if there is one, else asks for it on the terminal.
    ///
    /// # Errors
    /// [`SecretError`] says what is missing.
    pub(crate) fn read(self, file: Option<&Path>, prompt: &str) -> Result<Zeroizing<String>, SecretError> {
        match file {
            Some(file) => self.read_file(file),
            None => self.ask(prompt),
        }
    }

    /// Reads a new password: from the file, or twice on the terminal.
    ///
    /// # Errors
    /// [`SecretError`] says what is missing, that a password cannot be used, or that the two differ.
    pub(crate) fn read_new(self, file: Option<&Path>, prompt: &str) -> Result<Zeroizing<String>, SecretError> {
        let secret = self.read(file, prompt)?;
        if file.is_some() {
            return Ok(secret);
        }
        // What cannot be used is not typed a second time.
        check_new_password(&secret).map_err(|source| SecretError::Unfit { secret: self.name(), source })?;
        if *self.ask(&format!("{prompt}, again"))? != *secret {
            return Err(SecretError::Differ(self.name()));
        }
        Ok(secret)
    }

    /// Asks for it, hidden.
    fn ask(self, prompt: &str) -> Result<Zeroizing<String>, SecretError> {
        let secret = self.name();
        if !io::stdin().is_terminal() {
            return Err(SecretError::NoTerminal { secret, option: self.option() });
        }
        let _prompt = Prompt::begin();
        let answer = rpassword::prompt_password(format!("{prompt}: ")).map_err(|source| {
            let interrupted = source.kind() == io::ErrorKind::Interrupted;
            if interrupted { SecretError::Interrupted } else { SecretError::Terminal { secret, source } }
        })?;
        Ok(Zeroizing::new(answer))
    }

    /// Reads it from a file, without the line break at its end.
    fn read_file(self, path: &Path) -> Result<Zeroizing<String>, SecretError> {
        let secret = self.name();
        let unreadable = |source| SecretError::File { secret, path: path.display().to_string(), source };
        // One byte and one line break more than the longest, so that reading on is never needed.
        let room = self.bytes_max().saturating_add(3);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        let limit = u64::try_from(room).expect("the length of a secret fits 64 bits");
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
        let text = str::from_utf8(&bytes).map_err(|_| SecretError::NotText { secret })?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.len() > self.bytes_max() {
            return Err(SecretError::TooLong { secret, bytes_max: self.bytes_max() });
        }
        Ok(Zeroizing::new(text.to_owned()))
    }
}

/// Why there is no secret; never the secret itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecretError {
    /// Standard input is not a terminal, and no file was named.
    #[error("there is no terminal to ask for the {secret}; name a file that holds it with {option}")]
    NoTerminal {
        /// What is missing.
        secret: &'static str,
        /// The option that names a file.
        option: &'static str,
    },
    /// The terminal failed.
    #[error("the {secret} cannot be read from the terminal")]
    Terminal {
        /// What is missing.
        secret: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// The person pressed Ctrl-C.
    #[error("interrupted by a signal")]
    Interrupted,
    /// The file can't be read.
    #[error("the {secret} cannot be read from the file {path}")]
    File {
        /// What is missing.
        secret: &'static str,
        /// The file.
        path: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("the file of the {secret} is not text in UTF-8")]
    NotText {
        /// What is missing.
        secret: &'static str,
    },
    /// The file holds more than a secret may.
    #[error("the file of the {secret} holds more than the {bytes_max} bytes that one may have")]
    TooLong {
        /// What it is.
        secret: &'static str,
        /// Most bytes of it.
        bytes_max: usize,
    },
    /// A new password protects too little, or is too long.
    #[error("nothing was done, because the {secret} cannot be used")]
    Unfit {
        /// What it is.
        secret: &'static str,
        /// What is wrong with it.
        source: KeystoreError,
    },
    /// A new secret was not typed the same way twice.
    #[error("the {0} was not the same both times; nothing was done, try again")]
    Differ(&'static str),
}
