//! What the wallets of the keystore paid before of the same file or the same payments, whatever account or wallet did it.

use faic_core::{keystore::WalletName, transaction::Output as Payable};

use super::SendMany;
use crate::{
    commands::wallet::transaction::Moment,
    failure::{Code, Failure},
    outbox::{Batch, Progress},
};

/// A list of payments that was paid or begun before.
pub(super) struct Earlier {
    /// The wallet that did it, where it is another one.
    other: Option<WalletName>,
    /// The list.
    batch: Batch,
}

impl Earlier {
    /// The list, where it is one of the wallet's own.
    pub(super) fn into_own(self) -> Option<Batch> {
        self.other.is_none().then_some(self.batch)
    }

    /// Whether it was begun, and is not paid to its end.
    pub(super) fn is_begun(&self) -> bool {
        self.batch.progress == Progress::Begun
    }

    /// Who paid it, where that is not the account that is to pay now.
    fn elsewhere(&self, new: &Batch) -> Option<String> {
        let Self { other, batch } = self;
        let by = other.as_ref().map(|wallet| format!(" by the wallet {wallet},")).unwrap_or_default();
        let is_elsewhere = other.is_some() || (&batch.chain_id, &batch.from) != (&new.chain_id, &new.from);
        is_elsewhere.then(|| format!("{by} from {} on {}", batch.from, batch.chain_id))
    }

    /// What goes on with it.
    fn way_on(&self) -> String {
        match &self.other {
            Some(wallet) => format!("to go on, `faic wallet send-many {wallet}` with {}", self.batch.file),
            None => "to go on, name that account".to_owned(),
        }
    }
}

impl SendMany {
    /// The lists that were paid or begun before in the same file or with the same payments, but for `new` itself: those of
    /// the wallet first, and of other wallets only those on the same chain.
    ///
    /// # Errors
    /// That a record cannot be read.
    pub(super) fn earlier(
        &self,
        moment: &Moment<'_>,
        new: &Batch,
        outputs: &[Payable],
    ) -> Result<Vec<Earlier>, Failure> {
        let (own, network) = (&moment.turn.outbox, moment.sender.account.network);
        let is_it = |batch: &Batch| {
            batch.progress != Progress::GivenUp && (batch.file == new.file || batch.pays(network, outputs))
        };
        let of_own = own.batches()?.into_iter().filter(|batch| batch.id != new.id && is_it(batch));
        let mut found: Vec<_> = of_own.map(|batch| Earlier { other: None, batch }).collect();
        for (wallet, outbox) in own.of_all_wallets()? {
            if wallet != *moment.sender.name {
                let theirs = outbox.batches()?.into_iter();
                let theirs = theirs.filter(|batch| batch.chain_id == new.chain_id && is_it(batch));
                found.extend(theirs.map(|batch| Earlier { other: Some(wallet.clone()), batch }));
            }
        }
        Ok(found)
    }

    /// The failure of a file that was paid or begun before with other lines, from another account or by another wallet.
    pub(super) fn otherwise(
        &self,
        moment: &Moment<'_>,
        earlier: &Earlier,
        new: &Batch,
        outputs: &[Payable],
    ) -> Failure {
        let (file, from, other) = (self.file.display(), &new.from, &earlier.batch);
        let is_same = earlier.elsewhere(new).is_some() && other.pays(moment.sender.account.network, outputs);
        let mut elsewhere = earlier.elsewhere(new).unwrap_or_default();
        if other.file != new.file {
            elsewhere = format!("{elsewhere}, out of {}", other.file);
        }
        match (other.progress, is_same) {
            (Progress::Paid, true) => {
                let message = format!("{file} was paid before{elsewhere}; nothing was sent now");
                Failure::new(Code::BatchPaid, message)
                    .advice(format!("--restart pays every line of it once more, from {from}"))
            }
            (Progress::Paid, false) => {
                let message = format!("{file} was paid before with other lines{elsewhere}; nothing was sent now");
                Failure::new(Code::BatchChanged, message).advice(
                    "put further payments into a file of another name; --restart pays every line of this one, also those \
                     that were paid",
                )
            }
            (Progress::Begun | Progress::GivenUp, true) => {
                let message = format!("the payments of {file} were begun{elsewhere}; nothing was sent now");
                let what = if earlier.other.is_some() { "--restart" } else { "--restart gives them up and" };
                Failure::new(Code::BatchPartlyPaid, message).advice(format!(
                    "{}; {what} pays every line from {from}, also those that were paid",
                    earlier.way_on()
                ))
            }
            (Progress::Begun | Progress::GivenUp, false) => {
                let message = format!(
                    "{file}, or an address that it names, was changed since its payments were begun{elsewhere}; nothing \
                     was sent now"
                );
                Failure::new(Code::BatchChanged, message).advice(
                    "to go on, restore the file as it was, and put further payments into another file; --restart gives the \
                     earlier one up and pays every line of this one, also those that were paid",
                )
            }
        }
    }
}
