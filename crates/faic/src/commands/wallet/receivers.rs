//! Who is about to be paid, as the node proves it: who takes only payments with a memo, who was never used before, and
//! whom the wallet does not know.

use std::collections::{BTreeMap, BTreeSet};

use faic_core::Address;

use super::{Account, payment::Payment, transaction::Moment};
use crate::{
    client::AccountAnswer,
    failure::{Code, Failure},
    output::counted,
};

/// How many receivers of payments with a memo are looked up; a payment to more is no payment to a new friend.
const LOOKUPS_MAX: usize = 8;

/// How many receivers are named one by one.
const NAMED_MAX: usize = 8;

/// How much of the payer's history was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it.
    Whole,
    /// So many of the latest transactions.
    Recent(usize),
}

/// What is said of the latest transactions, `number` of them, in front of whom they did not pay.
fn none_of(number: usize) -> String {
    match number {
        0 => "no transaction that the node shows".to_owned(),
        _ => format!("none of your last {}", counted(number, "transaction")),
    }
}

/// Receivers whom a wallet does not know: neither of its book, nor a wallet of the user, nor paid before.
#[derive(Debug)]
pub(super) struct Strangers {
    /// They, once each.
    accounts: Vec<Account>,
    /// How much of the history was looked at.
    reach: Reach,
}

impl Strangers {
    /// Those receivers.
    pub(super) fn new<'a>(receivers: impl Iterator<Item = &'a Account>, reach: Reach) -> Self {
        let mut seen = BTreeSet::new();
        let accounts = receivers.filter(|account| seen.insert(account.address)).cloned().collect();
        Self { accounts, reach }
    }

    /// How many they are, in words; nothing where there are none.
    pub(super) fn summary(&self) -> Option<String> {
        let receivers = counted(self.accounts.len(), "receiver");
        (!self.accounts.is_empty()).then(|| match self.reach {
            Reach::Whole => format!("{receivers} whom you have not paid before"),
            Reach::Recent(number) => format!("{receivers} whom {} paid", none_of(number)),
        })
    }

    /// What is said of them where nobody was asked: nothing of the user's own accounts and of those in the book.
    pub(super) fn warnings(&self, unused: &[Account]) -> Vec<String> {
        let is_stranger = |account: &&Account| self.accounts.iter().any(|stranger| stranger.address == account.address);
        self.remarks(&unused.iter().filter(is_stranger).cloned().collect::<Vec<_>>())
    }

    /// Remarks on them, and a stronger one on those whom nobody ever paid.
    pub(super) fn remarks(&self, unused: &[Account]) -> Vec<String> {
        let is_unused = |account: &Account| unused.iter().any(|unused| unused.address == account.address);
        let never = unused.iter().map(|account| format!("{} was never used before", account.text()));
        let others = self.accounts.iter().filter(|account| !is_unused(account));
        let not_paid = others.clone().take(NAMED_MAX).map(|account| match self.reach {
            Reach::Whole => format!("you have not paid {} before", account.text()),
            Reach::Recent(number) => format!("{} paid {}", none_of(number), account.text()),
        });
        let more = others.count().saturating_sub(NAMED_MAX);
        let more = (more > 0).then(|| match self.reach {
            Reach::Whole => format!("you have not paid {more} more of the receivers before"),
            Reach::Recent(number) => format!("{} paid {more} more of the receivers", none_of(number)),
        });
        never.chain(not_paid).chain(more).collect()
    }
}

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
