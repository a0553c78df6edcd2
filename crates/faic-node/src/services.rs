//! What a user can ask of a node: one struct a subject, one method a use case.
//!
//! HTTP handlers call these and nothing below; every method takes checked domain types and answers with a plain view or
//! a [`FaicError`](crate::FaicError). A service holds handles only, so it is cheap to share.

#[cfg(test)]
mod testing;

mod drafts;
mod events;
mod faucet;
mod network;
mod proofs;
mod spending;
mod transactions;
mod turns;
mod validators;
mod wallets;

pub use drafts::{DraftService, FeesView, Simulation, SimulationView};
pub use events::{
    EndReason, EventKind, EventPosition, EventService, Interests, Notice, PeersView, ResetReason, Subscription, Told,
};
pub use faic_ledger::ledger::HistoryCursor;
pub use faucet::{FaucetConfig, FaucetService, Grant};
pub use network::{NetworkService, NodeView};
pub use proofs::{ProofService, Proved};
pub use spending::{Order, Sent, with_headroom};
pub use transactions::{
    AccountView, BlockPage, BlockView, HeaderView, HistoryItem, HistoryPage, PAGE_BYTES_MAX, StatusView, Submitted,
    TransactionService, TransactionView, Waiting, WaitingPage,
};
pub use validators::{ValidatorService, ValidatorsView};
pub use wallets::{IdempotencyKey, NewWallet, WalletService};
