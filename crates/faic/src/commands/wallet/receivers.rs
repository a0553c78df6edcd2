//! Who is about to be paid, as the node proves it: who takes only payments with a memo, and who was never used before.

use std::collections::BTreeMap;

use faic_core::Address;

use super::{Account, payment::Payment, transaction::Moment};
use crate::{
    client::AccountAnswer,
    failure::{Code, Failure},
};

/// How many receivers of payments with a memo are looked up; a payment to more is no payment to a new friend.
const LOOKUPS_MAX: usize = 8;

/// Looks up the receivers: those of payments without a memo, because they may ask for one, and the first others.
///
/// Gives those that were never used before, without the sender.
///
/// # Errors
/// [`Code::MemoRequired`] names the receiver that asks for a memo; others say what did not match.
pub(super) fn check(moment: &Moment<'_>, payments: &[Payment]) -> Result<Vec<Account>, Failure> {
    let mut known: BTreeMap<Address, AccountAnswer> = BTreeMap::new();
    let mut unused = Vec::new();
    for (number, Payment { to, memo, .. }) in payments.iter().enumerate() {
        let is_sender = to.address == moment.sender.account.address;
        if !memo.is_empty() && (is_sender || number >= LOOKUPS_MAX) {
            continue;
        }
        let is_new = !known.contains_key(&to.address);
        if is_new {
            known.insert(to.address, moment.read(to)?);
        }
        let Some(found) = known.get(&to.address) else { continue };
        if memo.is_empty() && found.memo_required {
            let name = to.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
            let message = format!("{}{name} takes only payments with a memo; nothing was sent", to.text());
            return Err(Failure::new(Code::MemoRequired, message)
                .advice("ask what the memo is to say, and put it on the payment with --memo"));
        }
        if is_new && !is_sender && found.is_unused() && number < LOOKUPS_MAX {
            unused.push(to.clone());
        }
    }
    Ok(unused)
}
