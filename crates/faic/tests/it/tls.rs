//! A node that answers over TLS too: who trusts its certificate is served, this program too, and files that cannot be used
//! keep it from starting, with a sentence that names them.

use std::{fs, net::TcpListener, sync::Arc};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::CertificateDer},
};

use crate::{process::NodeProcess, program::Faic};

/// An authority that issues certificates.
struct Authority {
    /// Its own certificate.
    certificate: Certificate,
    /// Its key.
    key: KeyPair,
}

impl Authority {
    /// One whose certificate is written to that file.
    fn new(faic: &Faic, file: &str) -> Self {
        let key = KeyPair::generate().expect("the operating system gives randomness");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, file);
        let certificate = params.self_signed(&key).expect("the parameters are good");
        faic.write(file, &certificate.pem());
        Self { certificate, key }
    }

    /// Writes a certificate of the node for that host, good from one year to another, and its key into the data folder.
    fn issue(&self, faic: &Faic, host: &str, years: (i32, i32)) {
        let key = KeyPair::generate().expect("the operating system gives randomness");
        let mut params = CertificateParams::new([host.to_owned()]).expect("it is a name of a host");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
        let issued = params.signed_by(&key, &self.certificate, &self.key).expect("the parameters are good");
        faic.write("data/certificate.pem", &issued.pem());
        write_key(faic, &key.serialize_pem());
    }
}

/// The code and the message with which the program refuses a command.
fn refusal(faic: &Faic, arguments: &[&str]) -> (String, String) {
    let run = faic.run(&[arguments, &["--json"]].concat());
    assert_eq!((run.code, run.out.as_str()), (1, ""), "{arguments:?}: {}", run.err);
    let answer: Value = serde_json::from_str(&run.err).expect("one JSON document");
    let part = |name: &str| answer["error"][name].as_str().expect("a text").to_owned();
    (part("code"), part("message"))
}

/// How the node is started.
const START: &[&str] = &["node", "--config", "own.toml"];

/// Writes a key into the data folder, for its owner alone.
fn write_key(faic: &Faic, text: &str) {
    faic.write("data/key.pem", text);
    #[cfg(unix)]
    fs::set_permissions(faic.path("data/key.pem"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .expect("the file is ours");
}

/// Writes a certificate for `localhost` and its key into the data folder; the certificate.
fn write_certificate(faic: &Faic) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it is a name of a host");
    faic.write("data/certificate.pem", &made.cert.pem());
    write_key(faic, &made.key_pair.serialize_pem());
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
    #[cfg(unix)]
    {
        faic.write("data/key.pem", &key);
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        fs::set_permissions(faic.path("data/key.pem"), everybody).unwrap();
        refused(&["key.pem may be read by others (mode 644)", "run chmod 600 on it"]);
    }
    write_key(&faic, "no key");
    refused(&["key.pem"]);
    // The key of another certificate.
    write_certificate(&faic);
    write_key(&faic, &key);
    refused(&["certificate.pem", "cannot be used with the key", "key.pem", "name the key that"]);
    faic.write("data/certificate.pem", "no certificate");
    refused(&["certificate.pem"]);
    faic.write("own.toml", "data_dir = 'data'\n[api.tls]\nlisten = '127.0.0.1:0'\ncertificate = 'certificate.pem'\n");
    refused(&["own.toml", "key"]);
}

/// A wallet is read and pays over TLS, where the node's authority is named or is one of the operating system's.
#[test]
fn a_wallet_pays_over_tls() {
    let faic = Faic::new();
    let port = configure(&faic);
    Authority::new(&faic, "authority.pem").issue(&faic, "localhost", (2020, 4000));
    Authority::new(&faic, "other.pem");
    let node = NodeProcess::start(&faic, START);
    let url = format!("https://localhost:{port}");
    let named = ["--node", &url, "--node-ca", "authority.pem"];
    let ask = |arguments: &[&str]| faic.json(&[arguments, &named].concat());
    assert_eq!(ask(&["status"])["chain_id"], "faic-x");
    assert_eq!(ask(&["peers", "list"])["peers"], json!([]));
    let to = faic.new_wallet("bob")["address"].as_str().expect("an address").to_owned();
    let sent = ask(&["wallet", "send", "operator", &to, "2", "--yes", "--password-file", "password"]);
    assert_eq!(sent["state"], "final");
    assert_eq!(ask(&["wallet", "balance", "bob"])["accounts"][0]["balance"], "2000000000");
    assert_eq!(ask(&["wallet", "history", "bob"])["payments"].as_array().map(Vec::len), Some(1));

    let from = |variable: &str, file: &str| {
        let mut command = faic.command(&["wallet", "balance", "bob", "--node", &url]);
        command.env(variable, faic.path(file)).output().expect("the program was just built")
    };
    assert!(from("FAIC_NODE_CA", "authority.pem").status.success());
    assert!(from("SSL_CERT_FILE", "authority.pem").status.success());
    let untrusted = String::from_utf8(from("SSL_CERT_FILE", "other.pem").stderr).expect("UTF-8");
    assert!(untrusted.contains("--node-ca"), "{untrusted}");
    let none = String::from_utf8(from("SSL_CERT_FILE", "none.pem").stderr).expect("UTF-8");
    assert!(none.contains("no certificates of authorities"), "{none}");
    node.stop();
}

/// A certificate that is too old, too new, for another host or of another authority is refused, with what to do.
#[test]
fn certificates_that_prove_nothing_are_refused() {
    let faic = Faic::new();
    let port = configure(&faic);
    let authority = Authority::new(&faic, "authority.pem");
    // It has the name of the first, and another key.
    let impostor = Authority { key: KeyPair::generate().expect("randomness"), certificate: authority.certificate };
    let other = Authority::new(&faic, "other.pem");
    let url = format!("https://localhost:{port}");
    let cases = [
        (&impostor, "localhost", (2020, 4000), "no authority that is trusted here"),
        (&other, "localhost", (2020, 4000), "no authority that is trusted here"),
        (&other, "node.example", (2020, 4000), "is for another host"),
        (&other, "localhost", (2020, 2021), "has expired"),
        (&other, "localhost", (3999, 4000), "is not valid yet"),
    ];
    for (index, (issuer, host, years, expected)) in cases.into_iter().enumerate() {
        issuer.issue(&faic, host, years);
        let node = NodeProcess::start(&faic, START);
        let ca = if index < 2 { "authority.pem" } else { "other.pem" };
        for command in [&["status"] as &[&str], &["wallet", "balance", "operator"]] {
            let (code, message) = refusal(&faic, &[command, &["--node", &url, "--node-ca", ca]].concat());
            assert_eq!(code, "certificate_refused", "{message}");
            assert!(message.contains(expected) && message.contains(&url), "{message}");
        }
        node.stop();
    }
}

/// A certificate that the node signed by itself is trusted where it is named, as one for a server; one that is also an
/// authority's, as openssl makes it by default, is refused with the reason and with what makes it right.
#[test]
fn certificates_of_the_node_alone() {
    let faic = Faic::new();
    let port = configure(&faic);
    let url = format!("https://localhost:{port}");
    let asked = ["status", "--node", &url, "--node-ca", "data/certificate.pem"];
    for (is_ca, is_trusted) in [(IsCa::ExplicitNoCa, true), (IsCa::Ca(BasicConstraints::Unconstrained), false)] {
        let key = KeyPair::generate().expect("the operating system gives randomness");
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("it is a name of a host");
        params.is_ca = is_ca;
        let made = params.self_signed(&key).expect("the parameters are good");
        faic.write("data/certificate.pem", &made.pem());
        write_key(&faic, &key.serialize_pem());
        let node = NodeProcess::start(&faic, START);
        if is_trusted {
            assert_eq!(faic.json(&asked)["chain_id"], "faic-x");
        } else {
            let (code, message) = refusal(&faic, &asked);
            let advice = "-addext basicConstraints=critical,CA:FALSE";
            assert!(code == "certificate_refused" && message.contains(advice), "{code}: {message}");
        }
        node.stop();
    }
}

/// Whoever writes http for https or the other way round is told so, and a file of authorities that is none is named.
#[test]
fn what_is_mixed_up_is_told() {
    let faic = Faic::new();
    let port = configure(&faic);
    Authority::new(&faic, "authority.pem").issue(&faic, "localhost", (2020, 4000));
    let node = NodeProcess::start(&faic, START);
    let plain = node.url().replace("http://", "https://");
    let (code, message) = refusal(&faic, &["status", "--node", &plain, "--node-ca", "authority.pem"]);
    assert!(code == "not_a_node" && message.contains("write http:// in front"), "{message}");
    let (code, message) = refusal(&faic, &["status", "--node", &format!("http://localhost:{port}")]);
    assert!(code == "not_a_node" && message.contains("write https:// in front"), "{message}");
    // Certificates that prove nothing are not passed over, where somebody may be on the way (RFC 5737: nobody's address).
    let (code, message) = refusal(&faic, &["status", "--node", "http://192.0.2.1", "--node-ca", "authority.pem"]);
    assert!(code == "ca_unusable" && message.contains("nothing is encrypted"), "{message}");
    let url = format!("https://localhost:{port}");
    faic.write("empty.pem", "");
    faic.write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for file in ["missing.pem", "empty.pem", "broken.pem", "data/key.pem"] {
        let (code, message) = refusal(&faic, &["status", "--node", &url, "--node-ca", file]);
        assert!(code == "ca_unusable" && message.contains(file) && message.contains("--node-ca"), "{message}");
    }
    node.stop();
}
