//! How a transaction that a wallet signed, and that need not be final yet, is shown.

use faic_core::{Amount, Network, transaction::Output};
use serde::Serialize;

use crate::{
    outbox::{Record, State},
    output::{Column, table},
};

/// A transaction that a wallet signed.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PendingItem {
    /// The id of the transaction.
    pub(super) id: String,
    /// What it does, as the node names it.
    kind: &'static str,
    /// How far it came: `built`, `refused`, `submitted`, `final`, `expired`, `replaced`.
    state: &'static str,
    /// The height of its block.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u64>,
    /// The address that acts.
    from: String,
    /// Who is to receive how much.
    payments: Vec<PendingPayment>,
    /// How much is to be paid without the fee, in nano.
    amount: String,
    /// The same in FAIC.
    amount_faic: String,
    /// The fee, in nano.
    fee: String,
    /// Its lane.
    lane: u8,
    /// Its place in the lane.
    sequence: u64,
    /// The last height at which it may become final.
    valid_until: u64,
    /// When it was signed, in milliseconds since 1970-01-01 UTC.
    made_ms: u64,
}

/// A payment of such a transaction.
#[derive(Debug, Clone, Serialize)]
struct PendingPayment {
    /// Who receives.
    to: String,
    /// How much, in nano.
    amount: String,
}

/// The state that is shown: whether the user was told of it matters to this program only.
const fn shown(state: State) -> State {
    match state {
        State::Left | State::Said(_) => State::Submitted,
        State::Found(height) => State::Final(height),
        State::Built | State::Refused | State::Submitted | State::Final(_) | State::Expired | State::Replaced => state,
    }
}

impl PendingItem {
    /// What is shown of a record.
    pub(super) fn new(record: &Record, network: Network) -> Self {
        let transaction = &record.signed.transaction;
        let payment = |output: &Output| PendingPayment {
            to: output.to.encode(network),
            amount: output.amount.nano().to_string(),
        };
        let total = record.total();
        Self {
            id: record.id().to_string(),
            kind: transaction.action.name(),
            state: shown(record.state).name(),
            height: record.state.height(),
            from: record.sender().encode(network),
            payments: record.outputs().iter().map(payment).collect(),
            amount: total.nano().to_string(),
            amount_faic: total.to_string(),
            fee: transaction.fee.nano().to_string(),
            lane: transaction.nonce.lane,
            sequence: transaction.nonce.sequence,
            valid_until: transaction.valid_until,
            made_ms: record.made_ms,
        }
    }

    /// What is known of it, for people.
    fn standing(&self) -> String {
        let until = self.valid_until;
        match self.state {
            "built" => format!("perhaps sent; final by height {until} or never"),
            "refused" => format!("refused by the node; cannot become final after height {until}"),
            "submitted" => format!("sent; final by height {until} or never"),
            "final" => format!("final at height {}", self.height.unwrap_or_default()),
            "expired" => "expired; will never be final".to_owned(),
            "replaced" => "another took its place; will never be final".to_owned(),
            other => other.to_owned(),
        }
    }

    /// A table of them, for people.
    pub(super) fn table(items: &[Self]) -> String {
        let rows = items.iter().map(|item| {
            let to = match item.payments.as_slice() {
                [] => item.kind.replace('_', " "),
                [one] => one.to.clone(),
                many => format!("{} receivers", many.len()),
            };
            let amount = if item.payments.is_empty() { String::new() } else { item.amount_faic.clone() };
            let fee = Amount::parse_nano(&item.fee).map(|fee| fee.to_string()).unwrap_or_default();
            [item.id.clone(), amount, fee, to, item.standing()]
        });
        let columns = [Column::Id, Column::Number, Column::Number, Column::Id, Column::Text];
        table(["transaction", "FAIC", "fee (FAIC)", "to", "state"], columns, rows)
    }
}
