//! What the page says before money moves, and of money that does not.

use faic_core::Address;

use super::*;

/// The password of the wallet that pays.
const PASSWORD: &str = "battery staple";

/// Another address with the same first and last three characters, found by trying.
fn look_alike_of(address: &str) -> String {
    let (network, known) = Address::parse_any(address).unwrap();
    let last = &address[address.len() - 3..];
    let with = |number: u32| {
        let mut bytes = *known.as_bytes();
        bytes[8..12].copy_from_slice(&number.to_be_bytes());
        Address::from_bytes(bytes).encode(network)
    };
    (0..).map(with).find(|other| other != address && other.ends_with(last)).expect("one in 2^15 does")
}

/// Pays by the API, and waits until that is final.
fn pay_by_api(node: &NodeProcess, to: &str) {
    let body = json!({"password": PASSWORD, "outputs": [{"to": to, "amount": "1000000000"}]});
    let sent = node.api().post("/v1/wallets/rich/transfers", &body);
    let answer = node.api().get(&format!("/v1/transactions/{}?wait=final", sent.text("id")));
    assert_eq!(answer.text("state"), "final");
}

/// A node with a rich wallet, whose view is open.
fn open_rich(folder: &Path) -> Option<(NodeProcess, Browser)> {
    let (node, browser) = start(folder)?;
    node.api().post("/v1/wallets/import", &json!({"name": "rich", "password": PASSWORD, "mnemonic": WORDS}));
    unlock(&browser, &node);
    visit(&browser, node.api().url(), "wallet/rich", "Wallet rich");
    Some((node, browser))
}

/// Begins to pay an address, and expects to be warned that it looks like another one.
fn check_warning(browser: &Browser, to: &str, known: &str, what: &str) {
    fill_payment(browser, to, "1", PASSWORD);
    let warning = browser.wait_for("#look-alike", what);
    let letters: String = warning.split_whitespace().collect();
    assert!(letters.contains(to) && letters.contains(known), "{warning}");
    let marked =
        browser.run("return [...document.querySelectorAll('#look-alike mark')].map((mark) => mark.textContent)");
    let marked: Vec<String> = serde_json::from_value(marked).unwrap();
    let (ours, theirs) = marked.split_at(marked.len() / 2);
    assert!(!ours.is_empty() && ours.iter().zip(theirs).all(|(one, other)| one != other), "{marked:?}");
    assert!(ours.iter().all(|group| to.contains(group)) && theirs.iter().all(|group| known.contains(group)));
    browser.returns("return document.querySelector('#pay-now').disabled", &json!(true));
}

/// The balance of an address in nano.
fn balance(node: &NodeProcess, address: &str) -> String {
    node.api().get(&format!("/v1/accounts/{address}")).text("balance").to_owned()
}

/// An address that looks like one that was paid, that paid, or like a wallet of the node, is not paid before it was compared.
#[test]
fn a_look_alike_is_compared_before_it_is_paid() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = open_rich(folder.path()) else { return };
    pay_by_api(&node, FRIEND);
    let other = look_alike_of(FRIEND);
    check_warning(&browser, &other, FRIEND, "You paid this one before");
    for (width, scheme) in [(1100, "light"), (360, "dark")] {
        browser.pretend(width, 900, scheme);
        check_width(&browser);
        check_contrast(&browser);
        check_names(&browser);
    }
    browser.click("#pay-now");
    browser.click("#was-compared");
    browser.click("#was-compared");
    browser.click("#pay-now");
    assert_eq!(balance(&node, &other), "0", "who has not ticked the box does not pay");
    browser.click("#was-compared");
    browser.click("#pay-now");
    browser.wait_for("#send .outcome", "Final at height");
    assert_eq!(balance(&node, &other), "1000000000");
    // Who paid it knows it; but nobody gets used to what looks like a wallet.
    fill_payment(&browser, &other, "1", PASSWORD);
    browser.wait_for("#send .outcome", "Balance after");
    browser.counts("#send .warning", 0);
    browser.click("#cancel");

    let grant = node.api().post("/v1/faucet", &json!({ "address": RICH }));
    let granted = node.api().get(&format!("/v1/transactions/{}?wait=final", grant.text("id")));
    let faucet = granted.body["transaction"]["sender"].as_str().unwrap();
    check_warning(&browser, &look_alike_of(faucet), faucet, "This one paid you");
    browser.click("#cancel");
    browser.click("#language");
    browser.wait_for("h1", "钱包");
    let alice =
        node.api().post("/v1/wallets", &json!({"name": "alice", "password": PASSWORD})).text("address").to_owned();
    let other = look_alike_of(&alice);
    pay_by_api(&node, &other);
    check_warning(&browser, &other, &alice, "钱包 alice");
    browser.wait_for("#look-alike", "逐字核对");
    assert_eq!(browser.console_errors(), Vec::<String>::new());
}

/// A receiver whom this account never paid is pointed out, though others did; one that it paid is not.
#[test]
fn a_first_payment_is_pointed_out() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = open_rich(folder.path()) else { return };
    let grant = node.api().post("/v1/faucet", &json!({ "address": FRIEND }));
    node.api().get(&format!("/v1/transactions/{}?wait=final", grant.text("id")));
    fill_payment(&browser, FRIEND, "1", PASSWORD);
    let review = browser.wait_for("#send .warning", "did not pay this address before");
    assert!(!review.contains("never used"), "{review}");
    browser.click("#pay-now");
    browser.wait_for("#send .outcome", "Final at height");
    fill_payment(&browser, FRIEND, "1", PASSWORD);
    browser.wait_for("#send .outcome", "Balance after");
    browser.counts("#send .warning", 0);
}

/// The history of an account says apart what was moved and what it paid for that, as `faic wallet history` does.
#[test]
fn the_history_tells_amount_and_fee_apart() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = open_rich(folder.path()) else { return };
    for outputs in [
        json!([{"to": FRIEND, "amount": "12500123456789"}, {"to": RICH, "amount": "7000000000"}]),
        json!([{"to": RICH, "amount": "3000000000"}]),
    ] {
        let body = json!({"password": PASSWORD, "outputs": outputs});
        let sent = node.api().post("/v1/wallets/rich/transfers", &body);
        let answer = node.api().get(&format!("/v1/transactions/{}?wait=final", sent.text("id")));
        assert_eq!(answer.text("state"), "final");
    }
    let cells = |name: &str| -> Vec<String> {
        let script = "return [...document.querySelectorAll(`[aria-label=History] [data-name=${arguments[0]}]`)]
            .map((cell) => cell.textContent)";
        serde_json::from_value(browser.run(&script.replace("${arguments[0]}", name))).unwrap()
    };
    for (address, amounts, pays) in
        [(RICH, &["3 FAIC", "−12,500.123456789 FAIC"][..], true), (FRIEND, &["+12,500.123456789 FAIC"][..], false)]
    {
        visit(&browser, node.api().url(), &format!("account/{address}"), "Account");
        browser.until("the history is shown", || cells("Amount") == amounts);
        let fees = cells("Fee");
        assert_eq!(fees.len(), amounts.len());
        assert!(fees.iter().all(|fee| (fee.starts_with("0.0") && fee.ends_with(" FAIC")) == pays), "{fees:?}");
    }
    for width in [360, 700, 1100] {
        browser.pretend(width, 900, "light");
        visit(&browser, node.api().url(), &format!("account/{RICH}"), "Account");
        check_width(&browser);
        check_cells(&browser);
    }
}

/// What a person reads of a refusal, which is in a person's words.
fn refusal(browser: &Browser, selector: &str, title: &str) -> String {
    let refusal = browser.wait_for(selector, title);
    for word in ["nano", "/v1/", "GET", "header", "authorization", "Bearer"] {
        assert!(!refusal.contains(word), "{refusal}");
    }
    refusal
}

/// What cannot be paid is refused before it is shown for confirmation, and who cannot know whether it was paid is told so.
#[test]
fn refusals_come_first_and_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    node.api().post("/v1/wallets/import", &json!({"name": "rich", "password": PASSWORD, "mnemonic": WORDS}));
    visit(&browser, node.api().url(), "wallet", "Wallet");
    browser.fill("#field-token", "not the token");
    browser.click("#token-form button");
    refusal(&browser, "#token-form .problem", "The token is wrong");
    unlock(&browser, &node);
    for width in [360, 1100] {
        browser.pretend(width, 900, "light");
        visit(&browser, node.api().url(), "wallet", "Wallet");
        browser.wait_for("[aria-label=Wallets]", &RICH[..10]);
        check_cells(&browser);
    }
    visit(&browser, node.api().url(), "wallet/rich", "Wallet rich");
    fill_payment(&browser, "", "1", PASSWORD);
    refusal(&browser, "#send .problem", "No receiver");
    for amount in ["0", "0.000000000"] {
        fill_payment(&browser, FRIEND, amount, PASSWORD);
        refusal(&browser, "#send .problem", "A payment of 0 pays nothing");
    }
    // The balance leaves no room for the fee.
    for amount in ["1000000", "1000000000"] {
        fill_payment(&browser, FRIEND, amount, PASSWORD);
        let told = refusal(&browser, "#send .problem", "There is not enough money");
        assert!(told.contains("This account has 1,000,000 FAIC") && told.contains("at most 999,999.9"), "{told}");
        browser.counts("#pay-now", 0);
    }
    browser.click("#language");
    browser.wait_for("h1", "钱包");
    fill_payment(&browser, FRIEND, "2000000", PASSWORD);
    let told = refusal(&browser, "#send .problem", "余额不足");
    assert!(told.contains("最多可以发送 999,999.9"), "{told}");
    check_chinese(&browser);
    fill_payment(&browser, FRIEND, "0", PASSWORD);
    refusal(&browser, "#send .problem", "等于没有付款");
    browser.click("#language");
    browser.wait_for("h1", "Wallet");
    // What is confirmed is what stands in the fields.
    fill_payment(&browser, FRIEND, "1", PASSWORD);
    browser.wait_for("#send .outcome", "Balance after");
    browser.fill("#field-amount", "2");
    browser.until("the review is gone", || browser.elements("#pay-now").is_empty());
    browser.run("window.ask = window.fetch");
    for broken_off in [
        "throw new TypeError('gone')",
        "return new Response('<html>', {status: 502})",
        "return new Response(JSON.stringify({code: 'shutting_down', title: 't', detail: 'd'}), {status: 503})",
        "return new Response('{\"id', {status: 202})",
    ] {
        browser.run(&format!(
            "window.fetch = async (path, options) => {{
               if (options.method === 'POST') {broken_off};
               return ask(path, options); }}"
        ));
        browser.fill("#field-amount", "");
        browser.until("what was told before is gone", || {
            browser.run("document.querySelector('#send .outcome').replaceChildren()");
            browser.elements("#send .problem").is_empty()
        });
        pay(&browser, FRIEND, "1", PASSWORD);
        let told = refusal(&browser, "#send .problem", "The node does not answer");
        assert!(told.contains("look at the history"), "{broken_off}: {told}");
    }
}

/// Why a transaction was rejected is told in the reader's language.
#[test]
fn a_rejection_is_told_in_both_languages() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    visit(&browser, node.api().url(), "", "Overview");
    browser.run(
        "window.fetch = async () => new Response(JSON.stringify({id: '0'.repeat(64), state: 'rejected', code: 'sequence_used',
           reason: '5 nano'}));
         location.hash = '#/transaction/' + '0'.repeat(64)",
    );
    refusal(&browser, ".view", "The network did not take it");
    refusal(&browser, ".view .problem", "Another payment of this account came first");
    browser.click("#language");
    browser.wait_for(".view .problem", "此账户的另一笔付款先到了");
    browser.wait_for(".view .problem summary", "sequence_used");
    check_chinese(&browser);
}
