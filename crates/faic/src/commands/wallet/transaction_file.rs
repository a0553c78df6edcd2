//! The file of a transaction that is signed in several places: read, shown in words, written, drawn.
//!
//! What is shown comes from the canonical bytes alone. A file is named by its path, `-` is standard input or output, and a
//! text that begins with `faic-tx:` is the transaction itself, as a QR code holds it.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use faic_core::{
    Address, Amount, Authority, PartiallySignedTransaction,
    authority::AuthorityKey,
    partially_signed::{PARTIALLY_SIGNED_BYTES_MAX, PARTIALLY_SIGNED_SCHEME, Role},
    transaction::Action,
};
use serde::Serialize;

use super::qr_code::{self, Canvas};
use crate::{
    failure::{Context, Failure},
    files,
    output::{self, Answer, Output, fields},
};

/// The path that stands for standard input or output.
const STANDARD: &str = "-";

/// Where a transaction goes.
#[derive(Debug, Args)]
pub(super) struct FileOutput {
    /// A new file for the transaction; - is standard output.
    #[arg(long, value_name = "FILE", default_value = STANDARD)]
    out: PathBuf,

    /// Draw a QR code of the transaction too.
    #[arg(long)]
    qr: bool,
}

/// Reads a transaction from a file, from standard input, or from the argument itself.
///
/// # Errors
/// A failure that says what is wrong with it, or that there is no such file.
pub(super) fn read(argument: &str) -> Result<PartiallySignedTransaction, Failure> {
    let scheme = argument.get(..PARTIALLY_SIGNED_SCHEME.len());
    if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(PARTIALLY_SIGNED_SCHEME)) {
        return PartiallySignedTransaction::read(argument.as_bytes()).context("the text of the transaction");
    }
    let bytes = if argument == STANDARD {
        beginning(io::stdin().lock()).context("standard input")?
    } else {
        File::open(argument).and_then(beginning).context(argument)?
    };
    PartiallySignedTransaction::read(&bytes).context(argument)
}

/// Reads one byte more than a transaction has at most, so that it is refused as what it is.
fn beginning(reader: impl Read) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(PARTIALLY_SIGNED_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl FileOutput {
    /// Writes the transaction, and answers what it is; where it goes to standard output, nothing else does.
    ///
    /// # Errors
    /// A failure for a file that cannot be made. That the transaction cannot be drawn is only told.
    pub(super) fn write(
        &self,
        transaction: &PartiallySignedTransaction,
        names: &Names,
        output: Output,
    ) -> Result<(), Failure> {
        let mut answer = FileAnswer::new(transaction, names);
        let text = transaction.to_text();
        // In upper case the same text needs a smaller code.
        let draw = |canvas| self.qr.then(|| qr_code::draw(&text.to_ascii_uppercase(), canvas));
        if self.out == Path::new(STANDARD) {
            if self.qr && output == Output::Json {
                return Err(Failure::usage(
                    "--json answers with one document; name a file with --out to have the code in it",
                ));
            }
            output::print(&transaction.to_json())?;
            match draw(Canvas::Remark) {
                Some(Ok(qr)) => output::warn_raw(&qr),
                Some(Err(error)) => output.note(&format!("warning: {error}: carry the transaction itself")),
                None => {}
            }
            return Ok(());
        }
        files::create(&self.out, transaction.to_json().as_bytes())?;
        answer.file = Some(self.out.display().to_string());
        match draw(Canvas::Answer) {
            Some(Ok(qr)) => (answer.text, answer.qr) = (Some(text), Some(qr)),
            Some(Err(error)) => {
                output.note(&format!("warning: {error}: carry the file itself"));
                answer.qr_error = Some(error.to_string());
            }
            None => {}
        }
        output.show(&answer).advice(format!("{} was written", self.out.display()))
    }
}

/// How the accounts of the user are called.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) Vec<(Address, String)>);

impl Names {
    /// An address with the name that its owner knows it by.
    fn show(&self, address: &Address, text: &str) -> String {
        let name = self.0.iter().find(|(known, _)| known == address);
        name.map_or_else(|| text.to_owned(), |(_, name)| format!("{text} ({name})"))
    }
}

/// What a transaction is, and who has signed it.
#[derive(Serialize)]
pub(super) struct FileAnswer {
    /// Its id.
    id: String,
    /// The only chain on which it is valid.
    chain_id: String,
    /// The network of its addresses.
    network: String,
    /// The account that acts.
    from: String,
    /// What it does.
    action: &'static str,
    /// What is paid for it, in nano.
    fee: String,
    /// Who pays that.
    payer: String,
    /// The last height at which it may be in a block.
    valid_until: u64,
    /// Whether it can be submitted.
    complete: bool,
    /// Who must sign, and who has.
    signatures: Vec<RoleItem>,
    /// The file that it was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// Its compact text, where it is drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Why it cannot be drawn, where it was to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    qr_error: Option<String>,
    /// The QR code, for people.
    #[serde(skip)]
    qr: Option<String>,
    /// What it says, for people.
    #[serde(skip)]
    facts: Vec<(&'static str, String)>,
}

/// Who signs in a role.
#[derive(Serialize)]
struct RoleItem {
    /// The role.
    role: String,
    /// The account that has it.
    address: String,
    /// How many signatures it needs.
    needed: usize,
    /// How many it lacks.
    missing: usize,
    /// The keys that may sign.
    keys: Vec<KeyItem>,
}

/// A key that may sign.
#[derive(Serialize)]
struct KeyItem {
    /// The key.
    key: String,
    /// Whether it has signed.
    signed: bool,
}

impl FileAnswer {
    /// What is to be known of a transaction.
    pub(super) fn new(transaction: &PartiallySignedTransaction, names: &Names) -> Self {
        let (body, network) = (transaction.transaction(), transaction.network());
        Self {
            id: transaction.id().to_string(),
            chain_id: body.chain_id.to_string(),
            network: network.to_string(),
            from: body.sender.encode(network),
            action: body.action.name(),
            fee: body.fee.nano().to_string(),
            payer: body.payer().encode(network),
            valid_until: body.valid_until,
            complete: transaction.all_missing().is_empty(),
            signatures: Role::ALL.into_iter().filter_map(|role| RoleItem::new(transaction, role)).collect(),
            file: None,
            text: None,
            qr_error: None,
            qr: None,
            facts: facts(transaction, names),
        }
    }
}

impl RoleItem {
    /// Who signs in a role; nothing where nobody has it.
    fn new(transaction: &PartiallySignedTransaction, role: Role) -> Option<Self> {
        let (authority, signers) = (transaction.authority(role)?, transaction.signers(role));
        let item =
            |AuthorityKey::Ed25519(key): &AuthorityKey| KeyItem { key: key.to_string(), signed: signers.contains(key) };
        Some(Self {
            role: role.to_string().replace(' ', "_"),
            address: transaction.address(role)?.encode(transaction.network()),
            needed: transaction.needed(role),
            missing: transaction.missing(role),
            keys: authority.keys().iter().map(item).collect(),
        })
    }
}

impl Answer for FileAnswer {
    fn to_text(&self) -> String {
        let mut facts = self.facts.clone();
        facts.extend(self.file.iter().map(|file| ("file", file.clone())));
        let qr = self.qr.as_ref().map(|qr| format!("\n{qr}")).unwrap_or_default();
        format!("{}{qr}", fields(&facts))
    }
}

/// Everything that a signer has to know, in words.
pub(super) fn facts(transaction: &PartiallySignedTransaction, names: &Names) -> Vec<(&'static str, String)> {
    let body = transaction.transaction();
    let mut facts = vec![("transaction", transaction.id().to_string()), ("chain", body.chain_id.to_string())];
    facts.extend(deed(transaction, names));
    facts.push(("valid until", format!("height {}", body.valid_until)));
    facts.push(("place", format!("lane {}, sequence {}", body.nonce.lane, body.nonce.sequence)));
    for role in Role::ALL {
        let Some(authority) = transaction.authority(role) else { continue };
        let (needed, signers) = (transaction.needed(role), transaction.signers(role));
        let label = if role == Role::Sender { "signed" } else { "payer signed" };
        let keys = match authority.keys() {
            [_] => "1 key".to_owned(),
            keys => format!("{} keys", keys.len()),
        };
        facts.push((label, format!("{} of {needed} signatures, of {keys}", signers.len())));
        for AuthorityKey::Ed25519(key) in authority.keys() {
            facts.push(("", format!("{key}{}", if signers.contains(key) { " has signed" } else { "" })));
        }
    }
    facts
}

/// Who does what, and who pays how much for it, in words.
pub(super) fn deed(transaction: &PartiallySignedTransaction, names: &Names) -> Vec<(&'static str, String)> {
    let (body, network) = (transaction.transaction(), transaction.network());
    let shown = |address: &Address| names.show(address, &address.encode(network));
    let mut facts = vec![("from", shown(&body.sender))];
    facts.extend(action_facts(&body.action, shown));
    facts.extend((!body.memo.is_empty()).then(|| ("note", body.memo.clone())));
    facts.push(("fee", format!("{} FAIC", body.fee)));
    facts.push(("fee paid by", shown(body.payer())));
    facts
}

/// What an action does, in words.
fn action_facts(action: &Action, shown: impl Fn(&Address) -> String) -> Vec<(&'static str, String)> {
    match action {
        Action::Transfer { outputs } => {
            let mut facts = Vec::new();
            for output in outputs {
                facts.push(("to", shown(&output.to)));
                facts.push(("amount", format!("{} FAIC", output.amount)));
                facts.extend((!output.memo.is_empty()).then(|| ("memo", output.memo.clone())));
            }
            let total = Amount::checked_sum(outputs.iter().map(|output| output.amount));
            if let (Some(total), true) = (total, outputs.len() > 1) {
                facts.push(("total", format!("{total} FAIC in {} payments", outputs.len())));
            }
            facts
        }
        Action::SetAccount { authority, memo_required } => {
            let mut facts = Vec::new();
            if let Some(authority) = authority {
                facts.push(("new keys", format!("{} must sign from now on:", of_keys(authority))));
                let key = |AuthorityKey::Ed25519(key): &AuthorityKey| ("", key.to_string());
                facts.extend(authority.keys().iter().map(key));
            }
            let switch = |is_on: bool| if is_on { "on" } else { "off" };
            facts.extend(memo_required.map(|is_on| ("memo required", switch(is_on).to_owned())));
            facts
        }
        Action::Bond { key, possession: _, amount } => {
            vec![("bonds", format!("{amount} FAIC")), ("validator key", key.to_string())]
        }
        Action::Unbond { amount } => vec![("unbonds", format!("{amount} FAIC"))],
        Action::Withdraw => vec![("withdraws", "all that is free".to_owned())],
        Action::Unjail => vec![("unjails", "its validator".to_owned())],
    }
}

/// How many of how many keys.
pub(super) fn of_keys(authority: &Authority) -> String {
    format!("{} of {} keys", authority.threshold(), authority.keys().len())
}
