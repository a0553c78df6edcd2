//! Somebody between the program and a node who lets requests pass, or holds one at a bad moment.

use std::{
    collections::VecDeque,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use faic_core::SignedTransaction;
use serde_json::{Value, json};

/// How long the program may take to ask.
const PATIENCE: Duration = Duration::from_secs(60);
/// How the submission of a transaction begins.
pub(crate) const SUBMISSION: &str = "POST /v1/transactions HTTP";
/// What is asked of the node in the place of a request that is kept from it.
const STATUS: &str = "GET /v1/status HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// What becomes of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It passes, and so does its answer.
    Open,
    /// It never reaches the node.
    HeldBefore,
    /// It never reaches the node, and the program is told that the node took it.
    Swallowed,
    /// The node has it, and its answer never arrives.
    HeldAfter,
    /// The node has it, and its answer arrives when the test lets it.
    Late,
}

/// A lie in the place of a node's answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lie {
    /// The node had the request, and is said to refuse it with that HTTP status and code.
    Refused(u16, &'static str),
    /// The node never has the request, and is said to refuse it.
    Kept(u16, &'static str),
    /// The node's answer is another one.
    Changed(fn(&mut Value)),
    /// Whatever the node answers, this is said in its place.
    Instead(fn() -> Value),
}

/// What the gate does.
#[derive(Default)]
struct Plan {
    /// What becomes of the submissions, one after the other; those after the last pass.
    passages: Mutex<VecDeque<Passage>>,
    /// The answers to requests that begin so.
    lies: Mutex<Vec<(String, Lie)>>,
    /// The first line of each request that there was.
    asked: Mutex<Vec<String>>,
    /// The beginning of the requests that never get an answer.
    silence: Mutex<Option<String>>,
    /// Whether answers that are late may arrive.
    is_let: Mutex<bool>,
    /// Tells that they may.
    let_pass: Condvar,
}

/// Somebody between the program and a node.
pub(crate) struct Gate {
    /// Where the program finds it.
    pub(crate) url: String,
    /// What it does.
    plan: Arc<Plan>,
    /// Tells that a submission is held.
    held: Receiver<()>,
}

impl Gate {
    /// Stands in front of a node and lets everything pass; it ends with the test.
    pub(crate) fn before(node: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let plan = Arc::new(Plan::default());
        let (tell, held) = channel();
        let (node, shared) = (node.trim_start_matches("http://").to_owned(), Arc::clone(&plan));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (node, plan, tell) = (node.clone(), Arc::clone(&shared), tell.clone());
                thread::spawn(move || pass(stream, &node, &plan, &tell));
            }
        });
        Self { url, plan, held }
    }

    /// What becomes of the next submissions; those after them pass. Answers that are late wait until they may arrive.
    pub(crate) fn plan(&self, passages: &[Passage]) {
        *self.plan.passages.lock().expect("nobody panicked") = passages.iter().copied().collect();
        *self.plan.is_let.lock().expect("nobody panicked") = false;
    }

    /// Lies from now on about requests that begin so, and tells the truth about all others.
    pub(crate) fn lie<const N: usize>(&self, lies: [(&str, Lie); N]) {
        let lies = lies.map(|(begin, lie)| (begin.to_owned(), lie));
        *self.plan.lies.lock().expect("nobody panicked") = lies.into();
    }

    /// How many requests there were that begin so.
    pub(crate) fn asked(&self, begin: &str) -> usize {
        self.plan.asked.lock().expect("nobody panicked").iter().filter(|line| line.starts_with(begin)).count()
    }

    /// Answers no request from now on that begins so.
    pub(crate) fn be_silent_about(&self, begin: &str) {
        *self.plan.silence.lock().expect("nobody panicked") = Some(begin.to_owned());
    }

    /// Lets the answers arrive that are late.
    pub(crate) fn let_pass(&self) {
        *self.plan.is_let.lock().expect("nobody panicked") = true;
        self.plan.let_pass.notify_all();
    }

    /// Waits until a submission is held.
    pub(crate) fn wait_until_held(&self) {
        self.held.recv_timeout(PATIENCE).expect("the program submits");
    }
}

/// Passes one request on, and its answer back.
fn pass(mut client: TcpStream, node: &str, plan: &Plan, held: &Sender<()>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && matches!(client.read(&mut byte), Ok(1)) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length =
        head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    if client.read_exact(&mut body).is_err() || head.is_empty() {
        return;
    }
    plan.asked.lock().expect("nobody panicked").push(head.lines().next().unwrap_or_default().to_owned());
    let is_submission = head.starts_with(SUBMISSION);
    let passage = if is_submission { plan.passages.lock().expect("nobody panicked").pop_front() } else { None };
    let is_silent = plan.silence.lock().expect("nobody panicked").as_ref().is_some_and(|begin| head.starts_with(begin));
    let lies = plan.lies.lock().expect("nobody panicked").clone();
    let lie = lies.into_iter().find(|(begin, _)| head.starts_with(begin)).map(|(_, lie)| lie);
    if is_silent || passage == Some(Passage::HeldBefore) {
        return hold(client, held);
    }
    let mut stream = TcpStream::connect(node).expect("the node listens");
    let is_kept = matches!(lie, Some(Lie::Kept(..))) || passage == Some(Passage::Swallowed);
    // A request that is kept from the node still needs the header of an answer.
    let (head, sent) = if is_kept { (STATUS.to_owned(), &[] as &[u8]) } else { (head, body.as_slice()) };
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    stream.write_all(&[head.as_bytes(), sent].concat()).expect("the node reads");
    let mut answer = Vec::new();
    // A node that stops cuts the answer short, which the program sees as well.
    let _cut = stream.read_to_end(&mut answer);
    if passage == Some(Passage::HeldAfter) {
        return hold(client, held);
    }
    if passage == Some(Passage::Late) {
        let _nobody_waits = held.send(());
        let is_let = plan.is_let.lock().expect("nobody panicked");
        let _let = plan.let_pass.wait_timeout_while(is_let, PATIENCE, |is_let| !*is_let).expect("nobody panicked");
    }
    let answer = match (passage, lie) {
        (Some(Passage::Swallowed), _) => {
            let signed = SignedTransaction::from_bytes(&body).expect("the program submits transactions");
            answer_with(&answer, 202, &json!({ "id": signed.id().to_string() }))
        }
        (_, Some(Lie::Refused(status, code) | Lie::Kept(status, code))) => {
            answer_with(&answer, status, &json!({ "code": code, "detail": "So says the gate." }))
        }
        (_, Some(Lie::Changed(change))) => changed(&answer, change),
        (_, Some(Lie::Instead(said))) => answer_with(&answer, 200, &said()),
        (_, None) => answer,
    };
    // The program may have been killed meanwhile.
    let _gone = client.write_all(&answer);
}

/// The true answer, with another body.
fn changed(answer: &[u8], change: fn(&mut Value)) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole answer");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let mut body = serde_json::from_str(body).expect("JSON");
    change(&mut body);
    answer_with(answer, status, &body)
}

/// An answer of the chain that a true one names.
fn answer_with(answer: &[u8], status: u16, body: &Value) -> Vec<u8> {
    let answer = String::from_utf8_lossy(answer);
    let chain = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("faic-chain-id:"));
    let (chain, body) = (chain.expect("every answer names its chain"), body.to_string());
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} So it is\r\n{chain}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    (head + &body).into_bytes()
}

/// Tells that a request is held, and keeps it until the other side goes away.
fn hold(mut client: TcpStream, held: &Sender<()>) {
    let _nobody_waits = held.send(());
    let _gone = client.read(&mut [0]);
}
