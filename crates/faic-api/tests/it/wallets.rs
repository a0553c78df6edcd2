//! Making, importing, listing and deleting wallets.

use hyper::Method;
use serde_json::json;

use crate::node::{PASSWORD, TestNode};

/// A mnemonic of BIP-39's test vectors.
const PHRASE: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

#[tokio::test]
async fn a_wallet_is_made_listed_imported_and_deleted() {
    let node = TestNode::start().await;
    let body = json!({ "name": "first", "password": PASSWORD, "words": 12, "language": "japanese" });
    let created = node.with_token(Method::POST, "/v1/wallets").json(&body).send().await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("cache-control"), "no-store");
    let (address, mnemonic) = (created.text("address"), created.text("mnemonic"));
    assert!(address.starts_with("dfaic1") && mnemonic.split_whitespace().count() == 12);
    assert_eq!(created.text("language"), "japanese");
    let body = json!({ "name": "second", "password": PASSWORD, "mnemonic": mnemonic });
    let imported = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
    assert_eq!((imported.status, imported.text("address")), (201, address.clone()));
    let list = node.with_token(Method::GET, "/v1/wallets").send().await;
    assert_eq!(
        list.json(),
        json!({ "wallets": [{ "name": "first", "address": address }, { "name": "second", "address": address }] })
    );
    let again = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
    assert_eq!((again.status, again.problem().as_str()), (409, "wallet_exists"));
    let deleted = node.with_token(Method::DELETE, "/v1/wallets/first").send().await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    let again = node.with_token(Method::DELETE, "/v1/wallets/first").send().await;
    assert_eq!((again.status, again.problem().as_str()), (404, "wallet_unknown"));
    let impossible = node.with_token(Method::DELETE, "/v1/wallets/First").send().await;
    assert_eq!((impossible.status, impossible.problem().as_str()), (422, "invalid_wallet_name"));
    let detail = impossible.text("detail");
    assert!(detail.contains("GET /v1/wallets") && !detail.contains("Choose another"), "{detail}");
}

#[tokio::test]
async fn a_public_mnemonic_gives_the_account_that_others_derive() {
    let node = TestNode::start().await;
    let body = json!({ "name": "dev", "password": PASSWORD, "mnemonic": faic_node::dev::PUBLIC_MNEMONIC });
    let imported = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
    let address = |index: usize| faic_node::dev::accounts()[index].address.encode(faic_core::Network::Dev);
    assert_eq!(imported.text("address"), address(0));
    for index in 0..5 {
        let name = format!("dev{index}");
        let body =
            json!({ "name": name, "password": PASSWORD, "mnemonic": faic_node::dev::PUBLIC_MNEMONIC, "index": index });
        let imported = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
        assert_eq!((imported.status, imported.text("address")), (201, address(index)));
        let pay = json!({ "password": PASSWORD, "outputs": [{ "to": address(0), "amount": "1" }] });
        let sent = node.transfer(&name, &pay).await;
        assert_eq!(sent.status, 202, "{:?}", sent.body);
    }
    for index in [json!(1_u32 << 31), json!(-1), json!("1"), json!(1.5)] {
        let body = json!({ "name": "z", "password": PASSWORD, "mnemonic": PHRASE, "index": index });
        let refused = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
        assert_eq!((refused.status, refused.problem().as_str()), (422, "invalid_body"), "{index}");
    }
    let body = json!({ "name": "x", "password": PASSWORD, "mnemonic": PHRASE, "passphrase": "TREZOR" });
    let with = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
    let body = json!({ "name": "y", "password": PASSWORD, "mnemonic": PHRASE });
    let without = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
    assert_ne!(with.text("address"), without.text("address"));
}

#[tokio::test]
async fn a_bad_mnemonic_is_refused_with_what_is_wrong_and_not_repeated() {
    let node = TestNode::start().await;
    for (mnemonic, says) in [
        ("legal winner", "12, 15, 18, 21 or 24 words, not 2"),
        (&PHRASE.replacen("wave", "wavy", 1), "Word 5 is not in the english word list"),
        (&PHRASE.replacen("legal winner", "winner legal", 1), "checksum fails"),
    ] {
        let body = json!({ "name": "a", "password": PASSWORD, "mnemonic": mnemonic });
        let answer = node.with_token(Method::POST, "/v1/wallets/import").json(&body).send().await;
        assert_eq!((answer.status, answer.problem().as_str()), (422, "invalid_mnemonic"));
        let detail = answer.text("detail");
        assert!(detail.contains(says) && !detail.contains("sausage"), "{detail}");
    }
}

#[tokio::test]
async fn wrong_passwords_are_limited() {
    let node = TestNode::start().await;
    node.funded_wallet("a").await;
    let to = faic_node::dev::accounts()[1].address.encode(faic_core::Network::Dev);
    let pay = |password: &str| json!({ "password": password, "outputs": [{ "to": to, "amount": "1" }] });
    for _ in 0..5 {
        let answer = node.transfer("a", &pay("wrong password")).await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "wrong_password"));
    }
    let answer = node.transfer("a", &pay(PASSWORD)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (429, "too_many_attempts"));
    assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|wait| (1..=60).contains(&wait)));
    let answer = node.transfer("b", &pay(PASSWORD)).await;
    assert_eq!((answer.status, answer.problem().as_str()), (404, "wallet_unknown"));
}
