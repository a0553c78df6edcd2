//! What is answered after a payment.

use faic_core::Amount;
use serde::Serialize;

use crate::{
    commands::wallet::transaction::{Kind, Sent},
    output::Answer,
};

/// A payment that was made.
#[derive(Serialize)]
pub(super) struct SendAnswer {
    /// The transaction.
    #[serde(flatten)]
    pub(super) sent: Sent,
    /// Who received how much.
    pub(super) payments: Vec<PaymentItem>,
    /// What may be a mistake, where nobody was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
}

/// One receiver.
#[derive(Serialize)]
pub(super) struct PaymentItem {
    /// The address that received.
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
        let verb = if self.sent.is_final() { "paid" } else { "pays" };
        let payments = self.payments.iter().map(|payment| (verb, format!("{} FAIC to {}", payment.faic, payment.to)));
        self.sent.to_text(Kind::Payment, payments.collect())
    }
}
