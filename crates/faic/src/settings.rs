//! The configuration file of a node, `faic.toml`: the node's own part, and where its API answers.
//!
//! Every field has a default and an unknown one is refused. What stands on the command line goes before the file.

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use faic_api::{Origin, RateLimit, WalletClients};
use faic_node::{Config, config::ConfigError};
use serde::Deserialize;

/// The name of the file in a data folder.
pub(crate) const FILE: &str = "faic.toml";
/// The file with every field at its default, each explained.
pub(crate) const TEMPLATE: &str = include_str!("settings/faic.toml");

/// Where the API listens when nobody says otherwise.
pub(crate) const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8420);

/// Everything that a node is told when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The node itself.
    pub(crate) node: Config,
    /// Its API.
    pub(crate) api: ApiSettings,
}

/// The section `[api]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ApiSettings {
    /// The address to listen on; port 0 takes any free port.
    pub(crate) listen: SocketAddr,
    /// Who may use the node's wallets.
    pub(crate) wallet_clients: WalletClients,
    /// The websites whose pages may read from the node.
    pub(crate) cors_origins: Vec<Origin>,
    /// How much one client may ask for.
    pub(crate) rate_limit: RateLimit,
    /// Where it answers over TLS too.
    pub(crate) tls: Option<TlsSettings>,
}

/// The section `[api.tls]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsSettings {
    /// The address to listen on; port 0 takes any free port.
    pub(crate) listen: SocketAddr,
    /// The file with the chain of certificates, in PEM.
    pub(crate) certificate: PathBuf,
    /// The file with the private key, in PEM.
    pub(crate) key: PathBuf,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            listen: LISTEN,
            wallet_clients: WalletClients::default(),
            cors_origins: Vec::new(),
            rate_limit: RateLimit::default(),
            tls: None,
        }
    }
}

impl Settings {
    /// The settings of a node on that data folder, all others at their defaults.
    pub(crate) fn on(data_dir: PathBuf) -> Self {
        Self { node: Config { data_dir, ..Config::default() }, api: ApiSettings::default() }
    }

    /// Reads a file; a relative path in it is relative to the file's folder, which is also the default data folder.
    ///
    /// # Errors
    /// [`SettingsError`] names the file and what is wrong in it.
    pub(crate) fn read(path: &Path) -> Result<Self, SettingsError> {
        let unreadable = |source| SettingsError::Unreadable { path: path.to_owned(), source };
        let wrong = |source| SettingsError::Wrong { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let mut settings = Self::parse(&text).map_err(wrong)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        settings.node.data_dir = folder.join(&settings.node.data_dir);
        settings.node.genesis = settings.node.genesis.map(|genesis| folder.join(genesis));
        if let Some(tls) = &mut settings.api.tls {
            tls.certificate = folder.join(&tls.certificate);
            tls.key = folder.join(&tls.key);
        }
        Ok(settings)
    }

    /// Reads a document.
    fn parse(text: &str) -> Result<Self, ConfigError> {
        let ApiPart { api } = toml::from_str(text).map_err(|error| ConfigError::syntax(text, &error))?;
        Ok(Self { node: Config::parse(&without_api(text))?, api })
    }
}

/// The part of the document that is not the node's; what is, is passed over.
#[derive(Deserialize)]
struct ApiPart {
    /// The section `[api]`.
    #[serde(default)]
    api: ApiSettings,
}

/// The document with an empty line in the place of each one of the section `[api]` and its parts, so that the others keep
/// their numbers.
fn without_api(text: &str) -> String {
    let mut inside = false;
    let lines = text.lines().map(|line| {
        let header = line.split('#').next().unwrap_or_default().trim();
        if header.starts_with('[') {
            let name = header.trim_matches(['[', ']', ' ', '\t']);
            inside = name == "api" || name.starts_with("api.");
        }
        if inside { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// The file can't be read.
    #[error("the configuration file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file says something that makes no sense.
    #[error("the configuration file {} is wrong", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        source: ConfigError,
    },
}

#[cfg(test)]
mod tests;
