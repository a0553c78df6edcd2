//! The program as its users meet it: arguments in, text, JSON, files and exit codes out.

mod accounts;
mod dev;
mod genesis;
#[cfg(unix)]
mod interruption;
mod keeping;
mod messages;
mod mnemonics;
mod node;
mod offline;
mod payments;
mod process;
mod program;
mod refusals;
mod requests;
mod settings;
mod tour;
mod trust;
mod usage;
mod wallets;
