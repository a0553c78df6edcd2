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

/// How long the program may take to ask.
const PATIENCE: Duration = Duration::from_secs(60);

/// What becomes of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It passes, and so does its answer.
    Open,
    /// It never reaches the node.
    HeldBefore,
    /// The node has it, and its answer never arrives.
    HeldAfter,
    /// The node has it, and its answer arrives when the test lets it.
    Late,
}

/// A lie about requests that begin so: they are refused with that HTTP status and code.
type Lie = (String, u16, &'static str);

/// What the gate does.
#[derive(Default)]
struct Plan {
    /// What becomes of the submissions, one after the other; those after the last pass.
    passages: Mutex<VecDeque<Passage>>,
    /// What is refused in the node's place, after it had the request.
    lie: Mutex<Option<Lie>>,
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

    /// What becomes of the next submissions; those after them pass.
    pub(crate) fn plan(&self, passages: &[Passage]) {
        *self.plan.passages.lock().expect("nobody panicked") = passages.iter().copied().collect();
    }

    /// Refuses every request from now on that begins so, in the node's place and name; nothing where `lie` is none.
    pub(crate) fn lie(&self, lie: Option<(&str, u16, &'static str)>) {
        let lie = lie.map(|(begin, status, code)| (begin.to_owned(), status, code));
        *self.plan.lie.lock().expect("nobody panicked") = lie;
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
    let is_submission = head.starts_with("POST /v1/transactions HTTP");
    let passage = if is_submission { plan.passages.lock().expect("nobody panicked").pop_front() } else { None };
    let is_silent = plan.silence.lock().expect("nobody panicked").as_ref().is_some_and(|begin| head.starts_with(begin));
    if is_silent || passage == Some(Passage::HeldBefore) {
        return hold(client, held);
    }
    let mut stream = TcpStream::connect(node).expect("the node listens");
    let head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    stream.write_all(&[head.as_bytes(), &body].concat()).expect("the node reads");
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
    let lie = plan.lie.lock().expect("nobody panicked").clone();
    if let Some((_, status, code)) = lie.filter(|(begin, ..)| head.starts_with(begin)) {
        answer = refusal(&answer, status, code);
    }
    // The program may have been killed meanwhile.
    let _gone = client.write_all(&answer);
}

/// A refusal of the chain that a true answer names.
fn refusal(answer: &[u8], status: u16, code: &str) -> Vec<u8> {
    let answer = String::from_utf8_lossy(answer);
    let chain = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("faic-chain-id:"));
    let chain = chain.expect("every answer names its chain");
    let body = format!("{{\"code\":\"{code}\",\"detail\":\"So says the gate.\"}}");
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Refused\r\n{chain}\r\ncontent-type: application/problem+json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n"
    );
    (head + &body).into_bytes()
}

/// Tells that a request is held, and keeps it until the other side goes away.
fn hold(mut client: TcpStream, held: &Sender<()>) {
    let _nobody_waits = held.send(());
    let _gone = client.read(&mut [0]);
}
