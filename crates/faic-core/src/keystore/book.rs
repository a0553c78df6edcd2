//! The address book of a wallet: the names of those whom its owner pays, which are sealed with its secrets.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::address::Address;

use super::label::Label;

/// Most entries in an address book.
pub const BOOK_ENTRIES_MAX: usize = 256;

/// A name in the address book; its address is of the wallet's network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Contact {
    /// The name, unique in the book.
    pub name: Label,
    /// The address.
    pub address: Address,
}
