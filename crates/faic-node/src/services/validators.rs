//! Who decides the blocks.

use std::sync::Arc;

use faic_core::{Hash, Height, block::ValidatorSet};
use faic_ledger::state::candidates::Listed;

use crate::{Chain, ErrorCode, FaicError};

/// The validators of a height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorsView {
    /// The height that they decide.
    pub height: Height,
    /// The hash by which headers name them.
    pub hash: Hash,
    /// The validators.
    pub set: ValidatorSet,
    /// Who has money at stake or on its way back as of the last final block, by operator.
    pub candidates: Listed,
}

/// The validators of each height.
pub struct ValidatorService {
    /// The chain.
    chain: Arc<Chain>,
}

impl ValidatorService {
    /// The service of a node on that chain.
    pub const fn new(chain: Arc<Chain>) -> Self {
        Self { chain }
    }

    /// The validators that decide a height; the next one when none is given.
    ///
    /// # Errors
    /// [`ErrorCode::BlockIsGenesis`] at height 0, which nobody decided; [`ErrorCode::BlockUnknown`] for heights whose
    /// validators are not known, such as those after the next.
    pub async fn at(&self, height: Option<Height>) -> Result<ValidatorsView, FaicError> {
        if height == Some(0) {
            return Err(FaicError::new(
                ErrorCode::BlockIsGenesis,
                "height 0 is the genesis, which no validators decided",
            ));
        }
        let found = self.chain.read(move |ledger| {
            let height = height.unwrap_or_else(|| ledger.tip().next_height());
            ledger.validators_at(height).map(|set| (height, set, ledger.candidates().clone()))
        });
        let (height, set, candidates) = found.await?;
        let unknown =
            || FaicError::new(ErrorCode::BlockUnknown, format!("the validators of height {height} are not known"));
        let set = set.ok_or_else(unknown)?;
        Ok(ValidatorsView { height, hash: set.hash(), set, candidates })
    }
}

#[cfg(test)]
mod tests;
