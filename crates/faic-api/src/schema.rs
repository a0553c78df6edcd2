//! The scalar types of the API as the document describes them.
//!
//! These types hold nothing: bodies carry plain texts and numbers, and name these as their schema. The services check
//! the values; a schema says as much of the rule as JSON Schema can.

use faic_core::{
    Network,
    keystore::{PASSPHRASE_BYTES_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN},
    mnemonic::{Language, PHRASE_BYTES_MAX},
    transaction::{LANES, MEMO_BYTES_MAX, TRANSACTION_BYTES_MAX},
};
use faic_node::p2p::NodeType as NodeTypes;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type, schema::SchemaType},
};

/// Declares a schema under its own name in the document, by an expression that builds it.
macro_rules! schemas {
    ($($(#[doc = $doc:literal])* $name:ident = $builder:expr;)*) => {
        $(
            $(#[doc = $doc])*
            pub(crate) struct $name;

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    let description = concat!($($doc),*).trim();
                    $builder.description(Some(description)).into()
                }
            }

            impl ToSchema for $name {}
        )*
    };
}

schemas! {
    /// An account: bech32m (BIP-350) of 32 bytes with the network's prefix `faic`, `tfaic` or `dfaic`.
    Address = text(
        "^((faic|tfaic|dfaic)1[02-9ac-hj-np-z]{58}|(FAIC|TFAIC|DFAIC)1[02-9AC-HJ-NP-Z]{58})$",
        "dfaic19sjftv0cg943ed7p0ngwpgk4fyy4clma7rfuzrlp3p30ncxcs2xqvt3tjw",
    );
    /// Money in whole nano; 1 FAIC is 1000000000 nano.
    Amount = text("^(0|[1-9][0-9]{0,17}|1000000000000000000)$", "2500000000");
    /// Money in whole nano, more than none; 1 FAIC is 1000000000 nano.
    PositiveAmount = text("^([1-9][0-9]{0,17}|1000000000000000000)$", "2500000000");
    /// A 32-byte hash in hexadecimal.
    Hash = text("^[0-9a-f]{64}$", "5d3c1f7b9a0e48d6b27c5f10e9a8d4c36b1f0e7d2a5c48937e6d0b1a2f3c4e5d");
    /// A transaction's id in hexadecimal, of either case.
    TransactionId = text("^[0-9a-fA-F]{64}$", "5d3c1f7b9a0e48d6b27c5f10e9a8d4c36b1f0e7d2a5c48937e6d0b1a2f3c4e5d");
    /// An ed25519 public key in hexadecimal.
    PublicKey = text("^[0-9a-f]{64}$", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    /// An ed25519 signature in hexadecimal.
    Signature = text("^[0-9a-f]{128}$", &"ab".repeat(64));
    /// The name of a chain.
    ChainId = text("^[a-z0-9-]{1,32}$", "faic-dev");
    /// The number of a block; 0 is the state before the first.
    Height = integer(0, None, 42);
    /// Canonical bytes (borsh) in base64.
    CanonicalBytes = text("^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$", "AQhmYWljLWRldg==");
    /// The height or the id of a block, or `latest`.
    BlockSelector = text("^(latest|[1-9][0-9]{0,18}|[0-9a-fA-F]{64})$", "latest");
    /// The height of a block, or `latest`.
    HeightSelector = text("^(latest|[1-9][0-9]{0,18})$", "latest");
    /// The kind of network.
    NetworkName = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(Network::ALL.map(Network::name)))
        .examples(["dev"]);
    /// The id of a node: its key as a libp2p peer id.
    NodeId = text("^12D3Koo[1-9A-HJ-NP-Za-km-z]{45}$", "12D3KooWQK1wnefoLrcVHbbnf5tLzbopUd3K3bFAoJpA7YJgL5pV");
    /// Where a node listens: a multiaddress, with or without the node's id at its end.
    NodeAddress = text("^/", "/ip4/192.0.2.1/tcp/8421");
    /// What a node does for the network.
    NodeType = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(NodeTypes::ALL.map(NodeTypes::name)))
        .examples(["validator"]);
    /// Whether a candidate may be a validator.
    CandidateStatus = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["active", "jailed", "tombstoned"]))
        .examples(["active"]);
    /// Who opened a connection.
    Direction = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["inbound", "outbound"]))
        .examples(["outbound"]);
    /// A time in milliseconds.
    Ms = integer(0, None, 120);
    /// A time in milliseconds, where it is known.
    OptionalMs = integer(0, None, 120).schema_type(SchemaType::from_iter([Type::Integer, Type::Null]));
    /// Milliseconds since 1970-01-01 UTC.
    TimeMs = integer(0, None, 1_790_000_000_000);
    /// One of the sender's independent sequences.
    Lane = integer(0, Some(u64::from(LANES) - 1), 0);
    /// The position in a lane, without gaps from 0.
    Sequence = integer(0, None, 7);
    /// The id of a request: the client's `x-request-id`, or made by the node.
    RequestId = text("^[A-Za-z0-9._-]{1,64}$", "9f86d081884c7d65");
    /// A client's name for a request that it may repeat.
    IdempotencyKey = text("^[!-~]{1,128}$", "8e03978e-40d5-43dd-bc93-6894a57f9324");
    /// The name of a wallet.
    WalletName = text("^[a-z0-9_-]{1,64}$", "savings");
    /// A note to the receiver: at most 64 bytes of UTF-8.
    Memo = ObjectBuilder::new()
        .schema_type(Type::String)
        .max_length(Some(MEMO_BYTES_MAX))
        .examples(["invoice 17"]);
    /// The password of a wallet: at least 8 characters, at most 1024 bytes of UTF-8.
    NewPassword = secret(PASSWORD_CHARACTERS_MIN, PASSWORD_BYTES_MAX, "correct horse battery");
    /// The password of a wallet.
    Password = secret(0, PASSWORD_BYTES_MAX, "correct horse battery");
    /// The words of a mnemonic (BIP-39), in any of the ten languages.
    Mnemonic = secret(1, PHRASE_BYTES_MAX, "legal winner thank year wave sausage worth useful legal winner thank yellow");
    /// BIP-39's passphrase, the "25th word"; another passphrase is another wallet.
    Passphrase = secret(0, PASSPHRASE_BYTES_MAX, "");
    /// The index of a key: the last number of its path.
    KeyIndex = integer(0, Some(u64::from(u32::MAX >> 1)), 0);
    /// How many words a mnemonic has.
    WordCount = ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([12, 15, 18, 21, 24])).examples([24]);
    /// The language of a mnemonic's words.
    MnemonicLanguage = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(Language::ALL.map(Language::name)))
        .examples(["english"]);
    /// A signed transaction's canonical bytes: hexadecimal, or base64 with padding.
    TransactionText = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(2))
        .max_length(Some(TRANSACTION_BYTES_MAX * 2))
        .pattern(Some("^(([0-9a-fA-F]{2})+|([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4}))$"));
    /// A signed transaction's canonical bytes.
    TransactionBytes = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
        .max_length(Some(TRANSACTION_BYTES_MAX));
}

/// A text of that pattern.
fn text(pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern)).examples([example])
}

/// A text that clients should not show, of so many characters.
fn secret(characters_min: usize, bytes_max: usize, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .min_length(Some(characters_min))
        .max_length(Some(bytes_max))
        .examples([example])
}

/// A whole number in that range.
fn integer(least: u64, most: Option<u64>, example: u64) -> ObjectBuilder {
    let builder = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(least))
        .examples([example]);
    match most {
        Some(most) => builder.maximum(Some(most)),
        None => builder,
    }
}
