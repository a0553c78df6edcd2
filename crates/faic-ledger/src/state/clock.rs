//! Which heights are so long ago that their unbonding time has passed, told by the times of the headers alone.
//!
//! A chain that is busy makes blocks faster, and anybody can keep it busy; so a number of blocks says little about how
//! long money is bound. The state does not keep the time of every block: it keeps a few marks, spread over the unbonding
//! time. See `docs/adr/0026`.

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::Height;

/// Into how many parts the marks divide the unbonding time; it passes for a height one part late at
/// most, or with the first block after that where there was none for longer.
const PARTS: u64 = 8;
/// How many marks there are: one more than parts, so that the first is older than the whole time.
const MARKS: usize = 9;

/// The times of a few blocks, of which the last ones reach back over the unbonding time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct UnbondingClock {
    /// The marks, ascending in height and time; at the beginning they are all that of height 0.
    marks: [Mark; MARKS],
}

/// The time of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Mark {
    /// The block's height.
    height: Height,
    /// The time in its header, in milliseconds since 1970-01-01 UTC.
    time_ms: u64,
}

impl UnbondingClock {
    /// The clock of a chain that begins at that time.
    pub(crate) const fn begin(time_ms: u64) -> Self {
        Self { marks: [Mark { height: 0, time_ms }; MARKS] }
    }

    /// The clock after a block: the oldest mark gives way to the block's where a part of the unbonding time went by.
    pub(crate) fn after(mut self, height: Height, time_ms: u64, unbonding_ms: u64) -> Self {
        let newest_ms = self.marks.last().map_or(0, |mark| mark.time_ms);
        if time_ms.saturating_sub(newest_ms) >= unbonding_ms.div_ceil(PARTS) {
            self.marks.rotate_left(1);
            if let Some(last) = self.marks.last_mut() {
                *last = Mark { height, time_ms };
            }
        }
        self
    }

    /// The last height that is known to be decided at least the unbonding time before `now_ms`; 0 when none is.
    pub(crate) fn passed(&self, now_ms: u64, unbonding_ms: u64) -> Height {
        let is_past = |mark: &&Mark| now_ms.saturating_sub(mark.time_ms) >= unbonding_ms;
        self.marks.iter().rev().find(is_past).map_or(0, |mark| mark.height)
    }
}

#[cfg(test)]
mod tests;
