//! How a page of a history is laid out on terminals of several widths.

use super::{HistoryPage, in_words, utc};
use crate::output::{Column, table};

/// How wide a terminal must be for a line a payment.
const WIDE: usize = 130;
/// How wide a terminal is on which a table with two lines for each payment fits.
const NARROW: usize = 80;

impl HistoryPage {
    /// The payments, for a terminal of that width, or for no terminal.
    pub(super) fn laid_out(&self, width: Option<usize>) -> String {
        match width {
            Some(width) if width < NARROW => self.tall(),
            Some(width) if width < WIDE => self.narrow(),
            Some(_) | None => self.wide(),
        }
    }

    /// A table with a line for each payment.
    fn wide(&self) -> String {
        let rows = self.payments.iter().map(|payment| {
            let (height, memo) = (payment.height.to_string(), payment.notes());
            let (kind, fee) = (in_words(&payment.kind), payment.fee_faic.clone());
            let (amount, with) = (payment.signed_amount(), payment.with());
            [height, utc(payment.time_ms), kind, amount, fee, with, memo, payment.id.clone()]
        });
        let header = ["height", "time", "kind", "FAIC", "fee (FAIC)", "from or to", "memo", "transaction"];
        let columns = [
            Column::Number,
            Column::Words,
            Column::Words,
            Column::Number,
            Column::Number,
            Column::Text,
            Column::Text,
            Column::Id,
        ];
        table(header, columns, rows)
    }

    /// A table with two lines for each payment, for a narrow terminal.
    fn narrow(&self) -> String {
        let rows = self.payments.iter().flat_map(|payment| {
            let fee = &payment.fee_faic;
            let fee = if fee.is_empty() { String::new() } else { format!("fee {fee}") };
            let place = format!("{} at {}", in_words(&payment.kind), payment.height);
            [
                [utc(payment.time_ms), payment.signed_amount(), payment.with(), payment.id.clone()],
                [place, fee, payment.notes(), String::new()],
            ]
        });
        let columns = [Column::Words, Column::Number, Column::Text, Column::Id];
        table(["time", "FAIC", "from or to, memo", "transaction"], columns, rows)
    }

    /// A line for each thing that is to be said of a payment, for a terminal on which no table of them fits.
    fn tall(&self) -> String {
        let rows = self.payments.iter().flat_map(|payment| {
            let height = format!("{} at {}", in_words(&payment.kind), payment.height);
            let facts = [
                ("time", utc(payment.time_ms)),
                ("kind", height),
                ("FAIC", payment.signed_amount()),
                ("fee", payment.fee_faic.clone()),
                ("with", payment.with()),
                ("memo", payment.notes()),
                ("id", payment.id.clone()),
            ];
            facts.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| [name.to_owned(), value])
        });
        table(["", "newest first"], [Column::Words, Column::Text], rows)
    }
}
