//! Payments for measurements, from the public accounts of a development network: made, submitted and waited for.

use std::{
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use faic_core::{
    Address, Amount, Authority, BasicCrypto, ChainId, Hash, KeyManager, Network, SignedTransaction, crypto,
    derivation::{AccountPath, derive_account_key},
    mnemonic::Mnemonic,
    transaction::{LANES, Output, TransactionBuilder},
};
use faic_node::dev;

use crate::{
    client::{Client, ClientError, TransactionAnswer},
    failure::{Code, Failure},
};

/// Who is paid.
pub(super) const RECEIVER: Address = Address::from_bytes([42; 32]);
/// How many blocks a payment is valid for.
const VALID_FOR: u64 = 10_000;
/// What is paid for a byte, in nano: enough for a base fee that has risen several times.
const NANO_PER_BYTE: u64 = 1_000;
/// The code by which a node refuses a payment because many of the same account wait.
const MANY_WAIT: &str = "too_many_waiting";
/// How long a payer waits then before it submits the payment again.
const EASE: Duration = Duration::from_millis(5);
/// The longest that one request waits.
const REQUEST_MAX: Duration = Duration::from_secs(10);

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

/// All lanes of some of the rich accounts of a new network of that chain, shared out among so many payers.
///
/// # Errors
/// None that can be met: the mnemonic is a constant.
pub(super) fn payers(
    count: usize,
    accounts: Range<u32>,
    chain_id: &ChainId,
    height: u64,
) -> Result<Vec<Payer>, Failure> {
    let seed = Mnemonic::parse(dev::PUBLIC_MNEMONIC)?.to_seed("");
    let payer = || Payer { lanes: Vec::new(), chain_id: chain_id.clone(), valid_until: height + VALID_FOR, made: 0 };
    let mut payers: Vec<_> = (0..count).map(|_| payer()).collect();
    let mut turn = 0;
    for number in 0..LANES {
        for index in accounts.clone() {
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

/// Submits a payment, and does so again for as long as the node has too many of its account waiting.
///
/// # Errors
/// Any other refusal, and `patience` that is over.
pub(super) fn submit(client: &Client, payment: &SignedTransaction, patience: Duration) -> Result<(), Failure> {
    let begin = Instant::now();
    loop {
        match client.submit(payment) {
            Err(ClientError::Refused(problem)) if problem.code == MANY_WAIT && begin.elapsed() < patience => {
                thread::sleep(EASE);
            }
            submitted => return Ok(submitted.map(drop)?),
        }
    }
}

/// Waits until a payment is final.
///
/// # Errors
/// A failure that says what became of it.
pub(super) fn wait_until_final(client: &Client, id: &Hash, patience: Duration) -> Result<(), Failure> {
    let begin = Instant::now();
    loop {
        let left = patience.saturating_sub(begin.elapsed());
        match client.wait_for(id, left.min(REQUEST_MAX)) {
            Ok(TransactionAnswer::Final { .. }) => return Ok(()),
            Ok(TransactionAnswer::Rejected { reason }) => {
                return Err(Failure::new(Code::TransactionRejected, format!("{id} was rejected: {reason}")));
            }
            Ok(TransactionAnswer::Expired {}) => {
                return Err(Failure::new(Code::TransactionExpired, format!("{id} expired")));
            }
            Ok(TransactionAnswer::Pooled {}) | Err(ClientError::TimedOut { .. }) if !left.is_zero() => {}
            Ok(TransactionAnswer::Pooled {}) => {
                let message = format!("{id} was not final after {} s", patience.as_secs());
                return Err(Failure::new(Code::NotFinal, message));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
