//! Pages of an account's history whose every entry is proved, from the newest back.

use faic_core::{Address, Hash, Height, account::History, proof::HistoryProof};

use super::{Account, receivers::Reach};
use crate::{
    client::{Client, ClientError, HistoryItem, decoded},
    failure::{Code, Failure},
    trust::Trust,
};

/// Where a page begins: a cursor of the node's API, whose form is fixed there, and the history that the page ends with,
/// because the account names only the newest.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    /// The place after which it begins, in the form of the API.
    place: String,
    /// The history up to there.
    history: History,
}

/// A page that was checked.
pub(super) struct ProvedPage {
    /// The transactions, newest first.
    pub(super) proofs: Vec<HistoryProof>,
    /// Where the next page begins.
    pub(super) next: Option<Cursor>,
    /// How many older transactions the account has.
    pub(super) older: u64,
    /// The height at which it was proved.
    pub(super) height: Height,
}

impl Cursor {
    /// Reads a cursor that a page of that account's history ended with.
    ///
    /// # Errors
    /// [`Code::InvalidCursor`] for any other text.
    pub(super) fn parse(text: &str, account: &Address) -> Result<Self, Failure> {
        let parts: Vec<_> = text.split(':').collect();
        let parsed = match parts.as_slice() {
            [place, count, hash] => count.parse().ok().zip(Hash::parse(hash).ok()).map(|parsed| (place, parsed)),
            _ => None,
        };
        let refuse = |message: &str| Failure::new(Code::InvalidCursor, message).of_argument();
        let (place, (count, hash)) = parsed.ok_or_else(|| {
            refuse("the cursor is not one that a checked page ended with")
                .advice("take the one that the page before printed, or take the node's word with --unverified")
        })?;
        if !place.ends_with(&mark(account)) {
            return Err(refuse("the cursor is of another account's history")
                .advice("take the one that the page before of this account printed"));
        }
        Ok(Self { place: (*place).to_owned(), history: History { count, hash } })
    }

    /// The text of the cursor.
    pub(super) fn text(&self) -> String {
        format!("{}:{}:{}", self.place, self.history.count, self.history.hash)
    }
}

/// What the cursors of an account's history end with, so that they are not taken for another's.
fn mark(account: &Address) -> String {
    let [a, b, c, d, ..] = *account.as_bytes();
    hex::encode([a, b, c, d])
}

/// Asks for a page with its proofs, and checks them: the account names its newest transaction, and each the one before.
///
/// # Errors
/// A failure that says what did not match.
pub(super) fn proved_page(
    account: &Account,
    client: &Client,
    trust: &Trust,
    cursor: Option<&Cursor>,
    limit: u16,
) -> Result<ProvedPage, Failure> {
    let place = cursor.map(|cursor| cursor.place.as_str());
    let answer = client.proved_history(&account.address, account.network, place, limit)?;
    let (proved, height) =
        trust.account(client, answer.proof.as_ref().ok_or(ClientError::NoProof)?, &account.address)?;
    let newest = cursor.map_or(proved.history, |cursor| cursor.history);
    let proof = |bytes: Option<&[u8]>| decoded(bytes.ok_or(ClientError::NoProof)?);
    let proofs = answer.transactions.iter().map(|item| proof(item.proof.as_deref()));
    let proofs: Vec<HistoryProof> = proofs.collect::<Result<_, ClientError>>()?;
    let before = trust.history(&proofs, newest)?;
    let next = match (answer.next_cursor, proofs.last()) {
        (None, _) => None,
        // The place is that of the last transaction, whatever the node says.
        (Some(_), Some(last)) => {
            let mark = mark(&account.address);
            let place = format!("{:016x}{:08x}{mark}", last.block.header.height, last.index);
            Some(Cursor { place, history: before })
        }
        (Some(_), None) => {
            return Err(nothing_shown());
        }
    };
    Ok(ProvedPage { proofs, next, older: before.count, height })
}

/// The newest transactions of an account, at most `limit`, each of them proved, and how much of its history they are.
///
/// # Errors
/// A failure that says what did not match.
pub(super) fn proved_recent(
    account: &Account,
    client: &Client,
    trust: &Trust,
    limit: u16,
) -> Result<(Vec<HistoryItem>, Reach), Failure> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let page = proved_page(account, client, trust, cursor.as_ref(), missing(&items, limit))?;
        items.extend(page.proofs.iter().map(|proof| HistoryItem::proved(proof, account.network)));
        cursor = page.next;
        if cursor.is_none() || missing(&items, limit) == 0 {
            let reach = if page.older == 0 { Reach::Whole } else { Reach::Recent(items.len()) };
            return Ok((items, reach));
        }
    }
}

/// The same as the node says it, where nothing is checked.
///
/// # Errors
/// A failure that says why the node could not be asked.
pub(super) fn said_recent(
    account: &Account,
    client: &Client,
    limit: u16,
) -> Result<(Vec<HistoryItem>, Reach), Failure> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let asked = missing(&items, limit);
        let page = client.history(&account.address, account.network, cursor.as_deref(), asked)?;
        if page.transactions.is_empty() && page.next_cursor.is_some() {
            return Err(nothing_shown());
        }
        items.extend(page.transactions);
        cursor = page.next_cursor;
        if cursor.is_none() || missing(&items, limit) == 0 {
            let reach = if cursor.is_none() { Reach::Whole } else { Reach::Recent(items.len()) };
            return Ok((items, reach));
        }
    }
}

/// How many more transactions are asked for.
fn missing(items: &[HistoryItem], limit: u16) -> u16 {
    limit.saturating_sub(u16::try_from(items.len()).unwrap_or(u16::MAX))
}

/// The failure of a page without a transaction that is not the last one.
fn nothing_shown() -> Failure {
    Failure::new(Code::NodeNotTrusted, "the node says that there is more, and shows nothing; do not use it")
}
