//! Tables for people, within the width of their terminal.
//!
//! Where standard output is no terminal, a table is as wide as its contents and every value is whole. On a terminal that is too
//! narrow, what identifies something loses its middle and texts go on in the next line; what people copy stays whole and
//! moves to a line of its own. `--json` always has everything.

use comfy_table::{CellAlignment, ColumnConstraint, Table, Width, presets};

use super::{one_line, terminal_width};

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Words, which stay as they are.
    Words,
    /// Numbers, which stay as they are and stand on the right.
    Number,
    /// What identifies something: a narrow terminal shows its beginning and its end.
    Id,
    /// A text: on a narrow terminal it goes on in the next line.
    Text,
    /// What people copy, such as their own address: on a narrow terminal it has a line of its own.
    Copied,
}

/// What columns of a kind may lose at most, and in which order: the kind, and the width that they keep.
const LOSSES: [(Column, usize); 4] = [(Column::Id, 21), (Column::Text, 24), (Column::Id, 13), (Column::Text, 12)];
/// What stands around a cell and before the next one.
const BETWEEN: usize = 3;
/// What stands around a cell, which is part of the width of its column.
const PADDING: u16 = 2;
/// How far what people copy is moved to the right where it has a line of its own.
const INDENT: &str = "  ";

/// A table with a header.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    columns: [Column; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    layout(&header, &columns, &cleaned(rows), terminal_width())
}

/// The cells without what would steer the terminal.
fn cleaned<const N: usize>(rows: impl IntoIterator<Item = [String; N]>) -> Vec<Vec<String>> {
    rows.into_iter().map(|row| row.map(|cell| one_line(&cell)).into()).collect()
}

/// The table within that width, where it can be.
fn layout(header: &[&str], columns: &[Column], rows: &[Vec<String>], width: Option<usize>) -> String {
    let mut widths = widths(header, rows);
    let excess = |widths: &[usize]| (total(widths)).saturating_sub(width.unwrap_or(usize::MAX));
    if excess(&widths) > 0 && columns.contains(&Column::Copied) {
        return stacked(header, columns, rows);
    }
    for (kind, least) in LOSSES {
        let is_one = |place: &usize| columns[*place] == kind;
        while excess(&widths) > 0 {
            let widest = (0..columns.len()).filter(is_one).max_by_key(|place| widths[*place]);
            match widest {
                Some(place) if widths[place] > least => widths[place] -= 1,
                Some(_) | None => break,
            }
        }
    }
    let fitted = |row: &Vec<String>| -> Vec<String> {
        let cells = row.iter().zip(columns).zip(&widths);
        cells
            .map(|((cell, kind), width)| if *kind == Column::Id { shortened(cell, *width) } else { cell.clone() })
            .collect()
    };
    let mut table = drawn(header, columns, rows.iter().map(fitted));
    table.load_style(presets::UTF8_BORDERS_ONLY);
    for (place, width) in widths.iter().enumerate().filter(|(place, _)| columns[*place] == Column::Text) {
        let most = u16::try_from(*width).unwrap_or(u16::MAX).saturating_add(PADDING);
        if let Some(column) = table.column_mut(place) {
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(most)));
        }
    }
    format!("{}\n", table.trim_fmt())
}

/// The table with what people copy in lines of its own, below the others of its row.
fn stacked(header: &[&str], columns: &[Column], rows: &[Vec<String>]) -> String {
    let (copied, others): (Vec<usize>, Vec<usize>) =
        (0..columns.len()).partition(|place| columns[*place] == Column::Copied);
    let of =
        |places: &[usize], row: &[String]| -> Vec<String> { places.iter().map(|place| row[*place].clone()).collect() };
    let names: Vec<String> = header.iter().map(ToString::to_string).collect();
    let kinds: Vec<Column> = others.iter().map(|place| columns[*place]).collect();
    let all = || std::iter::once(&names).chain(rows);
    let mut table = drawn(&[], &kinds, all().map(|row| of(&others, row)));
    table.load_style(presets::NOTHING);
    let lines = table.lines().zip(all().map(|row| of(&copied, row)));
    lines
        .map(|(line, copied)| {
            let below: String = copied.iter().map(|cell| format!("{INDENT}{cell}\n")).collect();
            format!("{}\n{below}", line.trim())
        })
        .collect()
}

/// The table with its cells in their places, without borders or limits.
fn drawn(header: &[&str], columns: &[Column], rows: impl Iterator<Item = Vec<String>>) -> Table {
    let mut table = Table::new();
    if !header.is_empty() {
        table.set_header(header.iter().copied());
    }
    table.add_rows(rows);
    for (place, _) in columns.iter().enumerate().filter(|(_, kind)| **kind == Column::Number) {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// How wide the columns are where nothing is lost.
fn widths(header: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    drawn(header, &[], rows.iter().cloned()).column_max_content_widths().into_iter().map(usize::from).collect()
}

/// How wide a table of such columns is.
fn total(widths: &[usize]) -> usize {
    widths.iter().map(|width| width + BETWEEN).sum::<usize>() + 1
}

/// The beginning and the end of a text that is longer than `width`.
pub(crate) fn shortened(text: &str, width: usize) -> String {
    let characters = text.chars().count();
    if characters <= width {
        return text.to_owned();
    }
    let last = width / 3;
    let first = width.saturating_sub(last + 1);
    let begin: String = text.chars().take(first).collect();
    let end: String = text.chars().skip(characters - last).collect();
    format!("{begin}…{end}")
}

#[cfg(test)]
mod tests;
