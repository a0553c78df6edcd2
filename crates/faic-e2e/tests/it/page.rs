//! The page in a real browser: what a reader sees, and what a wallet owner does.

mod following;
mod payment;

use std::path::Path;

use faic_e2e::{Browser, Network, NodeProcess};
use serde_json::json;

/// A public account of every development network, and its address.
const WORDS: &str = "test test test test test test test test test test test junk";
/// The address of its first key.
const RICH: &str = "dfaic19sjftv0cg943ed7p0ngwpgk4fyy4clma7rfuzrlp3p30ncxcs2xqvt3tjw";
/// The address of its second key, which has nothing.
const FRIEND: &str = "dfaic1vlpmmmrrcwesarjrayj8ekmhkv6jfgljzdtfejp7tlxru5ysrh5qhnwfvu";
/// Finds every control and every picture that is not folded away.
const NAMED: &str = ":is(a[href], button, input, textarea, select, summary, img, svg[role=img], [role=region])\
    :not(details:not([open]) > :not(summary), details:not([open]) > :not(summary) *)";

/// A browser; nothing where none is installed.
#[expect(clippy::print_stderr, reason = "who runs the tests is told what was not tested")]
fn browser(folder: &Path) -> Option<Browser> {
    let browser = Browser::start(&folder.join("profile"));
    if browser.is_none() {
        eprintln!("skipped: chromedriver and chromium are not installed, so the page is not tested");
    }
    browser
}

/// A node and a browser on its page; nothing where no browser is installed.
fn start(folder: &Path) -> Option<(NodeProcess, Browser)> {
    let browser = browser(folder)?;
    Some((NodeProcess::start(&folder.join("node")), browser))
}

/// Every control and picture on the page has a name.
fn check_names(browser: &Browser) {
    browser.settled("the page has controls", || browser.elements(NAMED).len(), |count| *count > 10);
    let nameless = || -> Vec<String> {
        let elements = browser.elements(NAMED).into_iter();
        elements
            .filter(|element| browser.accessible_name(element).is_some_and(|name| name.is_empty()))
            .map(|element| browser.markup(&element))
            .collect()
    };
    browser.settled("every control has a name", nameless, Vec::is_empty);
}

/// Nothing is wider than the window, and what can be searched fits into its field.
fn check_width(browser: &Browser) {
    let room_of_hint = "const query = document.getElementById('query'); const style = getComputedStyle(query);
         const pen = document.createElement('canvas').getContext('2d'); pen.font = style.font;
         const room = query.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
         return room - pen.measureText(query.placeholder).width";
    let fits = |room: &Option<f64>| room.is_some_and(|room| room >= 0.0);
    browser.settled("the hint of the search has room", || browser.run(room_of_hint).as_f64(), fits);
    let over = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    let fits = |over: &Option<i64>| over.is_some_and(|over| over <= 0);
    browser.settled("no pixel of the page is beside the window", || browser.run(over).as_i64(), fits);
}

/// Every cell of the tables is shown, is within its table's box, and has a name beside it where there is no head.
fn check_cells(browser: &Browser) {
    let cut = "const cut = [];
         for (const cell of document.querySelectorAll('table td')) {
           if (cell.textContent === '') continue;
           const range = document.createRange(); range.selectNodeContents(cell);
           const [box, room] = [range, cell.closest('.scroll')].map((part) => part.getBoundingClientRect());
           const head = cell.closest('table').querySelector('thead');
           const name = head.offsetHeight > 0 ? cell.dataset.name : getComputedStyle(cell, '::before').content;
           if (box.width === 0 || box.left < room.left || box.right > room.right || !name.includes(cell.dataset.name))
             cut.push(`${cell.dataset.name} (${name}): ${cell.textContent}`);
         }
         return cut";
    browser.returns(cut, &json!([]));
}

/// The title, the state and the buttons above the views are in one row.
fn check_bar(browser: &Browser) {
    let rows = "const middles = [...document.querySelectorAll('.bar > *')].filter((part) => part.offsetHeight > 0)
           .map((part) => { const box = part.getBoundingClientRect(); return box.top + box.height / 2; });
         return Math.max(...middles) - Math.min(...middles)";
    let is_one = |rows: &Option<f64>| rows.is_some_and(|rows| rows < 4.0);
    browser.settled("the bar is one row", || browser.run(rows).as_f64(), is_one);
}

/// Every text can be read: its contrast with what is behind it is at least 4.5 to 1, as WCAG asks.
fn check_contrast(browser: &Browser) {
    let weak = "const parts = (text) => text.match(/[\\d.]+/g).map(Number);
         const light = (colour) => { const [r, g, b] = parts(colour).map((part) => part / 255)
           .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
           return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
         const behind = (element) => { for (let each = element; each; each = each.parentElement) {
           const colour = getComputedStyle(each).backgroundColor;
           if ((parts(colour)[3] ?? 1) > 0.99) return colour; } return 'rgb(255, 255, 255)'; };
         const weak = [];
         for (const element of document.body.querySelectorAll('*')) {
           const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
           if (!own || element.offsetParent === null) continue;
           const [one, other] = [light(getComputedStyle(element).color), light(behind(element))];
           const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
           if (contrast < 4.5) weak.push(`${contrast.toFixed(2)}: ${element.textContent}`);
         }
         return weak";
    browser.returns(weak, &json!([]));
}

/// Nothing that the page itself says is left in English; ids, code, and what is marked as English are not its words.
fn check_chinese(browser: &Browser) {
    let english = "const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
         const names = ['FAIC', 'nano', 'API', 'English', 'BIP', 'faic', 'wallet', 'api.token', 'passphrase',
           'JavaScript', 'faucet', 'rich'];
         const found = [];
         for (let node = walker.nextNode(); node; node = walker.nextNode()) {
           const parent = node.parentElement;
           if (parent.closest('[lang=en], code, script, noscript, #chain, #version')) continue;
           const words = node.textContent.replace(/\\S*[\\d…\\/]\\S*/g, ' ').match(/[A-Za-z][A-Za-z.]*/g) ?? [];
           found.push(...words.filter((word) => !names.includes(word)));
         }
         return found";
    browser.returns(english, &json!([]));
}

/// Goes to a view and waits for all of it; the view that is left may have the same heading.
fn visit(browser: &Browser, url: &str, view: &str, heading: &str) {
    let address = format!("{url}/#/{view}");
    let leave = "document.querySelector('.view')?.setAttribute('data-left', '')";
    browser.run(&format!("if (location.href !== {}) {leave}", json!(address)));
    browser.open(&address);
    browser.wait_for(".view:not([aria-busy], [data-left])", heading);
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
        (&format!("block/{}", block.text("id")), &*format!("Block {height}")),
        (&format!("transaction/{id}"), "Transaction"),
        (&format!("account/{FRIEND}"), "Account"),
        ("validators", "Validators"),
        (&format!("validator/{validator}"), "Validator"),
        ("peers", "Peers"),
        ("mempool", "Mempool"),
        ("errors", "Error codes"),
        ("wallet", "Wallet"),
    ];
    for (width, scheme, sign) in [(1100, "light", "☾"), (700, "light", "☾"), (360, "dark", "☀")] {
        browser.pretend(width, 900, scheme);
        browser.wait_for("#theme", sign);
        for (view, heading) in views {
            visit(&browser, url, view, heading);
            check_width(&browser);
            check_bar(&browser);
            check_cells(&browser);
            check_contrast(&browser);
            if width > 1000 {
                check_names(&browser);
            }
        }
    }
    visit(&browser, url, &format!("account/{FRIEND}"), "Account");
    browser.reload();
    browser.wait_for(".facts", "100 FAIC");
    browser.returns("return document.querySelector('.qr').naturalWidth > 0", &json!(true));
    assert_eq!(browser.console_errors(), Vec::<String>::new());

    let block_id = block.text("id");
    for (query, heading) in [
        (height.to_string(), format!("Block {height}")),
        (block_id.to_owned(), format!("Block {height}")),
        (format!("0x{}", block_id.to_uppercase()), format!("Block {height}")),
        (validator, "Validator".to_owned()),
        (id, "Transaction".to_owned()),
        (FRIEND.to_owned(), "Account".to_owned()),
        ("999999999".to_owned(), "Nothing found".to_owned()),
    ] {
        search(&browser, url, &query, &heading);
    }
    for query in [&block_id[..12], &FRIEND[..20], "12D3KooW", "weather", &"0".repeat(64)] {
        search(&browser, url, query, "Nothing found");
        browser.wait_for(".empty", "Search for the height of a block");
    }
    check_views_in_chinese(&browser, url, &views.map(|(view, _)| view));
}

/// Searches for something, which leads to a heading.
fn search(browser: &Browser, url: &str, query: &str, heading: &str) {
    visit(browser, url, "", "Overview");
    browser.fill("#query", query);
    browser.click("#search button");
    browser.wait_for("h1", heading);
}

/// Every view is told in Chinese to who chose it.
fn check_views_in_chinese(browser: &Browser, url: &str, views: &[&str]) {
    browser.click("#language");
    browser.wait_for("h1", "没有找到");
    browser.open(&format!("{url}/#/"));
    browser.wait_for("h1", "总览");
    browser.wait_for(".view", "秒前");
    check_chinese(browser);
    for view in views {
        browser.run("document.querySelector('h1').textContent = ''");
        browser.open(&format!("{url}/#/{view}"));
        browser.until("the view is shown", || !browser.text(".view:not([aria-busy]) h1").is_empty());
        check_width(browser);
        check_bar(browser);
        check_chinese(browser);
    }
    check_names(browser);
}

/// Opens the wallets with the node's token.
fn unlock(browser: &Browser, node: &NodeProcess) {
    visit(browser, node.api().url(), "wallet", "Wallet");
    browser.fill("#field-token", node.api().token());
    browser.click("#token-form button");
    browser.wait_for(".view", "Create a wallet");
}

/// Fills the form that pays, and confirms it.
fn pay(browser: &Browser, to: &str, amount: &str, password: &str) {
    fill_payment(browser, to, amount, password);
    browser.click("#pay-now");
}

/// Fills and sends the form that pays.
fn fill_payment(browser: &Browser, to: &str, amount: &str, password: &str) {
    browser.fill("#field-to", to);
    browser.fill("#field-amount", amount);
    browser.fill("#field-password", password);
    browser.click("#send button");
}

/// Writes the words of a new wallet down: until two of them were typed right, the reader is asked before they are lost.
fn confirm_words(browser: &Browser) {
    let words = browser.run("return [...document.querySelectorAll('#mnemonic li')].map((word) => word.textContent)");
    let words: Vec<String> = serde_json::from_value(words).unwrap();
    assert_eq!(words.len(), 24);
    browser.pretend(360, 900, "dark");
    check_width(browser);
    check_contrast(browser);
    browser.counts("#written", 1);
    browser.run("window.confirm = (question) => { window.asked = question; return false; }");
    for way in [".brand", "nav a", "#language"] {
        browser.run("window.asked = null");
        browser.click(way);
        browser.until("the reader is asked", || browser.run("return window.asked").is_string());
        browser.wait_for("h1", "Write these words down");
        browser.counts("#mnemonic li", 24);
    }
    let closes = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }))";
    // The browser asks before the page is closed.
    browser.returns(closes, &json!(true));

    browser.click("#written");
    browser.wait_for("h1", "Check what you wrote down");
    // The words are not to be copied from the screen.
    browser.counts("#mnemonic", 0);
    check_names(browser);
    check_width(browser);
    let asked = browser.run("return [...document.querySelectorAll('#check-words input')].map((field) => field.name)");
    let asked: Vec<String> = serde_json::from_value(asked).unwrap();
    assert_eq!(asked.len(), 2);
    let place = |name: &str| name.trim_start_matches("word-").parse::<usize>().unwrap();
    browser.fill(&format!("#field-{}", asked[0]), &words[place(&asked[0]) - 1]);
    browser.fill(&format!("#field-{}", asked[1]), "wrong");
    browser.click("#check-words button");
    browser.wait_for("#check-words .problem", &format!("Word {} is another one", place(&asked[1])));
    browser.returns(closes, &json!(true));
    browser.fill(&format!("#field-{}", asked[1]), &format!(" {} ", words[place(&asked[1]) - 1].to_uppercase()));
    browser.click("#check-words button");
    browser.wait_for("h1", "Wallet alice");
    // Nothing is lost any more.
    browser.returns(closes, &json!(false));
    check_width(browser);
    browser.pretend(1100, 900, "light");
}

/// Imports another account of the same words, by its index.
fn import_second_account(browser: &Browser, node: &NodeProcess) {
    visit(browser, node.api().url(), "wallet", "Wallet");
    browser.fill("#field-import-name", "second");
    browser.fill("#field-import-password", "battery staple");
    browser.fill("#field-mnemonic", WORDS);
    browser.until("the index is folded away", || browser.text("#advanced") == "Advanced");
    browser.click("#advanced summary");
    browser.fill("#field-index", "one");
    browser.click("#import button");
    browser.wait_for("#import .problem", "no account index");
    browser.fill("#field-index", "1");
    check_names(browser);
    check_contrast(browser);
    browser.click("#import button");
    browser.wait_for("h1", "Wallet second");
    browser.wait_for(".copyable code", FRIEND);
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
    confirm_words(&browser);
    browser.wait_for("#balance", "0 FAIC");
    let alice = browser.wait_for(".copyable code", "dfaic1");

    visit(&browser, node.api().url(), "wallet", "Wallet");
    browser.fill("#field-import-name", "rich");
    browser.fill("#field-import-password", "battery staple");
    browser.fill("#field-mnemonic", WORDS);
    browser.click("#import button");
    browser.wait_for("#balance", "FAIC");
    browser.wait_for(".copyable code", RICH);
    check_names(&browser);
    import_second_account(&browser, &node);
    visit(&browser, node.api().url(), "wallet/rich", "Wallet rich");
    pay(&browser, &alice, "12.5", "battery staple");
    browser.wait_for("#send .outcome", "Final at height");
    assert_eq!(node.api().get(&format!("/v1/accounts/{alice}")).text("balance"), "12500000000");
    browser.wait_for("#balance", "999,987.49999");
    assert_eq!(browser.console_errors(), Vec::<String>::new());

    pay(&browser, &alice, "1", "wrong password");
    browser.wait_for("#send .problem", "Wrong password");
    fill_payment(&browser, "dfaic1notanaddress", "1", "battery staple");
    browser.wait_for("#send .problem", "Invalid address");
    fill_payment(&browser, &alice, "a lot", "battery staple");
    browser.wait_for("#send .problem", "This is no amount");
    // Nothing is cut, and nothing is paid that was not confirmed.
    browser.fill("#field-memo", &"é".repeat(33));
    fill_payment(&browser, &alice, "1", "battery staple");
    browser.wait_for("#send .problem", "The memo is too long");
    browser.fill("#field-memo", "");
    let stranger = faic_core::Address::from_bytes([7; 32]).encode(faic_core::Network::Dev);
    fill_payment(&browser, &stranger, "1", "battery staple");
    browser.wait_for("#send .outcome", "never used before");
    check_names(&browser);
    browser.click("#cancel");
    browser.click("#language");
    browser.wait_for("h1", "钱包");
    pay(&browser, &alice, "1", "wrong password");
    browser.wait_for("#send .problem", "密码错误");
    browser.wait_for("#send .problem", "请用该钱包的密码重试");
    browser.wait_for("#send .problem summary", "wrong_password");
    check_chinese(&browser);
    // The browser itself notes the three answers that were no success, and nothing else.
    let mut errors = Vec::new();
    while errors.len() < 3 {
        errors.extend(browser.settled("the console has an error", || browser.console_errors(), |new| !new.is_empty()));
    }
    errors.extend(browser.console_errors());
    let of = |path: &str| errors.iter().filter(|error| error.contains(path)).count();
    assert!(
        errors.len() == 3 && of("/v1/wallets/rich/transfers") == 2 && of("/v1/accounts/dfaic1not") == 1,
        "{errors:?}"
    );
    assert_eq!(node.api().get(&format!("/v1/accounts/{alice}")).text("balance"), "12500000000");
}

/// What a node of a newer version refuses with a code that the page does not know is told as the node tells it.
#[test]
fn an_unknown_problem_is_told_in_english() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    visit(&browser, node.api().url(), "", "Overview");
    browser.click("#language");
    browser.wait_for("h1", "总览");
    browser.run(
        "window.fetch = async () => new Response(JSON.stringify({title: 'Too windy', detail: 'Wait.', code: 'too_windy'}),
         {status: 409, headers: {'content-type': 'application/problem+json'}}); location.hash = '#/blocks'",
    );
    browser.wait_for(".problem", "Too windy");
    browser.wait_for(".problem", "too_windy");
}

/// A node of two shows how far the other one is, and what waits while blocks are not made.
#[test]
fn peers_and_what_waits_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = browser(folder.path()) else { return };
    let mut network = Network::start(folder.path(), 2);
    network.reaches(0, 2);
    let url = network.api(0).url().to_owned();
    for width in [360, 700, 1100] {
        browser.pretend(width, 900, "light");
        visit(&browser, &url, "peers", "Peers");
        browser.wait_for("[aria-label=Connected] [role=cell][data-name=Address]", "/ip4/127.0.0.1/");
        check_width(&browser);
        check_cells(&browser);
    }
    browser.until("a round trip is shown", || {
        let row = browser.text("[aria-label=Connected] tbody tr");
        row.starts_with("12D3Koo") && row.split_whitespace().any(|word| word == "ms")
    });
    check_names(&browser);
    let peer = network.api(0).get("/v1/node/peers").body["peers"][0]["id"].as_str().unwrap().to_owned();
    browser.fill("#query", &peer);
    browser.click("#search button");
    browser.wait_for("h1", "Node 12D3Koo");
    visit(&browser, &url, "", "Overview");
    browser.until("one peer is counted", || browser.text("a.card[href='#/peers'] strong") == "1");

    // One validator of two makes no blocks.
    network.kill(1);
    let api = network.api(0);
    api.post("/v1/wallets/import", &json!({"name": "rich", "password": "battery staple", "mnemonic": WORDS}));
    let mut ids = Vec::new();
    for _ in 0..3 {
        let output = json!({"to": FRIEND, "amount": "2500000000"});
        let sent = api.post("/v1/wallets/rich/transfers", &json!({"password": "battery staple", "outputs": [output]}));
        ids.push(sent.text("id").to_owned());
    }
    visit(&browser, &url, "mempool", "Mempool");
    let shown = browser.wait_for("[aria-label='Waiting transactions']", "2.5 FAIC");
    assert!(ids.iter().all(|id| shown.contains(&id[..10])), "{shown}");
    check_names(&browser);
    browser.pretend(360, 900, "light");
    visit(&browser, &url, "mempool", "Mempool");
    check_width(&browser);
    check_cells(&browser);
    browser.click("[aria-label='Waiting transactions'] tbody a");
    browser.wait_for(".state", "waits for a block");
    browser.click("#language");
    browser.wait_for(".state", "等待入块");
    check_chinese(&browser);
    visit(&browser, &url, "mempool", "内存池");
    browser.wait_for("[aria-label='等待中的交易']", "2.5 FAIC");
    check_chinese(&browser);
    visit(&browser, &url, "peers", "对等节点");
    check_chinese(&browser);
    assert_eq!(browser.console_errors(), Vec::<String>::new());
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
    browser.pretend(1100, 1040, "light");
    visit(&browser, url, "wallet/rich", "Wallet rich");
    pay(&browser, FRIEND, "12.5", "battery staple");
    browser.wait_for("#send .outcome", "Final at height");
    browser.run("scrollTo(0, 0)");
    browser.screenshot(&images.join("page-wallet.png"));
    browser.pretend(390, 844, "dark");
    visit(&browser, url, &format!("account/{FRIEND}"), "Account");
    browser.wait_for(".facts", "FAIC");
    browser.click("#language");
    browser.wait_for("h1", "账户");
    assert_eq!(browser.run("return document.querySelector('.qr').decode().then(() => true)"), true);
    browser.screenshot(&images.join("page-account-phone.png"));
}
