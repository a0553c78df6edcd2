//! Tests of the journal: what was flushed is there again, what was torn is cut off, what was lost is refused.

use faic_core::{SecretKey, Signature, vote::VoteKind};

use super::*;
use crate::bft::message::SignedVote;

/// The key of these tests.
fn key() -> PublicKey {
    SecretKey::from_seed(&[1; 32]).public_key()
}

/// A vote of a round.
fn vote(round: u32) -> Record {
    Record::Vote(SignedVote {
        kind: VoteKind::Prevote,
        height: 7,
        round,
        block: None,
        validator: key(),
        signature: Signature::from_bytes([3; 64]),
    })
}

/// Opens the journal in a folder.
fn open(folder: &Path) -> Result<(Journal, Recalled), JournalError> {
    Journal::open(folder, &key(), false)
}

/// Begins height 7 in a folder and flushes the votes of these rounds, each by itself.
fn written(folder: &Path, rounds: &[u32]) -> Journal {
    let (mut journal, _) = open(folder).unwrap();
    journal.settle().unwrap();
    journal.begin(7).unwrap();
    for round in rounds {
        journal.remember(vote(*round));
        journal.flush().unwrap();
    }
    journal
}

/// The votes of these rounds, as they are recalled.
fn recalled(rounds: &[u32]) -> Recalled {
    Recalled { height: 7, records: rounds.iter().copied().map(vote).collect(), is_new: false }
}

/// What was flushed is there after a restart, what was only noted is not.
#[test]
fn flushed_records_are_recalled() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = written(folder.path(), &[0, 1]);
    journal.remember(vote(2));
    drop(journal);
    assert_eq!(open(folder.path()).unwrap().1, recalled(&[0, 1]));
}

/// A new height forgets the one before, also when the power goes right after.
#[test]
fn new_height_begins_empty() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = written(folder.path(), &[0, 1]);
    journal.begin(8).unwrap();
    drop(journal);
    assert_eq!(open(folder.path()).unwrap().1, Recalled::default());
}

/// Records can be added after a restart.
#[test]
fn restarted_journal_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0]));
    let (mut journal, _) = open(folder.path()).unwrap();
    journal.remember(vote(1));
    journal.flush().unwrap();
    drop(journal);
    assert_eq!(open(folder.path()).unwrap().1, recalled(&[0, 1]));
}

/// Cut off at any byte after the first flush, the journal opens with the records before the cut.
#[test]
fn torn_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0]));
    let whole = fs::read(folder.path().join("journal")).unwrap();
    let (mut journal, _) = open(folder.path()).unwrap();
    journal.remember(vote(1));
    journal.flush().unwrap();
    drop(journal);
    let longer = fs::read(folder.path().join("journal")).unwrap();
    for end in whole.len()..longer.len() - MARK_BYTES {
        fs::write(folder.path().join("journal"), &longer[..end]).unwrap();
        assert_eq!(open(folder.path()).unwrap().1, recalled(&[0]), "cut at {end}");
    }
}

/// A byte that changed before a flush that is there is a loss, and refused.
#[test]
fn damage_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0, 1, 2]));
    let good = fs::read(folder.path().join("journal")).unwrap();
    let header = usize::try_from(HEADER_BYTES).unwrap();
    for place in (header..good.len() - MARK_BYTES).step_by(7) {
        let mut bad = good.clone();
        bad[place] ^= 0x40;
        fs::write(folder.path().join("journal"), &bad).unwrap();
        let refused = matches!(open(folder.path()), Err(JournalError::Damaged { .. }));
        assert!(refused, "byte {place}");
    }
}

/// A journal that was there and is gone is refused, also when the ledger alone knows of it.
#[test]
fn lost_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0]));
    fs::remove_file(folder.path().join("journal")).unwrap();
    assert!(matches!(open(folder.path()), Err(JournalError::Lost { .. })));
    let other = tempfile::tempdir().unwrap();
    assert!(matches!(Journal::open(other.path(), &key(), true), Err(JournalError::Lost { .. })));
    assert!(open(other.path()).is_ok());
}

/// Who gives the journal up begins anew at a height of its own choice.
#[test]
fn journal_is_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0]));
    fs::remove_file(folder.path().join("journal")).unwrap();
    drop(Journal::begin_anew(folder.path(), &key(), 100).unwrap());
    assert_eq!(open(folder.path()).unwrap().1, Recalled { height: 100, ..Recalled::default() });
}

/// Another key begins a journal of its own.
#[test]
fn another_key_has_another_journal() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0]));
    let other = SecretKey::from_seed(&[2; 32]).public_key();
    let new = Recalled { is_new: true, ..Recalled::default() };
    assert_eq!(Journal::open(folder.path(), &other, false).unwrap().1, new);
}

/// A journal stays new until its key takes part, through restarts; one that is new is no journal of a key that has voted.
#[test]
fn journal_is_new_until_it_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        assert!(open(folder.path()).unwrap().1.is_new);
    }
    assert!(matches!(Journal::open(folder.path(), &key(), true), Err(JournalError::Lost { .. })));
    open(folder.path()).unwrap().0.settle().unwrap();
    assert!(!Journal::open(folder.path(), &key(), true).unwrap().1.is_new);
}

/// A journal with votes is not new, although the note beside it is gone.
#[test]
fn journal_with_votes_is_not_new() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0]));
    fs::remove_file(folder.path().join("journal.key")).unwrap();
    assert_eq!(Journal::open(folder.path(), &key(), true).unwrap().1, recalled(&[0]));
}

/// A journal of one byte more than is read is refused and left as it is.
#[test]
fn too_large_journal_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(written(folder.path(), &[0]));
    let path = folder.path().join("journal");
    let grow = |bytes| OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
    // The file has holes, so the disk does not fill up.
    grow(JOURNAL_BYTES_MAX + 1);
    let refused = open(folder.path());
    assert!(matches!(refused, Err(JournalError::TooLarge { bytes, .. }) if bytes == JOURNAL_BYTES_MAX + 1));
    assert_eq!(fs::metadata(&path).unwrap().len(), JOURNAL_BYTES_MAX + 1);
}
