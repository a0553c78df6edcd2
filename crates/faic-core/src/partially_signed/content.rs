//! The readable part of the document: what a transaction says, for people and for programs without our bytes.
//!
//! It is written from the bytes, and where it is read it is compared with them; nothing of it is believed.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::PartiallySignedError;
use crate::{
    Authority, Network, Transaction,
    authority::AuthorityKey,
    transaction::{Action, Output},
};

/// The body of a transaction.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct TransactionContent {
    /// The address that acts.
    pub(super) sender: String,
    /// The keys that govern it.
    authority: AuthorityContent,
    /// Its lane.
    lane: u8,
    /// Its position in the lane.
    sequence: u64,
    /// The last height at which it may be in a block.
    valid_until: u64,
    /// What is paid for it, in nano.
    fee: String,
    /// The address that pays the fee, when not the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fee_payer: Option<String>,
    /// The keys that govern the fee payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fee_payer_authority: Option<AuthorityContent>,
    /// A note on all of it.
    memo: String,
    /// What it does.
    action: ActionContent,
}

/// Which keys sign, and how many of them must.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct AuthorityContent {
    /// How many must sign.
    threshold: u8,
    /// The keys, ascending, in hexadecimal.
    keys: Vec<String>,
}

/// What a transaction does.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum ActionContent {
    /// Pays.
    Transfer {
        /// Who receives how much.
        outputs: Vec<OutputContent>,
    },
    /// Changes settings of the sender's account.
    SetAccount {
        /// The keys from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authority: Option<AuthorityContent>,
        /// Whether payments to it must carry a memo from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memo_required: Option<bool>,
    },
    /// Puts money at stake.
    Bond {
        /// The validator key.
        key: String,
        /// The key's signature.
        possession: String,
        /// How much, in nano.
        amount: String,
    },
    /// Takes money out of stake.
    Unbond {
        /// How much, in nano.
        amount: String,
    },
    /// Moves what is free to the balance.
    Withdraw {},
    /// Lets a jailed validator vote again.
    Unjail {},
}

/// One payment.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct OutputContent {
    /// The address that receives.
    to: String,
    /// How much, in nano.
    amount: String,
    /// The note to the receiver.
    memo: String,
}

impl TransactionContent {
    /// What a transaction says, on that network.
    pub(super) fn new(transaction: &Transaction, network: Network) -> Self {
        let payer = transaction.fee_payer.as_ref();
        Self {
            sender: transaction.sender.encode(network),
            authority: AuthorityContent::new(&transaction.authority),
            lane: transaction.nonce.lane,
            sequence: transaction.nonce.sequence,
            valid_until: transaction.valid_until,
            fee: transaction.fee.nano().to_string(),
            fee_payer: payer.map(|payer| payer.address.encode(network)),
            fee_payer_authority: payer.map(|payer| AuthorityContent::new(&payer.authority)),
            memo: transaction.memo.clone(),
            action: ActionContent::new(&transaction.action, network),
        }
    }

    /// Refuses a content that is not this one, naming the first field that differs.
    ///
    /// # Errors
    /// [`PartiallySignedError::Differs`].
    pub(super) fn check_written(&self, written: &Self) -> Result<(), PartiallySignedError> {
        if self == written {
            return Ok(());
        }
        let value = |content: &Self| serde_json::to_value(content).expect("a document of texts and numbers is JSON");
        let (field, written, meant) =
            difference("transaction", &value(written), &value(self)).expect("two contents that differ have a field");
        Err(PartiallySignedError::Differs { field, written, meant })
    }
}

/// Where two values differ first: the path, what the one says and what the other.
fn difference(path: &str, written: &Value, meant: &Value) -> Option<(String, String, String)> {
    match (written, meant) {
        (one, other) if one == other => None,
        (Value::Object(one), Value::Object(other)) => {
            let names = other.keys().chain(one.keys());
            let at = |name: &String| (one.get(name).unwrap_or(&Value::Null), other.get(name).unwrap_or(&Value::Null));
            names.into_iter().find_map(|name| difference(&format!("{path}.{name}"), at(name).0, at(name).1))
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(index, (one, other))| difference(&format!("{path}[{index}]"), one, other)),
        (one, other) => Some((path.to_owned(), brief(one), brief(other))),
    }
}

/// A value as it is told of; a long one by its kind.
fn brief(value: &Value) -> String {
    match value {
        Value::Null => "absent".to_owned(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(_) => "an object".to_owned(),
        Value::String(text) => format!("{text:.80}"),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

impl AuthorityContent {
    /// What an authority says.
    fn new(authority: &Authority) -> Self {
        let keys = authority.keys().iter().map(|AuthorityKey::Ed25519(key)| key.to_string()).collect();
        Self { threshold: authority.threshold(), keys }
    }
}

impl ActionContent {
    /// What an action says, on that network.
    fn new(action: &Action, network: Network) -> Self {
        match action {
            Action::Transfer { outputs } => {
                Self::Transfer { outputs: outputs.iter().map(|output| OutputContent::new(output, network)).collect() }
            }
            Action::SetAccount { authority, memo_required } => Self::SetAccount {
                authority: authority.as_ref().map(AuthorityContent::new),
                memo_required: *memo_required,
            },
            Action::Bond { key, possession, amount } => Self::Bond {
                key: key.to_string(),
                possession: hex::encode(possession.as_bytes()),
                amount: amount.nano().to_string(),
            },
            Action::Unbond { amount } => Self::Unbond { amount: amount.nano().to_string() },
            Action::Withdraw => Self::Withdraw {},
            Action::Unjail => Self::Unjail {},
        }
    }
}

impl OutputContent {
    /// What a payment says, on that network.
    fn new(output: &Output, network: Network) -> Self {
        Self { to: output.to.encode(network), amount: output.amount.nano().to_string(), memo: output.memo.clone() }
    }
}
