//! What handlers share: the services, and the rules of access to the wallets.

use faic_node::{ApiToken, Services};

use crate::config::WalletClients;

/// What every handler can reach.
#[derive(Clone)]
pub struct ApiState {
    /// What users can ask of the node.
    pub services: Services,
    /// The token that wallet endpoints ask for.
    pub token: ApiToken,
    /// Who may use the node's wallets.
    pub wallet_clients: WalletClients,
}
