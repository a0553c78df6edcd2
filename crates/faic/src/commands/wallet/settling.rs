//! Finding out what became of transactions that were signed before: final, or never to be.
//!
//! A transaction will never be final only where that is proved: its last height has passed, and its place in its lane was
//! not used, or the account's history shows another transaction in that place. What a node only says settles nothing; where
//! the user takes its word, a block that it names for a transaction is believed, and that one will never be final is not.

use std::time::{Duration, Instant};

use faic_core::{Hash, Height, transaction::Nonce};

use super::{
    Account,
    pages::{Cursor, proved_page},
};
use crate::{
    client::{ANSWER_MARGIN, Client, ClientError, TransactionAnswer},
    failure::Failure,
    outbox::{Belief, Record, State},
    trust::Trust,
};

/// How many transactions of the history are asked for at once.
const PAGE_ITEMS: u16 = 100;
/// The least time between two questions about the same transaction.
const PAUSE: Duration = Duration::from_millis(250);
/// The code of a node that knows no transaction of an id.
const UNKNOWN: &str = "transaction_unknown";

/// Whom to ask about the transactions of an account.
#[derive(Clone, Copy)]
pub(super) struct Settling<'a> {
    /// The account.
    pub(super) account: &'a Account,
    /// The node.
    pub(super) client: &'a Client,
    /// The chain, as far as it is trusted; nothing where the node's word is taken.
    pub(super) trust: Option<&'a Trust>,
}

impl Settling<'_> {
    /// What is believed of an end.
    pub(super) const fn belief(&self) -> Belief {
        match self.trust {
            Some(_) => Belief::Proofs,
            None => Belief::Word,
        }
    }

    /// The records of transactions that came to their end, in their new states; others are left out.
    ///
    /// # Errors
    /// A failure that says why the node could not be asked, or what did not match.
    pub(super) fn settle(&self, records: &[Record]) -> Result<Vec<Record>, Failure> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        match self.trust {
            Some(trust) => self.settle_proved(trust, records),
            None => records.iter().filter_map(|record| self.believed(record).transpose()).collect(),
        }
    }

    /// The record, final, where the node names a block for it.
    ///
    /// Its word is not taken for an end without a block, because what is believed to be void may be paid again.
    fn believed(&self, record: &Record) -> Result<Option<Record>, Failure> {
        Ok(match known(self.client.wait_for(&record.id(), Duration::ZERO))? {
            Some(TransactionAnswer::Final { height, .. }) => Some(record.in_state(State::Final(height))),
            Some(TransactionAnswer::Expired {} | TransactionAnswer::Pooled {} | TransactionAnswer::Rejected { .. })
            | None => None,
        })
    }

    /// The records whose end is proved.
    fn settle_proved(&self, trust: &Trust, records: &[Record]) -> Result<Vec<Record>, Failure> {
        let answer = self.client.proved_account(&self.account.address, self.account.network)?;
        let proof = answer.proof.as_ref().ok_or(ClientError::NoProof)?;
        let (account, height) = trust.account(self.client, proof, &self.account.address)?;
        let mut ended = Vec::new();
        let mut taken = Vec::new();
        for record in records {
            let Nonce { lane, sequence } = record.nonce();
            if account.next_sequence(lane) <= sequence {
                ended.extend((height >= record.valid_until()).then(|| record.in_state(State::Expired)));
            } else if let Some(height) = self.proved_height(trust, &record.id())? {
                ended.push(record.in_state(State::Final(height)));
            } else {
                taken.push(record);
            }
        }
        ended.extend(self.settle_taken(trust, taken)?);
        Ok(ended)
    }

    /// The height of the block in which a transaction is, where the node shows that.
    fn proved_height(&self, trust: &Trust, id: &Hash) -> Result<Option<Height>, Failure> {
        let answer = known(self.client.wait_for_proof(id, Duration::ZERO))?;
        let Some(TransactionAnswer::Final { proof, .. }) = answer else { return Ok(None) };
        let proof = trust.transaction(self.client, &proof.ok_or(ClientError::NoProof)?, id)?;
        Ok(Some(proof.block.header.height))
    }

    /// Which of the transactions whose places were used are final and which were replaced, as the history proves.
    ///
    /// One of which the node does not show the place is left out, as one that may still be final.
    fn settle_taken(&self, trust: &Trust, mut open: Vec<&Record>) -> Result<Vec<Record>, Failure> {
        let mut ended = Vec::new();
        let mut cursor: Option<Cursor> = None;
        let oldest = open.iter().map(|record| record.made_at).min().unwrap_or_default();
        while !open.is_empty() {
            let page = proved_page(self.account, self.client, trust, cursor.as_ref(), PAGE_ITEMS)?;
            self.client.patience().renew();
            for proof in &page.proofs {
                let found = &proof.signed.transaction;
                let height = proof.block.header.height;
                let is_place = |record: &&Record| found.sender == record.sender() && found.nonce == record.nonce();
                ended.extend(open.iter().filter(|record| is_place(record)).map(|record| {
                    let is_it = record.id() == proof.signed.id();
                    record.in_state(if is_it { State::Final(height) } else { State::Replaced })
                }));
                open.retain(|record| !is_place(record));
            }
            let is_before = |height: Height| height < oldest;
            let last = page.proofs.last().map(|proof| proof.block.header.height);
            match page.next {
                Some(next) if !last.is_some_and(is_before) => cursor = Some(next),
                Some(_) | None => break,
            }
        }
        Ok(ended)
    }
}

/// What the node answers about a transaction; nothing where it says that it knows none of that id.
///
/// Any other refusal, such as that it is too busy, tells nothing about the transaction and stays an error.
fn known(answer: Result<TransactionAnswer, ClientError>) -> Result<Option<TransactionAnswer>, ClientError> {
    match answer {
        Err(ClientError::Refused(problem)) if problem.code == UNKNOWN => Ok(None),
        answer => answer.map(Some),
    }
}

/// Waits a moment after an answer that came before the wait that it was asked for was over, for at most what is left.
pub(super) fn pause(client: &Client, asked: Instant) {
    client.patience().pause(PAUSE.saturating_sub(asked.elapsed()));
}

/// Whether too little patience is left to ask once more.
pub(super) fn is_over(client: &Client) -> bool {
    client.patience().left() <= ANSWER_MARGIN
}
