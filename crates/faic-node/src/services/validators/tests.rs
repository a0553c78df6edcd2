//! Tests of who decides which height.

use std::collections::BTreeSet;

use super::ValidatorService;
use crate::{
    ErrorCode,
    testing::{chain, genesis, grow},
};

/// The validators of past heights and of the next one are known, those after it are not.
#[tokio::test]
async fn heights() {
    let chain = chain();
    grow(&chain, 2).await;
    let service = ValidatorService::new(chain);
    for (asked, found) in [(None, 3), (Some(1), 1), (Some(2), 2), (Some(3), 3)] {
        let view = service.at(asked).await.unwrap();
        assert_eq!((view.height, &view.set, view.hash), (found, &genesis().validators, view.set.hash()));
        let staked = view.candidates.iter().map(|(operator, candidate)| (operator, candidate.key, candidate.stake));
        let voting = view.set.iter().map(|validator| (&validator.operator, validator.key, validator.stake));
        assert_eq!(BTreeSet::from_iter(staked), BTreeSet::from_iter(voting));
    }
    assert_eq!(service.at(Some(0)).await.unwrap_err().code(), ErrorCode::BlockIsGenesis);
    for unknown in [4, u64::MAX] {
        assert_eq!(service.at(Some(unknown)).await.unwrap_err().code(), ErrorCode::BlockUnknown);
    }
}
