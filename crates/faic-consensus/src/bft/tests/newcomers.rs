//! Tests of a validator key in a fresh data folder.

use faic_core::Certificate;

use super::*;

/// Starts a validator of four, alone at its desk, among peers that claim a height.
fn alone(number: u8, claimed: Height, folder: &Path) -> (ConsensusHandle, Running) {
    let (hub, mailboxes) = channels(4);
    *hub.claimed.lock().unwrap() = claimed;
    let door = hub.doors.get().unwrap()[usize::from(number) - 1].clone();
    let mailbox = mailboxes.into_iter().nth(usize::from(number) - 1).unwrap();
    let recorder = Recorder { validators: set([1, 2, 3, 4]), ..Recorder::new(usize::MAX) };
    (door, Running::start(Arc::new(recorder), &hub, number, mailbox, folder))
}

/// Whether the validator of a number has begun to take part with the journal in this folder.
fn has_begun(folder: &Path, number: u8) -> bool {
    folder.join(number.to_string()).join("journal.key").exists()
}

/// A key that was restored without its journal says nothing while others are ahead, and stops at the first block that
/// shows a vote of it.
#[tokio::test]
async fn restored_key_stops_at_its_own_vote() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (_, running) = four(old.path());
    running[0].reaches(2).await;
    let blocks = running[0].recorder.chain().clone();
    for validator in running {
        validator.stop().await.1.unwrap();
    }
    let voters = &blocks[1].1.signatures;
    let number = (1..=4).find(|number| voters[0].validator == key(*number).public_key()).unwrap();
    let (door, running) = alone(number, 2, new.path());
    for (block, certificate, _) in blocks.into_iter().take(2) {
        assert!(!has_begun(new.path(), number));
        running.recorder.commit(block, certificate).await.unwrap();
    }
    door.advance();
    let ended = timeout(PATIENCE, running.task).await.unwrap().unwrap();
    assert!(matches!(ended, Err(ConsensusError::Journal(JournalError::Lost { .. }))), "{ended:?}");
    assert!(!has_begun(new.path(), number));
}

/// A key that is new goes on as soon as nobody is ahead.
#[tokio::test]
async fn new_key_goes_on_when_it_is_level() {
    let folder = tempfile::tempdir().unwrap();
    let block = samples::block(1, 9, 1);
    let certificate = Certificate { height: 1, round: 0, block: block.id(), signatures: Vec::new() };
    let (door, running) = alone(1, 1, folder.path());
    assert!(!has_begun(folder.path(), 1));
    running.recorder.commit(block, certificate).await.unwrap();
    door.advance();
    let begun = async {
        while !has_begun(folder.path(), 1) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, begun).await.unwrap();
    running.stop().await.1.unwrap();
}

/// A newcomer that holds its vote back hears what the others decide meanwhile: once it takes part it is where they are,
/// without asking anybody for a block.
#[tokio::test]
async fn newcomer_has_heard_what_was_decided_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, mailboxes) = channels(4);
    hub.blind.lock().unwrap().insert(4);
    *hub.quiet_beyond.lock().unwrap() = Some(2);
    let start = |(number, mailbox)| {
        let recorder = Recorder { validators: set([1, 2, 3, 4]), ..Recorder::new(usize::MAX) };
        Running::start(Arc::new(recorder), &hub, number, mailbox, folder.path())
    };
    let running: Vec<_> = (1..).zip(mailboxes).map(start).collect();
    for validator in &running[..3] {
        validator.reaches(2).await;
    }
    assert!(!has_begun(folder.path(), 4));
    assert_eq!(running[3].recorder.tip().height, 0);
    hub.blind.lock().unwrap().clear();
    running[3].reaches(2).await;
    assert_eq!(ids(&running[3].recorder), ids(&running[0].recorder));
    // It votes from then on.
    hub.silent.lock().unwrap().insert(1);
    *hub.quiet_beyond.lock().unwrap() = None;
    running[3].reaches(4).await;
    for validator in running {
        validator.stop().await.1.unwrap();
    }
}
