//! Where the program keeps things for its user when nobody says otherwise.
//!
//! The platform's folder for a user's data: the XDG base directory on Linux and the like, `Application Support` on macOS,
//! `%APPDATA%` on Windows.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::failure::{Code, Failure};

/// The folder of this program's data.
///
/// # Errors
/// A failure that says which variable is missing.
fn data() -> Result<PathBuf, Failure> {
    platform_data().map(|folder| folder.join("faic")).ok_or_else(|| {
        Failure::new(Code::NoHome, "there is no home folder to keep data in")
            .advice("set HOME, or name the folder on the command line")
    })
}

/// The folder of the command line's own wallets.
///
/// # Errors
/// Those of [`data`].
pub(crate) fn wallets() -> Result<PathBuf, Failure> {
    data().map(|folder| folder.join("wallets"))
}

/// The data folder of a node.
///
/// # Errors
/// Those of [`data`].
pub(crate) fn node() -> Result<PathBuf, Failure> {
    data().map(|folder| folder.join("node"))
}

/// The data folder of the development network.
///
/// # Errors
/// Those of [`data`].
pub(crate) fn dev() -> Result<PathBuf, Failure> {
    data().map(|folder| folder.join("dev"))
}

/// The platform's folder for the data of a user.
fn platform_data() -> Option<PathBuf> {
    // XDG Base Directory Specification 0.8: a relative path is invalid and to be ignored.
    let xdg = absolute(env::var_os("XDG_DATA_HOME").map(PathBuf::from));
    if cfg!(windows) {
        return absolute(env::var_os("APPDATA").map(PathBuf::from));
    }
    let home = || absolute(env::home_dir());
    xdg.or_else(|| home().map(|home| home.join(in_home())))
}

/// The data folder as seen from the home folder.
fn in_home() -> &'static Path {
    Path::new(if cfg!(target_os = "macos") { "Library/Application Support" } else { ".local/share" })
}

/// The path, if it does not depend on where the program runs.
fn absolute(path: Option<PathBuf>) -> Option<PathBuf> {
    path.filter(|path| path.is_absolute())
}
