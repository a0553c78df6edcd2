//! What is answered after a payment.

use faic_core::Amount;
use serde::Serialize;

use crate::output::{Answer, fields};

/// A payment that was made.
#[derive(Serialize)]
pub(super) struct SendAnswer {
    /// The id of the transaction.
    pub(super) id: String,
    /// `final`, or `pooled` where nobody waited.
    pub(super) state: &'static str,
    /// The chain that it is on.
    pub(super) chain_id: String,
    /// The address that paid.
    pub(super) from: String,
    /// Who received how much.
    pub(super) payments: Vec<PaymentItem>,
    /// What was paid for it, in nano.
    pub(super) fee: String,
    /// The height of its block.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<u64>,
    /// The sender's balance after it, in nano.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) balance: Option<String>,
    /// The last height at which it may become final.
    pub(super) valid_until: u64,
}

/// Who received how much.
#[derive(Serialize)]
pub(super) struct PaymentItem {
    /// The address.
    to: String,
    /// How much, in nano.
    amount: String,
    /// How much, for people.
    #[serde(skip)]
    faic: Amount,
}

impl PaymentItem {
    /// The item of a payment.
    pub(super) fn new(to: String, amount: Amount) -> Self {
        Self { to, amount: amount.nano().to_string(), faic: amount }
    }
}

impl Answer for SendAnswer {
    fn to_text(&self) -> String {
        let faic = |nano: &str| Amount::parse_nano(nano).map_or(nano.to_owned(), |amount| format!("{amount} FAIC"));
        let mut facts = vec![("payment", self.id.clone())];
        facts.push(match self.height {
            Some(height) => ("state", format!("final at height {height}")),
            None => ("state", format!("accepted; final by height {} or never", self.valid_until)),
        });
        let verb = if self.height.is_some() { "paid" } else { "pays" };
        for payment in &self.payments {
            facts.push((verb, format!("{} FAIC to {}", payment.faic, payment.to)));
        }
        facts.push(("fee", faic(&self.fee)));
        facts.extend(self.balance.as_deref().map(|balance| ("balance", faic(balance))));
        fields(&facts)
    }
}
