//! The page keeps up with its node: through a restart, and without losing a block.

use super::*;

/// The page follows a node that was away, without being loaded again: the head moves, and a payment is seen.
#[test]
fn the_page_follows_a_node_that_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    let http = node.api().url().trim_start_matches("http://").to_owned();
    visit(&browser, node.api().url(), &format!("account/{FRIEND}"), "Account");
    browser.wait_for("#live", "live");
    browser.wait_for(".facts", "0 FAIC");
    browser.run("window.isTheSame = true");
    assert!(node.stop().success());
    browser.wait_for("#live", "not connected");

    let node = NodeProcess::start_at(&folder.path().join("node"), &http);
    let grant = node.api().post("/v1/faucet", &json!({ "address": FRIEND }));
    let answer = node.api().get(&format!("/v1/transactions/{}?wait=final", grant.text("id")));
    browser.wait_for("#live", "live");
    browser.wait_for(".facts", "100 FAIC");
    browser.click(".brand");
    browser.wait_for("h1", "Overview");
    let height = answer.body["height"].as_u64().unwrap();
    let shown = "return Number(document.querySelector('.card strong').textContent.replaceAll(',', ''))";
    let head = || browser.run(shown).as_u64();
    let first = browser.settled("the head is there again", head, |first| *first >= Some(height));
    browser.until("the head moves", || head() > first);
    assert_eq!(browser.run("return window.isTheSame"), true);
}

/// A node that stands still closes no stream: the page says for how long it has said nothing, and goes on when it is back.
#[test]
fn a_node_that_stands_still_is_not_live() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    visit(&browser, node.api().url(), &format!("account/{FRIEND}"), "Account");
    browser.wait_for("#live", "live");
    browser.wait_for(".facts", "0 FAIC");
    browser.run("window.isTheSame = true");
    browser.pretend(360, 900, "light");
    node.freeze();
    let told = browser.wait_for("#live", "no word from the node for");
    let seconds = |told: &str| -> u64 { told.split(' ').find_map(|word| word.parse().ok()).unwrap_or(0) };
    assert!(seconds(&told) >= 15, "{told}");
    check_width(&browser);
    check_bar(&browser);
    browser.until("the silence is counted", || seconds(&browser.text("#live")) > seconds(&told));
    node.thaw();
    browser.wait_for("#live", "live");
    let grant = node.api().post("/v1/faucet", &json!({ "address": FRIEND }));
    node.api().get(&format!("/v1/transactions/{}?wait=final", grant.text("id")));
    browser.wait_for(".facts", "100 FAIC");
    assert_eq!(browser.run("return window.isTheSame"), true);
}

/// Holds all that the node tells back, as a network does that has lost the connection without a word.
const DEAF: &str = "
    window.EventSource = class extends EventSource {
      addEventListener(kind, listener) {
        const isDeaf = () => window.deaf === this || (window.deafen && !(window.deafen = false) && (window.deaf = this));
        super.addEventListener(kind, (event) => isDeaf() || listener(event));
      }
    };";

/// A stream that is dead while the node answers is opened anew.
#[test]
fn a_dead_stream_is_opened_anew() {
    let folder = tempfile::tempdir().unwrap();
    let Some(browser) = browser(folder.path()) else { return };
    let node = NodeProcess::start(&folder.path().join("node"));
    browser.before_page(DEAF);
    visit(&browser, node.api().url(), "", "Overview");
    browser.wait_for("#live", "live");
    browser.run(
        "window.told = []; const live = document.getElementById('live');
         new MutationObserver(() => window.told.push(live.textContent)).observe(live, {childList: true});
         window.deafen = true",
    );
    let was_silent = "return window.told.some((told) => told.startsWith('no word from the node for'))";
    browser.until("the page is told nothing", || browser.run(was_silent) == true);
    browser.wait_for("#live", "live");
    let height = make_blocks(&node, 1..6);
    check_latest_blocks(&browser, height);
}

/// A view that was opened while the node was away is shown when it is back; who types above it meanwhile goes on typing.
#[test]
fn a_view_of_a_node_that_is_away_comes_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    let http = node.api().url().trim_start_matches("http://").to_owned();
    visit(&browser, node.api().url(), "", "Overview");
    browser.wait_for("#live", "live");
    browser.run("window.isTheSame = true");
    assert!(node.stop().success());
    browser.wait_for("#live", "not connected");
    browser.run(&format!("location.hash = '#/account/{FRIEND}'"));
    browser.wait_for(".problem", "The node does not answer");
    browser.fill("#query", "half a wo");

    let _node = NodeProcess::start_at(&folder.path().join("node"), &http);
    browser.wait_for(".view:not([aria-busy]) .facts", "0 FAIC");
    browser.wait_for("#live", "live");
    browser.counts(".problem", 0);
    let typing = "return document.activeElement.id + ': ' + document.activeElement.value";
    assert_eq!(browser.run(typing), "query: half a wo");
    assert_eq!(browser.run("return window.isTheSame"), true);
}

/// Holds the first list of blocks back until it is let go, and loses one event of a block where it is told to.
const UNLUCKY: &str = "
    const ask = window.fetch;
    window.fetch = async (path, options) => {
      const answer = await ask(path, options);
      if (String(path).startsWith('/v1/blocks?') && !window.letGo) await new Promise((go) => { window.letGo = go; });
      return answer;
    };
    window.EventSource = class extends EventSource {
      addEventListener(kind, listener) {
        super.addEventListener(kind, (event) => {
          if (kind === 'block' && window.lose) window.lose = false;
          else listener(event);
        });
      }
    };";

/// Makes blocks with one payment each, and returns the height of the last.
fn make_blocks(node: &NodeProcess, receivers: std::ops::Range<u8>) -> u64 {
    let mut height = 0;
    for number in receivers {
        let address = faic_core::Address::from_bytes([number; 32]).encode(faic_core::Network::Dev);
        let grant = node.api().post("/v1/faucet", &json!({ "address": address }));
        let answer = node.api().get(&format!("/v1/transactions/{}?wait=final", grant.text("id")));
        height = answer.body["height"].as_u64().unwrap();
    }
    height
}

/// Waits until the newest block is shown, with all before it in the list and in the chart.
fn check_latest_blocks(browser: &Browser, height: u64) {
    let heights = |script: &str| -> Vec<u64> { serde_json::from_value(browser.run(script)).unwrap() };
    let listed = "return [...document.querySelectorAll('[aria-label=Blocks] tbody tr td:first-child a')]
        .map((link) => Number(link.hash.split('/').at(-1)))";
    let is_newest = |rows: &Vec<u64>| rows.first() >= Some(&height);
    let rows = browser.settled("the newest block is listed", || heights(listed), is_newest);
    assert!(rows.len() > 3 && rows.is_sorted_by(|above, below| *above == below + 1), "{rows:?}");
    let drawn = "return [...document.querySelectorAll('.chart')[0].querySelectorAll('rect title')]
        .map((title) => Number(title.textContent.match(/ (\\d+):/)[1]))";
    let bars = heights(drawn);
    assert!(bars.len() > 3 && bars.is_sorted_by(|left, right| left + 1 == *right), "{bars:?}");
}

/// No block is missing that was made between the first look and the first event, nor one whose event was lost.
#[test]
fn no_block_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let Some((node, browser)) = start(folder.path()) else { return };
    make_blocks(&node, 1..5);
    browser.before_page(UNLUCKY);
    browser.open(node.api().url());
    browser.until("the blocks were read", || browser.run("return Boolean(window.letGo)") == true);
    let height = make_blocks(&node, 5..8);
    browser.run("window.letGo()");
    check_latest_blocks(&browser, height);
    let height = make_blocks(&node, 8..9);
    check_latest_blocks(&browser, height);
    browser.run("window.lose = true");
    let height = make_blocks(&node, 9..11);
    check_latest_blocks(&browser, height);
    assert_eq!(browser.run("return window.lose"), false, "the event of a block was lost");
    browser.wait_for("#live", "live");
}
