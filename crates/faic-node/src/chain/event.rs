//! What the chain tells its subscribers of.

use std::sync::Arc;

use faic_core::{Address, Hash, Height};

use super::{Origin, Outcome};

/// Something that subscribers may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A block became final.
    Block {
        /// Its height.
        height: Height,
        /// Its id.
        id: Hash,
        /// The ids of its transactions, in their order.
        transactions: Arc<[Hash]>,
    },
    /// A transaction entered the mempool.
    Pooled {
        /// Its id.
        id: Hash,
        /// How it came.
        origin: Origin,
        /// The accounts that take part in it.
        accounts: Arc<[Address]>,
    },
    /// A transaction left the mempool without being final.
    Dropped {
        /// Its id.
        id: Hash,
        /// Why it left, and whether that is certain to be its end.
        outcome: Outcome,
    },
}
