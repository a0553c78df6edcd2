//! What it means for a wallet to sign a transaction that gives the account to other keys.
//!
//! Whoever builds such a transaction may hope that it is signed as any other, because what it takes away is not an amount.

use faic_core::{
    PartiallySignedTransaction, PublicKey, authority::AuthorityKey, partially_signed::Role, transaction::Action,
};

/// What the wallet with these keys loses by the transaction, in plain words; nothing where all new keys are its own, and
/// where the account is not its.
pub(super) fn warning(transaction: &PartiallySignedTransaction, own: &[PublicKey]) -> Option<String> {
    let body = transaction.transaction();
    let Action::SetAccount { authority: Some(next), memo_required: _ } = &body.action else { return None };
    if !transaction.roles_of(own).contains(&Role::Sender) {
        return None;
    }
    let is_own = |AuthorityKey::Ed25519(key): &&AuthorityKey| own.contains(key);
    let ours = next.keys().iter().filter(is_own).count();
    let others = next.keys().len().saturating_sub(ours);
    let needed = usize::from(next.threshold());
    let loss = if ours == 0 {
        "no new key is of this wallet, which will not open the account any more: whoever has the new keys has all of its money"
    } else if others >= needed {
        "others will be able to take all of its money without this wallet"
    } else if ours < needed {
        "this wallet will not be able to pay from it alone any more"
    } else {
        return None;
    };
    let account = body.sender.encode(transaction.network());
    Some(format!("warning: this gives {account} to other keys, and not an amount: {loss}"))
}

#[cfg(test)]
mod tests;
