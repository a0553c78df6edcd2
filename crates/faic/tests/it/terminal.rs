//! A terminal of the test's own.

use std::{
    fs::{File, OpenOptions},
    io::Read,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
};

use rustix::{
    fs::OFlags,
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize},
};

use crate::program::Faic;

/// A terminal: its keyboard and screen, and the end that programs see.
pub(crate) struct Terminal {
    /// The keyboard and the screen.
    pub(crate) person: File,
    /// The end that programs see.
    program: File,
    /// The path of that end.
    pub(crate) path: PathBuf,
}

impl Terminal {
    /// A new one.
    pub(crate) fn new() -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("the system has terminals");
        grantpt(&person).expect("the terminal is ours");
        unlockpt(&person).expect("the terminal is ours");
        let path = ptsname(&person, Vec::new()).expect("it has a path").into_string().expect("a path in UTF-8");
        let flags = i32::try_from(OFlags::NOCTTY.bits()).expect("a small number");
        let program = OpenOptions::new().read(true).write(true).custom_flags(flags).open(&path);
        Self { person: person.into(), program: program.expect("the terminal is ours"), path: path.into() }
    }

    /// Whether it shows what is typed.
    pub(crate) fn echoes(&self) -> bool {
        tcgetattr(&self.program).expect("it is a terminal").local_modes.contains(LocalModes::ECHO)
    }
}

/// What the program shows on a terminal with lines of `columns` letters; it must succeed.
pub(crate) fn screen(faic: &Faic, arguments: &[&str], columns: u16) -> String {
    let Terminal { mut person, program, path: _ } = Terminal::new();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&program, size).expect("the terminal is ours");
    let mut child = faic.command(arguments).stdout(program).spawn().expect("the program was just built");
    let mut shown = Vec::new();
    // The screen ends with an error when the last program that sees the terminal has ended.
    let _ended = person.read_to_end(&mut shown);
    assert!(child.wait().expect("the process is ours").success(), "{arguments:?}");
    String::from_utf8(shown).expect("UTF-8").replace("\r\n", "\n")
}
