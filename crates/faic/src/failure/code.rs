//! What went wrong, as programs tell it under `--json`.
//!
//! A code never changes its meaning and its text. Where the API of a node has a code of the same meaning, the text is the
//! same; a refusal by a node keeps the node's code, whether it stands here or not. docs/cli.md lists them.

/// Declares the codes with their texts and their meanings.
macro_rules! codes {
    ($($variant:ident = $name:literal, $meaning:literal;)*) => {
        /// What went wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Code {
            $(#[doc = concat!("`", $name, "`: ", $meaning, ".")] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the list.
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// The text that programs match on.
            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it means, as a clause.
            #[cfg(test)]
            pub(crate) const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                }
            }
        }
    };
}

codes! {
    Usage = "usage", "the command is not well formed";
    Internal = "internal", "the program or the node has a bug";
    Interrupted = "interrupted", "a signal ended the command";
    NoHome = "no_home", "there is no home folder to keep data in";
    Io = "io", "the operating system failed in a way that has no code of its own";

    NoTerminal = "no_terminal", "a secret is to be asked for and there is no terminal";
    SecretUnreadable = "secret_unreadable", "a file with a secret cannot be read";
    SecretsDiffer = "secrets_differ", "a new secret was not the same both times";
    NotConfirmed = "not_confirmed", "the person said no, so nothing was done";

    NodeUnreachable = "node_unreachable", "no node answers at the address";
    NodeTimedOut = "node_timed_out", "the node did not answer in time";
    ConnectionFailed = "connection_failed", "the connection to the node broke";
    NotANode = "not_a_node", "what answers is not a node";
    CertificateRefused = "certificate_refused", "the node's certificate does not show that it is who it says";
    CaUnusable = "ca_unusable", "there are no certificates of authorities that could vouch for the node";
    AnswerUnreadable = "answer_unreadable", "the node's answer has a shape that this program does not know";
    NodeNotTrusted = "node_not_trusted", "the node's answers contradict each other or the facts";
    StaleAnswer = "stale_answer", "the node's newest block is too old, or older than one that was seen before";
    TrustExpired = "trust_expired", "the block that was trusted last is too old to be built on";
    CheckpointNeeded = "checkpoint_needed", "a chain is to be trusted of which nothing is known yet";
    OtherNetwork = "other_network", "accounts, or account and node, belong to different networks";

    WalletExists = "wallet_exists", "there is a wallet of that name";
    WalletUnknown = "wallet_unknown", "there is no wallet of that name";
    WalletUnusable = "wallet_unusable", "the wallet's file is damaged or of another version";
    WalletsFull = "wallets_full", "the keystore holds as many wallets as it may";
    WrongPassword = "wrong_password", "the password is wrong";
    InvalidPassword = "invalid_password", "the new password is too short or too long";
    AccountUnknown = "account_unknown", "the wallet has no account of that number or name";
    AccountNameSealed = "account_name_sealed", "the account's name is sealed with a wallet that the command does not open";
    AccountExists = "account_exists", "there is an account of that number or name";
    AccountsFull = "accounts_full", "the wallet holds as many accounts or mnemonics as it may, or can have no more";
    ContactUnknown = "contact_unknown", "the address book does not have the name";
    ContactExists = "contact_exists", "the name is taken, in the address book or by a wallet";
    LookAlikeName = "look_alike_name", "the name looks like another one of the wallet, or a wallet's, and is not the same";
    BookFull = "book_full", "the address book holds as many names as it may";
    WatchOnly = "watch_only", "the account is only watched, so there are no keys to sign with";
    BackupUnusable = "backup_unusable", "the file is no backup of a wallet that this program can read";
    KeyFileUnusable = "key_file_unusable", "the file is no key file of another program that this program can read";
    InvalidMnemonic = "invalid_mnemonic", "the words are not a mnemonic";
    InvalidPassphrase = "invalid_passphrase", "the passphrase is too long";
    InvalidAddress = "invalid_address", "the text is not an address";
    InvalidSignature = "invalid_signature", "a message was not signed so, or not by that account";
    InvalidPaymentRequest = "invalid_payment_request", "the text is not a payment request that can be paid";
    PaymentRequestExpired = "payment_request_expired", "the time of the payment request has passed";
    LookAlikeAddress = "look_alike_address", "the address looks like one that you know, and is another";
    AccountTakeover = "account_takeover", "the transaction takes the account from the wallet's keys";
    InvalidAmount = "invalid_amount", "the text is not an amount that can be paid";
    KeystoreNotPrivate = "keystore_not_private", "others may enter the folder of the wallets";
    KeystoreUnusable = "keystore_unusable", "the folder of the wallets cannot be read or written";
    OutOfMemory = "out_of_memory", "there is not enough memory for the work of a password";
    NoEntropy = "no_entropy", "the operating system gives no randomness";

    InsufficientBalance = "insufficient_balance", "the account does not have what is needed";
    FeeOverLimit = "fee_over_limit", "the fee would be more than --fee-max";
    InvalidTransaction = "invalid_transaction", "the transaction breaks a rule of the ledger";
    InvalidTransactionFile = "invalid_transaction_file", "the file is no transaction that is to be signed or sent";
    TamperedTransaction = "tampered_transaction", "the file contradicts itself, or has a signature that does not hold";
    OtherTransaction = "other_transaction", "the files are of different transactions";
    AuthorityUnknown = "authority_unknown", "the keys that govern the account are not known here";
    NotASigner = "not_a_signer", "no key of the wallet may sign the transaction";
    SignaturesMissing = "signatures_missing", "the transaction is not signed by all who must";
    WrongChain = "wrong_chain", "the transaction is for another chain than the node's";
    TooLongForQr = "too_long_for_qr", "the text is longer than a QR code can be";
    HistoryIncomplete = "history_incomplete", "the node does not show the whole history that is to be written";
    InvalidCursor = "invalid_cursor", "the cursor is not one that a page of this history ended with";
    NothingToDo = "nothing_to_do", "everything is already as it should become";
    AlreadySent = "already_sent", "the node has this very transaction already";
    EarlierUndecided = "earlier_undecided", "an earlier transaction of the account may still become final";
    SequenceUsed = "sequence_used", "the place in the lane was used by a final transaction";
    OutboxUnusable = "outbox_unusable", "the record of what the wallet sent is damaged, or cannot be read or written";
    OutboxFull = "outbox_full", "the record of what the wallet sent holds as much as it may";
    AccountBusy = "account_busy", "another command is making a transaction of the account in the same lane";
    MemoRequired = "memo_required", "the receiver takes only payments with a memo";
    InvalidBatch = "invalid_batch", "the file of payments cannot be read, or has lines that cannot be paid";
    BatchChanged = "batch_changed", "the file of payments is another than the one that was begun to be paid";
    BatchPaid = "batch_paid", "all payments of the file were made before, or it was given up";
    BatchOverlap = "batch_overlap", "some payments of the file were made before by another file";
    BatchPartlyPaid = "batch_partly_paid", "some payments of the file were made, and the others not yet";
    SentBefore = "sent_before", "the same was paid before, by a command that ended without telling so, or while this one waited";
    NotFinal = "not_final", "the transaction was sent and is not final yet";
    TransactionRejected = "transaction_rejected", "the node let go of the transaction";
    TransactionExpired = "transaction_expired", "the transaction's last height has passed";
    NotCaughtUp = "not_caught_up", "the node does not have yet what its peers have";

    DataFolderMissing = "data_folder_missing", "there is no node's data folder there";
    DataFolderInUse = "data_folder_in_use", "another process has the data folder";
    DataFolderNotOurs = "data_folder_not_ours", "the folder holds something else than a node's data";
    DataFolderNewer = "data_folder_newer", "a newer program made the data folder";
    DataFolderOfOtherChain = "data_folder_of_other_chain", "the data folder belongs to another chain";
    DataFolderDamaged = "data_folder_damaged", "a file of the data folder is not what its name says";
    DataFolderReadOnly = "data_folder_read_only", "the data folder cannot be written to";
    DataFolderUnusable = "data_folder_unusable", "the data folder cannot be used for another reason";
    SecretNotPrivate = "secret_not_private", "others may read a secret of the node";
    NoGenesis = "no_genesis", "the data folder belongs to no chain yet";
    InvalidGenesis = "invalid_genesis", "the genesis document cannot be read or breaks a rule";
    InvalidConfiguration = "invalid_configuration", "the configuration cannot be read or makes no sense";
    NoValidatorKey = "no_validator_key", "the data folder has no key that votes";
    NotAValidator = "not_a_validator", "the node's key cannot decide blocks of this chain";
    LedgerUnusable = "ledger_unusable", "the ledger cannot be opened";
    LedgerDamaged = "ledger_damaged", "the ledger holds something that does not fit together";
    PortInUse = "port_in_use", "another program listens at the address";
    AddressUnavailable = "address_unavailable", "the operating system does not let the node listen at the address";
    NodeFailed = "node_failed", "a part of the running node failed";
}
