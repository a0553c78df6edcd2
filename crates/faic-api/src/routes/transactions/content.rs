//! What a transaction asks for, as JSON.

use faic_core::{
    Authority, Network, Transaction,
    authority::AuthorityKey,
    transaction::{Action, Output},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::schema;

/// The body of a transaction.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
pub(crate) struct TransactionContent {
    /// The account that acts.
    #[schema(value_type = schema::Address)]
    sender: String,
    /// The keys that govern it.
    authority: AuthorityContent,
    /// Its lane.
    #[schema(value_type = schema::Lane)]
    lane: u8,
    /// Its position in the lane.
    #[schema(value_type = schema::Sequence)]
    sequence: u64,
    /// The last height at which it may be in a block.
    #[schema(value_type = schema::Height)]
    valid_until: u64,
    /// What is paid for its inclusion.
    #[schema(value_type = schema::Amount)]
    fee: String,
    /// Who pays the fee, when not the sender.
    #[schema(value_type = Option<schema::Address>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_payer: Option<String>,
    /// The keys that govern the fee payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_payer_authority: Option<AuthorityContent>,
    /// A note on the whole transaction; may be empty.
    #[schema(value_type = schema::Memo)]
    memo: String,
    /// What it does.
    action: ActionContent,
}

/// Which keys, and how many of them, govern an account.
#[derive(Serialize, ToSchema)]
#[schema(as = Authority)]
pub(crate) struct AuthorityContent {
    /// How many keys must sign.
    #[schema(minimum = 1, maximum = 16)]
    threshold: u8,
    /// The keys, ascending.
    #[schema(value_type = Vec<schema::PublicKey>, min_items = 1, max_items = 16)]
    keys: Vec<String>,
}

/// What a transaction does.
#[derive(Serialize, ToSchema)]
#[schema(as = Action)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum ActionContent {
    /// Pays every output, or none.
    Transfer {
        /// The payments.
        #[schema(min_items = 1, max_items = 256)]
        outputs: Vec<OutputContent>,
    },
    /// Changes settings of the sender's account.
    SetAccount {
        /// The authority from now on.
        #[serde(skip_serializing_if = "Option::is_none")]
        authority: Option<AuthorityContent>,
        /// Whether transfers to the account must carry a memo from now on.
        #[serde(skip_serializing_if = "Option::is_none")]
        memo_required: Option<bool>,
    },
    /// Puts money of the sender at stake, and names the key that votes with it.
    Bond {
        /// The validator key.
        #[schema(value_type = schema::PublicKey)]
        key: String,
        /// The key's signature that lets the sender bond with it.
        #[schema(value_type = schema::Signature)]
        possession: String,
        /// How much is added to the stake.
        #[schema(value_type = schema::Amount)]
        amount: String,
    },
    /// Takes money of the sender out of stake, to be withdrawn when the unbonding period has passed.
    Unbond {
        /// How much.
        #[schema(value_type = schema::PositiveAmount)]
        amount: String,
    },
    /// Moves unbonding money whose period has passed to the sender's balance.
    Withdraw,
    /// Lets the sender, which was jailed for its absence, be a validator again.
    Unjail,
}

/// One payment of a transfer.
#[derive(Serialize, ToSchema)]
#[schema(as = Output)]
pub(crate) struct OutputContent {
    /// Who receives it.
    #[schema(value_type = schema::Address)]
    to: String,
    /// How much.
    #[schema(value_type = schema::PositiveAmount)]
    amount: String,
    /// A note to the receiver; may be empty.
    #[schema(value_type = schema::Memo)]
    memo: String,
}

impl TransactionContent {
    /// The transaction as shown on that network.
    pub(crate) fn new(transaction: &Transaction, network: Network) -> Self {
        Self {
            sender: transaction.sender.encode(network),
            authority: AuthorityContent::new(&transaction.authority),
            lane: transaction.nonce.lane,
            sequence: transaction.nonce.sequence,
            valid_until: transaction.valid_until,
            fee: transaction.fee.nano().to_string(),
            fee_payer: transaction.fee_payer.as_ref().map(|payer| payer.address.encode(network)),
            fee_payer_authority: transaction.fee_payer.as_ref().map(|payer| AuthorityContent::new(&payer.authority)),
            memo: transaction.memo.clone(),
            action: ActionContent::new(&transaction.action, network),
        }
    }
}

impl AuthorityContent {
    /// The authority as shown.
    fn new(authority: &Authority) -> Self {
        let keys = authority.keys().iter().map(|AuthorityKey::Ed25519(key)| key.to_string()).collect();
        Self { threshold: authority.threshold(), keys }
    }
}

impl ActionContent {
    /// The action as shown on that network.
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
            Action::Withdraw => Self::Withdraw,
            Action::Unjail => Self::Unjail,
        }
    }
}

impl OutputContent {
    /// The payment as shown on that network.
    fn new(output: &Output, network: Network) -> Self {
        Self { to: output.to.encode(network), amount: output.amount.nano().to_string(), memo: output.memo.clone() }
    }
}

#[cfg(test)]
mod tests;
