//! Tests of the configuration file.

use std::{fs, net::SocketAddr};

use faic_api::WalletClients;
use faic_node::Config;
use tempfile::TempDir;

use super::{ApiSettings, FILE, Settings, SettingsError, TEMPLATE};

/// The names of a document's fields, with their sections.
fn names(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().expect("a document");
    let mut names = Vec::new();
    for (name, value) in &table {
        match value.as_table() {
            Some(section) => names.extend(section.keys().map(|field| format!("{name}.{field}"))),
            None => names.push(name.clone()),
        }
    }
    names
}

/// The template says what the defaults are, and leaves none out.
#[test]
fn template_is_the_defaults() {
    let settings = Settings::parse(TEMPLATE).expect("a good document");
    assert_eq!(settings, Settings { node: Config::default(), api: ApiSettings::default() });
    let explained = names(TEMPLATE);
    for name in names(&Config::default().to_toml()) {
        assert!(explained.contains(&name), "{name} is not explained");
    }
}

/// An empty file is the defaults, on the folder of the file.
#[test]
fn empty_file() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join(FILE);
    fs::write(&file, "genesis = 'g.toml'\n[api]\nlisten = '[::1]:1'\nwallet_clients = 'anywhere'")
        .expect("our own folder");
    let settings = Settings::read(&file).expect("a good file");
    assert_eq!(settings.node.data_dir, folder.path().join(""));
    assert_eq!(settings.node.genesis, Some(folder.path().join("g.toml")));
    assert_eq!(settings.api.listen, "[::1]:1".parse::<SocketAddr>().expect("an address"));
    assert_eq!(settings.api.wallet_clients, WalletClients::Anywhere);
}

/// What is misspelt or makes no sense is refused with the name of the file.
#[test]
fn refusals() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join(FILE);
    assert!(matches!(Settings::read(&file), Err(SettingsError::Unreadable { .. })));
    for bad in [
        "api = 1",
        "[api]\nhttp = ''",
        "[api]\nlisten = 'x'",
        "[api]\ncors_origins = ['*']",
        "[api.rate_limit]\nburst = 99",
        "[mempool]\nbytes_max = '1 B'",
        "x = 1",
        "[",
    ] {
        fs::write(&file, bad).expect("our own folder");
        assert!(matches!(Settings::read(&file), Err(SettingsError::Wrong { .. })), "{bad}");
    }
}
