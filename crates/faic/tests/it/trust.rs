//! Nodes that lie: a real node behind somebody who changes its answers, and what the wallet says to each lie.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use borsh::{BorshDeserialize, BorshSerialize};
use faic_core::{Amount, Hash, light_client::LightBlock, proof::AccountProof, proof::HistoryProof};
use serde_json::{Value, json};

use crate::{
    process::{NodeProcess, PORTS},
    program::Faic,
};

/// How long a payment may take.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(60);

/// What somebody makes of an answer, who knows the path that was asked for.
type Bend = Box<dyn Fn(&str, &mut Value) + Send>;

/// Somebody between the wallet and a node.
struct Liar {
    /// Where the wallet finds it.
    url: String,
    /// What it does to answers.
    bend: Arc<Mutex<Bend>>,
}

impl Liar {
    /// Stands in front of a node, honest at first; it ends with the test.
    fn before(node: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let bend: Arc<Mutex<Bend>> = Arc::new(Mutex::new(Box::new(|_, _| {})));
        let (node, shared) = (node.to_owned(), Arc::clone(&bend));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &node, &shared);
            }
        });
        Self { url, bend }
    }

    /// Lies from now on.
    fn lie(&self, bend: impl Fn(&str, &mut Value) + Send + 'static) {
        *self.bend.lock().expect("nobody panicked") = Box::new(bend);
    }
}

/// Answers one request.
fn answer(mut stream: TcpStream, node: &str, bend: &Mutex<Bend>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let Some(path) = head.split(' ').nth(1) else { return };
    let mut response = ureq::get(format!("{node}{path}")).call().expect("the node answers");
    let chain = response.headers()["faic-chain-id"].to_str().expect("a name").to_owned();
    let mut body: Value = serde_json::from_slice(&response.body_mut().read_to_vec().expect("a body")).expect("JSON");
    bend.lock().expect("nobody panicked")(path, &mut body);
    let body = body.to_string();
    let written = write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nfaic-chain-id: {chain}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    written.expect("the wallet reads");
}

/// Changes what canonical bytes in base64 stand for.
fn bend<T: BorshSerialize + BorshDeserialize>(text: &mut Value, change: impl Fn(&mut T)) {
    let bytes = BASE64_STANDARD.decode(text.as_str().expect("a text")).expect("base64");
    let mut value: T = borsh::from_slice(&bytes).expect("canonical bytes");
    change(&mut value);
    *text = json!(BASE64_STANDARD.encode(borsh::to_vec(&value).expect("memory")));
}

/// A lie about an account, and what the wallet says to it.
fn about_account(change: impl Fn(&mut Value) + Send + 'static) -> impl Fn(&str, &mut Value) + Send + 'static {
    move |path, body| {
        if path.starts_with("/v1/accounts/") {
            change(body);
        }
    }
}

/// Every field of an account and of its proof that is changed is noticed, and the wallet says what did not match.
#[test]
fn lies_about_an_account() {
    let (faic, node) = network();
    let liar = Liar::before(node.url());
    let balance = ["wallet", "balance", "rich", "--node", &liar.url];
    assert_eq!(faic.json(&balance)["accounts"][0]["proved"], json!(true));
    let people = faic.run(&balance).out;
    assert!(people.contains("Proved at height "), "{people}");
    let light = |change: fn(&mut LightBlock)| {
        about_account(move |body: &mut Value| bend(&mut body["proof"]["light_block"], change))
    };
    let refused = |says: &str| {
        // The trust begins anew, so that what comes first to light does not depend on whether a block was made meanwhile.
        let remembered = faic.path(".local/share/faic/wallets/trust/dev/faic-dev.json");
        if remembered.exists() {
            std::fs::remove_file(remembered).expect("the file is there");
        }
        let line = faic.refuse(1, &balance);
        assert!(line.contains(says), "{says}: {line}");
    };
    liar.lie(about_account(|body| body["balance"] = json!("999")));
    refused("of the balance is not what it proves");
    liar.lie(about_account(|body| body["memo_required"] = json!(true)));
    refused("of the memo_required is not what it proves");
    liar.lie(about_account(|body| body["authority"] = json!("ab".repeat(32))));
    refused("of the authority is not what it proves");
    liar.lie(about_account(|body| body["height"] = json!(1_000_000)));
    refused("of the height is not what it proves");
    liar.lie(about_account(|body| {
        bend(&mut body["proof"]["proof"], |proof: &mut AccountProof| {
            proof.account.as_mut().expect("it was used").balance = Amount::from_nano(7).expect("little");
        });
    }));
    refused("is not the one that the trusted block commits to");
    liar.lie(about_account(|body| {
        bend(&mut body["proof"]["proof"], |proof: &mut AccountProof| proof.account = None);
    }));
    refused("is not the one that the trusted block commits to");
    liar.lie(light(|block| block.header.state_root = Hash::ZERO));
    refused("certificate is not for the header");
    liar.lie(light(|block| {
        block.header.state_root = Hash::ZERO;
        block.certificate.block = block.header.id();
    }));
    refused("certificate of height");
    liar.lie(light(|block| {
        let mut validators: Vec<_> = block.validators.iter().copied().collect();
        validators[0].stake = Amount::from_nano(1).expect("little");
        block.validators = faic_core::block::ValidatorSet::new(validators).expect("a set");
    }));
    refused("names other validators");
    liar.lie(light(|block| block.certificate.signatures.clear()));
    refused("the node's answer does not hold");
    liar.lie(about_account(|body| drop(body.as_object_mut().expect("an object").remove("proof"))));
    refused("gave no proof");
    liar.lie(about_account(|body| body["proof"]["proof"] = json!("AAAA")));
    refused("cannot be read");
    liar.lie(|_, _| {});
    faic.json(&balance);
    let believed = faic.json(&[&balance as &[&str], &["--unverified"]].concat());
    assert_eq!(believed["accounts"][0]["proved"], json!(false));
    node.stop();
}

/// An answer that is older than what was seen is refused, and one that is older than the user allows.
#[test]
fn old_answers() {
    let (faic, node) = network();
    let liar = Liar::before(node.url());
    let balance = ["wallet", "balance", "rich", "--node", &liar.url];
    let kept: Arc<Mutex<Option<Value>>> = Arc::default();
    let keep = Arc::clone(&kept);
    liar.lie(about_account(move |body| {
        keep.lock().expect("nobody panicked").get_or_insert_with(|| body.clone());
    }));
    faic.json(&balance);
    faic.json(&["wallet", "send", "rich", "bob", "1", "--yes", "--password-file", "password", "--node", node.url()]);
    liar.lie(about_account(move |body| *body = kept.lock().expect("nobody panicked").clone().expect("it was kept")));
    let line = faic.refuse(1, &balance);
    assert!(line.contains("was seen before") && line.contains("old"), "{line}");
    let line = faic.refuse(1, &["wallet", "balance", "rich", "--node", node.url(), "--max-age", "0s"]);
    assert!(line.contains("newest block is") && line.contains("--max-age"), "{line}");
    node.stop();
}

/// A node does not get out of proving by saying that its chain has no block.
#[test]
fn lies_about_the_chain() {
    let (faic, node) = network();
    let liar = Liar::before(node.url());
    let checkpoint = format!("1:{}", "ab".repeat(32));
    let balance = ["wallet", "balance", "rich", "--node", &liar.url];
    let status = |change: fn(&mut Value)| {
        move |path: &str, body: &mut Value| {
            if path == "/v1/status" {
                change(body);
            }
        }
    };
    // The first block is waited for.
    faic.json(&balance);
    liar.lie(status(|body| body["height"] = json!(0)));
    let line = faic.refuse(1, &[&balance as &[&str], &["--checkpoint", &checkpoint]].concat());
    assert!(line.contains("the node's answer does not hold"), "{line}");
    // Without a block to begin at, nothing of another network is believed that cannot be proved.
    liar.lie(status(|body| {
        (body["height"], body["network"], body["chain_id"]) = (json!(0), json!("main"), json!("faic-main"));
    }));
    let address = faic_core::Address::from_bytes([7; 32]).encode(faic_core::Network::Main);
    let line = faic.refuse(1, &["wallet", "balance", &address, "--node", &liar.url]);
    assert!(line.contains("nothing it says can be proved") && line.contains("--unverified"), "{line}");
    node.stop();
}

/// A chain can be trusted from its genesis document on; a node that follows another one is refused, and so is a document
/// whose validators may have taken their stake back.
#[test]
fn begins_at_a_genesis() {
    let faic = Faic::new();
    faic.init_chain("data", "faic-x");
    faic.init_chain("other", "faic-y");
    let node = NodeProcess::start(&faic, &[&["node", "--data-dir", "data", "--validator"] as &[&str], &PORTS].concat());
    let begin = ["wallet", "balance", "operator", "--node", node.url(), "--genesis"];
    let with = |more: &[&'static str]| [&begin as &[&str], more].concat();
    let run = faic.run(&with(&["faic-x.toml"]));
    assert!(run.out.contains("Proved at height ") && run.err.is_empty(), "{}{}", run.out, run.err);
    let line = faic.refuse(1, &with(&["faic-y.toml"]));
    assert!(line.contains("follows the chain faic-x") && line.contains("faic-y.toml"), "{line}");
    let line = faic.refuse(1, &with(&["faic-x.toml", "--trust-period", "1ms"]));
    assert!(line.contains("too old to be built on") && line.contains("--checkpoint"), "{line}");
    // A node that answers for a chain of the same name and another beginning.
    let liar = Liar::before(node.url());
    let genesis = faic.json(&["genesis", "check", "faic-y.toml"])["id"].clone();
    liar.lie(move |path, body| {
        if path == "/v1/status" {
            (body["genesis"], body["chain_id"]) = (genesis.clone(), json!("faic-y"));
        }
    });
    let line = faic.refuse(1, &["wallet", "balance", "operator", "--node", &liar.url, "--genesis", "faic-y.toml"]);
    assert!(line.contains("do not use it"), "{line}");
    // And one that names another chain, so that what is signed is for that one.
    liar.lie(|path, body| {
        if path == "/v1/status" {
            body["chain_id"] = json!("faic-y");
        }
    });
    let line = faic.refuse(1, &["wallet", "balance", "operator", "--node", &liar.url, "--genesis", "faic-x.toml"]);
    assert!(line.contains("follows the chain faic-y"), "{line}");
    // Nor does it get out of proving by saying that its chain has no block.
    std::fs::remove_file(faic.path(".local/share/faic/wallets/trust/dev/faic-x.json")).expect("it was remembered");
    liar.lie(|path, body| match path {
        "/v1/status" => body["height"] = json!(0),
        path if path.starts_with("/v1/accounts/") => body["balance"] = json!("999"),
        _ => {}
    });
    let line = faic.refuse(1, &["wallet", "balance", "operator", "--node", &liar.url, "--genesis", "faic-x.toml"]);
    assert!(line.contains("do not use it"), "{line}");
    node.stop();
}

/// A genesis document that is too old to begin at hinders nobody who began there, and nobody is believed in its place.
#[test]
fn an_old_genesis() {
    let faic = Faic::new();
    faic.init_chain_with("data", "faic-x", &["--time-ms", "1600000000000"]);
    let node = NodeProcess::start(&faic, &[&["node", "--data-dir", "data", "--validator"] as &[&str], &PORTS].concat());
    let balance = ["wallet", "balance", "operator", "--node", node.url()];
    let by_document = [&balance as &[&str], &["--genesis", "faic-x.toml"]].concat();
    let line = faic.refuse(1, &by_document);
    assert!(line.contains("too old to be built on") && line.contains("--checkpoint"), "{line}");
    // What was believed on the node's word does not stand for the document.
    faic.json(&balance);
    assert!(faic.refuse(1, &by_document).contains("too old to be built on"));
    faic.json(&[&by_document as &[&str], &["--trust-period", "100years"]].concat());
    faic.json(&by_document);
    node.stop();
}

/// Somebody who forges a chain and is the first to be asked is found out by whoever names the true genesis or a true block,
/// although blocks of the forged chain are remembered.
#[test]
fn first_contact_with_a_forger() {
    let (faic, forger) = (Faic::new(), Faic::new());
    faic.init_chain("data", "faic-x");
    forger.init_chain("data", "faic-x");
    let own = ["node", "--data-dir", "data", "--validator"];
    let node = NodeProcess::start(&faic, &[&own as &[&str], &PORTS].concat());
    let forged = NodeProcess::start(&forger, &[&own as &[&str], &PORTS].concat());
    let liar = Liar::before(forged.url());
    let genesis = faic.json(&["genesis", "check", "faic-x.toml"])["id"].clone();
    liar.lie(move |path, body| {
        if path == "/v1/status" {
            body["genesis"] = genesis.clone();
        }
    });
    let lied = ["wallet", "balance", "operator", "--node", &liar.url];
    let told = faic.run(&lied);
    assert!(told.code == 0 && told.err.contains("is trusted on the word of"), "{}{}", told.out, told.err);
    let by = |url: &str, option: &str, value: &str| {
        faic.run(&["wallet", "balance", "operator", "--node", url, option, value])
    };
    for _ in 0..2 {
        let run = by(&liar.url, "--genesis", "faic-x.toml");
        assert!(run.code == 1 && run.err.contains("do not use it"), "{}{}", run.out, run.err);
    }
    let run = by(node.url(), "--genesis", "faic-x.toml");
    assert!(run.code == 0 && run.out.contains("Proved at height "), "{}{}", run.out, run.err);
    // What began at the genesis is gone on from, and no node is believed against it.
    faic.json(&["wallet", "balance", "operator", "--node", node.url()]);
    let line = faic.refuse(1, &lied);
    assert!(line.contains("seen before") || line.contains("do not use it"), "{line}");
    // The same with a block that is named.
    let bytes = ureq::get(format!("{}/v1/blocks/1", node.url())).call().expect("it answers").body_mut().read_to_vec();
    let block: Value = serde_json::from_slice(&bytes.expect("a body")).expect("JSON");
    let checkpoint = format!("1:{}", block["id"].as_str().expect("an id"));
    std::fs::remove_file(faic.path(".local/share/faic/wallets/trust/dev/faic-x.json")).expect("it was remembered");
    faic.json(&lied);
    let run = by(&liar.url, "--checkpoint", &checkpoint);
    assert!(run.code == 1 && run.err.contains("not the named checkpoint"), "{}{}", run.out, run.err);
    let run = by(node.url(), "--checkpoint", &checkpoint);
    assert!(run.code == 0 && run.out.contains("Proved at height "), "{}{}", run.out, run.err);
    forged.stop();
    node.stop();
}

/// A chain that is known on one network is none of another, whatever a node says: what is signed for the one would hold on
/// the other.
#[test]
fn chain_of_another_network() {
    let (faic, node) = network();
    let liar = Liar::before(node.url());
    let balance = ["wallet", "balance", "rich", "--node", node.url()];
    faic.json(&balance);
    // Everybody knows of the development network what it is.
    liar.lie(|path, body| {
        if path == "/v1/status" {
            body["network"] = json!("main");
        }
    });
    let address = faic_core::Address::from_bytes([7; 32]).encode(faic_core::Network::Main);
    for more in [&[] as &[&str], &["--unverified"]] {
        let line = faic.refuse(1, &[&["wallet", "balance", &address, "--node", &liar.url], more].concat());
        assert!(line.contains("faic-dev is of the main network") && line.contains("of the dev network"), "{line}");
    }
    // Of others it was seen before.
    std::fs::create_dir_all(faic.path(".local/share/faic/wallets/trust/main")).expect("a folder of ours");
    let remembered =
        |network: &str, chain: &str| faic.path(&format!(".local/share/faic/wallets/trust/{network}/{chain}.json"));
    std::fs::copy(remembered("dev", "faic-dev"), remembered("main", "faic-dev")).expect("it was remembered");
    let line = faic.refuse(1, &balance);
    assert!(line.contains("of the main network") && line.contains("trust/main/faic-dev.json"), "{line}");
    node.stop();
}

/// A question before something is signed names the chain that it is for.
#[test]
fn questions_name_the_chain() {
    let (faic, node) = network();
    let asked = faic.run(&["wallet", "send", "rich", "bob", "1", "--password-file", "password", "--node", node.url()]);
    assert!(asked.code == 2 && asked.err.contains("chain          faic-dev"), "{}", asked.err);
    let changed = ["wallet", "settings", "rich", "--memo-required", "on", "--password-file", "password"];
    let asked = faic.run(&[&changed as &[&str], &["--node", node.url()]].concat());
    assert!(asked.code == 2 && asked.err.contains("chain          faic-dev"), "{}", asked.err);
    faic.write("one.csv", "to,amount\nbob,1\n");
    let many = ["wallet", "send-many", "rich", "one.csv", "--password-file", "password", "--node", node.url()];
    let asked = faic.run(&many);
    assert!(asked.code == 2 && asked.err.contains("chain          faic-dev"), "{}", asked.err);
    node.stop();
}

/// The network of a key of another program is not decided by a node without a person seeing it.
#[test]
fn network_of_an_imported_key() {
    let (faic, node) = network();
    faic.write("key.json", "{}");
    let import = ["wallet", "import-web3", "key", "key.json", "--node", node.url()];
    let import = [&import as &[&str], &["--file-password-file", "password", "--password-file", "password"]].concat();
    let run = faic.run(&[&import as &[&str], &["--json"]].concat());
    assert!(run.code == 2 && run.err.contains("--network main, test or dev"), "{}", run.err);
    let run = faic.run(&import);
    assert!(run.err.starts_with("note: the wallet is for the dev network, as http://"), "{}", run.err);
    node.stop();
}

/// In a history nothing can be left out, swapped or changed; a page that goes on from another is checked like the first.
#[test]
fn lies_about_a_history() {
    let (faic, node) = network();
    for amount in ["1", "2", "3"] {
        let pay = ["wallet", "send", "rich", "bob", amount, "--yes", "--password-file", "password"];
        faic.json(&[&pay as &[&str], &["--node", node.url()]].concat());
    }
    let liar = Liar::before(node.url());
    let history = ["wallet", "history", "bob", "--limit", "2", "--node", &liar.url];
    let first = faic.json(&history);
    assert!(first["proved_at"].is_u64(), "{first}");
    let amounts = |page: &Value| -> Vec<String> {
        let payments = page["payments"].as_array().expect("a list");
        payments.iter().map(|payment| payment["amount_faic"].as_str().expect("a text").to_owned()).collect()
    };
    assert_eq!(amounts(&first), ["3", "2"]);
    let cursor = first["next_cursor"].as_str().expect("there is more").to_owned();
    let second = faic.json(&[&history as &[&str], &["--cursor", &cursor]].concat());
    assert_eq!(amounts(&second), ["1"]);
    let about = |change: fn(&mut Vec<Value>)| {
        move |path: &str, body: &mut Value| {
            if path.contains("/transactions?") {
                change(body["transactions"].as_array_mut().expect("a list"));
            }
        }
    };
    let lies: [fn(&mut Vec<Value>); 4] = [
        |list| drop(list.remove(0)),
        |list| list.reverse(),
        |list| list[1] = list[0].clone(),
        |list| {
            bend(&mut list[0]["proof"], |proof: &mut HistoryProof| {
                proof.receipt.fee = Amount::from_nano(1).expect("little");
            });
        },
    ];
    for lie in lies {
        liar.lie(about(lie));
        let line = faic.refuse(1, &history);
        assert!(line.contains("the account's history has another transaction"), "{line}");
    }
    // A node that shows nothing, or not all, can't pass for one that has shown everything.
    liar.lie(about(Vec::clear));
    assert!(faic.refuse(1, &history).contains("shows nothing"));
    liar.lie(|path, body| {
        if path.contains("/transactions?") {
            body["transactions"] = json!([]);
            body["next_cursor"] = json!(null);
        }
    });
    assert_eq!(faic.json(&history)["older"], json!(3));
    assert!(faic.run(&history).out.contains("3 older transactions, which this node does not show"));
    // What is shown is what was proved, whatever else the node says.
    liar.lie(about(|list| list[0]["transaction"]["memo"] = json!("pay me again")));
    assert_eq!(faic.json(&history)["payments"], first["payments"]);
    node.stop();
}

/// A node that denies a payment, or hides it, does not make the wallet forget it: its end is proved or not known.
#[cfg(unix)]
#[test]
fn lies_about_an_own_payment() {
    use crate::gate::{Gate, Passage};
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::HeldAfter]);
    let pay = ["wallet", "send", "rich", "bob", "1", "--yes", "--password-file", "password", "--node", &gate.url];
    let mut child = faic.command(&pay).spawn().expect("the program was just built");
    gate.wait_until_held();
    child.kill().expect("the process is ours");
    child.wait().expect("the process is ours");
    let bob = ["wallet", "balance", "bob", "--node", node.url()];
    let deadline = Instant::now() + PATIENCE;
    while faic.json(&bob)["accounts"][0]["balance"] == json!("0") {
        assert!(Instant::now() < deadline, "the payment did not become final");
    }

    let liar = Liar::before(node.url());
    let history = ["wallet", "history", "rich", "--node", &liar.url];
    let denied = |path: &str, body: &mut Value| {
        if path.starts_with("/v1/transactions/") {
            *body = json!({ "state": "expired" });
        }
    };
    liar.lie(move |path, body| {
        denied(path, body);
        if path.contains("/transactions?") {
            body["transactions"] = json!([]);
            body["next_cursor"] = json!(null);
        }
    });
    let page = faic.json(&history);
    assert_eq!((page["pending"].as_array().map(Vec::len), &page["older"]), (Some(1), &json!(1)));
    liar.lie(denied);
    // The history proves that it is final, whatever else the node says.
    let page = faic.json(&history);
    assert_eq!((page["pending"].clone(), page["payments"].as_array().map(Vec::len)), (json!([]), Some(1)));
    node.stop();
}

/// A program with the wallets `rich` and `bob`, and a development network.
fn network() -> (Faic, NodeProcess) {
    let faic = Faic::new();
    faic.import_rich();
    faic.new_wallet("bob");
    let node = NodeProcess::dev(&faic, "data");
    (faic, node)
}
