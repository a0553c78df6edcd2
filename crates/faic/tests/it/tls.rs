//! A node that answers over TLS too: who trusts its certificate is served, and files that cannot be used keep it from
//! starting, with a sentence that names them.

use std::{fs, net::TcpListener, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer},
};

use crate::{process::NodeProcess, program::Faic};

/// How the node is started.
const START: &[&str] = &["node", "--config", "own.toml"];

/// Writes a certificate for `localhost` and its key into the data folder; the certificate.
fn write_certificate(faic: &Faic) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it is a name of a host");
    faic.write("data/certificate.pem", &made.cert.pem());
    faic.write("data/key.pem", &made.key_pair.serialize_pem());
    made.cert.der().clone()
}

/// Makes a chain and a configuration by which its node answers over TLS; the port of it.
fn configure(faic: &Faic) -> u16 {
    faic.init_chain("data", "faic-x");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let port = free.expect("this machine has free ports").port();
    faic.write(
        "own.toml",
        &format!(
            "data_dir = 'data'\n[network]\nenabled = false\n[api]\nlisten = '127.0.0.1:0'\n[api.tls]\n\
             listen = '127.0.0.1:{port}'\ncertificate = 'data/certificate.pem'\nkey = 'data/key.pem'\n"
        ),
    );
    port
}

/// What the node says over TLS to a client that trusts those certificates.
async fn ask(port: u16, trusted: Option<CertificateDer<'static>>) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the versions are those of the provider")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = "localhost".try_into().expect("it is a name of a host");
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    stream.write_all(b"GET /v1/status HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// A node with a certificate serves whoever trusts it, over HTTP as before too, and stops cleanly.
#[tokio::test]
async fn a_node_answers_over_tls() {
    let faic = Faic::new();
    let port = configure(&faic);
    let certificate = write_certificate(&faic);
    let node = NodeProcess::start(&faic, START);
    let answer = ask(port, Some(certificate)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("\"chain_id\":\"faic-x\""), "{answer}");
    assert!(ask(port, None).await.is_err());
    assert_eq!(faic.json(&["status", "--node", node.url()])["chain_id"], "faic-x");
    node.stop();
}

/// A node whose certificate or key is wrong, missing or unreadable does not start, and says which file it is.
#[test]
fn files_that_cannot_be_used_are_named() {
    let faic = Faic::new();
    configure(&faic);
    let refused = |expected: &[&str]| {
        let line = faic.refuse(1, START);
        assert!(expected.iter().all(|part| line.contains(part)), "{line}");
        assert!(!faic.path("data/api.addr").exists());
    };
    refused(&["certificate.pem"]);
    write_certificate(&faic);
    let key = faic.read("data/key.pem");
    fs::remove_file(faic.path("data/key.pem")).unwrap();
    refused(&["key.pem"]);
    fs::create_dir(faic.path("data/key.pem")).unwrap();
    refused(&["key.pem"]);
    fs::remove_dir(faic.path("data/key.pem")).unwrap();
    faic.write("data/key.pem", "no key");
    refused(&["key.pem"]);
    // The key of another certificate.
    write_certificate(&faic);
    faic.write("data/key.pem", &key);
    refused(&["certificate.pem", "cannot be used with the key", "key.pem", "name the key that"]);
    faic.write("data/certificate.pem", "no certificate");
    refused(&["certificate.pem"]);
    faic.write("own.toml", "data_dir = 'data'\n[api.tls]\nlisten = '127.0.0.1:0'\ncertificate = 'certificate.pem'\n");
    refused(&["own.toml", "key"]);
}
