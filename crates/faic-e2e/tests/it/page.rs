//! The page in a real browser: what a reader sees, and what a wallet owner does.

use std::path::Path;

use faic_e2e::{Browser, NodeProcess};
use serde_json::json;

/// A public account of every development network, and its address.
const WORDS: &str = "test test test test test test test test test test test junk";
/// The address of its first key.
const RICH: &str = "dfaic19sjftv0cg943ed7p0ngwpgk4fyy4clma7rfuzrlp3p30ncxcs2xqvt3tjw";
/// An address that has nothing.
const FRIEND: &str = "dfaic1vlpmmmrrcwesarjrayj8ekmhkv6jfgljzdtfejp7tlxru5ysrh5qhnwfvu";
/// Finds every control and every picture.
const NAMED: &str = "a[href], button, input, textarea, select, img, svg[role=img], [role=region]";

/// A node and a browser on its page; nothing where no browser is installed.
#[expect(clippy::print_stderr, reason = "who runs the tests is told what was not tested")]
fn start(folder: &Path) -> Option<(NodeProcess, Browser)> {
    let Some(browser) = Browser::start(&folder.join("profile")) else {
        eprintln!("skipped: chromedriver and chromium are not installed, so the page is not tested");
        return None;
    };
    Some((NodeProcess::start(&folder.join("node")), browser))
}

/// Every control and picture on the page has a name.
fn check_names(browser: &Browser) {
    let elements = browser.elements(NAMED);
    assert!(elements.len() > 10, "the page has controls");
    for element in elements {
        let name = browser.accessible_name(&element);
        assert_ne!(name.as_deref(), Some(""), "a control without a name: {}", browser.markup(&element));
    }
}

/// Nothing is wider than the window.
fn check_width(browser: &Browser) {
    let over = browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert!(over.as_i64().unwrap() <= 0, "the page is {over} pixels too wide:\n{}", browser.text("body"));
}

/// Goes to a view and waits for its heading.
fn visit(browser: &Browser, url: &str, view: &str, heading: &str) {
    browser.open(&format!("{url}/#/{view}"));
    browser.wait_for("h1", heading);
    browser.wait_for(".view:not([aria-busy])", heading);
}

/// Every view shows what the node knows, survives a reload, fits a phone, and leaves no error in the console.
#[test]
fn a_reader_finds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    let url = node.api().url();
    browser.open(url);
    browser.wait_for("#live", "live");
    browser.wait_for("#chain", "faic-dev");
    let grant = node.api().post("/v1/faucet", &json!({ "address": FRIEND }));
    let id = grant.text("id").to_owned();
    let answer = node.api().get(&format!("/v1/transactions/{id}?wait=final"));
    let height = answer.body["height"].as_u64().unwrap();
    let block = node.api().get(&format!("/v1/blocks/{height}"));
    // The head moved without the page being loaded again.
    browser.wait_for(".view", &format!("{}…", &block.text("id")[..12]));
    check_names(&browser);

    let validator = block.text("proposer").to_owned();
    let views = [
        ("blocks", "Blocks"),
        (&format!("block/{height}"), &*format!("Block {height}")),
        (&format!("transaction/{id}"), "Transaction"),
        (&format!("account/{FRIEND}"), "Account"),
        ("validators", "Validators"),
        (&format!("validator/{validator}"), "Validator"),
        ("peers", "Peers"),
        ("mempool", "Mempool"),
        ("wallet", "Wallet"),
    ];
    for (width, scheme) in [(1100, "light"), (360, "dark")] {
        browser.pretend(width, 900, scheme);
        for (view, heading) in views {
            visit(&browser, url, view, heading);
            check_width(&browser);
            if width > 1000 {
                check_names(&browser);
            }
        }
    }
    visit(&browser, url, &format!("account/{FRIEND}"), "Account");
    browser.reload();
    browser.wait_for(".facts", "100 FAIC");
    assert_eq!(browser.run("return document.querySelector('.qr').naturalWidth > 0"), true);
    assert_eq!(browser.console_errors(), Vec::<String>::new());

    for (query, heading) in [
        (height.to_string(), format!("Block {height}")),
        (block.text("id").to_owned(), format!("Block {height}")),
        (validator, "Validator".to_owned()),
        (id, "Transaction".to_owned()),
        (FRIEND.to_owned(), "Account".to_owned()),
        ("weather".to_owned(), "Nothing found".to_owned()),
        ("999999999".to_owned(), "Nothing found".to_owned()),
        ("0".repeat(64), "Nothing found".to_owned()),
    ] {
        visit(&browser, url, "", "Overview");
        browser.fill("#query", &query);
        browser.click("#search button");
        browser.wait_for("h1", &heading);
    }
    browser.click("#language");
    browser.wait_for("h1", "没有找到");
    browser.open(&format!("{url}/#/"));
    browser.wait_for("h1", "总览");
    // At a phone's width some columns are not shown, and what is not shown has no name.
    browser.pretend(1100, 900, "dark");
    check_names(&browser);
}

/// Opens the wallets with the node's token.
fn unlock(browser: &Browser, node: &NodeProcess) {
    visit(browser, node.api().url(), "wallet", "Wallet");
    browser.fill("#field-token", node.api().token());
    browser.click("#token-form button");
    browser.wait_for(".view", "Create a wallet");
}

/// Fills and sends the form that pays.
fn pay(browser: &Browser, to: &str, amount: &str, password: &str) {
    browser.fill("#field-to", to);
    browser.fill("#field-amount", amount);
    browser.fill("#field-password", password);
    browser.click("#send button");
}

/// A wallet is made and one imported; a payment is seen final, and what is wrong is said where it was typed.
#[test]
fn a_wallet_owner_pays() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    unlock(&browser, &node);
    check_names(&browser);
    browser.fill("#field-create-name", "alice");
    browser.fill("#field-create-password", "correct horse");
    browser.click("#create button");
    browser.wait_for("h1", "Write these words down");
    assert_eq!(browser.elements("#mnemonic li").len(), 24);
    browser.click("#written");
    browser.wait_for("#balance", "0 FAIC");
    let alice = browser.text(".copyable code");

    visit(&browser, node.api().url(), "wallet", "Wallet");
    browser.fill("#field-import-name", "rich");
    browser.fill("#field-import-password", "battery staple");
    browser.fill("#field-mnemonic", WORDS);
    browser.click("#import button");
    browser.wait_for("#balance", "FAIC");
    assert_eq!(browser.text(".copyable code"), RICH);
    check_names(&browser);
    pay(&browser, &alice, "12.5", "battery staple");
    browser.wait_for("#send .outcome", "Final at height");
    assert_eq!(node.api().get(&format!("/v1/accounts/{alice}")).text("balance"), "12500000000");
    browser.wait_for("#balance", "999,987.49999");
    assert_eq!(browser.console_errors(), Vec::<String>::new());

    pay(&browser, &alice, "1", "wrong password");
    browser.wait_for("#send .problem", "Wrong password");
    pay(&browser, "dfaic1notanaddress", "1", "battery staple");
    browser.wait_for("#send .problem", "Invalid address");
    pay(&browser, &alice, "a lot", "battery staple");
    browser.wait_for("#send .problem", "This is no amount");
    // The browser itself notes the two answers that were no success, and nothing else.
    let errors = browser.console_errors();
    assert!(errors.len() == 2 && errors.iter().all(|error| error.contains("/v1/wallets/rich/transfers")), "{errors:?}");
    assert_eq!(node.api().get(&format!("/v1/accounts/{alice}")).text("balance"), "12500000000");
}

/// The pictures of the README, taken of a node that has something to show.
#[test]
#[ignore = "writes docs/images: cargo test -p faic-e2e --test it page::pictures -- --ignored"]
fn pictures() {
    let folder = tempfile::tempdir().unwrap();
    let images = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images");
    let (node, browser) = start(folder.path()).expect("pictures need a browser");
    let (api, url) = (node.api(), node.api().url());
    api.post("/v1/wallets/import", &json!({"name": "rich", "password": "battery staple", "mnemonic": WORDS}));
    unlock(&browser, &node);
    for number in 1..=25_u64 {
        let output =
            json!({"to": FRIEND, "amount": (number * 100_000_000).to_string(), "memo": format!("lunch {number}")});
        let body = json!({"password": "battery staple", "outputs": [output, output]});
        let sent = api.post("/v1/wallets/rich/transfers", &body);
        api.get(&format!("/v1/transactions/{}?wait=final", sent.text("id")));
    }
    browser.pretend(1100, 860, "light");
    visit(&browser, url, "", "Overview");
    browser.wait_for(".cards", "nano");
    browser.screenshot(&images.join("page-overview.png"));
    browser.pretend(1100, 960, "light");
    visit(&browser, url, "wallet/rich", "Wallet rich");
    pay(&browser, FRIEND, "12.5", "battery staple");
    browser.wait_for("#send .outcome", "Final at height");
    browser.screenshot(&images.join("page-wallet.png"));
    browser.pretend(390, 844, "dark");
    visit(&browser, url, &format!("account/{FRIEND}"), "Account");
    browser.wait_for(".facts", "FAIC");
    browser.click("#language");
    browser.wait_for("h1", "账户");
    assert_eq!(browser.run("return document.querySelector('.qr').decode().then(() => true)"), true);
    browser.screenshot(&images.join("page-account-phone.png"));
}
