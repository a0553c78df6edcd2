//! What it means for a wallet to sign a transaction that gives the account to other keys.
//!
//! Whoever builds such a transaction may hope that it is signed as any other, because what it takes away is not an amount.

use faic_core::{
    Authority, PartiallySignedTransaction, PublicKey, authority::AuthorityKey, partially_signed::Role,
    transaction::Action,
};

/// How much a wallet's keys count in an authority.
struct Share {
    /// How many of the keys are the wallet's.
    ours: usize,
    /// How many are not.
    others: usize,
    /// How many must sign.
    needed: usize,
}

impl Share {
    /// The share of a wallet with these keys.
    fn of(authority: &Authority, own: &[PublicKey]) -> Self {
        let is_own = |AuthorityKey::Ed25519(key): &&AuthorityKey| own.contains(key);
        let ours = authority.keys().iter().filter(is_own).count();
        let others = authority.keys().len().saturating_sub(ours);
        Self { ours, others, needed: usize::from(authority.threshold()) }
    }

    /// Whether the wallet can act alone.
    const fn suffices(&self) -> bool {
        self.ours >= self.needed
    }

    /// Whether nobody can act without the wallet.
    const fn is_needed(&self) -> bool {
        self.others < self.needed
    }
}

/// What the wallet with these keys loses by the transaction, in plain words; nothing where it keeps what it can do, and
/// where the account is not its.
pub(super) fn finding(transaction: &PartiallySignedTransaction, own: &[PublicKey]) -> Option<String> {
    let body = transaction.transaction();
    let Action::SetAccount { authority: Some(next), memo_required: _ } = &body.action else { return None };
    let before = Share::of(transaction.authority(Role::Sender)?, own);
    let after = Share::of(next, own);
    let loss = match (before.ours, after.ours) {
        (0, _) => return None,
        (_, 0) => {
            "none of them is of this wallet, which will not open it any more: whoever has them has all of its money"
        }
        (_, _) if before.is_needed() && !after.is_needed() => {
            "others will be able to take all of its money without this wallet"
        }
        (_, _) if before.suffices() && !after.suffices() => {
            "this wallet will not be able to pay from it alone any more"
        }
        (_, _) => return None,
    };
    let account = body.sender.encode(transaction.network());
    Some(format!("this is no payment: it gives the account {account} to other keys, and {loss}"))
}

#[cfg(test)]
mod tests;
