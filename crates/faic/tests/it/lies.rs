//! Nodes that lie, are busy or hide something: none of that makes a payment twice, or loses the knowledge of one.

use faic_core::{Address, Network};
use serde_json::{Value, json};

use crate::{
    background::{balance_of, kill, kill_at, network, pay, resume, slow_network, start, states, wait_until, waiting},
    gate::{Gate, Lie, Passage, SUBMISSION},
    process::{NodeProcess, PORTS},
};

/// The codes of refusals that hold for the moment only.
const FOR_THE_MOMENT: [&str; 5] =
    ["mempool_full", "too_many_waiting", "sequence_too_far", "rate_limited", "overloaded"];
/// How questions about a transaction begin.
const TRANSACTION: &str = "GET /v1/transactions/";
/// How questions about an account's history begin.
const HISTORY: &str = "GET /v1/accounts/";

/// The only state of the answer of `resume`.
fn resumed(answer: &Value) -> &str {
    assert_eq!(answer["transactions"].as_array().map(Vec::len), Some(1), "{answer}");
    answer["transactions"][0]["state"].as_str().expect("a state")
}

/// A refusal for the moment lowers nothing of what is known, however far the payment had come, and the payment can still go.
#[test]
fn refused_for_the_moment() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &pay("rich", &gate.url, &[]));
    for (kept, shown, paid) in [("built", "built", "1000000000"), ("left", "submitted", "2000000000")] {
        for code in FOR_THE_MOMENT {
            gate.lie([(SUBMISSION, Lie::Kept(503, code))]);
            let answer = faic.json(&resume(&gate.url, &["--timeout", "5"]));
            assert_eq!((resumed(&answer), states(&faic, "rich").contains(&kept.to_owned())), (shown, true), "{code}");
        }
        assert_ne!(balance_of(&faic, "bob", node.url()), json!(paid));
        // A refusal of the transaction itself is told as one, and is not believed for good either.
        gate.lie([(SUBMISSION, Lie::Kept(422, "insufficient_balance"))]);
        assert_eq!(resumed(&faic.json(&resume(&gate.url, &["--timeout", "5"]))), "refused");
        gate.lie([]);
        assert_eq!(resumed(&faic.json(&resume(&gate.url, &[]))), "final");
        assert_eq!(balance_of(&faic, "bob", node.url()), json!(paid));
        // The next one is left, and never comes to the node.
        gate.plan(&[Passage::Swallowed]);
        faic.json(&pay("rich", &gate.url, &["--no-wait"]));
    }
    node.stop();
}

/// That a node refused a payment is no proof that it is never made, so it is told until when it may be. A refusal with a
/// code that nobody knows is not taken for one at all: the payment holds up the next one.
#[test]
fn refusals_are_told_as_undecided() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.lie([(SUBMISSION, Lie::Kept(422, "insufficient_balance"))]);
    let line = faic.refuse(1, &pay("rich", &gate.url, &[]));
    assert!(line.contains("was refused") && line.contains("may still become final all the same, by height "), "{line}");
    assert_eq!(states(&faic, "rich"), ["refused"]);
    gate.lie([(SUBMISSION, Lie::Kept(409, "refused_for_a_new_reason"))]);
    let line = faic.refuse(1, &pay("rich", &gate.url, &["--valid-for", "77"]));
    assert!(line.contains("may have been sent"), "{line}");
    assert_eq!(states(&faic, "rich"), ["built", "refused"]);
    let line = faic.refuse(1, &pay("rich", node.url(), &[]));
    assert!(line.contains("undecided"), "{line}");
    let rejected = || json!({"state": "rejected", "reason": "It is not wanted."});
    gate.lie([(TRANSACTION, Lie::Instead(rejected))]);
    gate.plan(&[Passage::Swallowed]);
    let line = faic.refuse(1, &pay("rich", &gate.url, &["--despite-undecided", "--lane", "1"]));
    assert!(
        line.contains("was rejected") && line.contains("may still become final all the same, by height "),
        "{line}"
    );
    node.stop();
}

/// A command that only sends a payment again excuses it in no other lane.
#[test]
fn resuming_is_not_making() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &pay("rich", &gate.url, &[]));
    gate.plan(&[Passage::HeldBefore]);
    let resuming = start(&faic, &resume(&gate.url, &[]));
    gate.wait_until_held();
    let line = faic.refuse(1, &pay("rich", node.url(), &["--lane", "2"]));
    assert!(line.contains("undecided"), "{line}");
    kill(resuming);
    node.stop();
}

/// What a node says of the end of an earlier payment is not believed without a proof, also where its word is taken: that it
/// is busy, that it never heard of it, that it expired.
#[test]
fn said_to_have_ended() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldAfter], &pay("rich", &gate.url, &["--valid-for", "4"]));
    let more: [&[&str]; 2] = [&[], &["--unverified"]];
    gate.lie([(TRANSACTION, Lie::Refused(503, "overloaded"))]);
    for more in more {
        assert!(faic.refuse(1, &resume(&gate.url, more)).contains("overloaded"));
        assert!(faic.refuse(1, &pay("rich", &gate.url, more)).contains("overloaded"));
    }
    let lies = [Lie::Refused(404, "transaction_unknown"), Lie::Changed(|answer| *answer = json!({"state": "expired"}))];
    for lie in lies {
        gate.lie([(TRANSACTION, lie), (SUBMISSION, Lie::Kept(409, "transaction_expired"))]);
        let line = faic.refuse(1, &pay("rich", &gate.url, &["--unverified"]));
        assert!(line.contains("undecided"), "{line}");
        let answer = faic.json(&resume(&gate.url, &["--unverified", "--timeout", "5"]));
        assert_eq!((resumed(&answer), states(&faic, "rich")), ("built", vec!["built".to_owned()]));
        let text = faic.run(&resume(&gate.url, &["--unverified", "--timeout", "5"])).out;
        assert!(text.contains("Only with a proof"), "{text}");
    }
    gate.lie([]);
    assert_eq!(resumed(&faic.json(&resume(&gate.url, &[]))), "final");
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}

/// What may still become final elsewhere is counted and told, and is not sent to a chain that it is not for.
#[test]
fn of_another_chain() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    kill_at(&faic, &gate, &[Passage::HeldBefore], &pay("rich", &gate.url, &[]));
    faic.init_chain("other", "faic-other");
    let other = NodeProcess::start(&faic, &[&["node", "--data-dir", "other"] as &[&str], &PORTS].concat());
    let answer = faic.json(&resume(other.url(), &[]));
    assert_eq!((&answer["transactions"], &answer["left_out"]), (&json!([]), &json!(1)));
    let text = faic.run(&resume(other.url(), &[])).out;
    assert!(text.starts_with("1 more may still become final, on another chain"), "{text}");
    other.stop();
    let answer = faic.json(&resume(node.url(), &[]));
    assert_eq!((resumed(&answer), &answer["left_out"]), ("final", &json!(0)));
    node.stop();
}

/// The place of a payment that was refused is not free for the next one where the node had it after all: a node that hides
/// in which block it is does not make it paid twice.
#[test]
fn used_place_is_hidden() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.lie([(SUBMISSION, Lie::Refused(503, "mempool_full"))]);
    faic.refuse(1, &pay("rich", &gate.url, &[]));
    wait_until("the payment is not final", || balance_of(&faic, "bob", node.url()) == json!("1000000000"));
    // It shows no history, as a node that began at a snapshot does.
    let hidden = |answer: &mut Value| {
        if answer.get("transactions").is_some() {
            answer["transactions"] = json!([]);
            answer["next_cursor"] = Value::Null;
        }
    };
    gate.lie([(TRANSACTION, Lie::Refused(404, "transaction_unknown")), (HISTORY, Lie::Changed(hidden))]);
    let line = faic.refuse(1, &pay("rich", &gate.url, &[]));
    assert!(line.contains("undecided"), "{line}");
    assert_eq!(states(&faic, "rich"), ["refused"]);
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}

/// The place of a payment that was refused, and waits at the node all the same, is taken by the next one, so that no more
/// than one of them can become final.
#[test]
fn refused_and_waiting() {
    let (faic, node) = slow_network();
    let gate = Gate::before(node.url());
    gate.lie([(SUBMISSION, Lie::Refused(503, "mempool_full"))]);
    faic.refuse(1, &pay("operator", &gate.url, &[]));
    gate.lie([]);
    let line = faic.refuse(1, &pay("operator", &gate.url, &["--valid-for", "77"]));
    assert!(line.contains("was refused") && line.contains("replacement_fee_too_low"), "{line}");
    assert_eq!(waiting(node.url()), 1);
    node.stop();
}

/// Of two parts of a file that were both refused, the first has no free place: what took it would let the second go.
#[test]
fn something_waits_behind() {
    let (faic, node) = network();
    let bob = faic.json(&["wallet", "address", "bob"])["address"].as_str().expect("an address").to_owned();
    faic.write("many.csv", &("to,amount\n".to_owned() + &format!("{bob},0.001\n").repeat(300)));
    let gate = Gate::before(node.url());
    let many = ["wallet", "send-many", "rich", "many.csv", "--yes", "--password-file", "password"];
    let many = [&many as &[&str], &["--node", &gate.url]].concat();
    kill_at(&faic, &gate, &[Passage::Swallowed, Passage::HeldBefore], &many);
    gate.lie([(SUBMISSION, Lie::Kept(422, "insufficient_balance"))]);
    faic.json(&resume(&gate.url, &["--timeout", "5"]));
    assert_eq!(states(&faic, "rich"), ["refused", "refused"]);
    gate.lie([]);
    let line = faic.refuse(1, &pay("rich", &gate.url, &[]));
    assert!(line.contains("undecided"), "{line}");
    faic.json(&many);
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("300000000"));
    node.stop();
}

/// A payment that the node says is expired, and whose history proves it final, is one to tell of: the failure may never be
/// read, so the same is not paid again before `resume` has told it.
#[test]
fn final_is_said_to_have_expired() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    gate.lie([(TRANSACTION, Lie::Changed(|answer| *answer = json!({"state": "expired"})))]);
    let line = faic.refuse(1, &pay("rich", &gate.url, &[]));
    assert!(line.contains("is final at height") && line.contains("says that it expired"), "{line}");
    assert_eq!(states(&faic, "rich"), ["found"]);
    gate.lie([]);
    let line = faic.refuse(1, &pay("rich", &gate.url, &[]));
    assert!(line.contains("the same was paid before"), "{line}");
    assert_eq!(resumed(&faic.json(&resume(&gate.url, &[]))), "final");
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}

/// What the node says beside the proof of what a payment did, and is not so, is no answer.
#[test]
fn lies_about_a_receipt() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    let lies = [
        ("height", Lie::Changed(|answer| answer["height"] = json!(1_000_000))),
        ("payer", Lie::Changed(|answer| answer["receipt"]["payer"] = json!("nobody"))),
        ("fee", Lie::Changed(|answer| answer["receipt"]["fee"] = json!("7"))),
        ("sender_balance", Lie::Changed(|answer| answer["receipt"]["sender_balance"] = json!("7"))),
    ];
    for ((field, lie), amount) in lies.into_iter().zip(["1", "2", "3", "4"]) {
        gate.lie([(TRANSACTION, lie)]);
        let send =
            ["wallet", "send", "rich", "bob", amount, "--yes", "--password-file", "password", "--node", &gate.url];
        let line = faic.refuse(1, &send);
        assert!(line.contains(&format!("of the {field} is not what it proves")), "{line}");
    }
    node.stop();
}

/// A file is not paid anew on a node's word that a part of it expired, whether that is believed or not.
#[test]
fn part_is_said_to_have_expired() {
    let (faic, node) = network();
    faic.write("one.csv", "to,amount\nbob,1\n");
    let gate = Gate::before(node.url());
    let many = ["wallet", "send-many", "rich", "one.csv", "--yes", "--password-file", "password", "--timeout", "5"];
    let many = |more: &[&'static str]| [&many as &[&str], &["--node", &gate.url], more].concat();
    kill_at(&faic, &gate, &[Passage::HeldAfter], &many(&["--valid-for", "4"]));
    wait_until("the payment is not final", || balance_of(&faic, "bob", node.url()) == json!("1000000000"));
    let expired = Lie::Changed(|answer| *answer = json!({"state": "expired"}));
    gate.lie([(TRANSACTION, expired), (SUBMISSION, Lie::Kept(409, "transaction_expired"))]);
    let line = faic.refuse(1, &many(&["--unverified"]));
    assert!(
        line.starts_with("at least 0 of 1 payments are final, and up to 1 more were sent")
            && line.contains("without --unverified"),
        "{line}"
    );
    gate.lie([]);
    let paid = faic.json(&many(&[]));
    assert_eq!(paid["payments"], json!(1));
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("1000000000"));
    node.stop();
}

/// What another command writes down while this one waits for the lane counts, and what the user left stays so.
#[test]
#[cfg(target_os = "linux")]
fn read_again_in_the_lane() {
    let (faic, node) = slow_network();
    let gate = Gate::before(node.url());
    gate.plan(&[Passage::Late]);
    let mut paying = start(&faic, &pay("operator", &gate.url, &["--no-wait"]));
    gate.wait_until_held();
    let mut resuming = start(&faic, &["wallet", "resume", "operator", "--node", node.url(), "--timeout", "5"]);
    let waits_for_lane = || {
        let open = std::fs::read_dir(format!("/proc/{}/fd", resuming.id())).expect("it runs");
        open.flatten()
            .any(|file| std::fs::read_link(file.path()).is_ok_and(|to| to.to_string_lossy().ends_with(".lock")))
    };
    wait_until("the other command did not come to the lane", waits_for_lane);
    assert!(states(&faic, "operator").contains(&"built".to_owned()));
    gate.let_pass();
    assert!(paying.wait().expect("the process is ours").success());
    assert!(resuming.wait().expect("the process is ours").success());
    assert_eq!(states(&faic, "operator"), ["final", "left"]);
    faic.json(&pay("operator", node.url(), &["--no-wait"]));
    node.stop();
}

/// A node that answers at once, again and again, is not asked without a pause: so many times in two seconds at most.
#[test]
fn asked_with_pauses() {
    const ASKED_MAX: usize = 20;
    let (faic, node) = network();
    faic.write("one.csv", "to,amount\nbob,1\n");
    let gate = Gate::before(node.url());
    let pooled = Lie::Changed(|answer| *answer = json!({"state": "pooled"}));
    let unknown = Lie::Refused(404, "transaction_unknown");
    let asked = || gate.asked(TRANSACTION) + gate.asked(SUBMISSION);
    let many = ["wallet", "send-many", "rich", "one.csv", "--yes", "--password-file", "password"];
    let commands = [
        (1, pay("rich", &gate.url, &["--timeout", "2"])),
        (0, resume(&gate.url, &["--timeout", "2"])),
        (1, [&many as &[&str], &["--timeout", "2", "--despite-undecided", "--node", &gate.url]].concat()),
    ];
    for (code, command) in commands {
        for lie in [pooled, unknown, Lie::Refused(503, "rate_limited")] {
            gate.lie([(TRANSACTION, lie)]);
            gate.plan(&[Passage::Swallowed; 100]);
            let before = asked();
            let run = faic.run(&command);
            let times = asked() - before;
            assert!(times <= ASKED_MAX, "{command:?}: {times} times");
            assert!(run.code == code || run.code == 1, "{command:?}: {}", run.err);
        }
    }
    node.stop();
}

/// The history of a node that pages for ever comes to an end, and there is no file of it.
#[test]
fn pages_without_end() {
    let (faic, node) = network();
    faic.json(&pay("rich", node.url(), &[]));
    faic.json(&pay("rich", node.url(), &[]));
    let gate = Gate::before(node.url());
    let history = ["wallet", "history", "rich", "--format", "csv", "--out", "all.csv", "--node", &gate.url];
    let empty = |answer: &mut Value| {
        if answer.get("transactions").is_some() {
            answer["transactions"] = json!([]);
            answer["next_cursor"] = json!(format!("{:016x}{:08x}", 1, 0));
        }
    };
    let again = |answer: &mut Value| {
        if let Some(sender) = answer["transactions"][0]["transaction"]["sender"].as_str() {
            let sender = Address::parse(sender, Network::Dev).expect("an address");
            answer["next_cursor"] = json!("f".repeat(24) + &hex::encode(&sender.as_bytes()[..4]));
        }
    };
    let said: &[&str] = &["--unverified"];
    let cases: [(_, &[&str], _); 3] = [
        (Lie::Changed(empty), &[], "shows nothing"),
        (Lie::Changed(empty), said, "shows nothing"),
        (Lie::Changed(again), said, "again or out of their order"),
    ];
    for (lie, more, reason) in cases {
        gate.lie([(HISTORY, lie)]);
        let before = gate.asked(HISTORY);
        let line = faic.refuse(1, &[&history as &[&str], more].concat());
        assert!(line.contains(reason) && gate.asked(HISTORY) - before <= 4, "{line}");
        assert!(!faic.path("all.csv").exists());
    }
    // Where the pages are proved the next one begins where this one ended, whatever the node says.
    assert_eq!(faic.json(&history)["transactions"], json!(2));
    node.stop();
}

/// The answer about a transaction in a block.
fn said_final() -> Value {
    json!({"state": "final", "height": 1, "index": 0, "receipt": {"payer": "", "fee": "1", "sender_balance": "1"}})
}

/// What a node says to be final, and is not, is checked by the next command that wants a proof: the payment is held up as
/// undecided, and still becomes final. So is a file that it says to be paid.
#[test]
fn said_to_be_final() {
    let (faic, node) = network();
    faic.write("one.csv", "to,amount\nbob,2\n");
    let gate = Gate::before(node.url());
    let many = ["wallet", "send-many", "rich", "one.csv", "--yes", "--password-file", "password", "--node", &gate.url];
    gate.plan(&[Passage::Swallowed, Passage::Swallowed]);
    gate.lie([(TRANSACTION, Lie::Instead(said_final))]);
    faic.json(&pay("rich", &gate.url, &["--unverified"]));
    let history = faic.json(&["wallet", "history", "rich", "--unverified", "--node", &gate.url]);
    assert_eq!((&history["pending"], states(&faic, "rich")), (&json!([]), vec!["said".to_owned()]));
    faic.json(&[&many as &[&str], &["--unverified", "--lane", "1"]].concat());
    assert_eq!(states(&faic, "rich"), ["said", "said"]);
    gate.lie([]);
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("0"));
    let line = faic.refuse(1, &pay("rich", &gate.url, &[]));
    assert!(line.contains("undecided"), "{line}");
    let answer = faic.json(&resume(&gate.url, &[]));
    assert_eq!(answer["transactions"].as_array().map(Vec::len), Some(2), "{answer}");
    assert_eq!(states(&faic, "rich"), ["final", "final"]);
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("3000000000"));
    assert!(faic.refuse(1, &many).contains("were made before"));
    node.stop();
}

/// A file of which a node said that it is paid, and is not, is gone on with by the command that wants a proof.
#[test]
fn file_is_said_to_be_paid() {
    let (faic, node) = network();
    faic.write("one.csv", "to,amount\nbob,2\n");
    let gate = Gate::before(node.url());
    let many = ["wallet", "send-many", "rich", "one.csv", "--yes", "--password-file", "password", "--node", &gate.url];
    gate.plan(&[Passage::Swallowed]);
    gate.lie([(TRANSACTION, Lie::Instead(said_final))]);
    faic.json(&[&many as &[&str], &["--unverified"]].concat());
    assert!(faic.refuse(1, &[&many as &[&str], &["--unverified"]].concat()).contains("were made before"));
    gate.lie([]);
    faic.json(&many);
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("2000000000"));
    assert!(faic.refuse(1, &many).contains("were made before"));
    node.stop();
}

/// A fee that a node makes large is shown beside the usual one, and remarked on also where nobody is asked.
#[test]
fn lies_about_the_base_fee() {
    let (faic, node) = network();
    let gate = Gate::before(node.url());
    faic.write("many.csv", "to,amount\nbob,1\n");
    let question = ["wallet", "send", "rich", "bob", "1", "--password-file", "password", "--node", &gate.url];
    let asked = faic.run(&question);
    assert!(asked.code == 2 && !asked.err.contains("where the network is not busy"), "{}", asked.err);
    gate.lie([("GET /v1/status", Lie::Changed(|answer| answer["base_fee_per_byte"] = json!("2800")))]);
    let asked = faic.run(&question);
    assert!(asked.code == 2 && asked.err.contains(" FAIC where the network is not busy\n"), "{}", asked.err);
    let file = ["wallet", "send-many", "rich", "many.csv", "--yes", "--password-file", "password", "--node", &gate.url];
    for command in [pay("rich", &gate.url, &[]), file.to_vec()] {
        let run = faic.run(&command);
        assert!(
            run.code == 0 && run.err.contains("is 280 times what it is where the network is not busy"),
            "{}",
            run.err
        );
    }
    assert_eq!(balance_of(&faic, "bob", node.url()), json!("2000000000"));
    node.stop();
}

/// What a node says that it refused, and has all the same, is never followed by a file's payments, of which it takes the
/// place: at most one of the two is made.
#[test]
fn files_take_the_place_of_what_was_refused() {
    let (faic, node) = slow_network();
    faic.write("two.csv", "to,amount\nbob,2\n");
    let gate = Gate::before(node.url());
    gate.lie([
        (SUBMISSION, Lie::Refused(422, "insufficient_balance")),
        (TRANSACTION, Lie::Refused(404, "transaction_unknown")),
    ]);
    let line = faic.refuse(1, &pay("operator", &gate.url, &[]));
    assert!(line.contains("may still become final all the same"), "{line}");
    assert_eq!(waiting(node.url()), 1, "the node has it");
    gate.lie([(TRANSACTION, Lie::Refused(404, "transaction_unknown"))]);
    let many = ["wallet", "send-many", "operator", "two.csv", "--yes", "--password-file", "password", "--timeout", "5"];
    faic.refuse(1, &[&many as &[&str], &["--node", &gate.url]].concat());
    assert_eq!(waiting(node.url()), 1, "one of the two is made, and not both");
    node.stop();
}
