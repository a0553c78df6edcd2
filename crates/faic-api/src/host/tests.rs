//! Tests of the host that a request names.

use axum::http::{HeaderMap, HeaderValue, Version, header};

use super::wrong;

/// The newer version names its host once; the older one may do without, but not name two.
#[test]
fn hosts() {
    let headers = |hosts: &[&'static str]| {
        let hosts = hosts.iter().map(|host| (header::HOST, HeaderValue::from_static(host)));
        hosts.fold(HeaderMap::new(), |mut headers, (name, host)| {
            headers.append(name, host);
            headers
        })
    };
    for good in ["localhost", "127.0.0.1:8420", "[::1]:8420", ""] {
        assert_eq!(wrong(Version::HTTP_11, &headers(&[good])), None, "{good}");
    }
    assert_eq!(wrong(Version::HTTP_10, &headers(&[])), None);
    for (version, bad) in [
        (Version::HTTP_11, &[] as &[&str]),
        (Version::HTTP_11, &["localhost", "localhost"]),
        (Version::HTTP_10, &["a", "b"]),
        (Version::HTTP_11, &["a b"]),
    ] {
        assert!(wrong(version, &headers(bad)).is_some_and(|message| message.contains("host header")), "{bad:?}");
    }
}
