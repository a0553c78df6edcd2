//! TLS 1.2 and 1.3, with a certificate and a key from files.
//!
//! The files are read once, when the node starts; a renewed certificate needs a restart.

use std::{
    fs::{File, Metadata},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{
            CertificateDer, PrivateKeyDer,
            pem::{self, PemObject},
        },
    },
    server::TlsStream,
};

/// How long a client may take until the connection is encrypted.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// What encrypts connections.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl Tls {
    /// Reads a chain of certificates, the node's own first, and its private key, both in PEM.
    ///
    /// The key's file is for its owner alone; the group may read one that belongs to root, as PostgreSQL has it for its
    /// `ssl_key_file`. So a key of a group such as `ssl-cert` serves a node that cannot change it.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source: pem::Error| TlsError::Unreadable { path, source }
        };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(|chain| chain.collect::<Result<Vec<_>, _>>())
            .map_err(unreadable(certificate))?;
        let file = File::open(key).map_err(pem::Error::Io).map_err(unreadable(key))?;
        check_private(key, &file.metadata().map_err(pem::Error::Io).map_err(unreadable(key))?)?;
        let secret = PrivateKeyDer::from_pem_reader(file).map_err(unreadable(key))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, secret))
            .map_err(|source| TlsError::Unusable {
                certificate: certificate.to_owned(),
                key: key.to_owned(),
                source,
            })?;
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// Encrypts a connection.
    ///
    /// # Errors
    /// What went wrong, or that the client took too long.
    pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        tokio::time::timeout(HANDSHAKE_TIMEOUT, self.0.accept(stream)).await?
    }
}

/// Refuses a key that more people may read than its owner, and the group of one that belongs to root.
#[cfg(unix)]
fn check_private(path: &Path, metadata: &Metadata) -> Result<(), TlsError> {
    use std::os::unix::fs::MetadataExt;
    check_mode(path, metadata.mode() & 0o777, metadata.uid())
}

/// Refuses nothing: this system keeps no permission bits.
#[cfg(not(unix))]
fn check_private(_: &Path, _: &Metadata) -> Result<(), TlsError> {
    Ok(())
}

/// Refuses the permission bits of a key that belongs to a user.
#[cfg(unix)]
fn check_mode(path: &Path, mode: u32, owner: u32) -> Result<(), TlsError> {
    let forbidden = if owner == 0 { 0o037 } else { 0o077 };
    if mode & forbidden == 0 { Ok(()) } else { Err(TlsError::KeyNotPrivate { key: path.to_owned(), mode }) }
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read, or has nothing of its kind.
    #[error("{} cannot be read as PEM", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// Others may read the key.
    #[error("{} may be read by others (mode {mode:o}); a TLS key needs mode 600, or 640 where root owns it", key.display())]
    KeyNotPrivate {
        /// The file of the key.
        key: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The files cannot be used together.
    #[error("the certificate {} cannot be used with the key {}", certificate.display(), key.display())]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
}

#[cfg(all(test, unix))]
mod tests;
