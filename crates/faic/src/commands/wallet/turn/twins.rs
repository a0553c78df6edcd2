//! Other wallets of the keystore with the same account: what one of them sent, another must not send again.
//!
//! A renaming that a crash ended leaves two wallets of the same keys, of which one has the record; so does the import of the
//! same words under two names. Nothing is written down here for another wallet but what became of its transactions.

use std::path::Path;

use faic_core::{
    ChainId,
    keystore::{Keystore, WalletEntry, WalletName},
};

use super::{Settled, Turn, is_of, settle_and_keep, undecided};
use crate::{
    client::AccountAnswer,
    commands::wallet::settling::Settling,
    failure::{Code, Failure},
    outbox::{Batch, Outbox, Progress, Record, State},
};

/// Another wallet with the same account.
pub(super) struct Twin {
    /// Its name.
    pub(super) name: WalletName,
    /// What it signed.
    outbox: Outbox,
    /// Whether a renaming between it and the wallet was interrupted.
    is_half_renamed: bool,
    /// Its transactions of the account that may still become final.
    open: Vec<Record>,
    /// Those of the account that are final, and of which nobody told the user.
    pub(super) untold: Vec<Record>,
}

impl Turn {
    /// Learns what the other wallets of the account signed, and settles what became of it; `name` is the wallet's own.
    ///
    /// No wallet gets another name before the turn is over, so none is left out.
    ///
    /// # Errors
    /// A failure that says why the keystore, a record or the node cannot be used.
    pub(in crate::commands::wallet) fn meet_twins(
        &mut self,
        (keystore, folder): (&Keystore, &Path),
        name: &WalletName,
        settling: &Settling<'_>,
        chain_id: &ChainId,
    ) -> Result<(), Failure> {
        let account = settling.account;
        let is_twin = |entry: &WalletEntry| {
            let has_account = entry.accounts.iter().any(|of_twin| of_twin.address == account.address);
            entry.name != *name && !entry.watch_only && entry.network == account.network && has_account
        };
        for entry in keystore.list()?.wallets.into_iter().filter(is_twin) {
            let outbox = Outbox::of(folder, &entry.name);
            let records = outbox.records()?;
            let Settled { open, ended, .. } = settle_and_keep(&outbox, settling, chain_id, &records)?;
            let ours = records.into_iter().filter(|record| is_of(record, &account.address, chain_id));
            let untold = ended.into_iter().chain(ours).filter(|record| !record.state.is_told()).collect();
            let is_half_renamed = outbox.is_half_renamed(&self.outbox)?;
            self.twins.push(Twin { name: entry.name, outbox, is_half_renamed, open, untold });
        }
        Ok(())
    }

    /// Refuses to pay a file that another wallet of the account paid or began to pay; one that was paid is paid once more
    /// where the user insists.
    ///
    /// # Errors
    /// A failure that names the wallet and says what to do.
    pub(in crate::commands::wallet) fn check_twins_batches(
        &self,
        name: &WalletName,
        new: &Batch,
        insists: bool,
    ) -> Result<(), Failure> {
        for twin in &self.twins {
            let is_same = |batch: &&Batch| batch.id == new.id || batch.file == new.file;
            for batch in twin.outbox.batches()?.iter().filter(is_same) {
                let (code, what, advice) = match batch.progress {
                    Progress::Begun => (
                        Code::BatchPartlyPaid,
                        "began to pay",
                        format!("`faic wallet send-many {}` goes on", twin.name),
                    ),
                    Progress::Paid if !insists => {
                        let code = if batch.id == new.id { Code::BatchPaid } else { Code::BatchChanged };
                        (code, "paid", "--restart pays every line, also those that were paid".to_owned())
                    }
                    Progress::Paid | Progress::GivenUp => continue,
                };
                let message = format!(
                    "the wallet {}, which has the same account, {what} {} before; nothing was sent now",
                    twin.name, new.file
                );
                return Err(Failure::new(code, message).advice(advice).advised(twin.advice(name)));
            }
        }
        Ok(())
    }
}

impl Twin {
    /// Refuses to go on while a transaction of the account that this wallet signed is undecided, but for one that the user
    /// left to become final, while the node has it, and one that a command made which is running.
    ///
    /// # Errors
    /// A failure that names it and says what to do.
    pub(super) fn check(&self, name: &WalletName, account: &AccountAnswer) -> Result<(), Failure> {
        for record in &self.open {
            let place = record.nonce();
            let is_left = record.state == State::Left && place.sequence < account.next_sequence(place.lane);
            if !is_left && !self.outbox.is_made_now(record)? {
                return Err(undecided(&self.name, record).advised(self.advice(name)));
            }
        }
        Ok(())
    }

    /// How the two wallets become one again where a renaming was interrupted.
    fn advice(&self, name: &WalletName) -> Option<String> {
        let advice = || format!("their renaming was interrupted, `faic wallet rename {} {name}` ends it", self.name);
        self.is_half_renamed.then(advice)
    }
}
