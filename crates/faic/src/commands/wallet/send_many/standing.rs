//! How much of a list of payments is paid, as far as it is known; what is not known is never told as not done.

use std::{collections::BTreeMap, fmt};

use super::SendMany;
use crate::{
    failure::{Code, Failure},
    outbox::{Batch, Outbox, OutboxError, Progress, Record, State},
};

/// How much of a list of payments is paid, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// How many payments are final.
    pub(super) paid: usize,
    /// How many others were given to a node, or were about to be, and may be final.
    pub(super) open: usize,
    /// How many there are.
    pub(super) all: usize,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { paid, open, all } = self;
        match open {
            0 => write!(f, "{paid} of {all} payments are final"),
            _ => write!(f, "at least {paid} of {all} payments are final, and up to {open} more were sent"),
        }
    }
}

impl Standing {
    /// Whether something of the list is paid, or may be.
    pub(super) const fn is_begun(self) -> bool {
        self.paid > 0 || self.open > 0
    }

    /// What the wallet's record tells of a batch, without asking a node.
    fn of_batch(batch: &Batch, records: &[Record]) -> Self {
        let mut parts: BTreeMap<u32, Self> = BTreeMap::new();
        let all = usize::try_from(batch.payments).unwrap_or(usize::MAX);
        for record in records {
            let Some(place) = record.batch.filter(|place| place.batch == batch.id && place.round == batch.round) else {
                continue;
            };
            let part = parts.entry(place.part).or_insert(Self { paid: 0, open: 0, all });
            match record.state {
                State::Found(_) | State::Final(_) => part.paid = record.outputs().len(),
                State::Built | State::Refused | State::Submitted | State::Left | State::Said(_) => {
                    part.open = record.outputs().len();
                }
                State::Expired | State::Replaced => {}
            }
        }
        let paid = parts.values().map(|part| part.paid).sum();
        let open = parts.values().filter(|part| part.paid == 0).map(|part| part.open).sum();
        Self { paid, open, all }
    }
}

impl SendMany {
    /// The failure of a command that could not begin, with what is known of the payments of the same file that were made
    /// before.
    pub(super) fn explained(&self, outbox: &Outbox, from: &str, failure: Failure) -> Failure {
        match self.standing_before(outbox, from) {
            Ok(Some(standing)) => {
                let message = format!("{standing} before; now: {}", failure.message());
                Failure::new(Code::BatchPartlyPaid, message).advice(self.goes_on())
            }
            // Where the record cannot be read, what went wrong before is what is to be mended first.
            Ok(None) | Err(_) => failure,
        }
    }

    /// What is known of the payments of the file that were begun from an account; nothing where none was sent.
    fn standing_before(&self, outbox: &Outbox, from: &str) -> Result<Option<Standing>, OutboxError> {
        let Ok(file) = self.path() else { return Ok(None) };
        let is_it = |batch: &Batch| batch.progress == Progress::Begun && batch.file == file && batch.from == from;
        let Some(batch) = outbox.batches()?.into_iter().find(is_it) else { return Ok(None) };
        let standing = Standing::of_batch(&batch, &outbox.records()?);
        Ok(standing.is_begun().then_some(standing))
    }
}
