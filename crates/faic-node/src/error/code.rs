//! The table of error codes.
//!
//! A code never changes its meaning and its text: programs match on it. Its row gives the kind, the HTTP status, whether
//! the same request may succeed later, a title and what to do. Adding a code is adding a row.

use std::fmt;

/// The seed's kinds of error: which part of the system it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// Peers, connections, time-outs.
    Network,
    /// AI work.
    Compute,
    /// A transaction or a block that breaks a rule of the ledger.
    Validation,
    /// Who may do what: tokens, passwords, origins.
    Security,
    /// A limit that was reached.
    Resource,
    /// What the node or the ledger holds at the moment.
    State,
    /// What was asked for is not well formed.
    User,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 7] =
        [Self::Network, Self::Compute, Self::Validation, Self::Security, Self::Resource, Self::State, Self::User];

    /// The kind's name in answers and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Compute => "compute",
            Self::Validation => "validation",
            Self::Security => "security",
            Self::Resource => "resource",
            Self::State => "state",
            Self::User => "user",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whether the same request may succeed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Retry {
    /// It fails again until something in it is changed.
    Never,
    /// It may succeed unchanged.
    Later,
}

/// The row of a code.
struct Row {
    /// The code as programs see it.
    name: &'static str,
    /// The kind of error.
    kind: ErrorKind,
    /// The HTTP status.
    status: u16,
    /// Whether the same request may succeed later.
    retry: Retry,
    /// What the code means, in a few words.
    title: &'static str,
    /// What to do, as a sentence.
    advice: &'static str,
}

/// Declares the codes and their rows side by side.
macro_rules! codes {
    ($($variant:ident = $name:literal, $kind:ident, $status:literal, $retry:ident, $title:literal, $advice:literal;)*) => {
        /// What went wrong, as programs tell it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $name, "`, HTTP ", $status, ": ", $title, ". ", $advice)] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The row of the code.
            const fn row(self) -> Row {
                match self {
                    $(Self::$variant => Row {
                        name: $name,
                        kind: ErrorKind::$kind,
                        status: $status,
                        retry: Retry::$retry,
                        title: $title,
                        advice: $advice,
                    },)*
                }
            }
        }
    };
}

codes! {
    MalformedRequest = "malformed_request", User, 400, Never, "Malformed request",
        "Compare the request with the document at /openapi.json.";
    InvalidQuery = "invalid_query", User, 400, Never, "Invalid query or path",
        "Compare the query parameters and the path with the document at /openapi.json.";
    InvalidBody = "invalid_body", User, 422, Never, "Invalid body",
        "Compare the body with the schema of this endpoint in the document at /openapi.json.";
    InvalidCursor = "invalid_cursor", User, 400, Never, "Invalid cursor",
        "Pass the next_cursor of the page before, unchanged, or none for the first page.";
    NotFound = "not_found", User, 404, Never, "No such endpoint",
        "The endpoints are listed at /docs.";
    MethodNotAllowed = "method_not_allowed", User, 405, Never, "Method not allowed",
        "Use a method of the allow header.";
    RequestTimeout = "request_timeout", Network, 408, Later, "The request did not arrive in time",
        "Send the whole body at once, or check the connection.";
    BodyTooLarge = "body_too_large", Resource, 413, Never, "Body too large",
        "Send a smaller body; a transfer of 256 outputs fits well.";
    HeaderTooLarge = "header_too_large", Resource, 431, Never, "Header too large",
        "Send a shorter URL, and fewer or shorter headers.";
    UnsupportedMediaType = "unsupported_media_type", User, 415, Never, "Unsupported media type",
        "Set the content-type header to a type that the document at /openapi.json lists for this endpoint.";
    InvalidAddress = "invalid_address", User, 422, Never, "Invalid address",
        "Copy the address again from the receiver's wallet.";
    AddressOfOtherNetwork = "address_of_other_network", User, 422, Never, "Address of another network",
        "Ask for an address of this network; money sent to the other one would be lost.";
    InvalidAmount = "invalid_amount", User, 422, Never, "Invalid amount",
        "Write the amount as a string of whole nano from 1 to 1000000000000000000; 1 FAIC is 1000000000 nano.";
    InvalidMnemonic = "invalid_mnemonic", User, 422, Never, "Invalid mnemonic",
        "Compare the words and their order with the paper that they were written on.";
    InvalidWalletName = "invalid_wallet_name", User, 422, Never, "Invalid wallet name",
        "Choose another name.";
    InvalidPassword = "invalid_password", User, 422, Never, "Password not acceptable",
        "Choose a password of 8 or more characters and at most 1024 bytes.";
    InvalidPassphrase = "invalid_passphrase", User, 422, Never, "Passphrase not acceptable",
        "A passphrase has at most 256 bytes.";
    WalletExists = "wallet_exists", State, 409, Never, "Wallet exists",
        "Choose another name, or delete the other wallet first.";
    WalletUnknown = "wallet_unknown", State, 404, Never, "No such wallet",
        "GET /v1/wallets lists the wallets of this node.";
    WalletUnusable = "wallet_unusable", State, 409, Never, "Wallet file unusable",
        "Restore the file from a backup, or import the mnemonic under another name.";
    WalletsFull = "wallets_full", Resource, 409, Never, "Keystore full",
        "Delete a wallet that is not needed any more.";
    Unauthorized = "unauthorized", Security, 401, Never, "Token missing or wrong",
        "Send the header `authorization: Bearer <token>` with the token in the file api.token of the node's data folder.";
    LocalOnly = "local_only", Security, 403, Never, "For local clients only",
        "Call from the node's own machine, by a loopback address, or let the node's configuration allow other clients.";
    OriginRefused = "origin_refused", Security, 403, Never, "Origin refused",
        "Wallets cannot be used from another website's pages; call the node by its own address.";
    WrongPassword = "wrong_password", Security, 403, Never, "Wrong password",
        "Try again with the wallet's password, or import its mnemonic under another name.";
    RateLimited = "rate_limited", Resource, 429, Later, "Too many requests",
        "Wait as long as the retry-after header says, and ask less often; GET /v1/events tells what happens without asking.";
    TooManyStreams = "too_many_streams", Resource, 429, Later, "Too many streams of events",
        "Close another stream of this client first; one stream follows up to 32 accounts.";
    TooManyAttempts = "too_many_attempts", Security, 429, Later, "Too many wrong passwords",
        "Wait as long as the retry-after header says.";
    InvalidTransaction = "invalid_transaction", Validation, 422, Never, "Invalid transaction",
        "Build the transaction again by the rules of the ledger.";
    InvalidSignature = "invalid_signature", Validation, 422, Never, "Invalid signature",
        "Sign the transaction again with the keys of the account's authority.";
    SignaturesMissing = "signatures_missing", Validation, 422, Never, "Signatures missing",
        "Have the transaction signed by as many keys of the account and of the fee payer as it needs, and submit it then.";
    WrongChain = "wrong_chain", Validation, 422, Never, "Transaction of another chain",
        "Build and sign the transaction for the chain id of the faic-chain-id header.";
    TransactionExpired = "transaction_expired", Validation, 422, Never, "Transaction expired",
        "Build and sign the transaction again with a later valid_until.";
    ValidUntilTooFar = "valid_until_too_far", Validation, 422, Never, "Valid for too long",
        "Build and sign the transaction again with an earlier valid_until.";
    FeeTooLow = "fee_too_low", Validation, 422, Never, "Fee too low",
        "Build and sign the transaction again with a fee for the base fee of GET /v1/status.";
    InsufficientBalance = "insufficient_balance", Validation, 422, Never, "Insufficient balance",
        "Lower the amounts, or wait for money to arrive; GET /v1/accounts/{address} shows the balance.";
    MemoRequired = "memo_required", Validation, 422, Never, "Memo required",
        "Ask the receiver which memo to put on the output.";
    NotTheAuthority = "not_the_authority", Validation, 422, Never, "Not the account's authority",
        "Sign with the authority that GET /v1/accounts/{address} shows.";
    StakingRefused = "staking_refused", Validation, 422, Never, "Not allowed by the rules of staking",
        "GET /v1/validators shows what the account has at stake and how its validator stands.";
    StakingTooEarly = "staking_too_early", Validation, 409, Later, "Not yet allowed by the rules of staking",
        "Wait until unbonding money is released, the time in jail is over, or there is room.";
    NothingToDo = "nothing_to_do", State, 409, Never, "Everything is so already",
        "Nothing was sent and no fee is paid; GET /v1/accounts/{address} shows the account's settings.";
    SequenceUsed = "sequence_used", Validation, 409, Never, "Sequence already used",
        "Build and sign the transaction again with the lane's next sequence of GET /v1/accounts/{address}.";
    SequenceTooFar = "sequence_too_far", Validation, 409, Later, "Sequence too far ahead",
        "Submit the transactions of the lane in order, and wait for earlier ones to become final.";
    ReplacementFeeTooLow = "replacement_fee_too_low", Validation, 409, Never, "Replacement pays too little",
        "Raise the fee to replace the waiting transaction of this sequence, or use the next sequence.";
    TransactionUnknown = "transaction_unknown", State, 404, Later, "No such transaction",
        "Check the id; a transaction that was never submitted here, or long expired, is not known.";
    BlockUnknown = "block_unknown", State, 404, Later, "No such block",
        "Ask again once the height of GET /v1/status has reached it.";
    BlockIsGenesis = "block_is_genesis", State, 404, Never, "Height 0 has no block",
        "GET /v1/status shows the id of the genesis document as genesis; the first block is at height 1.";
    BlockPruned = "block_pruned", State, 410, Never, "Block not kept",
        "This node has only the blocks from the height of the faic-oldest-height header on; ask a node that has every block.";
    MempoolFull = "mempool_full", Resource, 503, Later, "Mempool full",
        "Try again later, or with a higher fee.";
    TooManyWaiting = "too_many_waiting", Resource, 429, Later, "Too many waiting transactions",
        "Wait until earlier transactions of this account are final.";
    FaucetUnavailable = "faucet_unavailable", State, 404, Never, "No faucet",
        "Only a node of a development or test network with a faucet account has one.";
    FaucetLimit = "faucet_limit", Resource, 429, Later, "Faucet limit reached",
        "Wait as long as the retry-after header says.";
    FaucetEmpty = "faucet_empty", Resource, 503, Later, "Faucet empty",
        "Ask the operator of the network to fill the faucet's account.";
    NetworkDisabled = "network_disabled", Network, 409, Never, "No network",
        "Enable it in the section `network` of the node's configuration, and start the node again.";
    InvalidNodeAddress = "invalid_node_address", User, 422, Never, "Invalid address of a node",
        "Give a multiaddress, such as /ip4/192.0.2.1/tcp/8421; GET /v1/node of the other node shows its own.";
    InvalidNodeId = "invalid_node_id", User, 422, Never, "Invalid id of a node",
        "Copy the id again; it begins with 12D3Koo.";
    NodeUnknown = "node_unknown", Network, 404, Later, "No such node",
        "GET /v1/node/peers lists the connected nodes, GET /v1/network/nodes all that are known.";
    PeerUnreachable = "peer_unreachable", Network, 409, Later, "The other node did not answer",
        "Check the address, and that the other node runs and can be reached.";
    PeerRefused = "peer_refused", Network, 409, Never, "The nodes cannot be peers",
        "Connect to a node of the same chain that has room.";
    PeerBanned = "peer_banned", Network, 409, Later, "The other node is banned",
        "Wait until the ban ends.";
    Overloaded = "overloaded", Resource, 503, Later, "Too busy",
        "Try again in a moment.";
    TimedOut = "timed_out", Network, 503, Later, "Not answered in time",
        "Try again; a transaction that was submitted keeps its id, so ask for its state first.";
    ShuttingDown = "shutting_down", State, 503, Later, "Shutting down",
        "Try again when the node has started.";
    StorageUnavailable = "storage_unavailable", Resource, 503, Later, "Storage unavailable",
        "The operator should check the disk of the data folder: space, permissions, health.";
    Internal = "internal", State, 500, Never, "Internal error",
        "Tell the operator the x-request-id of this answer; the node's log has the reason.";
}

impl ErrorCode {
    /// The code as programs see it; it never changes.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The kind of error.
    pub const fn kind(self) -> ErrorKind {
        self.row().kind
    }

    /// The HTTP status of an answer with this code.
    pub const fn http_status(self) -> u16 {
        self.row().status
    }

    /// Whether the same request may succeed later.
    pub const fn is_retryable(self) -> bool {
        matches!(self.row().retry, Retry::Later)
    }

    /// What the code means, in a few words.
    pub const fn title(self) -> &'static str {
        self.row().title
    }

    /// What to do, as a sentence.
    pub const fn advice(self) -> &'static str {
        self.row().advice
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
