//! The table of error codes.
//!
//! A code never changes its meaning and its text: programs match on it. Its row gives the kind, the HTTP status, whether
//! the same request may succeed later, a title, the cause and the cure. Adding a code is adding a row.

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
    /// What leads to it, as a sentence.
    cause: &'static str,
    /// What to do, as a sentence.
    advice: &'static str,
}

/// Declares the codes and their rows side by side.
macro_rules! codes {
    ($($variant:ident = $name:literal, $kind:ident, $status:literal, $retry:ident, $title:literal, $cause:literal, $advice:literal;)*) => {
        /// What went wrong, as programs tell it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $name, "`, HTTP ", $status, ": ", $title, ". ", $cause)] $variant,)*
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
                        cause: $cause,
                        advice: $advice,
                    },)*
                }
            }
        }
    };
}

codes! {
    MalformedRequest = "malformed_request", User, 400, Never, "Malformed request",
        "The request is not well-formed HTTP, or its body is not JSON.",
        "Compare the request with the document at /openapi.json.";
    InvalidQuery = "invalid_query", User, 400, Never, "Invalid query or path",
        "A parameter of the query or a part of the path is unknown, given twice, or not of the kind or size that is allowed.",
        "Compare the query parameters and the path with the document at /openapi.json.";
    InvalidBody = "invalid_body", User, 422, Never, "Invalid body",
        "The body is JSON of another shape: a field is missing, unknown, or has a value that is not allowed.",
        "Compare the body with the schema of this endpoint in the document at /openapi.json.";
    InvalidCursor = "invalid_cursor", User, 400, Never, "Invalid cursor",
        "The cursor was not made by this endpoint, was changed, or is of another account's history.",
        "Pass the next_cursor of the page before, unchanged, or none for the first page.";
    NotFound = "not_found", User, 404, Never, "No such endpoint",
        "The path is none of this API.",
        "The endpoints are listed at /docs.";
    MethodNotAllowed = "method_not_allowed", User, 405, Never, "Method not allowed",
        "The path exists, but not with this method.",
        "Use a method of the allow header.";
    RequestTimeout = "request_timeout", Network, 408, Later, "The request did not arrive in time",
        "The client began a request and did not send the rest of it in time.",
        "Send the whole body at once, or check the connection.";
    BodyTooLarge = "body_too_large", Resource, 413, Never, "Body too large",
        "The body has more bytes than any request needs.",
        "Send a smaller body; a transfer of 256 outputs fits well.";
    HeaderTooLarge = "header_too_large", Resource, 431, Never, "Header too large",
        "The line and the headers of the request are longer, or more, than a node reads.",
        "Send a shorter URL, and fewer or shorter headers.";
    UnsupportedMediaType = "unsupported_media_type", User, 415, Never, "Unsupported media type",
        "The content-type header is missing, or names a type that this endpoint does not read.",
        "Set the content-type header to a type that the document at /openapi.json lists for this endpoint.";
    InvalidAddress = "invalid_address", User, 422, Never, "Invalid address",
        "The text is no address: its checksum fails, or it is too short, too long or of mixed case, as after a typing mistake.",
        "Copy the address again from the receiver's wallet.";
    AddressOfOtherNetwork = "address_of_other_network", User, 422, Never, "Address of another network",
        "The address is right in itself and begins as those of another network do.",
        "Ask for an address of this network; money sent to the other one would be lost.";
    InvalidAmount = "invalid_amount", User, 422, Never, "Invalid amount",
        "The amount is zero, more than can exist, or not written as a whole number of nano in a string.",
        "Write the amount as a string of whole nano from 1 to 1000000000000000000; 1 FAIC is 1000000000 nano.";
    InvalidMnemonic = "invalid_mnemonic", User, 422, Never, "Invalid mnemonic",
        "A word is in no word list, the number of words is not 12, 15, 18, 21 or 24, or the checksum fails.",
        "Compare the words and their order with the paper that they were written on.";
    InvalidWalletName = "invalid_wallet_name", User, 422, Never, "Invalid wallet name",
        "The name is empty, too long, or has other characters than lower-case letters, digits, hyphens and underscores.",
        "Choose another name.";
    InvalidPassword = "invalid_password", User, 422, Never, "Password not acceptable",
        "The new password is shorter or longer than is allowed.",
        "Choose a password of 8 or more characters and at most 1024 bytes.";
    InvalidPassphrase = "invalid_passphrase", User, 422, Never, "Passphrase not acceptable",
        "The passphrase of the mnemonic is too long.",
        "A passphrase has at most 256 bytes.";
    WalletExists = "wallet_exists", State, 409, Never, "Wallet exists",
        "A wallet of this node has the name already, and is never replaced.",
        "Choose another name, or delete the other wallet first.";
    WalletUnknown = "wallet_unknown", State, 404, Never, "No such wallet",
        "No wallet of this node has the name.",
        "GET /v1/wallets lists the wallets of this node.";
    WalletUnusable = "wallet_unusable", State, 409, Never, "Wallet file unusable",
        "The wallet's file is damaged, was changed by hand, or was made by a newer program.",
        "Restore the file from a backup, or import the mnemonic under another name.";
    WalletsFull = "wallets_full", Resource, 409, Never, "Keystore full",
        "The node keeps as many wallets as it may.",
        "Delete a wallet that is not needed any more.";
    Unauthorized = "unauthorized", Security, 401, Never, "Token missing or wrong",
        "The endpoint needs the node's token, and the request has none or another one.",
        "Send the header `authorization: Bearer <token>` with the token in the file api.token of the node's data folder.";
    LocalOnly = "local_only", Security, 403, Never, "For local clients only",
        "The endpoint is for programs of the node's own machine, and the request came from elsewhere or through a proxy.",
        "Call from the node's own machine, by a loopback address and without a proxy, or let the node's configuration allow other clients.";
    OriginRefused = "origin_refused", Security, 403, Never, "Origin refused",
        "A browser sent the request for a page of another website.",
        "Wallets cannot be used from another website's pages; call the node by its own address.";
    WrongPassword = "wrong_password", Security, 403, Never, "Wrong password",
        "The password does not open the wallet, or the wallet's file was changed.",
        "Try again with the wallet's password, or import its mnemonic under another name.";
    RateLimited = "rate_limited", Resource, 429, Later, "Too many requests",
        "This client, an address or a token, asked for more than its share.",
        "Wait as long as the retry-after header says, and ask less often; GET /v1/events tells what happens without asking.";
    TooManyStreams = "too_many_streams", Resource, 429, Later, "Too many streams of events",
        "This client follows as many streams of events as one client may.",
        "Close another stream of this client first; one stream follows up to 32 accounts.";
    InvalidIdempotencyKey = "invalid_idempotency_key", User, 400, Never, "Invalid idempotency key",
        "The idempotency-key header is empty, too long, given twice, or has spaces or characters that are not ASCII.",
        "Send one idempotency-key header of 1 to 128 visible ASCII characters, such as a UUID.";
    IdempotencyKeyReused = "idempotency_key_reused", State, 422, Never, "Idempotency key used for another request",
        "A request with this idempotency-key header was carried out, and it asked for something else.",
        "Repeat a request unchanged, and give another one another key.";
    TooManyAttempts = "too_many_attempts", Security, 429, Later, "Too many wrong passwords",
        "Too many wrong passwords were given for this wallet in a short time.",
        "Wait as long as the retry-after header says.";
    InvalidTransaction = "invalid_transaction", Validation, 422, Never, "Invalid transaction",
        "The bytes are no transaction, or it breaks a rule that needs no state, such as its number of outputs.",
        "Build the transaction again by the rules of the ledger.";
    InvalidSignature = "invalid_signature", Validation, 422, Never, "Invalid signature",
        "A signature was not made by the named key over this transaction.",
        "Sign the transaction again with the keys of the account's authority.";
    SignaturesMissing = "signatures_missing", Validation, 422, Never, "Signatures missing",
        "Fewer keys of the account, or of the fee payer, signed than its authority asks for.",
        "Have the transaction signed by as many keys of the account and of the fee payer as it needs, and submit it then.";
    WrongChain = "wrong_chain", Validation, 422, Never, "Transaction of another chain",
        "The transaction names another chain id than that of this node, so it can never be valid here.",
        "Build and sign the transaction for the chain id of the faic-chain-id header.";
    TransactionExpired = "transaction_expired", Validation, 422, Never, "Transaction expired",
        "The chain is beyond the transaction's valid_until, so it can never become final.",
        "Build and sign the transaction again with a later valid_until.";
    ValidUntilTooFar = "valid_until_too_far", Validation, 422, Never, "Valid for too long",
        "The transaction's valid_until is further ahead of the chain than is allowed.",
        "Build and sign the transaction again with an earlier valid_until.";
    FeeTooLow = "fee_too_low", Validation, 422, Never, "Fee too low",
        "The fee is below what the next block, or the full mempool, asks for a transaction of this size.",
        "Build and sign the transaction again with a fee for the base fee of GET /v1/status.";
    InsufficientBalance = "insufficient_balance", Validation, 422, Never, "Insufficient balance",
        "The account does not have the amounts and the fee, after its transactions that wait.",
        "Lower the amounts, or wait for money to arrive; GET /v1/accounts/{address} shows the balance.";
    MemoRequired = "memo_required", Validation, 422, Never, "Memo required",
        "A receiver has set its account to take only payments with a memo, and this one has none.",
        "Ask the receiver which memo to put on the output.";
    NotTheAuthority = "not_the_authority", Validation, 422, Never, "Not the account's authority",
        "The transaction names other keys than those that govern the account now.",
        "Sign with the authority that GET /v1/accounts/{address} shows.";
    StakingRefused = "staking_refused", Validation, 422, Never, "Not allowed by the rules of staking",
        "The account or its validator is not in a state in which this can be done.",
        "GET /v1/validators shows what the account has at stake and how its validator stands.";
    StakingTooEarly = "staking_too_early", Validation, 409, Later, "Not yet allowed by the rules of staking",
        "The money is not released yet, the time in jail is not over, or there is no room among the validators now.",
        "Wait until unbonding money is released, the time in jail is over, or there is room.";
    NothingToDo = "nothing_to_do", State, 409, Never, "Everything is so already",
        "The account is already as the request would make it.",
        "Nothing was sent and no fee is paid; GET /v1/accounts/{address} shows the account's settings.";
    SequenceUsed = "sequence_used", Validation, 409, Never, "Sequence already used",
        "Another transaction of the account took this place of the lane.",
        "Build and sign the transaction again with the lane's next sequence of GET /v1/accounts/{address}.";
    SequenceTooFar = "sequence_too_far", Validation, 409, Later, "Sequence too far ahead",
        "Transactions are missing before this one in its lane.",
        "Submit the transactions of the lane in order, and wait for earlier ones to become final.";
    ReplacementFeeTooLow = "replacement_fee_too_low", Validation, 409, Never, "Replacement pays too little",
        "A transaction of this sequence waits already, and this one pays too little more to take its place.",
        "Raise the fee to replace the waiting transaction of this sequence, or use the next sequence.";
    TransactionReplaced = "transaction_replaced", Validation, 409, Never, "Transaction replaced",
        "The sender gave another transaction of this sequence that pays more, and it took the place of this one.",
        "Ask for the state of the transaction that took its place; this one is not needed any more.";
    TransactionUnknown = "transaction_unknown", State, 404, Later, "No such transaction",
        "The node knows no transaction of this id: neither final, nor waiting, nor lately ended.",
        "Check the id; a transaction that was never submitted here, or long expired, is not known.";
    BlockUnknown = "block_unknown", State, 404, Later, "No such block",
        "The chain is not yet at this height, or no block has this id.",
        "Ask again once the height of GET /v1/status has reached it.";
    BlockIsGenesis = "block_is_genesis", State, 404, Never, "Height 0 has no block",
        "The chain begins with the genesis document, which is no block.",
        "GET /v1/status shows the id of the genesis document as genesis; the first block is at height 1.";
    BlockPruned = "block_pruned", State, 410, Never, "Block not kept",
        "The node began at a snapshot and never had blocks that old, nor the transactions in them.",
        "This node has only the blocks from the height of the faic-oldest-height header on; ask a node that has every block.";
    MempoolFull = "mempool_full", Resource, 503, Later, "Mempool full",
        "The mempool is full of transactions that pay as much or more.",
        "Try again later, or with a higher fee.";
    TooManyWaiting = "too_many_waiting", Resource, 429, Later, "Too many waiting transactions",
        "As many transactions of the account wait as one account may have there.",
        "Wait until earlier transactions of this account are final.";
    FaucetUnavailable = "faucet_unavailable", State, 404, Never, "No faucet",
        "The node gives no money away: it has no faucet account.",
        "Only a node of a development or test network with a faucet account has one.";
    FaucetLimit = "faucet_limit", Resource, 429, Later, "Faucet limit reached",
        "The address, or the client, was given money lately.",
        "Wait as long as the retry-after header says.";
    FaucetEmpty = "faucet_empty", Resource, 503, Later, "Faucet empty",
        "The faucet's account has less than it gives.",
        "Ask the operator of the network to fill the faucet's account.";
    NetworkDisabled = "network_disabled", Network, 409, Never, "No network",
        "The node is configured to have no peers.",
        "Enable it in the section `network` of the node's configuration, and start the node again.";
    InvalidNodeAddress = "invalid_node_address", User, 422, Never, "Invalid address of a node",
        "The text is no multiaddress, or one that this node cannot dial.",
        "Give a multiaddress, such as /ip4/192.0.2.1/tcp/8421; GET /v1/node of the other node shows its own.";
    InvalidNodeId = "invalid_node_id", User, 422, Never, "Invalid id of a node",
        "The text is no peer id.",
        "Copy the id again; it begins with 12D3Koo.";
    NodeUnknown = "node_unknown", Network, 404, Later, "No such node",
        "No connected or known node has this id.",
        "GET /v1/node/peers lists the connected nodes, GET /v1/network/nodes all that are known.";
    PeerUnreachable = "peer_unreachable", Network, 409, Later, "The other node did not answer",
        "Nobody answered at the address in time, or another node did.",
        "Check the address, and that the other node runs and can be reached.";
    PeerRefused = "peer_refused", Network, 409, Never, "The nodes cannot be peers",
        "The other node follows another chain or protocol, has no room, or does not want this one.",
        "Connect to a node of the same chain that has room.";
    PeerBanned = "peer_banned", Network, 409, Later, "The other node is banned",
        "The other node, or its address, broke the rules of the network and is kept out for a while.",
        "Wait until the ban ends.";
    Overloaded = "overloaded", Resource, 503, Later, "Too busy",
        "The node has as many requests at work, or as many bytes of answers on their way, as it takes on at once.",
        "Try again in a moment.";
    TimedOut = "timed_out", Network, 503, Later, "Not answered in time",
        "The node was too slow, or what was waited for did not happen in time.",
        "Try again; a transaction that was submitted keeps its id, so ask for its state first.";
    ShuttingDown = "shutting_down", State, 503, Later, "Shutting down",
        "The node was asked to stop.",
        "Try again when the node has started.";
    NodeRestored = "node_restored", State, 503, Later, "The node took over a later state",
        "The node was far behind, took over a later state of the chain, and let go of what waited for a block.",
        "Submit the same transaction again; if it became final meanwhile, the node says so.";
    StorageUnavailable = "storage_unavailable", Resource, 503, Later, "Storage unavailable",
        "The operating system refused to read or write the node's data.",
        "The operator should check the disk of the data folder: space, permissions, health.";
    Internal = "internal", State, 500, Never, "Internal error",
        "The node has a bug, or its data are damaged.",
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

    /// What leads to it, as a sentence.
    pub const fn cause(self) -> &'static str {
        self.row().cause
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
