//! The page in a real browser: what a reader sees, and what a wallet owner does.

use std::{env, fs, path::Path};

use faic_e2e::{Browser, NodeProcess};

/// A public account of every development network, and its address.
const WORDS: &str = "test test test test test test test test test test test junk";
/// The address of its first key.
const RICH: &str = "dfaic19sjftv0cg943ed7p0ngwpgk4fyy4clma7rfuzrlp3p30ncxcs2xqvt3tjw";
/// An address that has nothing.
const FRIEND: &str = "dfaic1vlpmmmrrcwesarjrayj8ekmhkv6jfgljzdtfejp7tlxru5ysrh5qhnwfvu";
/// Finds every control and every picture.
const NAMED: &str = "a[href], button, input, textarea, select, img, svg[role=img], [role=region]";

/// A node and a browser on its page; nothing where no browser is installed.
fn start(folder: &Path) -> Option<(NodeProcess, Browser)> {
    let Some(browser) = Browser::start(&folder.join("profile")) else {
        eprintln!("skipped: chromedriver and chromium are not installed, so the page is not tested");
        return None;
    };
    Some((NodeProcess::start(&folder.join("node")), browser))
}

/// Keeps a picture for the documentation where `FAIC_WRITE_IMAGES` names a folder.
fn keep(browser: &Browser, name: &str) {
    if let Some(folder) = env::var_os("FAIC_WRITE_IMAGES") {
        fs::create_dir_all(&folder).unwrap();
        browser.screenshot(&Path::new(&folder).join(name));
    }
}

/// Every control on the page has a name, and nothing is wider than the window.
fn check_view(browser: &Browser) {
    for element in browser.elements(NAMED) {
        // What went away while the page lives is looked at in another view.
        if browser.run("return document.readyState") == "complete" && browser.accessible_name(&element).is_empty() {
            let html = browser.run(&format!(
                "return [...document.querySelectorAll({NAMED:?})].filter((e) => !e.textContent && !e.labels?.length && \
                 !e.getAttribute('aria-label') && !e.alt).map((e) => e.outerHTML).join('\\n')"
            ));
            assert_eq!(html, "", "a control has no name");
        }
    }
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
    let grant = node.api().post("/v1/faucet", &serde_json::json!({ "address": FRIEND }));
    let id = grant.text("id").to_owned();
    let answer = node.api().get(&format!("/v1/transactions/{id}?wait=final"));
    let height = answer.body["height"].as_u64().unwrap();
    let block = node.api().get(&format!("/v1/blocks/{height}"));
    // The head moved without the page being loaded again.
    browser.wait_for(".view", &format!("{}…", &block.text("id")[..12]));
    check_view(&browser);

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
            check_view(&browser);
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
    check_view(&browser);
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
    check_view(&browser);
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
    check_view(&browser);
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
