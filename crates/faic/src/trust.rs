//! What this program trusts of a chain, so that it need not trust the node that it asks.
//!
//! A light client follows the validators from a head that was trusted before to the newest block of the node, and every
//! answer is checked under that block: see [`faic_core::light_client`] and [`faic_core::proof`]. The head is remembered in
//! the folder `trust` of the keystore, a file for each chain of a network, with how the trust in it began: who names a genesis
//! document or a block goes on from what began there, and from nothing else. Where nothing is remembered, the genesis of a
//! development network is known to this program, a genesis document or a checkpoint may be named, or else the node is
//! believed once, which is said: beyond development networks for the first chain of a network only, so that no node can
//! invent another one, and to people only, because a program would not read the remark.

use std::{
    cell::{Cell, RefCell},
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use clap::Args;
use faic_core::{
    Address, BasicCrypto, ChainId, Hash, Height, LightClient, Network,
    account::History,
    light_client::{Head, LightBlock, LightClientError, ReachError, Source},
    proof::{AccountProof, HistoryProof, ProofError, TransactionProof},
};
use faic_node::{ErrorCode, genesis::Genesis};

use crate::{
    client::{Client, ClientError, ProofAnswer, Status},
    failure::{Code, Context, Failure},
    output::Output,
};

mod beginning;
mod file;

use beginning::Beginning;
use file::Remembered;

/// The folder of a keystore in which heads are remembered.
const FOLDER: &str = "trust";
/// How long a block is trusted by default: less than the unbonding time of default parameters (ADR 0026).
const TRUST_PERIOD: Duration = Duration::from_secs(16 * 60 * 60);
/// How long to wait for the first block of a chain.
const FIRST_BLOCK_WAIT: Duration = Duration::from_secs(3);
/// How long between two looks.
const FIRST_BLOCK_POLL: Duration = Duration::from_millis(50);

/// What the user trusts.
#[derive(Debug, Args)]
pub(crate) struct TrustOption {
    /// Begin to trust the chain at this block, which you know from somebody you trust, or go on from what began there.
    #[arg(long, value_name = "HEIGHT:ID", value_parser = parse_checkpoint)]
    checkpoint: Option<(Height, Hash)>,

    /// Begin to trust the chain at its genesis document, which you have from somebody you trust, or go on from what began
    /// there.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["checkpoint", "unverified"])]
    genesis: Option<PathBuf>,

    /// How old the node's newest block may be.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = humantime::parse_duration)]
    max_age: Duration,

    /// How long a block that was checked is trusted; less than stake of the chain stays bound.
    #[arg(long, value_name = "DURATION", default_value_t = TRUST_PERIOD.into(), value_parser = parse_trust_period)]
    trust_period: humantime::Duration,

    /// Take the node's word instead of checking proofs.
    #[arg(long, conflicts_with = "checkpoint")]
    unverified: bool,
}

/// Reads a checkpoint.
fn parse_checkpoint(text: &str) -> Result<(Height, Hash), String> {
    let (height, id) = text.split_once(':').ok_or("a checkpoint is a height, a colon and the id of the block")?;
    let height = height.parse().map_err(|_| "the height is not a whole number")?;
    if height == 0 {
        return Err("height 0 is the genesis document, which --genesis FILE names".to_owned());
    }
    Ok((height, Hash::parse(id).map_err(|error| error.to_string())?))
}

/// Reads how long a block is trusted.
fn parse_trust_period(text: &str) -> Result<humantime::Duration, String> {
    let period: humantime::Duration = text.parse().map_err(|error: humantime::DurationError| error.to_string())?;
    if period.is_zero() {
        return Err("what is trusted for no time proves nothing; --unverified takes the node's word".to_owned());
    }
    Ok(period)
}

/// A chain, as far as it is trusted.
pub(crate) struct Trust {
    /// Follows the validators.
    light: RefCell<LightClient>,
    /// How the trust began.
    begun: Beginning,
    /// Where the head is remembered.
    file: PathBuf,
    /// The head that is known to be remembered there.
    seen: Cell<Option<Hash>>,
    /// How old the newest block may be.
    max_age: Duration,
}

impl TrustOption {
    /// Begins where this program trusted the chain last; `None` where the user takes the node's word.
    ///
    /// `keystore` is the folder in which trust is kept.
    ///
    /// # Errors
    /// A failure that says why nothing is trusted, and what to do.
    pub(crate) fn begin(
        &self,
        keystore: &Path,
        client: &Client,
        status: &Status,
        output: Output,
    ) -> Result<Option<Trust>, Failure> {
        beginning::check_network(&keystore.join(FOLDER), status)?;
        if self.unverified {
            return Ok(None);
        }
        if *self.trust_period > TRUST_PERIOD {
            output.note(
                "note: the trust period is longer than the default; whoever signed a block that long ago may have taken the \
                 stake back and have nothing to lose by signing another",
            );
        }
        let folder = keystore.join(FOLDER).join(status.network.to_string());
        let file = folder.join(format!("{}.json", status.chain_id));
        let is_bare = self.checkpoint.is_none() && !has_block(client, status)?;
        let remembered = file::read(&file, &status.chain_id)?;
        // Whoever names a beginning does not take the node's word.
        if is_bare && self.genesis.is_none() && remembered.is_none() {
            if status.network != Network::Dev {
                return Err(Failure::new(
                    Code::NodeNotTrusted,
                    "the node has no block, so nothing it says can be proved",
                )
                .advice("ask another node, or take its word with --unverified"));
            }
            output.note("note: the chain has no block yet, so what the node says is not proved");
            return Ok(None);
        }
        let seen = Cell::new(remembered.as_ref().map(|remembered| remembered.head.id));
        let (light, begun) = self.begin_at(&file, remembered, client, status, output)?;
        Ok(Some(Trust { light: RefCell::new(light), begun, file, seen, max_age: self.max_age }))
    }

    /// The head to begin at and where the trust in it began: the named checkpoint or genesis, or what is remembered of
    /// just that; or else what is remembered, the known genesis, or what the node says.
    fn begin_at(
        &self,
        file: &Path,
        remembered: Option<Remembered>,
        client: &Client,
        status: &Status,
        output: Output,
    ) -> Result<(LightClient, Beginning), Failure> {
        let chain_id = &status.chain_id;
        let at = |head| LightClient::new(chain_id.clone(), head, *self.trust_period);
        if let Some((height, id)) = self.checkpoint {
            let begun = Beginning::Checkpoint { height, id };
            return Ok(match self.begun_at(begun, remembered) {
                Some(head) => (at(head), begun),
                None => (self.at_checkpoint(chain_id, client, (height, id))?, begun),
            });
        }
        if let Some(path) = &self.genesis {
            let genesis = beginning::named_genesis(path, status)?;
            let begun = Beginning::Genesis { id: genesis.id() };
            let head = self.begun_at(begun, remembered);
            return Ok((at(head.map_or_else(|| self.at_genesis(&genesis), Ok)?), begun));
        }
        match (remembered, beginning::known_genesis(status)) {
            (Some(Remembered { head, begun }), None) => Ok((at(head), begun)),
            (Some(remembered), Some(genesis)) => {
                let known = Beginning::Genesis { id: genesis.id };
                let (head, begun) = match remembered {
                    // What is known is better than what a node said.
                    Remembered { begun: Beginning::FirstUse, .. } => (genesis, known),
                    Remembered { head, .. } if beginning::has_begun_anew(&head, client, status)? => {
                        output.note("note: the development network began anew, and so does the trust in it");
                        (genesis, known)
                    }
                    Remembered { head, .. } if self.is_old(&head) => (genesis, known),
                    Remembered { head, begun } => (head, begun),
                };
                Ok((at(head), begun))
            }
            (None, Some(genesis)) => {
                let begun = Beginning::Genesis { id: genesis.id };
                Ok((at(genesis), begun))
            }
            (None, None) => {
                beginning::check_first_use(file, chain_id, status.network, output)?;
                Ok((self.at_first_use(chain_id, client, output)?, Beginning::FirstUse))
            }
        }
    }

    /// What is remembered of a beginning, as long as it can be built on.
    fn begun_at(&self, begun: Beginning, remembered: Option<Remembered>) -> Option<Head> {
        let remembered = remembered.filter(|remembered| remembered.begun == begun && !self.is_old(&remembered.head));
        remembered.map(|remembered| remembered.head)
    }

    /// Begins at the node's newest block, on its word.
    fn at_first_use(&self, chain_id: &ChainId, client: &Client, output: Output) -> Result<LightClient, Failure> {
        let block = client.newest_light_block()?;
        let (height, id) = (block.header.height, block.header.id());
        let light = self.checked(chain_id, (height, id), &block)?;
        output.note(&format!(
            "note: nothing was known of the chain {chain_id} yet, so its block {height}:{id} is trusted on the word of {}; \
             compare it with somebody you trust, or name another with --checkpoint, or the genesis with --genesis",
            client.url()
        ));
        Ok(light)
    }

    /// Whether a head is too old to be built on.
    fn is_old(&self, head: &Head) -> bool {
        self.is_long_ago(head.time_ms)
    }

    /// Whether a time, in milliseconds since 1970-01-01 UTC, is longer ago than anything is trusted.
    fn is_long_ago(&self, time_ms: u64) -> bool {
        Duration::from_millis(now_ms().saturating_sub(time_ms)) > *self.trust_period
    }

    /// The head that a genesis document is, as long as its validators cannot have taken their stake back.
    fn at_genesis(&self, genesis: &Genesis) -> Result<Head, Failure> {
        if self.is_long_ago(genesis.time_ms) {
            let message = format!("the genesis document of {} is too old to be built on", genesis.chain_id);
            return Err(Failure::new(Code::TrustExpired, message)
                .advice("name a recent block with --checkpoint HEIGHT:ID, which you know from somebody you trust"));
        }
        Ok(Head::genesis(genesis.id(), genesis.validators.clone()))
    }

    /// Begins at a checkpoint.
    fn at_checkpoint(
        &self,
        chain_id: &ChainId,
        client: &Client,
        checkpoint: (Height, Hash),
    ) -> Result<LightClient, Failure> {
        let block = client.light_block(checkpoint.0).map_err(unavailable)?;
        self.checked(chain_id, checkpoint, &block)
    }

    /// Begins at a block that is a checkpoint.
    fn checked(
        &self,
        chain_id: &ChainId,
        checkpoint: (Height, Hash),
        block: &LightBlock,
    ) -> Result<LightClient, Failure> {
        LightClient::at_checkpoint(&BasicCrypto::default(), chain_id.clone(), checkpoint, block, *self.trust_period)
            .map_err(|error| lie(&error))
    }
}

/// Whether the chain has a block, for which one that has just begun is waited for a little: the genesis commits to
/// nothing that could be proved.
fn has_block(client: &Client, status: &Status) -> Result<bool, ClientError> {
    let deadline = Instant::now() + client.patience().left().min(FIRST_BLOCK_WAIT);
    let mut height = status.height;
    while height == 0 {
        if Instant::now() > deadline {
            return Ok(false);
        }
        client.patience().pause(FIRST_BLOCK_POLL);
        height = client.status()?.height;
    }
    Ok(true)
}

impl Trust {
    /// An account as of the node's newest block, with the height of that; one that was never used is empty.
    ///
    /// # Errors
    /// A failure that says what did not match.
    pub(crate) fn account(
        &self,
        client: &Client,
        answer: &ProofAnswer,
        address: &Address,
    ) -> Result<(faic_core::Account, Height), Failure> {
        let head = self.advance(client, answer)?;
        let proof: AccountProof = answer.proof()?;
        let account = proof.verify(&head, address).map_err(|error| lie(&error))?;
        Ok((account, head.height))
    }

    /// What a transaction did, and the height of its block.
    ///
    /// # Errors
    /// A failure that says what did not match.
    pub(crate) fn transaction(
        &self,
        client: &Client,
        answer: &ProofAnswer,
        id: &Hash,
    ) -> Result<TransactionProof, Failure> {
        let head = self.advance(client, answer)?;
        let proof: TransactionProof = answer.proof()?;
        proof.verify(&head).map_err(|error| lie(&error))?;
        if proof.signed.id() == *id {
            Ok(proof)
        } else {
            Err(Failure::new(
                Code::NodeNotTrusted,
                format!("the node proved another transaction than {id}; do not use it"),
            ))
        }
    }

    /// Checks a page of a history from its newest transaction back; gives the history before the page.
    ///
    /// # Errors
    /// A failure that says what did not match.
    pub(crate) fn history(&self, proofs: &[HistoryProof], newest: History) -> Result<History, Failure> {
        let light = self.light.borrow();
        let before = proofs.iter().try_fold(newest, |history, proof| proof.verify(light.head(), &history));
        before.map_err(|error: ProofError| lie(&error))
    }

    /// Goes forward to the block under which the node answered, and remembers it.
    fn advance(&self, client: &Client, answer: &ProofAnswer) -> Result<Head, Failure> {
        let block = answer.light_block()?;
        let mut light = self.light.borrow_mut();
        let (height, trusted) = (block.header.height, light.head().height);
        if height < trusted {
            let message = format!(
                "the node answers as of height {height}, and height {trusted} was seen before: it lags behind, or shows an \
                 old state"
            );
            return Err(Failure::new(Code::StaleAnswer, message).advice(format!(
                "ask another node, or wait until this one has caught up; where the chain itself began anew, remove {}",
                self.file.display()
            )));
        }
        if height == trusted && block.header.id() != light.head().id {
            let message = format!("the node has another block at height {height} than was seen before; do not use it");
            return Err(Failure::new(Code::NodeNotTrusted, message));
        }
        let now = now_ms();
        let age = Duration::from_millis(now.saturating_sub(block.header.time_ms));
        if age > self.max_age {
            let age = humantime::format_duration(Duration::from_secs(age.as_secs()));
            return Err(Failure::new(Code::StaleAnswer, format!("the node's newest block is {age} old"))
                .advice("ask another node, or allow it with --max-age"));
        }
        let mut blocks = Blocks { client, newest: &block };
        light.reach(&BasicCrypto::default(), &mut blocks, height, now).map_err(|error| self.refused(error))?;
        let head = light.head().clone();
        let remembered = Remembered { head: head.clone(), begun: self.begun };
        file::write(&self.file, light.chain_id(), &remembered, self.seen.get()).context(self.file.display())?;
        self.seen.set(Some(head.id));
        Ok(head)
    }

    /// The failure of a block that is not to be trusted.
    fn refused(&self, error: ReachError<ClientError>) -> Failure {
        match error {
            ReachError::Source(error) => unavailable(error),
            ReachError::Block(error @ LightClientError::Expired { .. }) => Failure::new(Code::TrustExpired, error)
                .advice("name a recent one with --checkpoint HEIGHT:ID, which you know from somebody you trust"),
            ReachError::Block(error) => {
                lie(&error).advice(format!("where the chain itself began anew, remove {}", self.file.display()))
            }
        }
    }
}

/// The blocks of a node.
struct Blocks<'a> {
    /// The node.
    client: &'a Client,
    /// The block that came with an answer.
    newest: &'a LightBlock,
}

impl Source for Blocks<'_> {
    type Error = ClientError;

    fn light_block(&mut self, height: Height) -> Result<LightBlock, ClientError> {
        if height == self.newest.header.height { Ok(self.newest.clone()) } else { self.client.light_block(height) }
    }
}

/// The failure of a node that did not give a header; one that does not have it any more leaves the choice of a newer one.
fn unavailable(error: ClientError) -> Failure {
    let is_pruned = matches!(&error, ClientError::Refused(problem) if problem.code == ErrorCode::BlockPruned.name());
    let failure = Failure::from(error);
    if is_pruned { failure.advice("name one with --checkpoint HEIGHT:ID") } else { failure }
}

/// The failure of a node that said what does not hold.
pub(crate) fn lie(error: &dyn std::error::Error) -> Failure {
    let mut message = format!("the node's answer does not hold: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        message = format!("{message}: {error}");
        source = error.source();
    }
    Failure::new(Code::NodeNotTrusted, format!("{message}; do not use it"))
}

/// This machine's clock, in milliseconds since 1970-01-01 UTC.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The error of a file that can't be used, as a failure that says what to do.
fn unusable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Code::KeystoreUnusable, format!("the trusted block in {} cannot be read: {error}", path.display()))
        .advice("remove the file; the trust in the chain begins anew then")
}

/// Reads a file that may not be there.
fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
