//! Making the payments of a list: several transactions on their way at a time, each waited for until it is final.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

use super::parts::Parts;
use crate::{
    client::{Client, ClientError, Submitted, TransactionAnswer},
    commands::wallet::{refusal, settling::is_over, transaction::Moment},
    failure::{Code, Failure},
    interruption::{self, Sending},
    outbox::{Batch, Part, Record, State},
    output::Output,
};

/// Most transactions on their way at a time; a node takes in more of one lane.
const FLIGHT_MAX: usize = 32;
/// How long to wait before a node that has no room is given a transaction again.
const AGAIN: Duration = Duration::from_millis(250);
/// How the progress is drawn.
const STYLE: &str = "{bar:40} {pos}/{len} payments, {elapsed}";

/// What is told where nothing is proved.
const UNPROVED: &str =
    "without --unverified it is proved whether it can still become final, and only then it is built anew";

/// What a node did with a transaction.
enum Taken {
    /// It has it.
    Yes,
    /// It has no room now, or does not have the one before.
    Later,
    /// It refuses it.
    No(Failure),
}

impl Parts {
    /// Makes the payments that were not made yet, and returns when all are final.
    ///
    /// # Errors
    /// [`Code::BatchPartlyPaid`] where not all could be made; the same again goes on.
    pub(super) fn pay(&mut self, moment: &mut Moment<'_>, batch: &mut Batch, output: Output) -> Result<(), Failure> {
        let bar = progress_bar(self.all(), output);
        let paid = self.pay_all(moment, batch, &bar);
        bar.finish_and_clear();
        paid.map_err(|failure| {
            let message = format!("{}: {}", self.standing(), failure.message());
            Failure::new(Code::BatchPartlyPaid, message).advice(self.goes_on)
        })
    }

    /// Keeps transactions on their way until all parts are final.
    fn pay_all(&mut self, moment: &mut Moment<'_>, batch: &mut Batch, bar: &ProgressBar) -> Result<(), Failure> {
        self.show_progress(bar);
        self.submit_open(moment)?;
        moment.client.patience().renew();
        loop {
            self.show_progress(bar);
            self.fill(moment, batch)?;
            let Some((number, record)) = self.open().into_iter().next() else {
                if self.next_unpaid().is_none() {
                    return Ok(());
                }
                check_time(&moment.client)?;
                moment.client.patience().pause(AGAIN);
                continue;
            };
            if self.wait(moment, number, &record)? {
                moment.client.patience().renew();
            } else {
                check_time(&moment.client)?;
                // A node that does not wait as it was asked to must not be asked without a pause.
                moment.client.patience().pause(AGAIN);
                self.submit_open(moment)?;
            }
        }
    }

    /// Gives the node every transaction that may become final once more, in the order of their places.
    fn submit_open(&mut self, moment: &Moment<'_>) -> Result<(), Failure> {
        for (number, record) in self.open() {
            match self.submit(moment, number, &record)? {
                Taken::Yes | Taken::Later => {}
                // One that was final meanwhile is refused as well, because its place is taken.
                Taken::No(failure) => {
                    if !self.settle(moment, number, &record)? {
                        return Err(match moment.settling().trust {
                            Some(_) => failure,
                            None => failure.advice(UNPROVED),
                        });
                    }
                }
            }
        }
        Ok(())
    }

    /// Builds transactions of parts that have none and gives them to the node, as many as may be on their way.
    fn fill(&mut self, moment: &mut Moment<'_>, batch: &mut Batch) -> Result<(), Failure> {
        while self.open().len() < FLIGHT_MAX {
            let Some(number) = self.next_unpaid() else { return Ok(()) };
            moment.look_again()?;
            let sequence = self.free_sequence(moment.next_sequence());
            let transaction = self.build(moment, number, sequence)?;
            let signed = moment.sign_with(&self.key, transaction)?;
            let part = u32::try_from(number).expect("the number of lines has a limit");
            let place = Part { batch: batch.id, round: batch.round, part };
            let record = moment.turn.keep(&signed, moment.account.height, Some(place))?;
            *batch = batch.with(&record.id());
            moment.turn.outbox.write_batch(batch)?;
            self.note(number, &record);
            match self.submit(moment, number, &record)? {
                Taken::Yes => {}
                Taken::Later => return Ok(()),
                Taken::No(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Gives a transaction to the node, and writes down what came of it.
    fn submit(&mut self, moment: &Moment<'_>, number: usize, record: &Record) -> Result<Taken, Failure> {
        let (state, taken) = match moment.client.submit(&record.signed) {
            Ok(Submitted::New(found) | Submitted::Known(found)) if found == record.id() => {
                (State::Submitted, Taken::Yes)
            }
            Ok(Submitted::New(found) | Submitted::Known(found)) => {
                let message = format!("the node answered for {found} in place of {}; do not use it", record.id());
                return Err(Failure::new(Code::NodeNotTrusted, message));
            }
            Err(ClientError::Refused(problem)) => {
                let state = refusal::state_after(record.state, &problem.code);
                let is_for_later = refusal::is_for_later(&problem.code);
                (state, if is_for_later { Taken::Later } else { Taken::No(problem.into()) })
            }
            Err(error) => return Err(error.into()),
        };
        if state != record.state {
            let record = record.in_state(state);
            moment.turn.outbox.write(&record)?;
            self.note(number, &record);
        }
        Ok(taken)
    }

    /// Waits for one transaction; whether it came to its end.
    fn wait(&mut self, moment: &Moment<'_>, number: usize, record: &Record) -> Result<bool, Failure> {
        match moment.wait_once(&record.id(), moment.client.patience().left()) {
            Ok(TransactionAnswer::Final { height, receipt, proof }) => {
                let (height, _) = moment.proved(&record.id(), height, receipt, proof)?;
                let record = record.in_state(State::Final(height).written(moment.settling().belief()));
                moment.turn.outbox.write(&record)?;
                self.note(number, &record);
                Ok(true)
            }
            Ok(TransactionAnswer::Pooled {}) => Ok(false),
            Ok(TransactionAnswer::Rejected { .. } | TransactionAnswer::Expired {}) | Err(ClientError::Refused(_)) => {
                let ended = self.settle(moment, number, record)?;
                if !ended {
                    moment.client.patience().pause(AGAIN);
                }
                Ok(ended)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Finds out whether a transaction came to its end, and takes note of it.
    fn settle(&mut self, moment: &Moment<'_>, number: usize, record: &Record) -> Result<bool, Failure> {
        let ended = moment.settling().settle(std::slice::from_ref(record))?;
        for record in &ended {
            let record = record.in_state(record.state.written(moment.settling().belief()));
            moment.turn.outbox.write(&record)?;
            self.note(number, &record);
        }
        Ok(!ended.is_empty())
    }

    /// Takes note of what became of the transaction of a part.
    fn note(&mut self, number: usize, record: &Record) {
        if let Some(part) = self.parts.get_mut(number) {
            part.note(record);
        }
        self.take_note();
    }

    /// Shows how far it is.
    fn show_progress(&self, bar: &ProgressBar) {
        bar.set_position(u64::try_from(self.paid()).unwrap_or(u64::MAX));
    }

    /// Takes note of how far it is for whoever interrupts it, where something was sent.
    pub(super) fn take_note(&self) {
        let standing = self.standing();
        if standing.is_begun() {
            interruption::note(Sending::Partly(format!("{standing}; {}", self.goes_on)));
        }
    }
}

/// Refuses to wait any longer.
fn check_time(client: &Client) -> Result<(), Failure> {
    if !is_over(client) {
        return Ok(());
    }
    Err(Failure::new(Code::NotFinal, "the next one did not become final within --timeout"))
}

/// The bar that shows the progress, where somebody sees it.
fn progress_bar(payments: usize, output: Output) -> ProgressBar {
    let is_seen = output == Output::People && io::stderr().is_terminal();
    if !is_seen {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(STYLE).expect("the template is well formed");
    ProgressBar::new(u64::try_from(payments).unwrap_or(u64::MAX)).with_style(style)
}
