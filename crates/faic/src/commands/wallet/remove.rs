//! `faic wallet remove`: takes a wallet away, with its keys and the record of what it sent.

use clap::Args;
use faic_core::keystore::{Keystore, UnlockedWallet, WalletEntry, WalletName};
use serde::Serialize;

use super::{selection::parse_wallet, unlock::UnlockOptions};
use crate::{
    commands::target::TimeoutOption,
    failure::{Code, Failure},
    interruption,
    outbox::{Batch, Belief, Outbox, Progress, Record},
    output::{Answer, Output},
};

/// The options of taking a wallet away.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// The wallet, or the watched account.
    #[arg(value_name = "WALLET", value_parser = parse_wallet)]
    wallet: WalletName,

    /// The wallet's name once more, in place of typing it on the terminal; a watched account needs neither.
    #[arg(long, value_name = "WALLET")]
    confirm: Option<String>,

    /// Go ahead although a transaction of the wallet may still become final, a file is paid in part, or you were not told of
    /// a payment; the record of it stays.
    #[arg(long)]
    despite_undecided: bool,

    /// How long other commands of the keystore are waited for.
    #[command(flatten)]
    timeout: TimeoutOption,

    /// How the wallet is opened; a watched account needs no password.
    #[command(flatten)]
    unlock: UnlockOptions,
}

/// A wallet that is gone.
#[derive(Serialize)]
struct RemoveAnswer {
    /// Its name.
    wallet: String,
    /// The address of its first account.
    address: String,
    /// Where the record of what it sent stays, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
    /// What opens its accounts now, for people; nothing for a watched one.
    #[serde(skip)]
    way_back: Option<String>,
}

impl Answer for RemoveAnswer {
    fn to_text(&self) -> String {
        let mut text =
            format!("The wallet {} is gone from this machine; its address is {}.\n", self.wallet, self.address);
        text.extend(self.way_back.iter().map(|way| format!("{way} open its accounts now, and nothing else does.\n")));
        let told = |record| format!("The record of what it sent stays in {record}.\n");
        text.extend(self.record.iter().map(told));
        text
    }
}

/// Takes the wallet away.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do; nothing is gone then.
pub(crate) fn run(command: &Remove, output: Output) -> Result<(), Failure> {
    let Remove { wallet: name, unlock, .. } = command;
    let keystore = unlock.keystore.open()?;
    let entry = keystore.find(name)?;
    let outbox = Outbox::of(&unlock.keystore.folder()?, name);
    command.keeps_record(&outbox)?;
    let way_back = if entry.watch_only { None } else { Some(command.confirmed(&unlock.unlock(name)?, output)?) };
    let alone = outbox.lock_wallets(&command.timeout.patience())?;
    interruption::hold_off();
    let keeps_record = command.keeps_record(&outbox)?;
    // A crash after this leaves a wallet that can be removed again.
    let record = match command.heir(&keystore, &entry, &outbox)? {
        Some(heir) => {
            outbox.move_to(&heir)?;
            Some(heir)
        }
        None if keeps_record => Some(outbox),
        None => {
            outbox.forget_all()?;
            None
        }
    };
    Outbox::of(&unlock.keystore.folder()?, name).end_renamings()?;
    keystore.delete(name)?;
    drop(alone);
    output.show(&RemoveAnswer {
        wallet: name.to_string(),
        address: entry.address.encode(entry.network),
        record: record.map(|record| record.folder().display().to_string()),
        way_back,
    })
}

impl Remove {
    /// Whether something is not settled, or cannot be read, so that the record stays where the wallet goes all the same.
    ///
    /// # Errors
    /// What is not settled, as [`Self::unsettled`] tells it, where that was not allowed, and why the record cannot be read.
    fn keeps_record(&self, outbox: &Outbox) -> Result<bool, Failure> {
        let unsettled = outbox.records().and_then(|records| Ok(self.unsettled(outbox, &records, &outbox.batches()?)));
        match unsettled {
            Ok(None) => Ok(false),
            Ok(Some(_)) | Err(_) if self.despite_undecided => Ok(true),
            Ok(Some(failure)) => Err(failure),
            Err(error) => Err(error.into()),
        }
    }

    /// The failure of a wallet that may pay twice where its record is forgotten and its words come back: a transaction may
    /// still become final, nobody told the user of one that is, or a file was begun to be paid.
    fn unsettled(&self, outbox: &Outbox, records: &[Record], batches: &[Batch]) -> Option<Failure> {
        let (name, record) = (&self.wallet, outbox.folder().display());
        let resume = format!("`faic wallet resume {name}` tells its end");
        let undecided = records.iter().find(|record| !record.state.is_settled(Belief::Word)).map(|record| {
            let message = format!("the {} {} of {name} is undecided; nothing was removed", record.noun(), record.id());
            (Code::EarlierUndecided, message, resume.clone())
        });
        let untold = || {
            let record = records.iter().find(|record| !record.state.is_told())?;
            let (noun, id) = (record.noun(), record.id());
            let message = format!("the {noun} {id} of {name} is final without your being told; nothing was removed");
            Some((Code::SentBefore, message, resume))
        };
        let begun = || {
            let batch = batches.iter().find(|batch| batch.progress == Progress::Begun)?;
            let message = format!("{name} began to pay {} and is not done; nothing was removed", batch.file);
            Some((Code::BatchPartlyPaid, message, format!("`faic wallet send-many {name}` goes on with it")))
        };
        let (code, message, advice) = undecided.or_else(untold).or_else(begun)?;
        Some(
            Failure::new(code, message)
                .advice(format!("{advice}; --despite-undecided removes the wallet all the same and leaves {record}")),
        )
    }

    /// Where the record goes of a wallet whose accounts another wallet has as well, such as after a renaming that a crash ended:
    /// that one would pay again what is forgotten. Nothing where there is no record, or that one has its own.
    fn heir(&self, keystore: &Keystore, entry: &WalletEntry, outbox: &Outbox) -> Result<Option<Outbox>, Failure> {
        if entry.watch_only || !outbox.is_empty().is_ok_and(|is_empty| !is_empty) {
            return Ok(None);
        }
        let folder = self.unlock.keystore.folder()?;
        let has = |other: &WalletEntry, address| other.accounts.iter().any(|account| account.address == address);
        let is_same = |other: &WalletEntry| {
            let is_other = other.name != entry.name && !other.watch_only && other.network == entry.network;
            is_other && entry.accounts.iter().all(|account| has(other, account.address))
        };
        let same = keystore.list()?.wallets.into_iter().filter(is_same);
        Ok(same.map(|other| Outbox::of(&folder, &other.name)).find(|other| other.check_vacant().is_ok()))
    }

    /// Has the user type the wallet's name; gives what alone opens its accounts afterwards.
    fn confirmed(&self, wallet: &UnlockedWallet, output: Output) -> Result<String, Failure> {
        let name = self.wallet.as_str();
        let way_back = match wallet.mnemonics().len() {
            0 => "A backup and its password".to_owned(),
            1 => "Its words, or a backup and its password,".to_owned(),
            many => format!("All its {many} mnemonics, or a backup and its password,"),
        };
        let typed = match &self.confirm {
            Some(typed) => typed.clone(),
            None => {
                let question = format!(
                    "{way_back} will be all that opens the accounts of {name}, and what it sent will be forgotten here. Type \
                     {name} to remove it:"
                );
                output.ask(&question, "--confirm")?
            }
        };
        if typed.trim() == name {
            return Ok(way_back);
        }
        let message = "nothing was removed, because the wallet's name was not typed";
        Err(Failure::new(Code::NotConfirmed, message))
    }
}
