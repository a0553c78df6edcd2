//! The address book of a wallet: the names of those whom its owner pays, which are sealed with its secrets.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::address::Address;
use crate::bounded;

use super::name::{WALLET_NAME_CHARACTERS_MAX, WalletName};

/// Most entries in an address book.
pub const BOOK_ENTRIES_MAX: usize = 256;

/// A name in the address book; its address is of the wallet's network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize)]
pub struct Contact {
    /// The name, unique in the book.
    pub name: WalletName,
    /// The address.
    pub address: Address,
}

impl BorshDeserialize for Contact {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let name = bounded::read_text(reader, WALLET_NAME_CHARACTERS_MAX)?;
        let name = name.parse().map_err(|_| bounded::invalid("a name of the book is none"))?;
        Ok(Self { name, address: Address::deserialize_reader(reader)? })
    }
}
