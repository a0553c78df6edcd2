//! The API over TLS, as a client that trusts the node's certificate and nothing else sees it.

use std::{fs, io, net::SocketAddr, path::Path, sync::Arc};

use faic_api::{Tls, TlsError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer},
};

use crate::node::TestNode;

/// Writes a certificate for `localhost` and its key into a folder; the certificate.
pub(crate) fn write_certificate(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("key.pem"), made.key_pair.serialize_pem()).unwrap();
    make_private(&folder.join("key.pem"));
    made.cert.der().clone()
}

/// Lets only its owner read a file, on systems that know that.
fn make_private(path: &Path) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    #[cfg(not(unix))]
    let _ = path;
}

/// Reads the files of a folder.
pub(crate) fn read(folder: &Path) -> Result<Tls, TlsError> {
    Tls::read(&folder.join("certificate.pem"), &folder.join("key.pem"))
}

/// Connects over TLS as one who trusts those roots.
pub(crate) async fn connect(address: SocketAddr, roots: RootCertStore) -> io::Result<TlsStream<TcpStream>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config)).connect("localhost".try_into().unwrap(), stream).await
}

#[tokio::test]
async fn who_trusts_the_certificate_is_answered() {
    let node = TestNode::start().await;
    let certificate = write_certificate(&node.data);
    let address = node.serve_encrypted(read(&node.data).unwrap()).await;
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut stream = connect(address, roots).await.unwrap();
    stream.write_all(b"GET /v1/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"chain_id\":\"faic-dev\""), "{answer}");
    assert!(connect(address, RootCertStore::empty()).await.is_err());
    // Who speaks no TLS gets nothing of the API.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(b"GET /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut bytes = Vec::new();
    let _reset = plain.read_to_end(&mut bytes).await;
    assert!(!bytes.starts_with(b"HTTP"), "{bytes:?}");
}

#[test]
fn files_that_do_not_fit_are_told_by_name() {
    let (folder, other) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
    write_certificate(folder.path());
    write_certificate(other.path());
    assert!(read(folder.path()).is_ok());
    fs::copy(other.path().join("key.pem"), folder.path().join("key.pem")).unwrap();
    let unusable = read(folder.path()).err().unwrap();
    assert!(matches!(unusable, TlsError::Unusable { .. }), "{unusable}");
    fs::write(folder.path().join("key.pem"), "no key").unwrap();
    assert!(read(folder.path()).err().unwrap().to_string().contains("key.pem"));
    fs::write(folder.path().join("certificate.pem"), "").unwrap();
    assert!(read(folder.path()).is_err());
    fs::remove_file(folder.path().join("certificate.pem")).unwrap();
    assert!(read(folder.path()).err().unwrap().to_string().contains("certificate.pem"));
}

/// A key that everybody on the machine may read is no secret; the certificate is none anyway.
#[cfg(unix)]
#[test]
fn a_key_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::TempDir::new().unwrap();
    write_certificate(folder.path());
    let key = folder.path().join("key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = read(folder.path()).err().unwrap();
    assert!(matches!(&refused, TlsError::KeyNotPrivate { mode: 0o644, .. }), "{refused}");
    assert!(refused.to_string().contains(key.to_str().unwrap()), "{refused}");
    make_private(&key);
    fs::set_permissions(folder.path().join("certificate.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    assert!(read(folder.path()).is_ok());
}
