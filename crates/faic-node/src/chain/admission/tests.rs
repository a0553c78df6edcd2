//! Tests of who is to blame for a refusal.

use faic_core::{ChainId, crypto::VerifyError, transaction::TransactionError};

use super::{AdmitError, Blame};
use faic_ledger::{execution::ExecutionError, validation::FastError};

/// A peer is to blame for what no node could have accepted, and for nothing that depends on the moment.
#[test]
fn only_what_is_wrong_everywhere_is_blamed() {
    let refused = |error: FastError| AdmitError::from(error).blame();
    assert_eq!(refused(TransactionError::NoOutputs.into()), Blame::Peer);
    assert_eq!(refused(VerifyError::BadSignature.into()), Blame::Peer);
    let expected = ChainId::new("faic-test").unwrap();
    assert_eq!(refused(ExecutionError::OtherChain { expected }.into()), Blame::Peer);
    assert_eq!(refused(ExecutionError::Expired { valid_until: 1, height: 2 }.into()), Blame::Nobody);
    assert_eq!(refused(ExecutionError::Sequence { expected: 1, found: 0 }.into()), Blame::Nobody);
    assert_eq!(AdmitError::Deciding.blame(), Blame::Nobody);
}
