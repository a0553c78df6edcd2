//! A list of payments that is paid by several transactions: that it was begun, and whether it is done.
//!
//! Which of its parts are paid, the records of the transactions tell. The document is on disk before the first of them.

use std::{collections::BTreeSet, path::PathBuf};

use faic_core::{Address, Amount, ChainId, Domain, Hash, Network, transaction::Output};
use serde::{Deserialize, Serialize};

use super::{
    Outbox, OutboxError, Record, RecordError, State, checked, create_private_folder, names, read_private,
    record::hash_text, write_private,
};

/// The folder of an outbox in which batches are.
const FOLDER: &str = "batches";
/// How the names of batches end.
const SUFFIX: &str = ".json";
/// Most batches of a wallet that are written.
pub(crate) const BATCHES_MAX: usize = 1_000;
/// Most batches that are read, more than are written for the same reason as records.
const BATCHES_READ_MAX: usize = 2 * BATCHES_MAX;
/// Most bytes of a batch's document.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Progress {
    /// It was begun.
    Begun,
    /// All of it is paid.
    Paid,
    /// It was given up for another list in the same file.
    GivenUp,
}

/// A list of payments of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    /// What tells it from all others: the chain, the account and the payments in their order.
    #[serde(with = "hash_text")]
    pub(crate) id: Hash,
    /// How often it was begun before with explicit intent.
    pub(crate) round: u32,
    /// How far it is.
    pub(crate) progress: Progress,
    /// The chain that it is on.
    pub(crate) chain_id: String,
    /// The address that pays.
    pub(crate) from: String,
    /// The file that it was read from.
    pub(crate) file: String,
    /// How many payments it has.
    pub(crate) payments: u32,
    /// How much they pay, in nano.
    total: u64,
    /// When this round was begun, in milliseconds since 1970-01-01 UTC.
    pub(crate) begun_ms: u64,
    /// The transactions that were signed for it in this round; those that paid it, once all of it is paid.
    transactions: Vec<String>,
}

impl Batch {
    /// Whether it was given up before anything of it was signed.
    pub(crate) fn sent_nothing(&self) -> bool {
        self.progress == Progress::GivenUp && self.transactions.is_empty()
    }

    /// A batch that begins now for the first time, on that chain from that address.
    pub(crate) fn new(
        id: Hash,
        (chain_id, from): (&ChainId, String),
        file: String,
        outputs: &[Output],
        total: Amount,
        begun_ms: u64,
    ) -> Self {
        let (round, chain_id) = (0, chain_id.to_string());
        let payments = u32::try_from(outputs.len()).expect("the number of lines has a limit");
        let (progress, transactions) = (Progress::Begun, Vec::new());
        let total = total.nano();
        Self { id, round, progress, chain_id, from, file, payments, total, begun_ms, transactions }
    }

    /// What tells a list of payments from all others.
    pub(crate) fn id_of(chain_id: &ChainId, sender: &Address, outputs: &[Output]) -> Hash {
        let bytes = borsh::to_vec(&(chain_id, sender, outputs)).expect("writing to memory does not fail");
        Domain::PaymentBatch.hash(&[&bytes])
    }

    /// Whether it makes those payments, from whatever address.
    pub(crate) fn pays(&self, network: Network, outputs: &[Output]) -> bool {
        if usize::try_from(self.payments) != Ok(outputs.len()) {
            return false;
        }
        let chain_id = ChainId::new(self.chain_id.as_str()).ok();
        let place = chain_id.zip(Address::parse(&self.from, network).ok());
        place.is_some_and(|(chain_id, from)| Self::id_of(&chain_id, &from, outputs) == self.id)
    }

    /// The batch in that round.
    pub(crate) fn in_round(&self, round: u32) -> Self {
        Self { round, ..self.clone() }
    }

    /// Whether it was written down as paid, and a transaction of those that paid it is not final.
    pub(crate) fn is_doubtful(&self, records: &[Record]) -> bool {
        let is_final = |state| matches!(state, State::Found(_) | State::Final(_));
        let mut open = records.iter().filter(|record| !is_final(record.state)).map(|record| record.id().to_string());
        self.progress == Progress::Paid && open.any(|id| self.transactions.contains(&id))
    }

    /// The batch, not known to be paid.
    pub(crate) fn begun(self) -> Self {
        Self { progress: Progress::Begun, ..self }
    }

    /// The batch, given up.
    pub(crate) fn given_up(&self) -> Self {
        Self { progress: Progress::GivenUp, ..self.clone() }
    }

    /// The batch with one more transaction, which is about to be sent.
    pub(crate) fn with(&self, transaction: &Hash) -> Self {
        let mut batch = self.clone();
        batch.transactions.push(transaction.to_string());
        batch
    }

    /// The first of its transactions that is not among `records`, so that nobody knows what became of it.
    pub(crate) fn missing(&self, records: &[Record]) -> Option<&str> {
        let ids: BTreeSet<String> = records.iter().map(|record| record.id().to_string()).collect();
        self.transactions.iter().find(|id| !ids.contains(*id)).map(String::as_str)
    }

    /// The batch, paid by those transactions.
    pub(crate) fn paid(&self, transactions: Vec<String>) -> Self {
        Self { progress: Progress::Paid, transactions, ..self.clone() }
    }
}

impl Outbox {
    /// The batch of that id.
    ///
    /// # Errors
    /// [`OutboxError`] names the file that cannot be used.
    pub(crate) fn batch(&self, id: &Hash) -> Result<Option<Batch>, OutboxError> {
        let path = self.batch_path(id);
        let Some(bytes) = read_private(&path, BATCH_BYTES_MAX)? else { return Ok(None) };
        let damaged = |source| OutboxError::Damaged { path: path.clone(), source };
        let batch: Batch = checked::from_json(&bytes).map_err(damaged)?;
        if batch.id == *id { Ok(Some(batch)) } else { Err(damaged(RecordError::OtherName)) }
    }

    /// All batches, by id.
    ///
    /// # Errors
    /// [`OutboxError`] names the file that cannot be used.
    pub(crate) fn batches(&self) -> Result<Vec<Batch>, OutboxError> {
        let folder = self.batches_folder();
        let mut batches = Vec::new();
        for name in names(&folder, SUFFIX, BATCHES_READ_MAX)? {
            let path = folder.join(format!("{name}{SUFFIX}"));
            let id = Hash::parse(&name).map_err(|_| OutboxError::Damaged { path, source: RecordError::OtherName })?;
            batches.extend(self.batch(&id)?);
        }
        Ok(batches)
    }

    /// Writes a batch; it is on disk when this returns.
    ///
    /// # Errors
    /// [`OutboxError::BatchesFull`] for a new one more than there may be; that the folder cannot be written.
    pub(crate) fn write_batch(&self, batch: &Batch) -> Result<(), OutboxError> {
        let path = self.batch_path(&batch.id);
        let folder = self.batches_folder();
        create_private_folder(&folder)?;
        if !path.exists() && names(&folder, SUFFIX, BATCHES_READ_MAX)?.len() >= BATCHES_MAX {
            return Err(OutboxError::BatchesFull { most: BATCHES_MAX, folder });
        }
        write_private(&path, &checked::to_json(batch))
    }

    /// Where batches are.
    pub(super) fn batches_folder(&self) -> PathBuf {
        self.folder.join(FOLDER)
    }

    /// Where a batch is.
    fn batch_path(&self, id: &Hash) -> PathBuf {
        self.batches_folder().join(format!("{id}{SUFFIX}"))
    }
}
