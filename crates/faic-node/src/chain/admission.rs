//! Letting transactions in: how they come, what becomes of them, and who is to blame for a refusal.

use faic_core::{Hash, crypto::VerifyError};
use faic_ledger::{execution::ExecutionError, store::StoreError, validation::FastError};

use crate::mempool::MempoolError;

/// How a transaction came to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A user, or a peer in the name of one, handed it to this node alone, which tells the others of it.
    Here,
    /// It was gossiped: the network passes it on by itself.
    Gossip,
}

/// What became of a submitted transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// The id of the transaction.
    pub id: Hash,
    /// Whether it is new here; only what is new is gossiped.
    pub news: News,
}

/// Whether a transaction is new to this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It is.
    New,
    /// It was pooled already.
    Pooled,
    /// It was final already.
    Final,
}

/// Why a transaction is not let into the mempool.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// It breaks a rule.
    #[error(transparent)]
    Fast(#[from] FastError),
    /// There is no room for it, or it does not fit to what waits.
    #[error(transparent)]
    Mempool(#[from] MempoolError),
    /// Another transaction with its sequence is in the block that is being decided, so it is too late to replace it.
    #[error("another transaction with this sequence is in the block that is being decided")]
    Deciding,
    /// The ledger can't be read; nothing is known about the transaction.
    #[error("the ledger can't be read")]
    Store(#[from] StoreError),
}

/// Who is to blame for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The peer that passed it on: no honest node would have.
    Peer,
    /// Nobody: it is a matter of what this node holds at the moment.
    Nobody,
}

impl AdmitError {
    /// Who is to blame, if the transaction was gossiped.
    ///
    /// A peer is where the transaction breaks a rule that is the same at every node and every height; whatever depends on
    /// the state, the base fee or the room in a mempool may have looked different there.
    pub const fn blame(&self) -> Blame {
        match self {
            Self::Fast(error) => blame_of_check(error),
            Self::Mempool(_) | Self::Deciding | Self::Store(_) => Blame::Nobody,
        }
    }
}

/// Who is to blame when the first gate refuses.
const fn blame_of_check(error: &FastError) -> Blame {
    match error {
        FastError::Transaction(_)
        | FastError::Signature(VerifyError::Transaction(_) | VerifyError::BadSignature | VerifyError::BadPossession) => {
            Blame::Peer
        }
        FastError::Execution(error) => match error {
            ExecutionError::OtherChain { .. } => Blame::Peer,
            ExecutionError::Expired { .. }
            | ExecutionError::ValidTooLong { .. }
            | ExecutionError::FeeTooLow { .. }
            | ExecutionError::Sequence { .. }
            | ExecutionError::SequenceEnd
            | ExecutionError::OtherAuthority
            | ExecutionError::OtherPayerAuthority
            | ExecutionError::InsufficientBalance { .. }
            | ExecutionError::MemoRequired { .. }
            | ExecutionError::NotACandidate
            | ExecutionError::Tombstoned
            | ExecutionError::NothingToBond
            | ExecutionError::KeyTaken
            | ExecutionError::CandidatesFull
            | ExecutionError::StakeTooLow { .. }
            | ExecutionError::InsufficientStake { .. }
            | ExecutionError::UnbondingFull
            | ExecutionError::NothingToWithdraw { .. }
            | ExecutionError::NotJailed
            | ExecutionError::StillJailed { .. }
            | ExecutionError::OverSupply
            | ExecutionError::UnknownProposer
            | ExecutionError::State(_) => Blame::Nobody,
        },
    }
}

#[cfg(test)]
mod tests;
