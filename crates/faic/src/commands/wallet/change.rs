//! A change of what the ledger keeps of an account: what it costs is known, it is confirmed, and it is sent.

use faic_core::{Amount, transaction::Action};

use super::{
    sponsor::own_fee,
    transaction::{Moment, Sent},
};
use crate::{
    failure::{Code, Failure},
    output::{Output, fields},
};

/// What is to become of an account.
pub(super) struct Change {
    /// What does it.
    pub(super) action: Action,
    /// What leaves the balance, beside the fee.
    pub(super) spent: Amount,
    /// What the user is shown before it is sent.
    pub(super) facts: Vec<(&'static str, String)>,
}

impl Moment<'_> {
    /// Makes the change, after asking unless the user said yes; [`Moment::show`] is to be called with the answer.
    ///
    /// # Errors
    /// A failure that says in one line what went wrong, and whether anything was sent.
    pub(super) fn change(&self, change: &Change, output: Output) -> Result<Sent, Failure> {
        self.check_repeated(&change.action, output)?;
        let (key, transaction) = self.draft(change.action.clone())?;
        let after = self.balance_after(change.spent, own_fee(&transaction))?;
        self.simulate(&transaction)?;
        self.warn_of_fee(transaction.fee, output);
        if self.asks() {
            let mut facts = vec![("chain", self.status.chain_id.to_string()), ("wallet", self.sender.account.text())];
            facts.extend(change.facts.iter().cloned());
            facts.extend(self.fee_facts(&transaction));
            facts.push(("balance now", format!("{} FAIC", self.account.balance)));
            facts.push(("balance after", format!("{after} FAIC")));
            self.confirm(&fields(&facts), "Change this?", output)?;
        }
        self.send(&self.sign_with(&key, transaction)?)
    }

    /// What the account keeps.
    fn balance_after(&self, spent: Amount, fee: Amount) -> Result<Amount, Failure> {
        let balance = self.account.balance;
        let needed = spent.checked_add(fee);
        needed.and_then(|needed| balance.checked_sub(needed)).ok_or_else(|| {
            let needed = needed.map_or("more than can exist".to_owned(), |needed| format!("{needed} FAIC"));
            let message = format!("the wallet has {balance} FAIC, the change needs {needed} with the fee");
            Failure::new(Code::InsufficientBalance, format!("{message}; nothing was sent"))
                .advice(format!("let somebody pay {} first", self.sender.account.text()))
        })
    }
}
