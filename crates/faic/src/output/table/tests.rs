//! Tests of tables: what a narrow terminal loses, and what it never does.

use proptest::prelude::*;

use super::{Column, cleaned, layout, shortened};

/// An address of the development network.
const ADDRESS: &str = "dfaic19sjftv0cg943ed7p0ngwpgk4fyy4clma7rfuzrlp3p30ncxcs2xqvt3tjw";

/// How wide the widest line is.
fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

/// A table of those rows within that width.
fn within<const N: usize>(header: [&str; N], columns: [Column; N], rows: &[[&str; N]], width: usize) -> String {
    let rows = rows.iter().map(|row| row.map(str::to_owned));
    layout(&header, &columns, &cleaned(rows), Some(width))
}

/// Numbers stand to the right, and cells are cleaned.
#[test]
fn tables_are_aligned() {
    let rows = [["x\ny", "1"], ["z", "1000"]].map(|row| row.map(str::to_owned));
    let text = layout(&["name", "FAIC"], &[Column::Words, Column::Number], &cleaned(rows), None);
    assert!(text.contains("x y       1 ") && text.contains("z      1000 "), "{text}");
}

/// How many columns of a terminal a text takes: a Chinese letter takes two.
fn columns_of(text: &str) -> usize {
    text.chars().map(|c| if ('\u{2e80}'..='\u{ffdc}').contains(&c) { 2 } else { 1 }).sum()
}

/// Wide letters are counted as wide: columns stay in line, and a narrow terminal is not overrun.
#[test]
fn wide_letters() {
    let rows = [["alice/家用 钱", "1", "房租，三月份和四月份的，加上押金一共"], ["alice/rent", "1000", "x"]];
    let (header, columns) = (["account", "FAIC", "memo"], [Column::Words, Column::Number, Column::Text]);
    let whole = layout(&header, &columns, &cleaned(rows.map(|row| row.map(str::to_owned))), None);
    let widths: Vec<usize> = whole.lines().map(columns_of).collect();
    assert!(widths.iter().all(|width| Some(width) == widths.first()), "{whole}");
    let narrow = within(header, columns, &rows, 50);
    assert!(narrow.lines().all(|line| columns_of(line) <= 50) && narrow.contains("家用 钱"), "{narrow}");
}

/// Without a terminal, and on a wide one, nothing is lost.
#[test]
fn nothing_is_lost_where_it_fits() {
    let rows = || cleaned([[ADDRESS.to_owned(), "a long memo ".repeat(20)]]);
    let (header, columns) = (["to", "memo"], [Column::Id, Column::Text]);
    let whole = layout(&header, &columns, &rows(), None);
    assert!(whole.contains(ADDRESS) && whole.lines().count() == 5, "{whole}");
    assert_eq!(layout(&header, &columns, &rows(), Some(widest(&whole))), whole);
}

/// Ids lose their middle first, and then texts go on in the next line.
#[test]
fn narrow_terminals() {
    let memo = "rent of March and of April, with the deposit";
    let (header, columns) = (["to", "memo", "FAIC"], [Column::Id, Column::Text, Column::Number]);
    let wide = within(header, columns, &[[ADDRESS, memo, "-12.5"]], 100);
    assert!(widest(&wide) == 100 && wide.contains(memo) && wide.contains('…'), "{wide}");
    let narrow = within(header, columns, &[[ADDRESS, memo, "-12.5"]], 60);
    assert!(widest(&narrow) <= 60 && !narrow.contains(memo), "{narrow}");
    let words: Vec<&str> = memo.split(' ').filter(|word| narrow.contains(word)).collect();
    assert!(words.join(" ") == memo && narrow.contains("-12.5") && narrow.contains("dfaic19sj"), "{narrow}");
}

/// What people copy is whole on any terminal, in a line of its own where it does not fit beside the rest.
#[test]
fn what_is_copied_stays_whole() {
    let (header, columns) = (["wallet", "address", "path"], [Column::Words, Column::Copied, Column::Words]);
    let rows = [["alice", ADDRESS, "m/44'/1'/0'/0'/0'"], ["b", ADDRESS, ""]];
    assert!(within(header, columns, &rows, 120).contains(&format!("alice    {ADDRESS}   m/44'")));
    let expected = format!("wallet  path\n  address\nalice   m/44'/1'/0'/0'/0'\n  {ADDRESS}\nb\n  {ADDRESS}\n");
    assert_eq!(within(header, columns, &rows, 80), expected);
}

/// Long texts keep both ends, short ones stay.
#[test]
fn long_texts() {
    assert_eq!(shortened("abcdefghij", 6), "abc…ij");
    assert_eq!(shortened("abcdef", 6), "abcdef");
    assert_eq!(shortened("发发发发发发发", 3), "发…发");
}

proptest! {
    /// A table is within its terminal unless all its columns have lost what they may.
    #[test]
    fn tables_fit(id in "[0-9a-f]{0,70}", text in "[ -~]{0,150}", number in "[0-9]{1,20}", width in 73_usize..300) {
        let table = within(["id", "text", "n"], [Column::Id, Column::Text, Column::Number], &[[&id, &text, &number]], width);
        prop_assert!(widest(&table) <= width, "{table}");
    }
}
