//! Why a transaction can't be in the next block.

use faic_core::{
    Amount, ChainId, Height,
    staking::{CANDIDATES_MAX, UNBONDING_MAX},
};

use crate::store::StoreError;

/// Why a transaction can't be in the next block.
#[derive(Debug, thiserror::Error)]
pub enum ExecutionError {
    /// Made for another chain.
    #[error("the transaction is for another chain, this is {expected}")]
    OtherChain {
        /// The chain of this ledger.
        expected: ChainId,
    },
    /// Its last height has passed.
    #[error("the transaction was valid until height {valid_until}, the next block is {height}")]
    Expired {
        /// The transaction's last height.
        valid_until: Height,
        /// The height of the next block.
        height: Height,
    },
    /// Its last height is too far ahead.
    #[error("valid_until is too far ahead, at most {most} is allowed now")]
    ValidTooLong {
        /// The highest `valid_until` at this height.
        most: Height,
    },
    /// A fee below the base fee.
    #[error("the fee is too low, at least {} nano are needed now", needed.nano())]
    FeeTooLow {
        /// The least fee now.
        needed: Amount,
    },
    /// Another place in the lane than the next.
    #[error("the sequence is {found}, the lane's next is {expected}")]
    Sequence {
        /// The lane's next sequence.
        expected: u64,
        /// The transaction's sequence.
        found: u64,
    },
    /// The lane's last sequence, after which none is left.
    #[error("the lane has no sequence left")]
    SequenceEnd,
    /// The authority does not govern the sender.
    #[error("the authority does not govern the sender's account")]
    OtherAuthority,
    /// The authority does not govern the fee payer.
    #[error("the authority does not govern the fee payer's account")]
    OtherPayerAuthority,
    /// More is spent than there is.
    #[error("the balance is {} nano, {} nano are needed", balance.nano(), needed.nano())]
    InsufficientBalance {
        /// What the account has.
        balance: Amount,
        /// What outputs and fee take from it.
        needed: Amount,
    },
    /// A receiver asks for a memo and there is none.
    #[error("output {output} goes to an account that requires a memo")]
    MemoRequired {
        /// The position of the output, from 0.
        output: usize,
    },
    /// The sender has nothing at stake or unbonding.
    #[error("the account has nothing at stake")]
    NotACandidate,
    /// The sender was removed for ever.
    #[error("the account signed what excludes each other, and never validates again")]
    Tombstoned,
    /// A bond that adds nothing and names the same key.
    #[error("the bond adds no stake and names no other key")]
    NothingToBond,
    /// The validator key is another candidate's.
    #[error("the validator key is another candidate's")]
    KeyTaken,
    /// There are as many candidates as there may be.
    #[error("there are {CANDIDATES_MAX} candidates, which is as many as there may be")]
    CandidatesFull,
    /// What would be at stake is not nothing, and not enough for a validator.
    #[error("the stake would be too low, at least {} nano must be at stake", least.nano())]
    StakeTooLow {
        /// The least stake.
        least: Amount,
    },
    /// More is taken from the stake than there is.
    #[error("the stake is {} nano, {} nano are to be unbonded", stake.nano(), needed.nano())]
    InsufficientStake {
        /// What is at stake.
        stake: Amount,
        /// What is to be unbonded.
        needed: Amount,
    },
    /// The candidate has as many entries of unbonding money as it may have.
    #[error("{UNBONDING_MAX} amounts are unbonding, which is as many as there may be")]
    UnbondingFull,
    /// No unbonding money can be withdrawn yet.
    #[error("nothing can be withdrawn at this height{}", next.map(|next| format!(", the next amount at {next}")).unwrap_or_default())]
    NothingToWithdraw {
        /// The first height at which something can be, where anything is unbonding.
        next: Option<Height>,
    },
    /// The unbonding blocks have passed, the unbonding time has not.
    #[error(
        "nothing can be withdrawn yet: money stays for at least {seconds} seconds after it left the stake, and up to an eighth longer"
    )]
    StillUnbonding {
        /// The first height at which the next amount can be withdrawn, as far as blocks decide.
        release: Height,
        /// The unbonding time, in seconds.
        seconds: u64,
    },
    /// The sender is not jailed.
    #[error("the account is not jailed")]
    NotJailed,
    /// The sender was jailed too short a time ago.
    #[error("the account is jailed until height {from}")]
    StillJailed {
        /// The first height at which it may return.
        from: Height,
    },
    /// A sum is over the supply.
    #[error("a sum is over the supply")]
    OverSupply,
    /// The proposer is not a validator of this height.
    #[error("the proposer is not a validator")]
    UnknownProposer,
    /// The store failed; nothing is known about the transaction.
    #[error("the state can't be read")]
    State(#[from] StoreError),
}
