//! The commands of the program, one module each.

use clap::Subcommand;

use crate::{failure::Failure, output::Output};

mod audit;
mod bench;
mod completions;
mod dev;
mod devnet;
mod genesis;
mod init;
mod node;
mod peers;
mod status;
mod target;
mod tour;
mod validator;
mod validators;
mod wallet;

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the main job on a network of its own, from an empty folder to a final payment, and clean up.
    Tour(tour::Tour),
    /// Keep a development network of one validator running.
    Dev(dev::Dev),
    /// Keep a development network of several validators running, each a process of its own.
    Devnet(devnet::Devnet),
    /// Run a node.
    Node(node::Node),
    /// Show how a running node stands.
    Status(status::StatusCommand),
    /// See and change whom a running node is connected to.
    #[command(subcommand)]
    Peers(peers::Peers),
    /// List who decides the blocks, and who has money at stake.
    Validators(validators::Validators),
    /// Do what a validator key is needed for.
    #[command(subcommand)]
    Validator(validator::Validator),
    /// Make the data folder of a node: its keys, its token, its configuration.
    Init(init::Init),
    /// Make wallets, see what they have, and pay.
    #[command(subcommand)]
    Wallet(Box<wallet::Wallet>),
    /// Make and check the document that a network begins with.
    #[command(subcommand)]
    Genesis(genesis::Command),
    /// Measure a network on this machine.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Check everything in the ledger of a stopped node.
    Audit(audit::AuditCommand),
    /// Print a script that lets a shell complete this program's commands.
    Completions(completions::Completions),
}

/// Does what a command asks.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Tour(command) => tour::run(&command, output),
        Command::Dev(command) => dev::run(&command, output),
        Command::Devnet(command) => devnet::run(&command, output),
        Command::Node(command) => node::run(&command, output),
        Command::Status(command) => status::run(&command, output),
        Command::Peers(command) => peers::run(&command, output),
        Command::Validators(command) => validators::run(&command, output),
        Command::Validator(command) => validator::run(&command, output),
        Command::Init(command) => init::run(&command, output),
        Command::Wallet(command) => wallet::run(*command, output),
        Command::Genesis(command) => genesis::run(command, output),
        Command::Bench(command) => bench::run(&command, output),
        Command::Audit(command) => audit::run(&command, output),
        Command::Completions(command) => completions::run(&command),
    }
}
