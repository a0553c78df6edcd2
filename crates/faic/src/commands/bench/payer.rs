//! Payments for measurements, from the public accounts of a development network.

use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, KeyManager, Network, SignedTransaction, crypto,
    derivation::{AccountPath, derive_account_key},
    mnemonic::Mnemonic,
    transaction::{LANES, Output, TransactionBuilder},
};
use faic_node::dev;

use crate::failure::Failure;

/// Who is paid.
pub(super) const RECEIVER: Address = Address::from_bytes([42; 32]);
/// How many blocks a payment is valid for.
const VALID_FOR: u64 = 10_000;
/// What is paid for a byte, in nano: enough for a base fee that has risen several times.
const NANO_PER_BYTE: u64 = 1_000;

/// Some lanes of the rich accounts, from which payments are made in turn; each lane is one payer's alone, so that its
/// payments come to one node in their order.
pub(super) struct Payer {
    /// The lanes.
    lanes: Vec<Lane>,
    /// The chain.
    chain_id: ChainId,
    /// The last height at which the payments are valid.
    valid_until: u64,
    /// How many payments were made.
    made: usize,
}

/// A lane of a rich account.
struct Lane {
    /// Signs for the account.
    crypto: BasicCrypto,
    /// What governs it.
    authority: Authority,
    /// The lane.
    number: u8,
    /// The sequence of its next payment.
    sequence: u64,
}

/// All lanes of all rich accounts of a new network of that chain, shared out among so many payers.
///
/// # Errors
/// None that can be met: the mnemonic is a constant.
pub(super) fn payers(count: usize, chain_id: &ChainId, height: u64) -> Result<Vec<Payer>, Failure> {
    let seed = Mnemonic::parse(dev::PUBLIC_MNEMONIC)?.to_seed("");
    let payer = || Payer { lanes: Vec::new(), chain_id: chain_id.clone(), valid_until: height + VALID_FOR, made: 0 };
    let mut payers: Vec<_> = (0..count).map(|_| payer()).collect();
    let mut turn = 0;
    for number in 0..LANES {
        for index in 0..dev::ACCOUNTS {
            let key = derive_account_key(&seed, Network::Dev, AccountPath::new(0, index)?);
            let authority = Authority::single(key.public_key());
            let crypto = BasicCrypto { key_manager: KeyManager::from_iter([key]) };
            payers[turn % count].lanes.push(Lane { crypto, authority, number, sequence: 0 });
            turn += 1;
        }
    }
    Ok(payers)
}

impl Payer {
    /// The next payment, of one nano, signed.
    ///
    /// # Errors
    /// None that can be met: the payment keeps the rules.
    pub(super) fn next(&mut self) -> Result<SignedTransaction, Failure> {
        let count = self.lanes.len();
        let lane = &mut self.lanes[self.made % count];
        self.made += 1;
        let outputs = vec![Output { to: RECEIVER, amount: Amount::from_nano(1)?, memo: String::new() }];
        let body = TransactionBuilder::transfer(self.chain_id.clone(), lane.authority.clone(), outputs)
            .nonce(lane.number, lane.sequence)
            .valid_until(self.valid_until)
            .build(NANO_PER_BYTE)?;
        lane.sequence += 1;
        Ok(crypto::sign_transaction(&lane.crypto, body)?)
    }
}
