//! The parts into which a list of payments is divided, a transaction each, and what is known of them.

use faic_core::{
    Amount, Hash, Height, SecretKey, Transaction,
    transaction::{Action, Nonce, OUTPUTS_MAX, Output},
};

use super::{Line, SendMany, standing::Standing};
use crate::{
    commands::wallet::{
        receivers::{self, Strangers},
        sponsor::own_fee,
        transaction::Moment,
    },
    failure::{Code, Failure},
    outbox::{Batch, Record, State},
    output::{counted, fields},
};

/// How many payments a transaction makes.
pub(super) const PART_OUTPUTS: usize = OUTPUTS_MAX;

/// A list of payments, divided.
pub(super) struct Parts {
    /// The parts, in the order of the lines.
    pub(super) parts: Vec<PayablePart>,
    /// The key that pays.
    pub(super) key: SecretKey,
    /// What goes on with the payments where not all could be made.
    pub(super) goes_on: &'static str,
}

/// Up to 256 payments that one transaction makes.
pub(super) struct PayablePart {
    /// The payments.
    pub(super) outputs: Vec<Output>,
    /// How far they are.
    pub(super) state: PartState,
}

/// How far a part is.
#[derive(Debug, Clone)]
pub(super) enum PartState {
    /// No transaction of it may become final.
    Unpaid,
    /// A transaction of it may become final.
    Open(Box<Record>),
    /// It is paid.
    Final {
        /// The transaction.
        id: Hash,
        /// The height of its block.
        height: Height,
        /// What was paid for it.
        fee: Amount,
    },
}

/// What is still to be paid.
pub(super) struct Plan {
    /// How much, without fees.
    amount: Amount,
    /// The fees of what is still to be built, and of what is on its way.
    pub(super) fee: Amount,
    /// What the account keeps.
    after: Amount,
}

impl PayablePart {
    /// How much it pays.
    fn amount(&self) -> Amount {
        Amount::checked_sum(self.outputs.iter().map(|output| output.amount)).unwrap_or(Amount::ZERO)
    }

    /// The transaction of a state.
    const fn open(&self) -> Option<&Record> {
        match &self.state {
            PartState::Open(record) => Some(record),
            PartState::Unpaid | PartState::Final { .. } => None,
        }
    }

    /// Takes note of what became of a transaction.
    pub(super) fn note(&mut self, record: &Record) {
        self.state = match record.state {
            State::Found(height) | State::Said(height) | State::Final(height) => {
                PartState::Final { id: record.id(), height, fee: record.signed.transaction.fee }
            }
            State::Expired | State::Replaced => PartState::Unpaid,
            State::Built | State::Refused | State::Submitted | State::Left => PartState::Open(Box::new(record.clone())),
        };
    }
}

impl Parts {
    /// Divides a list of payments, and finds in the wallet's record which parts are paid or on their way.
    ///
    /// # Errors
    /// A failure also for a record that pays something else than its part, or that is in another lane than `moment`'s.
    pub(super) fn of(
        moment: &Moment<'_>,
        batch: &Batch,
        outputs: Vec<Output>,
        goes_on: &'static str,
    ) -> Result<Self, Failure> {
        let part = |outputs: &[Output]| PayablePart { outputs: outputs.to_vec(), state: PartState::Unpaid };
        let mut parts: Vec<PayablePart> = outputs.chunks(PART_OUTPUTS).map(part).collect();
        let (records, belief) = (moment.turn.outbox.records()?, moment.settling().belief());
        if let Some(id) = batch.missing(&records) {
            let message =
                format!("the record of {id}, which pays a part of the file, is missing; nothing was sent now");
            let folder = moment.turn.outbox.folder().display();
            return Err(Failure::new(Code::OutboxUnusable, message).advice(format!(
                "restore it in {folder}; without it, look at `faic wallet history {}` and pay what is missing by another file",
                moment.sender.name
            )));
        }
        for record in records {
            let Some(place) = record.batch.filter(|place| place.batch == batch.id && place.round == batch.round) else {
                continue;
            };
            let part = usize::try_from(place.part).ok().and_then(|place| parts.get_mut(place));
            let part = part.filter(|part| part.outputs == record.outputs()).ok_or_else(|| {
                let message = format!("the record of {} does not fit the file; nothing was sent now", record.id());
                Failure::new(Code::OutboxUnusable, message)
            })?;
            // Where one attempt expired and another is final or on its way, the latter counts; what is final is paid.
            // What was only said is not known to be paid where a proof is wanted.
            let record = if record.state.is_settled(belief) { record } else { record.in_state(record.state.unsaid()) };
            let is_paid = matches!(part.state, PartState::Final { .. });
            if !is_paid && !matches!(record.state, State::Expired | State::Replaced) {
                part.note(&record);
            }
        }
        let (_, key) = moment.governing_key()?;
        let parts = Self { parts, key, goes_on };
        let lanes = parts.open().into_iter().map(|(_, record)| record.nonce().lane);
        match lanes.into_iter().find(|lane| *lane != moment.sender.lane()) {
            Some(lane) => {
                Err(Failure::usage(format!("payments of the file are under way in lane {lane}; nothing was sent now"))
                    .advice(format!("add --lane {lane}")))
            }
            None => Ok(parts),
        }
    }

    /// How many payments there are.
    pub(super) fn all(&self) -> usize {
        self.parts.iter().map(|part| part.outputs.len()).sum()
    }

    /// How many payments are final.
    pub(super) fn paid(&self) -> usize {
        let paid = self.parts.iter().filter(|part| matches!(part.state, PartState::Final { .. }));
        paid.map(|part| part.outputs.len()).sum()
    }

    /// How much is paid, as far as it is known.
    pub(super) fn standing(&self) -> Standing {
        let open = self.parts.iter().filter(|part| part.open().is_some()).map(|part| part.outputs.len()).sum();
        Standing { paid: self.paid(), open, all: self.all() }
    }

    /// The parts that may become final, with their numbers, in the order of their places.
    pub(super) fn open(&self) -> Vec<(usize, Record)> {
        let open = self.parts.iter().enumerate().filter_map(|(number, part)| Some((number, part.open()?.clone())));
        let mut open: Vec<_> = open.collect();
        open.sort_by_key(|(_, record)| record.nonce());
        open
    }

    /// The next part that has no transaction.
    pub(super) fn next_unpaid(&self) -> Option<usize> {
        self.parts.iter().position(|part| matches!(part.state, PartState::Unpaid))
    }

    /// The first place of the lane that no transaction takes.
    pub(super) fn free_sequence(&self, next: u64) -> u64 {
        let mut free = next;
        for (_, record) in self.open() {
            let Nonce { lane: _, sequence } = record.nonce();
            if sequence == free {
                free = free.saturating_add(1);
            }
        }
        free
    }

    /// The fees of the transactions that are final.
    fn fees_paid(&self) -> Option<Amount> {
        Amount::checked_sum(self.parts.iter().filter_map(|part| match &part.state {
            PartState::Unpaid | PartState::Open(_) => None,
            PartState::Final { fee, .. } => Some(*fee),
        }))
    }

    /// The fees of the transactions that are final or may become so.
    fn fees(&self) -> Option<Amount> {
        Amount::checked_sum(self.parts.iter().filter_map(|part| match &part.state {
            PartState::Unpaid => None,
            PartState::Open(record) => Some(record.signed.transaction.fee),
            PartState::Final { fee, .. } => Some(*fee),
        }))
    }

    /// Builds the transaction of a part, within the limit of all fees together.
    ///
    /// # Errors
    /// [`Code::FeeOverLimit`], or that it breaks a rule.
    pub(super) fn build(&self, moment: &Moment<'_>, part: usize, sequence: u64) -> Result<Transaction, Failure> {
        let outputs = self.parts.get(part).map(|part| part.outputs.clone()).unwrap_or_default();
        let transaction = moment.build(&self.key, Action::Transfer { outputs }, sequence)?;
        let fees = self.fees().and_then(|fees| fees.checked_add(transaction.fee));
        moment.check_fee(fees)?;
        Ok(transaction)
    }

    /// Has the node simulate every part that has no transaction yet, each as if it were the only one.
    ///
    /// # Errors
    /// The node's reason why it would refuse a part, with its lines.
    pub(super) fn simulate(&self, moment: &Moment<'_>, lines: &[Line]) -> Result<(), Failure> {
        let next = moment.next_sequence();
        for (number, (part, lines)) in self.parts.iter().zip(lines.chunks(PART_OUTPUTS)).enumerate() {
            if !matches!(part.state, PartState::Unpaid) {
                continue;
            }
            if let Err(failure) = moment.simulate(&self.build(moment, number, next)?) {
                return Err(explained(moment, lines, failure));
            }
        }
        Ok(())
    }

    /// What is still to be paid, if the account has it.
    ///
    /// # Errors
    /// A failure that says how much is missing, or that the fees would be over their limit.
    pub(super) fn plan(&self, moment: &Moment<'_>) -> Result<Plan, Failure> {
        let next = moment.next_sequence();
        let (mut amounts, mut fees, mut own_fees) = (Vec::new(), Vec::new(), Vec::new());
        for (number, part) in self.parts.iter().enumerate() {
            match &part.state {
                PartState::Final { .. } => {}
                PartState::Open(record) => {
                    amounts.push(part.amount());
                    fees.push(record.signed.transaction.fee);
                    own_fees.push(own_fee(&record.signed.transaction));
                }
                PartState::Unpaid => {
                    amounts.push(part.amount());
                    let transaction = self.build(moment, number, next)?;
                    fees.push(transaction.fee);
                    own_fees.push(own_fee(&transaction));
                }
            }
        }
        let (amount, fee) = (Amount::checked_sum(amounts), Amount::checked_sum(fees));
        moment.check_fee(self.fees_paid().zip(fee).and_then(|(paid, fee)| paid.checked_add(fee)))?;
        moment.check_sponsor(fee.unwrap_or(Amount::ZERO))?;
        let needed = amount.zip(Amount::checked_sum(own_fees)).and_then(|(amount, fee)| amount.checked_add(fee));
        let balance = moment.account.balance;
        let after = needed.and_then(|needed| balance.checked_sub(needed)).ok_or_else(|| {
            let needed =
                needed.map_or("more than can exist".to_owned(), |needed| format!("{needed} FAIC with the fees"));
            let message = format!("the wallet has {balance} FAIC, the payments need {needed}; nothing was sent now");
            Failure::new(Code::InsufficientBalance, message)
                .advice(format!("let somebody pay {} first", moment.sender.account.text()))
        })?;
        Ok(Plan { amount: amount.unwrap_or(Amount::ZERO), fee: fee.unwrap_or(Amount::ZERO), after })
    }
}

/// The failure of a part that would be refused, with the line that is to blame where it can be found.
fn explained(moment: &Moment<'_>, lines: &[Line], failure: Failure) -> Failure {
    for line in lines.iter().filter(|line| line.payment.memo.is_empty()) {
        if let Err(found) = receivers::check(moment, std::slice::from_ref(&line.payment)) {
            return found.context(format!("line {}", line.number));
        }
    }
    let ends = lines.first().zip(lines.last()).map(|(first, last)| (first.number, last.number));
    let (first, last) = ends.unwrap_or_default();
    failure.context(format!("lines {first} to {last}"))
}

impl Plan {
    /// What is asked before paying.
    pub(super) fn question(
        &self,
        moment: &Moment<'_>,
        command: &SendMany,
        parts: &Parts,
        strangers: &Strangers,
    ) -> String {
        let (paid, all) = (parts.paid(), parts.all());
        let mut facts = vec![
            ("chain", moment.status.chain_id.to_string()),
            ("from", moment.sender.account.text()),
            ("file", command.file.display().to_string()),
            ("payments", format!("{all} in {}", counted(parts.parts.len(), "transaction"))),
        ];
        facts.extend((paid > 0).then(|| ("paid before", counted(paid, "payment"))));
        facts.extend(strangers.summary().map(|summary| ("new", summary)));
        facts.push(("amount", format!("{} FAIC", self.amount)));
        facts.push(("fee", moment.fee_text(self.fee)));
        facts.extend(moment.sponsor_fact());
        facts.push(("balance now", format!("{} FAIC", moment.account.balance)));
        facts.push(("balance after", format!("{} FAIC", self.after)));
        fields(&facts)
    }
}
