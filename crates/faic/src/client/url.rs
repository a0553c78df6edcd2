//! Where a node is: `http://host:port` or `https://host:port`.

use std::{fmt, net::IpAddr, str::FromStr};

use ureq::http::{Uri, uri::InvalidUri};

/// The base of a node's API, without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NodeUrl(String);

impl NodeUrl {
    /// The URL of a path, which begins with `/` and is escaped already.
    pub(super) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether it is on this machine, where nobody is on the way.
    pub(super) fn is_loopback(&self) -> bool {
        let uri: Uri = self.0.parse().expect("it was a URL");
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether connections to it are encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for NodeUrl {
    type Err = NodeUrlError;

    fn from_str(text: &str) -> Result<Self, NodeUrlError> {
        let uri: Uri = text.parse()?;
        let scheme = match uri.scheme_str() {
            Some(scheme @ ("http" | "https")) => scheme,
            Some(_) | None => return Err(NodeUrlError::NotHttp),
        };
        let authority = uri.authority().ok_or(NodeUrlError::NotHttp)?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        if path != "/" || authority.as_str().contains('@') {
            return Err(NodeUrlError::MoreThanAHost);
        }
        Ok(Self(format!("{scheme}://{authority}")))
    }
}

/// Why a text is not where a node can be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NodeUrlError {
    /// Not a URL at all.
    #[error("this is not a URL; write one like http://127.0.0.1:8420")]
    Syntax(#[from] InvalidUri),
    /// Another scheme, or none.
    #[error("a node's URL begins with http:// or https://, as in http://127.0.0.1:8420")]
    NotHttp,
    /// A path, a query or a password.
    #[error("a node's URL has a host and a port only, as in http://127.0.0.1:8420")]
    MoreThanAHost,
}

/// The text with everything but RFC 3986's unreserved characters percent-encoded.
pub(super) fn escape(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
