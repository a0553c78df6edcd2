//! The state in parts: subtrees of bounded size that each verify by themselves, for handing a whole state to another node.
//!
//! The tree is cut where a subtree has few enough leaves. The hashes of the parts lead to the root, so who trusts the root
//! trusts the list of parts once it was [assembled](Parts::assemble), and then each part as it comes, in any order and from
//! anybody. The invariant of what was taken: the rows of a part are exactly the leaves below its place in the tree.

use std::{
    io::{self, Read},
    ops::{Bound, ControlFlow},
    sync::Arc,
};

use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{Hash, bounded, state_proof::Half};

use super::{
    StateTree, TreeError, VALUE_BYTES_MAX,
    bucket::Leaf,
    node::{Node, Shape},
    prefix::Prefix,
    rows,
    update::build,
};
use crate::store::{Direction, Store, StoreError, Table, WriteBatch};

/// The most leaves of a part.
pub const PART_LEAVES_MAX: u64 = 2048;
/// The most parts of a state.
pub const PARTS_MAX: usize = 1 << 16;
/// The most bytes of the rows of a part: the largest accounts and candidates have less than 400 bytes, the few other
/// leaves less than 64 kB together.
pub const PART_BYTES_MAX: usize = 1 << 20;

/// A part of a state: what is known of a subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Part {
    /// The number of bits that its keys share.
    pub depth: u16,
    /// The number of its leaves; at most [`PART_LEAVES_MAX`].
    pub leaves: u16,
    /// Its hash; [`Hash::ZERO`] without leaves.
    pub hash: Hash,
}

/// The keys and values of a part, in the order of keys, as they travel.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Rows(#[borsh(deserialize_with = "read_rows")] pub Vec<(Hash, Vec<u8>)>);

/// Reads the rows of a part, no more than one may have.
fn read_rows<R: Read>(reader: &mut R) -> io::Result<Vec<(Hash, Vec<u8>)>> {
    bounded::read_list(reader, usize::try_from(PART_LEAVES_MAX).map_err(|_| bounded::invalid("no address space"))?)
}

/// All parts of a state, in the order of their keys, each at its place.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The parts.
    parts: Vec<(Prefix, Part)>,
    /// The root of the state.
    root: Hash,
}

impl StateTree {
    /// Cuts the tree into parts.
    ///
    /// # Errors
    /// [`PartError::TooMany`] for a state that is too large for that.
    pub fn parts(&self) -> Result<Parts, PartError> {
        let mut parts = Vec::new();
        cut(&self.top, Prefix::ROOT, &mut parts)?;
        Ok(Parts { parts, root: self.root() })
    }
}

/// Adds the parts of a subtree.
fn cut(node: &Node, prefix: Prefix, parts: &mut Vec<(Prefix, Part)>) -> Result<(), PartError> {
    match node {
        Node::Inner { leaves, left, right, .. } if *leaves > PART_LEAVES_MAX => {
            cut(left, prefix.half(Half::Left), parts)?;
            cut(right, prefix.half(Half::Right), parts)
        }
        Node::Inner { .. } | Node::Bucket { .. } => {
            if parts.len() == PARTS_MAX {
                return Err(PartError::TooMany);
            }
            let depth = u16::try_from(prefix.depth()).expect("a prefix has at most 256 bits");
            let leaves = u16::try_from(node.leaves()).expect("a bucket has fewer leaves than a part may have");
            parts.push((prefix, Part { depth, leaves, hash: node.hash() }));
            Ok(())
        }
    }
}

impl Parts {
    /// Puts the parts that somebody tells of at their places, and computes the root that they lead to.
    ///
    /// # Errors
    /// [`PartError::TooMany`]; [`PartError::NoTree`] for parts that do not divide the keys among them.
    pub fn assemble(parts: &[Part]) -> Result<Self, PartError> {
        if parts.len() > PARTS_MAX {
            return Err(PartError::TooMany);
        }
        let mut placed = Vec::with_capacity(parts.len());
        let mut rest = parts.iter();
        let top = place(&mut rest, Prefix::ROOT, &mut placed)?;
        if rest.next().is_some() {
            return Err(PartError::NoTree);
        }
        Ok(Self { parts: placed, root: top.hash() })
    }

    /// The root of the state.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// How many parts there are.
    pub const fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether there is none, which no state has.
    pub const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The parts in the order of their keys.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Part> {
        self.parts.iter().map(|(_, part)| part)
    }

    /// Reads the rows of a part from the store that the tree belongs to; `None` beyond the last.
    ///
    /// # Errors
    /// [`TreeError`] when the store fails or is damaged.
    pub fn read(&self, store: &dyn Store, index: usize) -> Result<Option<Rows>, TreeError> {
        let Some((prefix, part)) = self.parts.get(index) else { return Ok(None) };
        let (mut rows, last) = (Vec::with_capacity(usize::from(part.leaves)), prefix.last());
        let range = (Bound::Included(prefix.first().as_slice()), Bound::Included(last.as_slice()));
        store.scan(Table::State, range, Direction::Ascending, &mut |key, value| {
            // A key of another length is a damage, and shows as a leaf that is missing.
            rows.extend(key.try_into().ok().map(|key| (Hash::from_bytes(key), value.to_vec())));
            ControlFlow::Continue(())
        })?;
        if rows.len() == usize::from(part.leaves) {
            return Ok(Some(Rows(rows)));
        }
        Err(TreeError::Damaged { detail: format!("a part of the state has not the {} leaves recorded", part.leaves) })
    }

    /// Checks that rows are those of a part, and adds them and the buckets above them to a batch, for
    /// [`Table::RestoredState`] and [`Table::RestoredBuckets`].
    ///
    /// # Errors
    /// [`PartError::Index`], [`PartError::Rows`] or [`PartError::Hash`]; nothing has been added then.
    pub fn take(&self, index: usize, Rows(rows): &Rows, batch: &mut WriteBatch) -> Result<(), PartError> {
        let (prefix, part) = self.parts.get(index).ok_or(PartError::Index(index))?;
        let last = prefix.last();
        let inside = |(key, value): &(Hash, Vec<u8>)| {
            (prefix.first()..=&last).contains(&key.as_bytes()) && value.len() <= VALUE_BYTES_MAX
        };
        let ascends = rows.is_sorted_by(|(left, _), (right, _)| left < right);
        if rows.len() != usize::from(part.leaves) || !ascends || !rows.iter().all(inside) {
            return Err(PartError::Rows(index));
        }
        let leaves: Vec<Leaf> = rows.iter().map(|(key, value)| Leaf::new(*key, value)).collect();
        let node = build(Shape::DEFAULT, prefix, &leaves);
        if node.hash() != part.hash {
            return Err(PartError::Hash(index));
        }
        for (key, value) in rows {
            batch.put(Table::RestoredState, *key.as_bytes(), value.as_slice());
        }
        rows::put(Table::RestoredBuckets, &node, prefix, batch);
        Ok(())
    }

    /// Whether a store has what [`Parts::take`] gave for a part; `false` beyond the last.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub fn is_taken(&self, store: &dyn Store, index: usize) -> Result<bool, StoreError> {
        let Some((prefix, _)) = self.parts.get(index) else { return Ok(false) };
        Ok(store.read(Table::RestoredBuckets, rows::key(prefix))?.is_some())
    }
}

/// Places the parts that lie below a prefix.
fn place<'a>(
    rest: &mut impl Iterator<Item = &'a Part>,
    prefix: Prefix,
    placed: &mut Vec<(Prefix, Part)>,
) -> Result<Arc<Node>, PartError> {
    let part = *rest.next().ok_or(PartError::NoTree)?;
    place_from(part, rest, prefix, placed)
}

/// Places the parts that lie below a prefix, of which the first was read already.
fn place_from<'a>(
    first: Part,
    rest: &mut impl Iterator<Item = &'a Part>,
    prefix: Prefix,
    placed: &mut Vec<(Prefix, Part)>,
) -> Result<Arc<Node>, PartError> {
    let (depth, leaves) = (usize::from(first.depth), u64::from(first.leaves));
    if depth > prefix.depth() && depth <= Prefix::DEPTH_MAX {
        let left = place_from(first, rest, prefix.half(Half::Left), placed)?;
        let right = place(rest, prefix.half(Half::Right), placed)?;
        return Ok(Arc::new(Node::inner(left, right)));
    }
    if depth != prefix.depth() || leaves > PART_LEAVES_MAX || (leaves == 0) != (first.hash == Hash::ZERO) {
        return Err(PartError::NoTree);
    }
    placed.push((prefix, first));
    Ok(Arc::new(Node::Bucket { hash: first.hash, leaves, cached: None }))
}

/// Why a state can't be cut, or what comes is no part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// More parts than a state may have.
    #[error("the state has more than {PARTS_MAX} parts")]
    TooMany,
    /// Parts that do not divide the keys among them.
    #[error("the parts do not make a tree")]
    NoTree,
    /// There is no such part.
    #[error("there is no part {0}")]
    Index(usize),
    /// Rows that are not those of the part: too many or too few, out of order, or of another place.
    #[error("the rows are not those of part {0}")]
    Rows(usize),
    /// Rows of other keys or values than the part's hash says.
    #[error("the rows do not have the hash of part {0}")]
    Hash(usize),
}

#[cfg(test)]
mod tests;
