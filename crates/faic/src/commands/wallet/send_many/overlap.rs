//! Payments of a file that other files paid before, in another order or among others, whichever wallet of the keystore did it.

use std::{
    fmt,
    time::{Duration, UNIX_EPOCH},
};

use faic_core::keystore::WalletName;
use serde::Serialize;
use serde_json::json;

use super::SendMany;
use crate::{
    commands::wallet::transaction::Moment,
    failure::{Code, Failure},
    outbox::{Batch, Lines, Progress},
};

/// How many payments of a file were made before, and which file made the most of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct PaidBefore {
    /// How many payments were made before, or begun to be made: receiver, amount and memo are the same.
    payments: usize,
    /// The file that made the most of them.
    file: String,
    /// How many that one made.
    payments_of_file: usize,
    /// The wallet that paid it.
    wallet: String,
    /// The account that paid it.
    from: String,
    /// When it was begun, in milliseconds since 1970-01-01 UTC.
    begun_ms: u64,
    /// How many payments the file at hand has.
    #[serde(skip)]
    all: usize,
    /// Whether that file was paid to its end.
    #[serde(skip)]
    progress: Progress,
}

impl fmt::Display for PaidBefore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { payments, payments_of_file, file, wallet, from, all, .. } = self;
        let how = match self.progress {
            Progress::Paid => "made",
            Progress::Begun | Progress::GivenUp => "made or begun",
        };
        write!(f, "{payments} of the {all} payments were {how} before, {payments_of_file} of them out of {file}")?;
        write!(f, " by the wallet {wallet} from {from}")?;
        match UNIX_EPOCH.checked_add(Duration::from_millis(self.begun_ms)) {
            Some(time) => write!(f, ", begun at {}", humantime::format_rfc3339_seconds(time)),
            None => Ok(()),
        }
    }
}

impl PaidBefore {
    /// What a batch has in common with a file of `all` payments, of which other files made `payments`.
    fn of(wallet: &WalletName, batch: Batch, counts: (usize, usize, usize)) -> Self {
        let Batch { file, from, begun_ms, progress, .. } = batch;
        let (payments_of_file, payments, all) = counts;
        Self { payments, file, payments_of_file, wallet: wallet.to_string(), from, begun_ms, all, progress }
    }

    /// The failure of a file that is not paid for it.
    fn refusal(&self, command: &SendMany) -> Failure {
        let (code, advice) = match (self.payments == self.all, self.progress) {
            (false, _) => (
                Code::BatchOverlap,
                "to pay the others only, put them into a file of their own; --restart pays every line, such as the same \
                 salaries in another month, and a memo that names the month makes them other payments",
            ),
            (true, Progress::Paid) => (Code::BatchPaid, "--restart pays every line of it once more, if that is meant"),
            (true, Progress::Begun | Progress::GivenUp) => (
                Code::BatchPartlyPaid,
                "to go on, pay that file to its end; --restart pays every line, also those that were paid",
            ),
        };
        let message = format!("{}: {self}; nothing was sent now", command.file.display());
        Failure::new(code, message).advice(advice).known("paid_before", json!(self))
    }
}

impl SendMany {
    /// Which of the payments other files of the keystore made before on the same chain; where the file at hand was begun, since
    /// then.
    ///
    /// # Errors
    /// A failure where that is all of them, or where nobody is asked, unless the user insists; that a record cannot be read.
    pub(super) fn paid_before(
        &self,
        moment: &Moment<'_>,
        new: &Batch,
        lines: &Lines,
    ) -> Result<Option<PaidBefore>, Failure> {
        let own = &moment.turn.outbox;
        let begun = own.batch(&new.id)?.filter(|_| !self.restart);
        let is_older = |batch: &Batch| begun.as_ref().is_some_and(|begun| batch.begun_ms <= begun.begun_ms);
        let (mut most, mut before) = (None, Lines::default());
        for (wallet, outbox) in own.of_all_wallets()? {
            for batch in outbox.batches()? {
                let is_it = batch.id == new.id && wallet == *moment.sender.name;
                if is_it || batch.chain_id != new.chain_id || batch.sent_nothing() || is_older(&batch) {
                    continue;
                }
                let Some(theirs) = outbox.lines(&batch.id)? else { continue };
                before.add_common(&theirs, lines);
                let common = (lines.common(&theirs), batch.begun_ms);
                if common.0 > 0 && most.as_ref().is_none_or(|(found, _, _)| *found < common) {
                    most = Some((common, wallet.clone(), batch));
                }
            }
        }
        let Some(((of_file, _), wallet, batch)) = most else { return Ok(None) };
        let found = PaidBefore::of(&wallet, batch, (of_file, lines.common(&before), lines.count()));
        // A file that was begun can be gone on with: what it has left is known by its own record.
        let is_refused = !self.restart && begun.is_none() && (found.payments == found.all || !moment.asks());
        if is_refused { Err(found.refusal(self)) } else { Ok(Some(found)) }
    }

    /// Refuses to go on where more was paid since the user was told.
    ///
    /// # Errors
    /// That of [`Self::paid_before`].
    pub(super) fn check_still(&self, told: &Option<PaidBefore>, now: Option<PaidBefore>) -> Result<(), Failure> {
        match now {
            Some(now) if !self.restart && told.as_ref().is_none_or(|told| told.payments < now.payments) => {
                Err(now.refusal(self))
            }
            Some(_) | None => Ok(()),
        }
    }
}
