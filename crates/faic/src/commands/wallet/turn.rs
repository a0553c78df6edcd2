//! A wallet's turn to make a transaction in a lane: no other command does, and what it made before is settled first.
//!
//! A command that ended at a bad moment leaves a transaction of which nobody knows whether it becomes final. Another one
//! is not made before that is known, because it might do the same twice; `faic wallet resume` finds out.

use std::time::{SystemTime, UNIX_EPOCH};

use faic_core::{Address, ChainId, Hash, Height, SignedTransaction, keystore::WalletName, transaction::Action};

use super::settling::Settling;
use crate::{
    client::AccountAnswer,
    failure::{Code, Failure, sentence},
    outbox::{Batch, Belief, LaneLock, Making, Outbox, OutboxError, Part, Record, State},
    output::{Output, one_line},
};

mod twins;

use twins::Twin;

/// A wallet's turn to make a transaction in a lane.
pub(super) struct Turn {
    /// What the wallet signed.
    pub(super) outbox: Outbox,
    /// Tells other commands what this one makes.
    making: Making,
    /// Keeps other commands from the lane.
    _lock: LaneLock,
    /// The lane.
    lane: u8,
    /// What the command believes.
    belief: Belief,
    /// The account's transactions that may still become final.
    pub(super) open: Vec<Record>,
    /// Those of which it was found out that they are final, and of which nobody told the user.
    untold: Vec<Record>,
    /// The other wallets of the account.
    twins: Vec<Twin>,
}

impl Turn {
    /// Waits for the lane, and settles what the account's earlier transactions became.
    ///
    /// # Errors
    /// A failure that says who has the lane, or why the record or the node cannot be used.
    pub(super) fn begin(
        outbox: Outbox,
        settling: &Settling<'_>,
        chain_id: &ChainId,
        lane: u8,
    ) -> Result<Self, Failure> {
        let patience = settling.client.patience();
        let address = &settling.account.address;
        let lock = outbox.lock(address, lane, patience)?;
        let making = outbox.begin_making(address, lane, patience)?;
        let records = outbox.prune(outbox.records()?)?;
        let Settled { open, mut ended, .. } = settle_and_keep(&outbox, settling, chain_id, &records)?;
        ended.extend(records.into_iter().filter(|record| is_of(record, &settling.account.address, chain_id)));
        ended.retain(|record| !record.state.is_told());
        let belief = settling.belief();
        Ok(Self { outbox, making, _lock: lock, lane, belief, open, untold: ended, twins: Vec::new() })
    }

    /// Refuses to do once more what moved money before by a command that ended without telling so.
    ///
    /// # Errors
    /// [`Code::SentBefore`] names the transaction and its height.
    pub(super) fn check_untold(&self, name: &WalletName, action: &Action) -> Result<(), Failure> {
        let moves_money = match action {
            Action::Transfer { .. } | Action::Bond { .. } | Action::Unbond { .. } => true,
            Action::SetAccount { .. } | Action::Withdraw | Action::Unjail => false,
        };
        let is_same = |record: &Record| moves_money && record.signed.transaction.action == *action;
        let untold_of_twins = self.twins.iter().flat_map(|twin| twin.untold.iter().map(|record| (&twin.name, record)));
        let mut untold = self.untold.iter().map(|record| (name, record)).chain(untold_of_twins);
        let Some((name, record)) = untold.find(|(_, record)| is_same(record)) else { return Ok(()) };
        let (id, height) = (record.id(), record.state.height().unwrap_or_default());
        let verb = if record.outputs().is_empty() { "done" } else { "paid" };
        let message = format!(
            "the same was {verb} before by {id}, which became final at height {height} without your being told; nothing was \
             sent now"
        );
        Err(Failure::new(Code::SentBefore, message)
            .advice(format!("once `faic wallet resume {name}` has shown it, the same can be {verb} once more")))
    }

    /// Refuses to go on while an earlier transaction of the account is undecided.
    ///
    /// One that a node refused is no obstacle in its own lane where the next transaction takes its place: a free one, after
    /// which nothing waits in the lane. Neither is one that the user left to become final, while the node has it, nor one
    /// that a command made which is running, nor one of the batch that is to be gone on with.
    ///
    /// # Errors
    /// A failure that names it and says what to do.
    pub(super) fn check(&self, name: &WalletName, account: &AccountAnswer, batch: Option<Hash>) -> Result<(), Failure> {
        let is_of_batch = |record: &&Record| record.batch.is_some_and(|part| Some(part.batch) == batch);
        for record in self.open.iter().filter(|record| !is_of_batch(record)) {
            let place = record.nonce();
            let is_ours = place.lane == self.lane;
            let is_harmless = match record.state {
                State::Refused => is_ours && self.is_last_and_free(record, account),
                State::Left => place.sequence < account.next_sequence(place.lane),
                State::Built
                | State::Submitted
                | State::Found(_)
                | State::Said(_)
                | State::Final(_)
                | State::Expired
                | State::Replaced => false,
            };
            if is_harmless || (!is_ours && self.outbox.is_made_now(record)?) {
                continue;
            }
            return Err(undecided(name, record));
        }
        self.twins.iter().try_for_each(|twin| twin.check(name, account))
    }

    /// Whether the place of a record was not used, and no transaction waits behind it in its lane.
    fn is_last_and_free(&self, record: &Record, account: &AccountAnswer) -> bool {
        let place = record.nonce();
        let is_behind = |other: &Record| other.nonce().lane == place.lane && other.nonce().sequence > place.sequence;
        place.sequence >= account.used_sequence(place.lane) && !self.open.iter().any(is_behind)
    }

    /// Refuses to begin a batch once more while a transaction of it is undecided.
    ///
    /// # Errors
    /// A failure that names it and says what to do.
    pub(super) fn check_again(&self, name: &WalletName, batch: Hash) -> Result<(), Failure> {
        // Also one that another account pays, which is not settled here.
        let records = self.outbox.records()?;
        let is_of_batch = |record: &&Record| record.batch.is_some_and(|part| part.batch == batch);
        let undecided_one = records.iter().filter(is_of_batch).find(|record| !record.state.is_settled(self.belief));
        undecided_one.map_or(Ok(()), |record| Err(undecided(name, record)))
    }

    /// Whether a node only said that a batch is paid, which this command is to prove.
    ///
    /// # Errors
    /// That the record cannot be read.
    pub(super) fn is_to_be_proved(&self, batch: &Batch) -> Result<bool, Failure> {
        Ok(self.belief == Belief::Proofs && batch.is_doubtful(&self.outbox.records()?))
    }

    /// Writes down that all of a batch is paid, and forgets the records of its transactions, unless it was only said of some
    /// that they are final: those are proved by a later command.
    ///
    /// # Errors
    /// A failure that says why it cannot be written.
    pub(super) fn finish(&self, batch: &Batch, transactions: Vec<String>) -> Result<(), Failure> {
        self.outbox.write_batch(&batch.paid(transactions))?;
        let mut records = self.outbox.records()?;
        records.retain(|record| record.batch.is_some_and(|part| part.batch == batch.id));
        if records.iter().any(|record| matches!(record.state, State::Said(_))) {
            return Ok(());
        }
        records
            .iter()
            .filter(|record| record.state.is_end())
            .try_for_each(|record| self.outbox.forget(&record.id()))?;
        Ok(())
    }

    /// The sequence of the next transaction: after those that wait, in the place of one that was refused where that is free.
    pub(super) fn next_sequence(&self, account: &AccountAnswer) -> u64 {
        let used = account.used_sequence(self.lane);
        let is_ours = |record: &&Record| record.state == State::Refused && record.nonce().lane == self.lane;
        let refused = self.open.iter().filter(is_ours).map(|record| record.nonce().sequence);
        refused.filter(|sequence| *sequence >= used).fold(account.next_sequence(self.lane), u64::min)
    }

    /// Writes down a transaction before it is given to a node.
    ///
    /// # Errors
    /// A failure that says why it cannot be written; then it must not be sent.
    pub(super) fn keep(
        &self,
        signed: &SignedTransaction,
        made_at: Height,
        batch: Option<Part>,
    ) -> Result<Record, Failure> {
        let record = Record::new(signed.clone(), now_ms(), made_at, batch);
        self.making.note(&record.id())?;
        self.outbox.write(&record)?;
        Ok(record)
    }
}

/// What became of transactions.
pub(super) struct Settled {
    /// Those that may still become final.
    pub(super) open: Vec<Record>,
    /// Those that came to their end, in their new states.
    pub(super) ended: Vec<Record>,
    /// What was believed for that.
    belief: Belief,
}

/// Settles the account's transactions that may still become final, and writes down those that ended.
pub(super) fn settle_and_keep(
    outbox: &Outbox,
    settling: &Settling<'_>,
    chain_id: &ChainId,
    records: &[Record],
) -> Result<Settled, Failure> {
    let settled = settle(outbox, settling, chain_id, records)?;
    settled.keep(outbox)?;
    Ok(settled)
}

impl Settled {
    /// Writes down those that ended, unless another command did meanwhile and told of it.
    ///
    /// What was only said is written as that, once the user was told or need not be.
    ///
    /// # Errors
    /// That the folder cannot be read or written.
    pub(super) fn keep(&self, outbox: &Outbox) -> Result<(), OutboxError> {
        let is_kept = |record: &&Record| self.belief == Belief::Proofs || record.state.is_told();
        let kept = self.ended.iter().filter(is_kept);
        kept.map(|ended| ended.in_state(ended.state.written(self.belief)))
            .try_for_each(|ended| outbox.write_end(&ended))
    }
}

/// Settles the account's transactions that may still become final.
///
/// Those that a running command makes in another lane are left as they stand: that command writes down what becomes of
/// them, and tells it.
pub(super) fn settle(
    outbox: &Outbox,
    settling: &Settling<'_>,
    chain_id: &ChainId,
    records: &[Record],
) -> Result<Settled, Failure> {
    let belief = settling.belief();
    let is_open =
        |record: &&Record| !record.state.is_settled(belief) && is_of(record, &settling.account.address, chain_id);
    let mut open: Vec<Record> = records.iter().filter(is_open).cloned().collect();
    let mut settled = Vec::new();
    for record in &open {
        settled.extend((!outbox.is_made_now(record)?).then(|| record.clone()));
    }
    let ended: Vec<Record> = settling.settle(&settled)?.iter().map(|ended| found(ended, &open)).collect();
    let ids: Vec<Hash> = ended.iter().map(Record::id).collect();
    open.retain(|record| !ids.contains(&record.id()));
    Ok(Settled { open, ended, belief })
}

/// A transaction that ended as it is to be written down: one that is final is one to tell of, unless the user left it on
/// purpose, or it pays a part of a file, which is known again by its lines.
pub(super) fn found(ended: &Record, before: &[Record]) -> Record {
    let is_known = |state| matches!(state, State::Left | State::Said(_));
    let is_left = before.iter().any(|record| record.id() == ended.id() && is_known(record.state));
    match ended.state {
        State::Final(height) if !is_left && ended.batch.is_none() => ended.in_state(State::Found(height)),
        State::Final(_)
        | State::Found(_)
        | State::Said(_)
        | State::Built
        | State::Refused
        | State::Submitted
        | State::Left
        | State::Expired
        | State::Replaced => ended.clone(),
    }
}

/// Whether a record is of that account on that chain.
pub(super) fn is_of(record: &Record, account: &Address, chain_id: &ChainId) -> bool {
    record.sender() == *account && record.signed.transaction.chain_id == *chain_id
}

/// Writes down that the user was told of transactions that are final.
///
/// Where that fails they are told of once more, so it is a remark only.
pub(super) fn note_told<'a>(
    outbox: &Outbox,
    records: impl IntoIterator<Item = &'a Record>,
    belief: Belief,
    output: Output,
) {
    let mut untold = records.into_iter().filter(|record| !record.state.is_told());
    let written = untold.try_for_each(|record| {
        let told = record.state.height().map_or(record.state, State::Final);
        outbox.write_told(&record.in_state(told.written(belief)))
    });
    if let Err(error) = written {
        let text = format!("warning: what you were told of just now will be told once more: {}", sentence(&error));
        output.note(&one_line(&text));
    }
}

/// The failure of a transaction that waits for an earlier one.
fn undecided(name: &WalletName, record: &Record) -> Failure {
    let (noun, id, until) = (record.noun(), record.id(), record.valid_until());
    let what = if record.outputs().is_empty() { String::new() } else { format!(" of {} FAIC", record.total()) };
    let message = format!(
        "an earlier {noun} of the wallet{what} is undecided: {id} may still become final, by height {until}; nothing was \
         sent now"
    );
    Failure::new(Code::EarlierUndecided, message).advice(format!(
        "`faic wallet resume {name}` sends the same one again, which cannot pay twice, and proves its end; \
         --despite-undecided goes on without knowing"
    ))
}

/// This machine's clock, in milliseconds since 1970-01-01 UTC.
pub(super) fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
