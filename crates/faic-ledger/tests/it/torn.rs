//! Power cuts: a disk may write the pages of an unfinished commit in any order, and lose any of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use faic_core::Domain;
use faic_ledger::store::StoreError;

use crate::chain::Chain;

/// The unit in which a disk keeps or loses what was not synchronised.
const PAGE: usize = 4_096;

/// The bytes of the file that holds the tables.
fn file_of(store: &Path) -> Vec<u8> {
    fs::read(store.join("tables.redb")).unwrap()
}

/// Opens a store whose tables are these bytes: its height, or `None` when it says that it is damaged.
fn height_with(store: &Path, tables: &[u8]) -> Option<u64> {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(store.join("format"), folder.path().join("format")).unwrap();
    fs::write(folder.path().join("tables.redb"), tables).unwrap();
    match Chain::open_checked(folder.path()) {
        Ok(chain) => Some(chain.height()),
        Err(StoreError::Corrupt { .. }) => None,
        Err(error) => panic!("a torn file is damage and not: {error:?}"),
    }
}

/// The pages in which two versions of the file differ.
fn changed_pages(before: &[u8], after: &[u8]) -> BTreeSet<usize> {
    let page = |bytes: &[u8], index: usize| bytes.chunks(PAGE).nth(index).map(<[u8]>::to_vec);
    (0..after.len().div_ceil(PAGE)).filter(|index| page(before, *index) != page(after, *index)).collect()
}

/// The file of before with some pages of after.
fn with_pages(before: &[u8], after: &[u8], pages: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let mut mixed = before.to_vec();
    mixed.resize(after.len().max(before.len()), 0);
    for index in pages {
        let (from, to) = (index * PAGE, ((index + 1) * PAGE).min(after.len()));
        mixed[from..to].copy_from_slice(&after[from..to]);
    }
    mixed
}

/// Whether a page is among those that reach the disk in one simulated power cut.
fn reaches_the_disk(cut: u64, page: usize) -> bool {
    let dice = Domain::MerkleNode.hash(&[&cut.to_be_bytes(), &page.to_be_bytes()]);
    u64::from(dice.as_bytes()[0]) < 32 * (cut % 8 + 1)
}

/// Before the header is switched, any subset of a commit's pages leaves the height before it; after it, the next one.
#[test]
fn any_pages_of_an_unfinished_commit() {
    let folder = tempfile::tempdir().unwrap();
    let mut chain = Chain::open_checked(folder.path()).unwrap();
    for height in 0..6 {
        let before = file_of(folder.path());
        chain.commit_next();
        let after = file_of(folder.path());
        let mut pages = changed_pages(&before, &after);
        assert!(pages.remove(&0), "the header is in the first page");
        assert!(pages.len() > 3, "a block changes pages");
        for cut in 0..16 {
            let some = pages.iter().copied().filter(|page| reaches_the_disk(cut, *page));
            assert_eq!(height_with(folder.path(), &with_pages(&before, &after, some)), Some(height), "cut {cut}");
        }
        assert_eq!(height_with(folder.path(), &with_pages(&before, &after, pages)), Some(height));
        assert_eq!(height_with(folder.path(), &after), Some(height + 1));
    }
}

/// A file whose end is gone, which no crash does, opens at a whole height or is reported as damaged.
#[test]
fn file_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let mut chain = Chain::open_checked(folder.path()).unwrap();
    (0..6).for_each(|_| chain.commit_next());
    let whole = file_of(folder.path());
    for eighth in 0..8 {
        let cut = whole.len() * eighth / 8;
        for length in [cut, cut + 1, cut + PAGE] {
            let height = height_with(folder.path(), &whole[..length.min(whole.len())]);
            assert!(height.is_none_or(|height| height <= 6), "{length} of {} bytes", whole.len());
        }
    }
}
