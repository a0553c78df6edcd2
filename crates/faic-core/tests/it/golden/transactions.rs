//! Golden files of addresses, authorities and transactions.

use faic_core::{
    Address, Amount, Authority, Message, MessageSignature, Network, PartiallySignedTransaction, Signer, Transaction,
    Verifier,
    crypto::sign_transaction,
    message::Standing,
    staking::Possession,
    transaction::{Action, FeePayer, Nonce, Output, TRANSACTION_VERSION},
};

use super::{
    Golden, bytes,
    samples::{address, chain, nano, one_signer, public, signer, single, two_of_three},
};

/// Addresses as text on each network.
#[test]
fn golden_addresses() {
    let mut golden = Golden::default();
    for (name, address) in [
        ("zeros", Address::from_bytes([0; 32])),
        ("ones", Address::from_bytes([0xff; 32])),
        ("one key", single(1).address()),
        ("2 of 3 keys", two_of_three().address()),
    ] {
        let texts = Network::ALL.map(|network| (network.name(), address.encode(network)));
        for (network, (_, text)) in Network::ALL.into_iter().zip(&texts) {
            assert_eq!(Address::parse(text, network), Ok(address));
        }
        golden.case(name, texts.into_iter().chain([("bytes", bytes(&address))]));
    }
    golden.check("addresses.json");
}

/// Authorities with the address and the id that are made of them.
#[test]
fn golden_authorities() {
    let mut golden = Golden::default();
    for (name, authority) in [("one key", single(1)), ("2 of 3 keys", two_of_three())] {
        let address = hex::encode(authority.address().as_bytes());
        golden.case(name, [("bytes", bytes(&authority)), ("address", address), ("id", authority.id().to_string())]);
    }
    golden.check("authorities.json");
}

/// A transaction of one key that does this.
fn of(action: Action) -> Transaction {
    Transaction {
        version: TRANSACTION_VERSION,
        chain_id: chain(),
        sender: single(1).address(),
        authority: single(1),
        nonce: Nonce { lane: 0, sequence: 0 },
        valid_until: 100,
        fee: nano(5_000),
        fee_payer: None,
        memo: String::new(),
        action,
    }
}

/// A payment.
fn output(to: u8, amount: Amount, memo: &str) -> Output {
    Output { to: address(to), amount, memo: memo.to_owned() }
}

/// A change of settings.
fn set_account(authority: Option<Authority>, memo_required: Option<bool>) -> Transaction {
    of(Action::SetAccount { authority, memo_required })
}

/// A bond of the sender with the key of seed 5.
fn bond() -> Action {
    let claim = Possession { chain_id: chain(), operator: single(1).address(), key: public(5) };
    let possession = signer().sign_possession(&claim).unwrap();
    Action::Bond { key: claim.key, possession, amount: nano(100_000_000_000) }
}

/// Every shape of transaction, by name.
fn transactions() -> Vec<(&'static str, Transaction)> {
    let plain = of(Action::Transfer { outputs: vec![output(0xaa, nano(1_000_000_000), "")] });
    let batch = vec![
        output(0xaa, nano(1), ""),
        output(0xbb, Amount::SUPPLY_MAX.checked_sub(nano(1)).unwrap(), "invoice 7 · 发票"),
    ];
    let payer = FeePayer { address: single(4).address(), authority: single(4) };
    vec![
        ("transfer", plain.clone()),
        ("transfer to two with memos", Transaction { memo: "rent".into(), ..of(Action::Transfer { outputs: batch }) }),
        (
            "transfer in the last lane",
            Transaction { nonce: Nonce { lane: 15, sequence: u64::MAX }, valid_until: u64::MAX, ..plain.clone() },
        ),
        (
            "transfer by 2 of 3 keys",
            Transaction { sender: two_of_three().address(), authority: two_of_three(), ..plain.clone() },
        ),
        ("transfer with a fee payer", Transaction { fee_payer: Some(payer), ..plain }),
        ("set the authority", set_account(Some(two_of_three()), None)),
        ("require memos", set_account(None, Some(true))),
        ("set the authority and require no memos", set_account(Some(single(2)), Some(false))),
        ("bond", of(bond())),
        ("unbond", of(Action::Unbond { amount: nano(7) })),
        ("withdraw", of(Action::Withdraw)),
        ("unjail", of(Action::Unjail)),
    ]
}

/// Transactions, unsigned and signed; signatures are deterministic (RFC 8032), so they are golden too.
#[test]
fn golden_transactions() {
    let mut golden = Golden::default();
    for (name, transaction) in transactions() {
        let signed = sign_transaction(&signer(), transaction.clone()).unwrap();
        signer().verify_transaction(&signed).unwrap();
        assert_eq!(signed.to_bytes().len(), transaction.signed_bytes());
        assert_eq!(Transaction::from_bytes(&transaction.to_bytes()).unwrap(), transaction);
        assert_eq!(hex::encode(transaction.to_bytes()), bytes(&transaction));
        golden.case(
            name,
            [("unsigned", bytes(&transaction)), ("id", transaction.id().to_string()), ("signed", bytes(&signed))],
        );
    }
    golden.check("transactions.json");
}

/// Transactions on their way to be signed, in both forms, with none, some and all of their signatures.
#[test]
fn golden_partially_signed() {
    let mut golden = Golden::default();
    for (name, transaction) in transactions() {
        let mut signed = PartiallySignedTransaction::new(Network::Dev, transaction).unwrap();
        for (state, signer) in [("unsigned", None), ("signed by one", Some(one_signer())), ("signed", Some(signer()))] {
            if let Some(signer) = signer {
                signed.sign(&signer).unwrap();
            }
            let (document, text) = (signed.to_json(), signed.to_text());
            assert_eq!(PartiallySignedTransaction::read(document.as_bytes()).as_ref(), Ok(&signed));
            assert_eq!(PartiallySignedTransaction::read(text.as_bytes()).as_ref(), Ok(&signed));
            golden.case(&format!("{name}, {state}"), [("document", document), ("text", text)]);
        }
        assert!(signed.complete().is_ok());
    }
    golden.check("partially_signed.json");
}

/// Signatures of messages, which hold the domain, the network and the account.
#[test]
fn golden_messages() {
    let mut golden = Golden::default();
    for (name, authority, network) in
        [("of one key", single(1), Network::Main), ("of 2 of 3 keys", two_of_three(), Network::Dev)]
    {
        let text = "invoice 7 · 发票";
        let message = Message { network, address: authority.address(), bytes: text.as_bytes() };
        let signature = MessageSignature::sign(&signer(), authority, &message).unwrap();
        assert_eq!(signature.verify(&signer(), text.as_bytes()), Ok(Standing::First));
        golden.case(name, [("message", text.to_owned()), ("document", signature.to_json())]);
    }
    golden.check("messages.json");
}
