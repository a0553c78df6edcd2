//! Sending a wallet's transaction: it is written down, given to the node and waited for, and that it is done is written down
//! after the user was told.
//!
//! In that order a program that is killed before the user was told leaves a transaction of which the next command does not
//! know that it was told of, so that nobody makes it again by mistake.

use faic_core::SignedTransaction;

use super::{Moment, Sent};
use crate::{
    client::{ClientError, Submitted},
    commands::wallet::{refusal, sponsor::Sponsor},
    failure::{Code, Context, Failure, sentence},
    interruption::{self, Sending},
    outbox::{Record, State},
    output::{Answer, Output, Told, one_line},
};

impl Moment<'_> {
    /// Writes the transaction down, gives it to the node, and waits until it is final unless the user does not want to.
    ///
    /// [`Moment::show`] is to be called with the answer.
    pub(in crate::commands::wallet) fn send(&self, signed: &SignedTransaction) -> Result<Sent, Failure> {
        let (what, name) = (format!("{} {}", self.sender.kind.name(), signed.id()), self.sender.name.to_string());
        interruption::note(Sending::Begun(what, name));
        let record = self.turn.keep(signed, self.account.height, None).advice("nothing was sent")?;
        self.submit(&record)?;
        let settled = if self.sender.options.no_wait { None } else { Some(self.wait(&record)?) };
        let (height, receipt) = settled.unzip();
        self.untold.get_or_init(|| {
            record.in_state(height.map_or(State::Left, State::Final).written(self.settling().belief()))
        });
        Ok(Sent {
            id: signed.id().to_string(),
            state: if height.is_some() { "final" } else { "pooled" },
            chain_id: signed.transaction.chain_id.to_string(),
            from: self.sender.account.text(),
            fee: signed.transaction.fee.nano().to_string(),
            fee_payer: self.sponsor.as_ref().map(Sponsor::text),
            height,
            balance: receipt.map(|receipt| receipt.sender_balance.nano().to_string()),
            valid_until: signed.transaction.valid_until,
        })
    }

    /// Tells the user what became of the transaction that was sent, and then writes down that this was told.
    ///
    /// Where that cannot be written, what was written before stands, by which the transaction was perhaps sent: the next
    /// command finds out the rest by itself, so a program that reads JSON need not know of it.
    pub(in crate::commands::wallet) fn show(&self, answer: &impl Answer, output: Output) -> Result<(), Failure> {
        let told = output.tell(answer).map_err(|failure| match self.untold.get() {
            Some(record) => failure.advice(self.done(record)),
            None => failure,
        })?;
        let Some(record) = self.untold.get().filter(|_| told == Told::Yes) else { return Ok(()) };
        if let Err(error) = self.turn.outbox.write(record) {
            output.note(&one_line(&format!("warning: {}", self.unwritten(record, "was sent", &sentence(&error)))));
        }
        Ok(())
    }

    /// What was done, where the answer that tells it cannot be written.
    fn done(&self, record: &Record) -> String {
        let (noun, id, name) = (record.noun(), record.id(), self.sender.name);
        match record.state.height() {
            Some(height) => {
                format!("the {noun} {id} is final at height {height}: `faic wallet history {name}` shows it")
            }
            None => format!("the {noun} {id} was sent: `faic wallet history {name}` tells whether it becomes final"),
        }
    }

    /// What is told where it cannot be written down how far a transaction came.
    fn unwritten(&self, record: &Record, what: &str, error: &str) -> String {
        let (noun, id, name) = (record.noun(), record.id(), self.sender.name);
        format!(
            "that the {noun} {id} {what} cannot be written down: {error}; once that is mended, `faic wallet resume {name}` \
             does it, and `faic wallet history {name}` shows what is final"
        )
    }

    /// Gives the transaction to the node.
    fn submit(&self, record: &Record) -> Result<(), Failure> {
        let (id, kind, name) = (record.id(), self.sender.kind, self.sender.name);
        let (noun, again) = (kind.name(), kind.again());
        match self.client.submit(&record.signed) {
            Ok(Submitted::New(found)) if found == id => {
                // Where this cannot be written, that it was perhaps sent stands, which holds up the same.
                let _stands = self.turn.outbox.write(&record.in_state(State::Submitted));
                interruption::note(Sending::Done(format!("{noun} {id}"), name.to_string()));
                Ok(())
            }
            // Two programs that do the same at the same moment make the same transaction, which counts once.
            Ok(Submitted::Known(found)) if found == id => {
                let message = format!("the node has this very {noun} already, as {id}; nothing more was sent");
                let advice = format!("`faic wallet resume {name}` tells its end; {again} after that if you mean to do it twice");
                Err(Failure::new(Code::AlreadySent, message).advice(advice))
            }
            Ok(Submitted::New(found) | Submitted::Known(found)) => {
                let message = format!("the node answered for {found} in place of {id}; do not use it");
                Err(Failure::new(Code::NodeNotTrusted, message))
            }
            Err(ClientError::Refused(problem)) if refusal::is_not_taken(&problem.code) => {
                let advice = refusal::advice(&problem.code);
                let failure = Failure::from(problem).context(format!("the {noun} was refused")).advised(advice);
                let undecided = refusal::may_be_final(&format!("the {noun} {id}"), record.valid_until());
                let failure = failure.advice(format!(
                    "{undecided}; the next one in its lane takes its place, so that at most one of the two is made"
                ));
                Err(match self.turn.outbox.write(&record.in_state(State::Refused)) {
                    Ok(()) => failure,
                    Err(error) => failure.advice(self.unwritten(record, "was refused", &sentence(&error))),
                })
            }
            Err(error) => Err(Failure::from(error).advice(format!(
                "the {noun} {id} may have been sent: `faic wallet resume {name}` sends the same one again, which cannot \
                 pay twice"
            ))),
        }
    }
}
