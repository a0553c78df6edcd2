//! What a fee is beside the least that the same would cost, because the node alone says how busy the network is.

use faic_core::Amount;
use faic_node::{genesis::Parameters, services::with_headroom};

use super::transaction::Moment;
use crate::output::Output;

/// How many times the least fee one may be before it is remarked on.
const TIMES_MAX: u64 = 10;

impl Moment<'_> {
    /// A fee in words, with what it would be where the network is not busy.
    pub(super) fn fee_text(&self, fee: Amount) -> String {
        match self.least_of(fee) {
            Some(least) => format!("{fee} FAIC; {least} FAIC where the network is not busy"),
            None => format!("{fee} FAIC"),
        }
    }

    /// Remarks on a fee that is many times the least one.
    pub(super) fn warn_of_fee(&self, fee: Amount, output: Output) {
        let Some(least) = self.least_of(fee) else { return };
        let times = fee.nano() / least.nano().max(1);
        if times > TIMES_MAX {
            output.note(&format!(
                "warning: the fee of {fee} FAIC is {times} times what it is where the network is not busy; that it is busy, the \
                 node says and does not prove: ask another node, or set a limit with --fee-max"
            ));
        }
    }

    /// What a fee would be at the least base fee of a chain with the usual parameters; nothing where it is no more than that.
    fn least_of(&self, fee: Amount) -> Option<Amount> {
        let least = with_headroom(Parameters::default().base_fee_per_byte_min);
        let now = self.status.fee_per_byte();
        let nano = u128::from(fee.nano()).checked_mul(least.into())?.checked_div(now.into())?;
        let nano = u64::try_from(nano).ok().filter(|_| now > least)?;
        Amount::from_nano(nano).ok()
    }
}
