//! Why the record of what a wallet sent cannot be used.

use std::{io, path::PathBuf};

use super::Holder;

/// Why the record of what a wallet sent cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboxError {
    /// A file of it is not what its name says.
    #[error("the record of what the wallet sent is damaged: {}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: RecordError,
    },
    /// A file or the folder cannot be read or written.
    #[error("the record of what the wallet sent cannot be used: {}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Others may enter the folder or read a file.
    #[error("others may use {} (mode {mode:o})", path.display())]
    NotPrivate {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// There are as many records as there may be.
    #[error("the record of what the wallet sent holds {most} transactions, which is all that it may")]
    Full {
        /// Most records.
        most: usize,
    },
    /// There are as many batches as there may be.
    #[error("there are {most} files of payments in {}, which is all that there may be", folder.display())]
    BatchesFull {
        /// Most batches.
        most: usize,
        /// Where they are.
        folder: PathBuf,
    },
    /// Another command makes a transaction in the same lane.
    #[error("{holder} is making a transaction of this account in lane {lane}")]
    Busy {
        /// The lane.
        lane: u8,
        /// The command.
        holder: Holder,
    },
    /// Another command looks who makes transactions in a lane, and does not come to an end with it.
    #[error("another command looks who is making a transaction of this account in lane {lane}, and does not end")]
    Watched {
        /// The lane.
        lane: u8,
    },
    /// Another command pays a file of the wallet.
    #[error("{holder} is paying a file of this wallet")]
    BatchesBusy {
        /// The command.
        holder: Holder,
    },
    /// Another command writes down that a wallet begins to pay a file.
    #[error("{holder} is beginning to pay a file of a wallet of this keystore")]
    BeginningBusy {
        /// The command.
        holder: Holder,
    },
    /// Another command makes a transaction of a wallet, and keeps it where it is.
    #[error("{holder} is making a transaction of a wallet of this keystore")]
    WalletsBusy {
        /// The command, or one of them.
        holder: Holder,
    },
    /// Another command gives a wallet another name, or takes one away.
    #[error("{holder} is renaming or removing a wallet of this keystore")]
    WalletsMoving {
        /// The command.
        holder: Holder,
    },
    /// Something is written down where the record of a wallet is to go.
    #[error("there is a record already of what a wallet of that name sent: {}", folder.display())]
    Occupied {
        /// Where it is.
        folder: PathBuf,
    },
}

/// What is wrong with a file of the record.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// It is a folder, a link or something else.
    #[error("it is not a file")]
    NotAFile,
    /// It is too large.
    #[error("the file has more than {0} bytes")]
    TooLarge(usize),
    /// It is no file of that shape.
    #[error("it cannot be read")]
    Json(#[from] serde_json::Error),
    /// A program of another version made it.
    #[error("it is of version {0}, which this program does not know")]
    Version(u8),
    /// A field holds what it may not.
    #[error("its field {0} makes no sense")]
    Field(&'static str),
    /// Its checksum is not that of its content.
    #[error("its checksum does not match what it says")]
    Checksum,
    /// Its name is not that of its content.
    #[error("its name is not the id of what it holds")]
    OtherName,
}
