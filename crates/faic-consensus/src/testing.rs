//! An application that records what it is asked, and the keys of the tests.

use std::{
    io,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use faic_core::{
    Address, Amount, BasicCrypto, Block, Certificate, ChainId, Hash, Header, PublicKey, SecretKey,
    block::{BLOCK_VERSION, Validator, ValidatorSet},
    transaction::Height,
    vote::Equivocation,
};
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{Application, ApplicationError, Tip};

/// What the recorder does wrong, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `propose` fails at this height.
    Propose(Height),
    /// `verify` refuses at this height.
    Verify(Height),
    /// `commit` fails at this height.
    Commit(Height),
    /// Another validator takes over at this height.
    OtherValidator(Height),
}

/// An application that keeps blocks in memory and remembers when they came.
pub(crate) struct Recorder {
    /// Final blocks, with the time of their commit since the start.
    pub(crate) chain: Mutex<Vec<(Block, Certificate, Duration)>>,
    /// The validators that it names.
    pub(crate) validators: ValidatorSet,
    /// Whether there is always work.
    pub(crate) busy: bool,
    /// How long a commit takes.
    pub(crate) commit_takes: Duration,
    /// Tells of each commit.
    pub(crate) committed: Notify,
    /// The proofs that it was given.
    pub(crate) accused: Mutex<Vec<Equivocation>>,
    /// What goes wrong.
    pub(crate) fault: Option<Fault>,
    /// When the recorder was made.
    pub(crate) started: Instant,
    /// Cancelled once a chain of this many blocks is there.
    pub(crate) stop_at: (usize, CancellationToken),
}

impl Recorder {
    /// An idle, healthy application that asks to stop after `blocks`.
    pub(crate) fn new(blocks: usize) -> Self {
        Self {
            chain: Mutex::default(),
            validators: set([1]),
            busy: false,
            commit_takes: Duration::ZERO,
            committed: Notify::new(),
            accused: Mutex::default(),
            fault: None,
            started: Instant::now(),
            stop_at: (blocks, CancellationToken::new()),
        }
    }

    /// The chain so far.
    pub(crate) fn chain(&self) -> MutexGuard<'_, Vec<(Block, Certificate, Duration)>> {
        self.chain.lock().expect("no test panics while it holds the lock")
    }

    /// When each block was committed.
    pub(crate) fn times(&self) -> Vec<Duration> {
        self.chain().iter().map(|(_, _, time)| *time).collect()
    }

    /// The height that is decided next.
    pub(crate) fn next_height(&self) -> Height {
        self.tip().height + 1
    }

    /// Fails when `fault` is the one of this recorder.
    pub(crate) fn fail_if(&self, fault: Fault) -> Result<(), ApplicationError> {
        if self.fault != Some(fault) {
            return Ok(());
        }
        let source = io::Error::from(io::ErrorKind::StorageFull).into();
        Err(match fault {
            Fault::Verify(_) => ApplicationError::Invalid { source },
            Fault::Propose(_) | Fault::Commit(_) | Fault::OtherValidator(_) => ApplicationError::Failed { source },
        })
    }
}

#[async_trait]
impl Application for Recorder {
    fn tip(&self) -> Tip {
        let chain = self.chain();
        match chain.last() {
            Some((block, ..)) => Tip { height: block.header.height, id: block.id(), time_ms: block.header.time_ms },
            None => Tip { height: 0, id: Hash::ZERO, time_ms: 0 },
        }
    }

    fn validators(&self) -> ValidatorSet {
        if self.fault == Some(Fault::OtherValidator(self.next_height())) { set([2]) } else { self.validators.clone() }
    }

    async fn decided_at(&self, height: Height) -> Result<Option<(Block, Certificate)>, ApplicationError> {
        let found = self.chain().iter().find(|(block, ..)| block.header.height == height).cloned();
        Ok(found.map(|(block, certificate, _)| (block, certificate)))
    }

    async fn propose(&self, proposer: PublicKey, hold: Duration) -> Result<Block, ApplicationError> {
        if !self.busy {
            pass(hold).await;
        }
        self.fail_if(Fault::Propose(self.next_height()))?;
        let tip = self.tip();
        let header = Header {
            version: BLOCK_VERSION,
            chain_id: chain_id(),
            height: tip.height + 1,
            time_ms: tip.time_ms + 1,
            proposer,
            parent: tip.id,
            ancestors: Hash::ZERO,
            last_certificate: Hash::ZERO,
            evidence_root: Hash::ZERO,
            transactions_root: Hash::ZERO,
            receipts_root: Hash::ZERO,
            state_root: Hash::ZERO,
            validators: self.validators.hash(),
            next_validators: self.validators.hash(),
        };
        Ok(Block { header, last_certificate: None, evidence: Vec::new(), transactions: Vec::new() })
    }

    async fn verify(&self, block: &Block) -> Result<(), ApplicationError> {
        assert_eq!((block.header.height, block.header.parent), (self.next_height(), self.tip().id));
        self.fail_if(Fault::Verify(block.header.height))
    }

    async fn commit(&self, block: Block, certificate: Certificate) -> Result<(), ApplicationError> {
        pass(self.commit_takes).await;
        self.fail_if(Fault::Commit(block.header.height))?;
        self.chain().push((block, certificate, self.started.elapsed()));
        self.committed.notify_waiters();
        if self.chain().len() == self.stop_at.0 {
            self.stop_at.1.cancel();
        }
        Ok(())
    }

    fn strengthen(&self, certificate: Certificate) {
        let mut chain = self.chain();
        if let Some((_, last, _)) = chain.last_mut().filter(|(block, ..)| block.id() == certificate.block) {
            *last = certificate;
        }
    }

    fn accuse(&self, evidence: Vec<Equivocation>) {
        self.accused.lock().expect("no test panics while it holds the lock").extend(evidence);
    }
}

/// Lets a part of the paused time pass.
pub(crate) async fn pass(duration: Duration) {
    // sleep: the time of these tests is paused, so nobody waits.
    sleep(duration).await;
}

/// The chain of the tests.
pub(crate) fn chain_id() -> ChainId {
    ChainId::new("faic-dev").expect("a valid chain id")
}

/// The key made from a seed of this byte.
pub(crate) fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed(&[byte; 32])
}

/// The set of the validators with these keys.
pub(crate) fn set<const N: usize>(bytes: [u8; N]) -> ValidatorSet {
    let stake = Amount::from_faic(1).expect("one is below the supply");
    let validator = |byte| Validator { key: key(byte).public_key(), operator: Address::from_bytes([byte; 32]), stake };
    ValidatorSet::new(bytes.map(validator).to_vec()).expect("distinct keys with stake")
}

/// What holds the keys made from these bytes.
pub(crate) fn crypto<const N: usize>(bytes: [u8; N]) -> BasicCrypto {
    BasicCrypto { key_manager: bytes.map(key).into_iter().collect() }
}
