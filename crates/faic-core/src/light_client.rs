//! The light client: how a wallet that keeps no blocks comes to trust a header, and with it what proofs show.
//!
//! From a head that it trusts (the genesis, or a checkpoint that a person named) it goes forward by jumps. A later header
//! is believed when more than two thirds of its own validators certified it, and more than a third of the stake of the
//! trusted validators is among those who did: at least one of them is honest, as long as less than a third is not. Where
//! too few of them are left, it goes over a header in between. The next height needs no such overlap, because its
//! validators were announced. This is the verification of Tendermint's light client (Braithwaite et al., arXiv 2010.07031).
//!
//! Validators who have taken their stake back have nothing to lose by signing another history. So a head is trusted for a
//! limited time only, shorter than the stake stays bound; after that a person has to name a new checkpoint.

use std::time::Duration;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    ChainId, Hash,
    block::{Certificate, Header, ValidatorSet},
    crypto::{CertificateError, Verifier},
    transaction::Height,
};

/// How far a header's time may be ahead of this machine's clock.
pub const CLOCK_DRIFT_MAX: Duration = Duration::from_secs(60);

/// A header with what makes it final.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LightBlock {
    /// The header.
    pub header: Header,
    /// The proof by the header's validators that it is final.
    pub certificate: Certificate,
    /// The header's validators.
    pub validators: ValidatorSet,
}

/// What is trusted.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Head {
    /// The height; 0 for the genesis.
    pub height: Height,
    /// The id of the block, or of the genesis.
    pub id: Hash,
    /// The time of the block in milliseconds since 1970-01-01 UTC; 0 for the genesis, which does not grow old here: who
    /// begins there on a chain older than stake stays bound trusts validators who may have left.
    pub time_ms: u64,
    /// The root of the state after the block; `None` for the genesis.
    pub state_root: Option<Hash>,
    /// The Merkle root over the ids of all blocks before, from the genesis on; [`Hash::ZERO`] for the genesis.
    pub ancestors: Hash,
    /// The validators who decided it; those of height 1 for the genesis.
    pub validators: ValidatorSet,
    /// The hash of the validators who decide the next height.
    pub next_validators: Hash,
}

/// Gives the blocks that the light client asks for; it need not be honest.
pub trait Source {
    /// Why there is no such block.
    type Error: std::error::Error + 'static;

    /// The block of a height.
    ///
    /// # Errors
    /// Whatever stands in the way.
    fn light_block(&mut self, height: Height) -> Result<LightBlock, Self::Error>;
}

/// Follows the validators of one chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LightClient {
    /// The chain.
    chain_id: ChainId,
    /// The last head that is trusted.
    head: Head,
    /// How long a head is trusted after its time.
    trust_period: Duration,
}

impl Head {
    /// The head of a chain's beginning, which whoever knows the genesis trusts.
    pub fn genesis(id: Hash, validators: ValidatorSet) -> Self {
        let next_validators = validators.hash();
        Self { height: 0, id, time_ms: 0, state_root: None, ancestors: Hash::ZERO, validators, next_validators }
    }

    /// The head that a checked block is.
    fn of(block: &LightBlock) -> Self {
        let LightBlock { header, validators, .. } = block;
        Self {
            height: header.height,
            id: header.id(),
            time_ms: header.time_ms,
            state_root: Some(header.state_root),
            ancestors: header.ancestors,
            validators: validators.clone(),
            next_validators: header.next_validators,
        }
    }
}

impl LightClient {
    /// Trusts a head of a chain: its genesis, or one that was trusted before.
    pub const fn new(chain_id: ChainId, head: Head, trust_period: Duration) -> Self {
        Self { chain_id, head, trust_period }
    }

    /// Trusts a checkpoint, which a person named by its height and id; the block may come from anybody.
    ///
    /// # Errors
    /// [`LightClientError::NotTheCheckpoint`] for another block, and what is wrong with one that does not hold.
    pub fn at_checkpoint(
        verifier: &dyn Verifier,
        chain_id: ChainId,
        (height, id): (Height, Hash),
        block: &LightBlock,
        trust_period: Duration,
    ) -> Result<Self, LightClientError> {
        if (block.header.height, block.header.id()) != (height, id) {
            return Err(LightClientError::NotTheCheckpoint { height });
        }
        check_alone(verifier, &chain_id, block)?;
        Ok(Self::new(chain_id, Head::of(block), trust_period))
    }

    /// The chain.
    pub const fn chain_id(&self) -> &ChainId {
        &self.chain_id
    }

    /// The last head that is trusted.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// Trusts a later block, if the trusted validators vouch for it; after an error nothing has changed.
    ///
    /// `now_ms` is this machine's clock in milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`LightClientError`] names what is wrong; after [`LightClientError::TooFar`] a block in between may help.
    pub fn advance(
        &mut self,
        verifier: &dyn Verifier,
        block: &LightBlock,
        now_ms: u64,
    ) -> Result<(), LightClientError> {
        self.check_age(now_ms)?;
        let (header, head) = (&block.header, &self.head);
        let height = header.height;
        if height <= head.height {
            return Err(LightClientError::NotLater { height, trusted: head.height });
        }
        if header.time_ms <= head.time_ms {
            return Err(LightClientError::Time { height });
        }
        if header.time_ms > now_ms.saturating_add(milliseconds(CLOCK_DRIFT_MAX)) {
            return Err(LightClientError::FromTheFuture { height });
        }
        if height == head.height.saturating_add(1) {
            if header.parent != head.id {
                return Err(LightClientError::OtherParent { height });
            }
            if header.validators != head.next_validators {
                return Err(LightClientError::OtherValidators { height });
            }
        } else if !vouched_for(&head.validators, &block.certificate) {
            return Err(LightClientError::TooFar { trusted: head.height, height });
        }
        check_alone(verifier, &self.chain_id, block)?;
        self.head = Head::of(block);
        Ok(())
    }

    /// Goes forward to a height, over as few blocks in between as the changes of the validators need.
    ///
    /// The number of blocks grows with the logarithm of the distance for each time that the trusted validators are gone.
    /// What was reached before an error stays trusted.
    ///
    /// # Errors
    /// [`ReachError`]: a block is missing, or one does not hold.
    pub fn reach<S: Source>(
        &mut self,
        verifier: &dyn Verifier,
        source: &mut S,
        height: Height,
        now_ms: u64,
    ) -> Result<(), ReachError<S::Error>> {
        // The blocks that are still too far, the nearest last.
        let mut ahead = Vec::new();
        while self.head.height < height || !ahead.is_empty() {
            let block = match ahead.pop() {
                Some(block) => block,
                None => self.ask(source, height)?,
            };
            match self.advance(verifier, &block, now_ms) {
                Ok(()) => {}
                Err(LightClientError::TooFar { .. }) => {
                    let between = self.head.height.midpoint(block.header.height);
                    ahead.push(block);
                    ahead.push(self.ask(source, between)?);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Asks for the block of a height, and takes no other.
    fn ask<S: Source>(&self, source: &mut S, height: Height) -> Result<LightBlock, ReachError<S::Error>> {
        let block = source.light_block(height).map_err(ReachError::Source)?;
        if block.header.height == height {
            Ok(block)
        } else {
            Err(LightClientError::OtherHeight { asked: height, height: block.header.height }.into())
        }
    }

    /// Checks that the head is not too old to be built on.
    fn check_age(&self, now_ms: u64) -> Result<(), LightClientError> {
        let age = now_ms.saturating_sub(self.head.time_ms);
        if self.head.height > 0 && age > milliseconds(self.trust_period) {
            return Err(LightClientError::Expired { trusted: self.head.height });
        }
        Ok(())
    }
}

/// Checks everything about a block that does not depend on what is trusted.
fn check_alone(verifier: &dyn Verifier, chain_id: &ChainId, block: &LightBlock) -> Result<(), LightClientError> {
    let LightBlock { header, certificate, validators } = block;
    let height = header.height;
    if header.chain_id != *chain_id {
        return Err(LightClientError::OtherChain { expected: chain_id.clone(), found: header.chain_id.clone() });
    }
    if header.validators != validators.hash() {
        return Err(LightClientError::OtherValidators { height });
    }
    if (certificate.height, certificate.block) != (height, header.id()) {
        return Err(LightClientError::OtherBlock { height });
    }
    verifier
        .verify_certificate(chain_id, certificate, validators)
        .map_err(|source| LightClientError::Certificate { height, source })
}

/// Whether more than a third of the stake of these validators is among those who signed; the signatures are not checked
/// here.
fn vouched_for(validators: &ValidatorSet, certificate: &Certificate) -> bool {
    let signed = |key| certificate.signatures.binary_search_by_key(key, |vote| vote.validator).is_ok();
    let stakes = validators.iter().filter(|validator| signed(&validator.key));
    let stake: u128 = stakes.map(|validator| u128::from(validator.stake.nano())).sum();
    stake.saturating_mul(3) > u128::from(validators.total_stake().nano())
}

/// A duration in whole milliseconds.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Why a block is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LightClientError {
    /// The header is of another chain.
    #[error("the header is of the chain {found}, not of {expected}")]
    OtherChain {
        /// The chain that is followed.
        expected: ChainId,
        /// The header's chain.
        found: ChainId,
    },
    /// Another height was asked for.
    #[error("the block has height {height}, and {asked} was asked for")]
    OtherHeight {
        /// The height that was asked for.
        asked: Height,
        /// The block's.
        height: Height,
    },
    /// The block is not the one that a person named.
    #[error("the block of height {height} is not the named checkpoint")]
    NotTheCheckpoint {
        /// The checkpoint's height.
        height: Height,
    },
    /// The head has been trusted for too long.
    #[error("the trusted block of height {trusted} is too old to be built on")]
    Expired {
        /// The height of the head.
        trusted: Height,
    },
    /// The block does not come after the head.
    #[error("the block has height {height}, and {trusted} is trusted already")]
    NotLater {
        /// The block's height.
        height: Height,
        /// The height of the head.
        trusted: Height,
    },
    /// The block's time is not later than that of the head.
    #[error("the block of height {height} claims to be older than the trusted one before it")]
    Time {
        /// The block's height.
        height: Height,
    },
    /// The block's time has not come yet.
    #[error("the block of height {height} comes from the future; check this machine's clock")]
    FromTheFuture {
        /// The block's height.
        height: Height,
    },
    /// The block after the head names another parent.
    #[error("the block of height {height} does not follow the trusted block before it")]
    OtherParent {
        /// The block's height.
        height: Height,
    },
    /// The header names other validators than those that came with it, or than those that were announced.
    #[error("the header of height {height} names other validators")]
    OtherValidators {
        /// The block's height.
        height: Height,
    },
    /// The certificate is for another block.
    #[error("the certificate is not for the header of height {height}")]
    OtherBlock {
        /// The block's height.
        height: Height,
    },
    /// The certificate does not hold.
    #[error("the certificate of height {height} does not hold")]
    Certificate {
        /// The block's height.
        height: Height,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// Too few of the trusted validators signed.
    #[error("too few of the validators trusted at height {trusted} signed the block of height {height}")]
    TooFar {
        /// The height of the head.
        trusted: Height,
        /// The block's height.
        height: Height,
    },
}

/// Why a height was not reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReachError<E: std::error::Error + 'static> {
    /// A block is missing.
    #[error(transparent)]
    Source(E),
    /// A block does not hold.
    #[error(transparent)]
    Block(#[from] LightClientError),
}

#[cfg(test)]
mod tests;
