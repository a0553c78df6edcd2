//! Connections that are encrypted: whose word is taken for who the node is.
//!
//! The certificates of authorities are those of the operating system, or only those of a file that the user names. Nothing
//! switches the check off: a node of one's own is named by its own certificate.

use std::{fmt, io, path::Path, sync::Arc};

use rustls::{
    CertificateError, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::{ClientError, NodeUrl};

/// What the verifier says of a server that shows the certificate of an authority.
const OF_AN_AUTHORITY: &str = "CaUsedAsEndEntity";

/// How connections to that node are encrypted, by the authorities of a file or else those of the operating system.
///
/// # Errors
/// [`ClientError::Authorities`] says which certificates cannot be used, [`ClientError::NoAuthorities`] that there are none.
pub(super) fn config(node: &NodeUrl, authorities: Option<&Path>) -> Result<TlsConfig, ClientError> {
    let roots = match authorities {
        Some(file) => of_file(file)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    if roots.is_empty() {
        return Err(ClientError::NoAuthorities { node: node.clone() });
    }
    let roots = roots.iter().map(|root| Certificate::from_der(root).to_owned());
    let provider = Arc::new(ring::default_provider());
    Ok(TlsConfig::builder().root_certs(RootCerts::from(roots)).unversioned_rustls_crypto_provider(provider).build())
}

/// The certificates of a file, each of which must be one of an authority.
fn of_file(file: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let unusable = |reason: String| ClientError::Authorities { file: file.to_owned(), reason };
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let roots = read.map_err(|error| unusable(error.to_string()))?;
    if roots.is_empty() {
        return Err(unusable("it has no certificate in PEM".to_owned()));
    }
    let mut store = RootCertStore::empty();
    let added = roots.iter().try_for_each(|root| store.add(root.clone()));
    added.map_err(|error| unusable(error.to_string()))?;
    Ok(roots)
}

/// Why a certificate is no proof that the node is who it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateFault {
    /// Its time has passed.
    Expired,
    /// Its time has not begun.
    NotYetValid,
    /// It is for another host.
    OtherName,
    /// No authority that is trusted here issued it.
    UnknownIssuer,
    /// Its authority took it back.
    Revoked,
    /// It is one of an authority, such as `openssl req -x509` makes, and not one of a server.
    Authority,
    /// It is wrong in another way.
    Malformed,
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => {
                "has expired; compare this machine's clock, and ask whoever runs the node to renew the certificate"
            }
            Self::NotYetValid => "is not valid yet; compare this machine's clock",
            Self::OtherName => "is for another host; name the node with --node as its certificate does",
            Self::UnknownIssuer => {
                "comes from no authority that is trusted here; where the node has one of its own, get the authority's \
                 certificate from somebody you trust and name it with --node-ca"
            }
            Self::Revoked => "was revoked; do not use the node",
            Self::Authority => {
                "is that of an authority (CA:TRUE), with which nobody is to answer; whoever runs the node makes one for a \
                 server by adding -addext basicConstraints=critical,CA:FALSE to `openssl req -x509`, and you name that with \
                 --node-ca"
            }
            Self::Malformed => "is not a good one; ask whoever runs the node, or name another with --node",
        })
    }
}

/// What is wrong with an encrypted connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TlsFault {
    /// The certificate.
    Certificate(CertificateFault),
    /// The other side speaks something else.
    OtherProtocol,
}

/// What is wrong with an encrypted connection that failed, where that is known.
#[expect(clippy::wildcard_enum_match_arm, reason = "the libraries may add errors")]
pub(super) fn fault(error: &ureq::Error) -> Option<TlsFault> {
    let inner = |error: &'_ io::Error| error.get_ref().and_then(|inner| inner.downcast_ref().cloned());
    let error = match error {
        ureq::Error::Rustls(error) => Some(error.clone()),
        ureq::Error::Io(error) => inner(error),
        _ => None,
    };
    match error? {
        rustls::Error::InvalidCertificate(error) => Some(TlsFault::Certificate(of_certificate(&error))),
        rustls::Error::InvalidMessage(_) => Some(TlsFault::OtherProtocol),
        _ => None,
    }
}

/// What is wrong with a certificate.
#[expect(clippy::wildcard_enum_match_arm, reason = "the library may add errors")]
fn of_certificate(error: &CertificateError) -> CertificateFault {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => CertificateFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => CertificateFault::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherName
        }
        // A certificate signed with another key than its issuer's is one that the authority of that name did not issue.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => CertificateFault::UnknownIssuer,
        CertificateError::Revoked => CertificateFault::Revoked,
        CertificateError::Other(reason) if reason.to_string() == OF_AN_AUTHORITY => CertificateFault::Authority,
        _ => CertificateFault::Malformed,
    }
}
