//! The authorities that an account's own transactions show; a node that lies about them is found out by their hash.

use faic_core::{Address, Authority, Network, PublicKey};
use serde::{Deserialize, Deserializer, de::Error};

use super::{ANSWER_TIMEOUT, Client, ClientError};

/// How many transactions are looked at.
const TRANSACTIONS: u16 = 100;

/// A page of an account's history, as far as it shows authorities.
#[derive(Deserialize)]
struct Page {
    /// The transactions, newest first.
    transactions: Vec<Item>,
}

/// A transaction of the history.
#[derive(Deserialize)]
struct Item {
    /// Its body.
    transaction: Body,
}

/// The body of a transaction.
#[derive(Deserialize)]
struct Body {
    /// Who acted.
    sender: String,
    /// The keys that governed it.
    authority: AuthorityAnswer,
    /// What it did.
    action: Action,
}

/// What a transaction did.
#[derive(Deserialize)]
struct Action {
    /// The keys that it set.
    #[serde(default)]
    authority: Option<AuthorityAnswer>,
}

/// Which keys, and how many of them, govern an account.
#[derive(Deserialize)]
struct AuthorityAnswer {
    /// How many must sign.
    threshold: u8,
    /// The keys.
    #[serde(deserialize_with = "keys")]
    keys: Vec<PublicKey>,
}

/// Reads keys in hexadecimal.
fn keys<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PublicKey>, D::Error> {
    let key = |text: String| {
        let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.and_then(|bytes| PublicKey::from_bytes(bytes).ok()).ok_or_else(|| D::Error::custom("a key is wrong"))
    };
    Vec::<String>::deserialize(deserializer)?.into_iter().map(key).collect()
}

impl Client {
    /// The authorities that an account had or was given, by what it did lately, newest first.
    pub(crate) fn authorities(&self, address: &Address, network: Network) -> Result<Vec<Authority>, ClientError> {
        let address = address.encode(network);
        let path = format!("/v1/accounts/{address}/transactions?limit={TRANSACTIONS}");
        let page: Page = self.get(&path, ANSWER_TIMEOUT)?;
        let own = page.transactions.into_iter().map(|item| item.transaction).filter(|body| body.sender == address);
        let shown = own.flat_map(|body| body.action.authority.into_iter().chain([body.authority]));
        let authority = |shown: AuthorityAnswer| Authority::multi(shown.threshold, shown.keys).ok();
        Ok(shown.filter_map(authority).collect())
    }
}
