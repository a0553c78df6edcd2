//! Settings of an account: who governs it, and whether payments to it need a memo.

use faic_core::{Account, Address, Authority};

/// Changes what is given and leaves the rest.
///
/// Going back to the first authority stores no id, so that one state has one spelling.
pub(super) fn apply(
    account: &mut Account,
    address: &Address,
    authority: Option<&Authority>,
    memo_required: Option<bool>,
) {
    if let Some(authority) = authority {
        account.authority = if authority.address() == *address { None } else { Some(authority.id()) };
    }
    if let Some(required) = memo_required {
        account.memo_required = required;
    }
}
