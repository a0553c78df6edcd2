//! The program as its users meet it: arguments in, text, JSON, files and exit codes out.

mod genesis;
mod mnemonics;
mod payments;
mod program;
mod usage;
mod wallets;
