//! `faic wallet sign-message`, `faic wallet verify-message`: who wrote a text, shown with the keys of an account.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use clap::Args;
use faic_core::{
    Authority, BasicCrypto, Height, KeyManager, Message, MessageSignature, Network,
    keystore::AccountLabel,
    message::{MESSAGE_BYTES_MAX, MESSAGE_SIGNATURE_BYTES_MAX, Standing},
};
use serde::Serialize;

use super::{Account, NodeOption, WalletArgument, selection, unlock::UnlockOptions};
use crate::{
    failure::{Code, Context, Failure},
    files,
    output::{Answer, Output, fields},
    trust::TrustOption,
};

/// Which message it is.
#[derive(Debug, Args)]
struct MessageOptions {
    /// The message itself.
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    message: Option<String>,

    /// A file whose bytes are the message; standard input where neither is given.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

impl MessageOptions {
    /// Reads the message.
    fn read(&self) -> Result<Vec<u8>, Failure> {
        match (&self.message, &self.file) {
            (Some(message), _) => Ok(message.clone().into_bytes()),
            (None, Some(file)) => read_bounded(file, MESSAGE_BYTES_MAX),
            (None, None) => bounded(io::stdin().lock(), MESSAGE_BYTES_MAX).context("standard input"),
        }
    }
}

/// Reads a file of at most so many bytes.
pub(super) fn read_bounded(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    File::open(path).map_err(Failure::from).and_then(|file| bounded(file, bytes_max)).context(path.display())
}

/// Reads everything there is, of at most so many bytes.
fn bounded(reader: impl Read, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    reader.take(u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        return Err(Failure::new(Code::Io, format!("there are more than the {bytes_max} bytes that are allowed")));
    }
    Ok(bytes)
}

/// The options of signing a message.
#[derive(Debug, Args)]
pub(crate) struct SignMessage {
    /// The wallet that signs, or WALLET/ACCOUNT for another account than the first.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// Which message.
    #[command(flatten)]
    message: MessageOptions,

    /// A new file for the signature, beside showing it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Which account of the wallet: its number or its name [default: the first].
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountLabel>,

    /// How the wallet is opened.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// The signature of a message: its document, and for people what it is of.
#[derive(Serialize)]
struct SignAnswer {
    /// The document, as it stands in a file.
    #[serde(flatten)]
    document: serde_json::Value,
    /// The account.
    #[serde(skip)]
    address: String,
    /// The number of bytes that were signed.
    #[serde(skip)]
    bytes: usize,
    /// The document as text.
    #[serde(skip)]
    text: String,
}

impl Answer for SignAnswer {
    fn to_text(&self) -> String {
        let facts = fields(&[("signed", format!("{} bytes", self.bytes)), ("address", self.address.clone())]);
        format!("{facts}\n{}", self.text)
    }
}

/// Signs a message.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn sign(command: &SignMessage, output: Output) -> Result<(), Failure> {
    let label = command.wallet.label(command.account.as_ref())?;
    let bytes = command.message.read()?;
    let wallet = command.unlock.unlock(&command.wallet.wallet)?;
    let account = selection::opened(&wallet, label)?;
    let (network, address, key) = (wallet.entry.network, account.address, wallet.key(account));
    let authority = Authority::single(key.public_key());
    let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key]) };
    let signature = MessageSignature::sign(&crypto, authority, &Message { network, address, bytes: &bytes })?;
    let text = signature.to_json();
    if let Some(file) = &command.out {
        files::create(file, text.as_bytes())?;
    }
    let document = serde_json::from_str(&text).context("the document cannot be read back")?;
    output.show(&SignAnswer { document, address: address.encode(network), bytes: bytes.len(), text })
}

/// The options of verifying a message.
#[derive(Debug, Args)]
pub(crate) struct VerifyMessage {
    /// The file with the signature, as `faic wallet sign-message --out` writes it.
    #[arg(value_name = "SIGNATURE")]
    signature: PathBuf,

    /// Which message.
    #[command(flatten)]
    message: MessageOptions,

    /// The account that must have signed: an address, or a wallet of yours.
    #[arg(long, value_name = "WALLET|ADDRESS")]
    by: Option<String>,

    /// Do not ask a node whether the keys still govern the account; works for an account's first keys only.
    #[arg(long)]
    offline: bool,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: super::KeystoreOption,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// What is believed of its answers.
    #[command(flatten)]
    trust: TrustOption,
}

/// A message whose signature holds.
#[derive(Serialize)]
struct VerifyAnswer {
    /// Always so; what does not hold is a failure.
    valid: bool,
    /// Who signed.
    address: String,
    /// The height at which the keys govern the account; nothing where no node was asked.
    height: Option<Height>,
}

impl Answer for VerifyAnswer {
    fn to_text(&self) -> String {
        let keys = match self.height {
            Some(height) => format!("govern the account at height {height}"),
            None => "are the first of the account; whether they still govern it was not asked".to_owned(),
        };
        fields(&[("signature", "good".to_owned()), ("address", self.address.clone()), ("keys", keys)])
    }
}

/// Verifies a message.
///
/// # Errors
/// A failure that says in one line what does not hold.
pub(crate) fn verify(command: &VerifyMessage, output: Output) -> Result<(), Failure> {
    let path = &command.signature;
    let document = read_bounded(path, MESSAGE_SIGNATURE_BYTES_MAX)?;
    let signature = MessageSignature::from_json(&document).context(path.display())?;
    let address = signature.address.encode(signature.network);
    if let Some(by) = &command.by {
        let expected = Account::find(&command.keystore.open()?, by)?;
        if (expected.network, expected.address) != (signature.network, signature.address) {
            return Err(Failure::new(Code::InvalidSignature, format!("{address} signed, not {}", expected.text())));
        }
    }
    let standing = signature.verify(&BasicCrypto::default(), &command.message.read()?)?;
    let height = match (command.offline, standing) {
        (true, Standing::First) => None,
        (true, Standing::Later) => {
            let message = "the keys that signed are not the first of the account";
            return Err(Failure::new(Code::InvalidSignature, message)
                .advice("only a node can tell whether they govern it: leave out --offline"));
        }
        (false, _) => Some(governs_at(command, &signature, output).advice("--offline does not ask a node")?),
    };
    output.show(&VerifyAnswer { valid: true, address, height })
}

/// Asks the node whether the keys of a signature govern its account; gives the height at which they do.
fn governs_at(command: &VerifyMessage, signature: &MessageSignature, output: Output) -> Result<Height, Failure> {
    let (network, address): (Network, _) = (signature.network, signature.address);
    let client = command.node.client();
    let status = client.status()?;
    let account = Account { name: None, network, address };
    account.check_network(&status, client.url())?;
    let trust = command.trust.begin(&command.keystore.folder()?, &client, &status, output)?;
    let found = account.read(&client, trust.as_ref())?;
    if found.is_governed_by(&address, &signature.authority) {
        return Ok(found.height);
    }
    let message = format!("the keys that signed do not govern {} at height {}", account.text(), found.height);
    Err(Failure::new(Code::InvalidSignature, message).advice("ask for a signature of its present keys"))
}
