//! The bits that all keys of a subtree begin with.

use faic_core::state_proof::Half;

/// The first bits of a key: which subtree it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    /// The smallest key of the subtree: the prefix's bits, then zeros.
    first: [u8; 32],
    /// The number of bits, which is the depth of the subtree; at most 256.
    depth: usize,
}

impl Prefix {
    /// The prefix of every key.
    pub(super) const ROOT: Self = Self { first: [0; 32], depth: 0 };

    /// The number of bits of a key, below which nothing can be divided.
    pub(super) const DEPTH_MAX: usize = 256;

    /// The number of bits of the prefix.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// The smallest key of the subtree.
    pub(super) const fn first(&self) -> &[u8; 32] {
        &self.first
    }

    /// The largest key of the subtree.
    pub(super) fn last(&self) -> [u8; 32] {
        let mut last = self.first;
        for (byte, bits_before) in last.iter_mut().zip((0_usize..).step_by(8)) {
            let kept = self.depth.saturating_sub(bits_before).min(8);
            *byte |= low_bits_after(kept);
        }
        last
    }

    /// The subtree in the given half; of a whole key, the key itself.
    pub(super) fn half(&self, half: Half) -> Self {
        let mut child = Self { first: self.first, depth: self.depth.saturating_add(1).min(Self::DEPTH_MAX) };
        match half {
            Half::Left => {}
            Half::Right => {
                if let Some(byte) = child.first.get_mut(self.depth / 8) {
                    *byte |= 0x80 >> (self.depth % 8);
                }
            }
        }
        child
    }
}

/// A byte whose first `kept` bits are 0 and the others 1.
fn low_bits_after(kept: usize) -> u8 {
    u32::try_from(kept).ok().and_then(|kept| u8::MAX.checked_shr(kept)).unwrap_or(0)
}
