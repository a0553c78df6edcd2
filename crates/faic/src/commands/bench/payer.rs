//! Payments for measurements, from the public accounts of a development network.

use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, KeyManager, Network, SignedTransaction, crypto,
    derivation::{AccountPath, derive_account_key},
    mnemonic::Mnemonic,
    transaction::{LANES, Output, TransactionBuilder},
};
use faic_node::dev;

use crate::failure::Failure;

/// How many blocks a payment is valid for.
const VALID_FOR: u64 = 10_000;
/// What is paid for a byte, in nano: enough for a base fee that has risen several times.
const NANO_PER_BYTE: u64 = 1_000;

/// Who pays: all lanes of all rich accounts, in turn.
pub(super) struct Payers {
    /// The accounts.
    accounts: Vec<Account>,
    /// The chain.
    chain_id: ChainId,
    /// The last height at which the payments are valid.
    valid_until: u64,
    /// How many payments were made.
    made: usize,
}

/// A rich account.
struct Account {
    /// Signs for it.
    crypto: BasicCrypto,
    /// What governs it.
    authority: Authority,
    /// The next sequence of each lane.
    lanes: Vec<u64>,
}

impl Payers {
    /// The payers of a new network of that chain.
    ///
    /// # Errors
    /// None that can be met: the mnemonic is a constant.
    pub(super) fn new(chain_id: ChainId, height: u64) -> Result<Self, Failure> {
        let seed = Mnemonic::parse(dev::PUBLIC_MNEMONIC)?.to_seed("");
        let account = |index| {
            let key = derive_account_key(&seed, Network::Dev, AccountPath::new(0, index)?);
            let authority = Authority::single(key.public_key());
            let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key]) };
            Ok(Account { crypto, authority, lanes: vec![0; usize::from(LANES)] })
        };
        let accounts = (0..dev::ACCOUNTS).map(account).collect::<Result<_, Failure>>()?;
        Ok(Self { accounts, chain_id, valid_until: height + VALID_FOR, made: 0 })
    }

    /// The next payment, of one nano, signed.
    ///
    /// # Errors
    /// None that can be met: the payment keeps the rules.
    pub(super) fn next(&mut self) -> Result<SignedTransaction, Failure> {
        let turn = self.made;
        self.made += 1;
        let count = self.accounts.len();
        let account = &mut self.accounts[turn % count];
        let lane = turn / count % account.lanes.len();
        let sequence = account.lanes[lane];
        account.lanes[lane] += 1;
        let to = Address::from_bytes([42; 32]);
        let outputs = vec![Output { to, amount: Amount::from_nano(1)?, memo: String::new() }];
        let lane = u8::try_from(lane).unwrap_or_default();
        let body = TransactionBuilder::transfer(self.chain_id.clone(), account.authority.clone(), outputs)
            .nonce(lane, sequence)
            .valid_until(self.valid_until)
            .build(NANO_PER_BYTE)?;
        Ok(crypto::sign_transaction(&account.crypto, body)?)
    }
}
