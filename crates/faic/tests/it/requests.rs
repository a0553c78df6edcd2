//! Payment requests and addresses that are shown, requests that are paid, and receivers that look like others.

use faic_core::{Address, Network};
use serde_json::{Value, json};

use crate::{
    gate::{Gate, Lie},
    process::NodeProcess,
    program::{Faic, on},
};

/// Runs a command that must fail with that exit code and code, and gives the message.
fn refuse(faic: &Faic, command: &[&str], exit: i32, code: &str) -> String {
    let (found, message) = faic.refuse_json(exit, command);
    assert_eq!(found, code, "{message}");
    message
}

/// A request is made without a node, paid as it says, and the receiver sees the memo.
#[test]
fn made_and_paid() {
    let faic = Faic::new();
    faic.import_rich();
    let bob = faic.new_wallet("bob")["address"].as_str().expect("an address").to_owned();
    let ask = ["wallet", "request", "bob", "--amount", "2.5", "--memo", "n° 17", "--label", "Bob", "--expires", "1h"];
    let made = faic.json(&ask);
    let uri = made["uri"].as_str().expect("a text");
    let expires = made["expires"].as_u64().expect("a number");
    assert_eq!(uri, format!("faic:{bob}?amount=2.5&memo=n%C2%B0%2017&label=Bob&expires={expires}"));

    let node = NodeProcess::dev(&faic, "data");
    let paid = faic.json(&on(node.url(), &["pay", "rich", uri]));
    assert_eq!((&paid["state"], &paid["payments"][0]["to"]), (&json!("final"), &json!(bob)));
    let history = faic.json(&["wallet", "history", "bob", "--node", node.url()]);
    let payment = &history["payments"][0];
    assert_eq!((&payment["amount"], &payment["memos"]), (&json!("2500000000"), &json!(["n° 17"])));

    // Somebody who is asked sees what the request says of itself.
    let asked = faic.run(&["wallet", "pay", "rich", uri, "--password-file", "password", "--node", node.url()]);
    assert!(asked.code == 2 && asked.err.contains("calls itself") && asked.err.contains("--yes"), "{}", asked.err);

    // Several receivers are asked for in one request, and paid at once.
    let carol = faic.new_wallet("carol")["address"].as_str().expect("an address").to_owned();
    let ask =
        ["wallet", "request", "bob", "--amount", "1", "--to", "carol=2", "--to", &format!("{bob}=0.5"), "--memo", "x"];
    let uri = faic.json(&ask)["uri"].as_str().expect("a text").to_owned();
    let rest = format!("address.1={carol}&amount.1=2&memo.1=x&address.2={bob}&amount.2=0.5&memo.2=x");
    assert_eq!(uri, format!("faic:{bob}?amount=1&memo=x&{rest}"));
    faic.json(&on(node.url(), &["pay", "rich", &uri]));
    let balances = faic.json(&["wallet", "balance", "bob", "carol", "--account", "0", "--node", node.url()]);
    let of = |place: usize| balances["accounts"][place]["balance"].clone();
    assert_eq!((of(0), of(1)), (json!("4000000000"), json!("2000000000")));

    let open = format!("faic:{bob}?address.1={bob}&amount.1=1");
    faic.json(&on(node.url(), &["pay", "rich", &open, "--amount", "4"]));
    let history = faic.json(&["wallet", "history", "bob", "--node", node.url()]);
    assert_eq!(history["payments"][0]["amount"], json!("5000000000"));
    node.stop();
}

/// What cannot be paid as it is meant is refused before a node is asked.
#[test]
fn refused_requests() {
    let faic = Faic::new();
    let address = faic.new_wallet("ann")["address"].as_str().expect("an address").to_owned();
    let main = faic.json(&["wallet", "new", "main", "--network", "main", "--password-file", "password"]);
    let main = main["address"].as_str().expect("an address");
    let unknown = refuse(&faic, &["wallet", "request", "ann", "--to", "nobody=1"], 1, "wallet_unknown");
    assert!(unknown.contains("nobody"), "{unknown}");
    refuse(&faic, &["wallet", "request", "ann", "--to", "main=1"], 2, "other_network");
    refuse(&faic, &["wallet", "request", "ann", "--to", "ann=0"], 2, "invalid_amount");
    refuse(&faic, &["wallet", "balance", "ann", "--account", "9"], 1, "account_unknown");
    let pay = |query: &str, code: &str| {
        let message = refuse(&faic, &["wallet", "pay", "ann", &format!("faic:{query}"), "--yes"], 2, code);
        assert!(code == "usage" || message.contains("nothing was sent"), "{message}");
    };
    pay(&format!("{address}?amount=1&expires=1700000000"), "payment_request_expired");
    pay(&format!("{address}?amount=1&req-escrow=1"), "invalid_payment_request");
    pay(&format!("{address}?amount=1&amount=2"), "invalid_payment_request");
    pay(&format!("{main}?amount=1"), "other_network");
    pay(&address, "usage");
    let both = ["wallet", "pay", "ann", &format!("faic:{address}?amount=1"), "--amount", "2", "--yes"];
    refuse(&faic, &both, 2, "usage");
    let long = "x".repeat(65);
    refuse(&faic, &["wallet", "request", "ann", "--label", &long], 2, "invalid_payment_request");
}

/// The address is shown alone, and with a code of the same width in every line.
#[test]
fn shown_addresses() {
    let faic = Faic::new();
    faic.import_rich();
    let address = faic.json(&["wallet", "address", "rich"])["address"].as_str().expect("an address").to_owned();
    assert_eq!(faic.run(&["wallet", "address", "rich"]).out, format!("{address}\n"));
    for command in [vec!["wallet", "address", "rich", "--qr"], vec!["wallet", "request", "rich", "--amount", "1"]] {
        let text = faic.run(&command).out;
        let code: Vec<&str> = text.lines().filter(|line| line.contains(['█', '▀', '▄'])).collect();
        assert!(text.contains(&address) && code.len() > 16, "{text}");
        let width = code[0].chars().count();
        assert!(code.iter().all(|line| line.chars().count() == width), "{text}");
    }
    assert!(!faic.run(&["wallet", "request", "rich", "--no-qr"]).out.contains('█'));
}

/// Another address with the same first and last three characters, found by trying.
fn look_alike_of(address: &str) -> String {
    let (network, known) = Address::parse_any(address).expect("an address");
    let last = &address[address.len() - 3..];
    let with = |number: u32| {
        let mut bytes = *known.as_bytes();
        bytes[8..12].copy_from_slice(&number.to_be_bytes());
        Address::from_bytes(bytes).encode(network)
    };
    assert_eq!(network, Network::Dev);
    (0..).map(with).find(|other| other != address && other.ends_with(last)).expect("one in 2^15 does")
}

/// What looks like a known address gets into the book and among the watched addresses only if that is allowed, and is doubted
/// there until it was paid.
#[test]
fn look_alikes_under_a_name() {
    let faic = Faic::new();
    faic.import_rich();
    let carol = Faic::new().new_wallet("carol")["address"].as_str().expect("an address").to_owned();
    let node = NodeProcess::dev(&faic, "data");
    faic.json(&["wallet", "book", "add", "rich", "carol", &carol, "--password-file", "password"]);
    faic.json(&on(node.url(), &["send", "rich", "carol", "1"]));
    let rich = faic.json(&["wallet", "list"])["wallets"][0]["address"].as_str().expect("an address").to_owned();
    let (poison, decoy) = (look_alike_of(&carol), look_alike_of(&rich));

    let add = ["wallet", "book", "add", "rich", "caro", &poison, "--password-file", "password"];
    let line = faic.refuse(1, &add);
    assert!(line.contains("carol of the address book") && line.contains("nothing was written"), "{line}");
    let watch = ["wallet", "watch", &decoy, "--name", "rick"];
    assert!(faic.refuse(1, &watch).contains("the wallet rich"));
    // A program reads one document, also where a person would be warned.
    faic.json(&[&add as &[&str], &["--allow-look-alike"]].concat());
    faic.json(&[&watch as &[&str], &["--allow-look-alike"]].concat());
    for name in ["caro", "rick"] {
        refuse(&faic, &on(node.url(), &["send", "rich", name, "1"]), 1, "look_alike_address");
        faic.json(&on(node.url(), &["send", "rich", name, "1", "--allow-look-alike"]));
        faic.json(&on(node.url(), &["send", "rich", name, "1"]));
    }
    node.stop();
}

/// An address that looks like one of the book, of a wallet or of the history is refused unless it is allowed.
#[test]
fn look_alikes() {
    let faic = Faic::new();
    faic.import_rich();
    let own = faic.new_wallet("own")["address"].as_str().expect("an address").to_owned();
    let elsewhere = Faic::new();
    let [bob, carol] = ["bob", "carol"].map(|name| elsewhere.new_wallet(name)["address"].clone());
    let (bob, carol) = (bob.as_str().expect("an address"), carol.as_str().expect("an address"));
    let node = NodeProcess::dev(&faic, "data");
    faic.json(&["wallet", "book", "add", "rich", "bob", bob, "--password-file", "password"]);
    faic.json(&on(node.url(), &["send", "rich", "bob", "1"]));
    faic.json(&on(node.url(), &["send", "rich", carol, "1"]));

    for (address, what) in [(bob, "bob of the address book"), (&own, "the wallet own"), (carol, "one that you paid")] {
        let other = look_alike_of(address);
        let message = refuse(&faic, &on(node.url(), &["send", "rich", &other, "1"]), 1, "look_alike_address");
        assert!(message.contains(what) && message.contains("nothing was sent"), "{message}");
        let request = format!("faic:{other}?amount=1");
        refuse(&faic, &on(node.url(), &["pay", "rich", &request]), 1, "look_alike_address");
        let asking = ["wallet", "send", "rich", &other, "1", "--password-file", "password", "--node", node.url()];
        let asked = faic.run(&asking);
        assert!(asked.code == 2 && asked.err.contains("compare every character"), "{}", asked.err);
    }
    // Two receivers of one payment, of whom nobody knows which is meant.
    let dave = Faic::new().new_wallet("dave")["address"].as_str().expect("an address").to_owned();
    let both = [format!("{dave}=1"), format!("{}=1", look_alike_of(&dave))];
    let message =
        refuse(&faic, &on(node.url(), &["send", "rich", "--to", &both[0], "--to", &both[1]]), 1, "look_alike_address");
    assert!(message.contains("both to be paid") && message.contains("nothing was sent"), "{message}");
    let other = look_alike_of(carol);
    let allowed = faic.run(&on(node.url(), &["send", "rich", &other, "1", "--allow-look-alike"]));
    assert!(allowed.code == 0 && allowed.err.contains("compare every character"), "{}", allowed.err);
    // Who signs what somebody else built is warned of the same.
    let other = look_alike_of(bob);
    let build = ["wallet", "build", "rich", &other, "1", "--out", "tx", "--password-file", "password"];
    faic.json(&[&build as &[&str], &["--node", node.url()]].concat());
    let sign = ["wallet", "sign", "rich", "tx", "--password-file", "password"];
    let message = refuse(&faic, &[&sign as &[&str], &["--yes"]].concat(), 1, "look_alike_address");
    assert!(message.contains("bob of the address book") && message.contains("nothing was signed"), "{message}");
    let asked = faic.run(&sign);
    assert!(asked.code == 2 && asked.err.contains("compare every character"), "{}", asked.err);
    let allowed = faic.run(&[&sign as &[&str], &["--yes", "--allow-look-alike", "--out", "signed"]].concat());
    assert!(allowed.code == 0 && allowed.err.contains("compare every character"), "{}", allowed.err);
    // Those who are known are paid as before, and are not new; to another wallet they are.
    faic.json(&on(node.url(), &["send", "rich", &own, "5"]));
    for (payer, is_new) in [("rich", false), ("own", true)] {
        let asking = ["wallet", "send", payer, bob, "1", "--password-file", "password", "--node", node.url()];
        let asked = faic.run(&asking).err;
        assert_eq!(asked.contains(&format!("you have not paid {bob} before")), is_new, "{asked}");
    }
    faic.json(&on(node.url(), &["send", "rich", bob, "1"]));
    faic.json(&on(node.url(), &["send", "rich", carol, "1"]));
    node.stop();
}

/// Makes a page end after its newest transaction, as that of large ones does.
fn cut(page: &mut Value) {
    let list = page["transactions"].as_array_mut().expect("a list");
    if list.len() > 1 {
        list.truncate(1);
        let sender = list[0]["transaction"]["sender"].as_str().expect("an address");
        let (_, sender) = Address::parse_any(sender).expect("an address");
        let [height, index] = ["height", "index"].map(|name| list[0][name].as_u64().expect("a number"));
        let mark: String = sender.as_bytes()[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        page["next_cursor"] = json!(format!("{height:016x}{index:08x}{mark}"));
    }
}

/// Makes a page end after its newest transaction and be the last, as that of a node that keeps no more.
fn cut_off(page: &mut Value) {
    cut(page);
    page["next_cursor"] = json!(null);
}

/// Whom the account paid is known also where the node shows less at once than it was asked for; where it shows no more,
/// nothing is said of what it does not show.
#[test]
fn histories_in_parts() {
    let faic = Faic::new();
    faic.import_rich();
    let elsewhere = Faic::new();
    let [bob, carol] = ["bob", "carol"].map(|name| elsewhere.new_wallet(name)["address"].clone());
    let (bob, carol) = (bob.as_str().expect("an address"), carol.as_str().expect("an address"));
    let node = NodeProcess::dev(&faic, "data");
    for to in [carol, bob, bob] {
        faic.json(&on(node.url(), &["send", "rich", to, "1"]));
    }
    let gate = Gate::before(node.url());
    let rich = faic.json(&["wallet", "address", "rich"])["address"].as_str().expect("an address").to_owned();
    let pages = format!("GET /v1/accounts/{rich}/transactions");
    let asked = |more: &[&str]| {
        let asking = ["wallet", "send", "rich", carol, "1", "--password-file", "password", "--node", &gate.url];
        faic.run(&[&asking as &[&str], more].concat()).err
    };

    gate.lie([(&pages, Lie::Changed(cut))]);
    let other = look_alike_of(carol);
    for more in [&[] as &[&str], &["--unverified"]] {
        let command = [&on(&gate.url, &["send", "rich", &other, "1"]) as &[&str], more].concat();
        let message = refuse(&faic, &command, 1, "look_alike_address");
        assert!(message.contains("one that you paid"), "{message}");
        let asked = asked(more);
        assert!(asked.contains(carol) && !asked.contains("paid dfaic1") && !asked.contains("not paid"), "{asked}");
    }
    assert_eq!(gate.asked(&pages), 4 * 3, "a page for each of the transactions");

    gate.lie([(&pages, Lie::Changed(cut_off))]);
    let asked = asked(&[]);
    assert!(asked.contains(&format!("none of your last 1 transaction paid {carol}")), "{asked}");
    faic.write("one.csv", &format!("to,amount\n{carol},1\n"));
    let run = faic.run(&on(&gate.url, &["send-many", "rich", "one.csv"]));
    let told = "warning: 1 receiver whom none of your last 1 transaction paid\n";
    assert_eq!((run.code, run.err.as_str()), (0, told), "{}", run.out);
    node.stop();
}
