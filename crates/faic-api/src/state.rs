//! What handlers share: the services, and the rules of access to the wallets.

use faic_node::{ApiToken, Services};
use serde::{Deserialize, Serialize};

use crate::{cross_origin::Origin, rate_limit::RateLimit};

/// Who may use the node's wallets; the token is needed in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WalletClients {
    /// Programs on the node's own machine.
    #[default]
    Local,
    /// Any program that reaches the node; for a network that is trusted, since without TLS the token travels unencrypted.
    Anywhere,
}

/// What every handler can reach.
#[derive(Clone)]
pub struct ApiState {
    /// What users can ask of the node.
    pub services: Services,
    /// The token that wallet endpoints ask for.
    pub token: ApiToken,
    /// Who may use the node's wallets.
    pub wallet_clients: WalletClients,
    /// The websites whose pages may read from the node.
    pub cors_origins: Vec<Origin>,
    /// How much one client may ask for.
    pub rate_limit: RateLimit,
}
