//! What a list of payments pays, line by line and in no order, so that its payments are known again in another list.
//!
//! A line is known by eight bytes of a hash over the chain, the receiver, the amount and the memo. The document is on disk
//! before the batch's. Whoever reads it can try a guess at a line, also at one that was never sent; so it is as private as the
//! rest of the record.

use std::{collections::BTreeMap, path::PathBuf};

use faic_core::{ChainId, Hash, transaction::Output};
use serde::{Deserialize, Serialize};

use super::{Batch, Outbox, OutboxError, RecordError, checked, create_private_folder, read_private, record::hash_text};

/// How the names of the documents end, which is not how those of batches do.
const SUFFIX: &str = ".lines";
/// Most bytes of a document: 16 for each of 100,000 lines, and the rest.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a line is known by.
type Mark = [u8; 8];

/// The lines of a list, and how often it has each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    /// How often each is there.
    counts: BTreeMap<Mark, usize>,
}

/// What a file says of the lines of a batch.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The batch.
    #[serde(with = "hash_text")]
    batch: Hash,
    /// The marks of the lines in ascending order, in hexadecimal.
    lines: String,
}

impl Lines {
    /// The lines that pay those outputs on a chain, from whatever account.
    pub(crate) fn of(chain_id: &ChainId, outputs: &[Output]) -> Self {
        // The hash of a list of this one payment, from its receiver.
        let id = |output: &Output| Batch::id_of(chain_id, &output.to, std::slice::from_ref(output));
        outputs.iter().filter_map(|output| id(output).as_bytes().first_chunk().copied()).collect()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.counts.values().sum()
    }

    /// How many of them another list has as well.
    pub(crate) fn common(&self, other: &Self) -> usize {
        let of_other = |mark| other.counts.get(mark).copied().unwrap_or_default();
        self.counts.iter().map(|(mark, count)| of_other(mark).min(*count)).sum()
    }

    /// Adds those lines of another list that a third one has as well, so that there are never more kinds of them than it has.
    pub(crate) fn add_common(&mut self, other: &Self, third: &Self) {
        for (mark, count) in other.counts.iter().filter(|(mark, _)| third.counts.contains_key(*mark)) {
            *self.counts.entry(*mark).or_default() += count;
        }
    }

    /// The document of a batch with these lines.
    fn to_json(&self, batch: Hash) -> Vec<u8> {
        let marks = self.counts.iter().flat_map(|(mark, count)| std::iter::repeat_n(mark, *count));
        let bytes: Vec<u8> = marks.flatten().copied().collect();
        checked::to_json(Document { batch, lines: hex::encode(bytes) })
    }

    /// Reads the document of a batch.
    ///
    /// # Errors
    /// [`RecordError`] says what is wrong with it.
    fn from_json(bytes: &[u8], batch: &Hash) -> Result<Self, RecordError> {
        let document: Document = checked::from_json(bytes)?;
        if document.batch != *batch {
            return Err(RecordError::OtherName);
        }
        let marks = hex::decode(&document.lines).map_err(|_| RecordError::Field("lines"))?;
        let (marks, rest) = marks.as_chunks();
        if rest.is_empty() { Ok(marks.iter().copied().collect()) } else { Err(RecordError::Field("lines")) }
    }
}

impl FromIterator<Mark> for Lines {
    fn from_iter<I: IntoIterator<Item = Mark>>(marks: I) -> Self {
        let mut lines = Self::default();
        for mark in marks {
            *lines.counts.entry(mark).or_default() += 1;
        }
        lines
    }
}

impl Outbox {
    /// The lines of a batch; nothing where an earlier version of the program wrote the batch.
    ///
    /// # Errors
    /// [`OutboxError`] names the file that cannot be used.
    pub(crate) fn lines(&self, batch: &Hash) -> Result<Option<Lines>, OutboxError> {
        let path = self.lines_path(batch);
        let Some(bytes) = read_private(&path, BYTES_MAX)? else { return Ok(None) };
        Lines::from_json(&bytes, batch).map(Some).map_err(|source| OutboxError::Damaged { path, source })
    }

    /// Writes the lines of a batch; they are on disk when this returns.
    ///
    /// # Errors
    /// That the folder cannot be written.
    pub(crate) fn write_lines(&self, batch: &Hash, lines: &Lines) -> Result<(), OutboxError> {
        create_private_folder(&self.batches_folder())?;
        super::write_private(&self.lines_path(batch), &lines.to_json(*batch))
    }

    /// Where the lines of a batch are.
    pub(super) fn lines_path(&self, batch: &Hash) -> PathBuf {
        self.batches_folder().join(format!("{batch}{SUFFIX}"))
    }
}
