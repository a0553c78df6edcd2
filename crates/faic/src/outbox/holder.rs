//! Which process holds a lock, for whoever waits for it in vain: the holder writes its id into the locked file.
//!
//! The id decides nothing and is only shown, so a file that cannot be written or read leaves it out.

use std::{
    fmt,
    fs::{self, File, TryLockError},
    io::{Read, Write},
    path::Path,
    process,
};

/// Most bytes of a process id in decimal digits, with one more.
const ID_BYTES_MAX: u64 = 11;

/// How the names of locked files end.
const LOCK_SUFFIX: &str = ".lock";

/// The command that holds a lock: its process id, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder(Option<u32>);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, "another command (process {id})"),
            None => f.write_str("another command"),
        }
    }
}

impl Holder {
    /// Writes this process into a file that it has locked alone.
    pub(super) fn note(mut file: &File) {
        let _unwritten = file.set_len(0).and_then(|()| write!(file, "{}", process::id()));
    }

    /// Whoever has locked that file alone.
    pub(super) fn of(path: &Path) -> Self {
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(ID_BYTES_MAX).read_to_string(&mut text));
        Self(read.ok().and_then(|_| text.parse().ok()))
    }

    /// Whoever has locked a file in one of the folders in that one.
    pub(super) fn in_folders_of(folder: &Path) -> Self {
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_lock = |path: &Path| path.to_str().is_some_and(|path| path.ends_with(LOCK_SUFFIX));
        let is_held = |path: &Path| {
            let looked = File::open(path).map(|file| file.try_lock_shared());
            matches!(looked, Ok(Err(TryLockError::WouldBlock)))
        };
        let mut files = entries(folder).flat_map(|folder| entries(&folder));
        files.find(|path| is_lock(path) && is_held(path)).map_or(Self(None), |path| Self::of(&path))
    }
}
