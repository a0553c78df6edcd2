//! The program as its users meet it: arguments in, text, JSON, files and exit codes out.

mod accounts;
#[cfg(unix)]
mod background;
#[cfg(unix)]
mod batches;
mod dev;
mod exports;
#[cfg(unix)]
mod gate;
mod genesis;
mod housekeeping;
#[cfg(unix)]
mod interruption;
mod keeping;
mod labels;
#[cfg(unix)]
mod lies;
mod messages;
mod mnemonics;
mod names;
mod node;
mod offline;
#[cfg(unix)]
mod outbox;
mod payments;
mod process;
mod program;
mod refusals;
mod repeated_files;
#[cfg(unix)]
mod replacements;
mod requests;
mod settings;
#[cfg(unix)]
mod tables;
#[cfg(unix)]
mod telling;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod timeouts;
mod tls;
mod tour;
mod trust;
#[cfg(unix)]
mod twins;
mod usage;
mod wallets;
