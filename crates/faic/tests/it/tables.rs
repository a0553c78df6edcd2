//! Tables on terminals and in pipes: they fit, and nothing that people copy is cut.

use crate::{process::NodeProcess, program::Faic, terminal::screen};

/// How wide the widest line is.
fn widest(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
}

/// On a terminal of 80 columns every table fits; in a pipe, and on a wide terminal, every value is whole.
#[test]
fn tables_fit_the_terminal() {
    let faic = Faic::new();
    faic.import_rich();
    let bob = faic.new_wallet("bob")["address"].as_str().expect("an address").to_owned();
    let node = NodeProcess::dev(&faic, "data");
    let memo = "rent of March, of April and of May: thank you all";
    let to = format!("{bob}=12.5");
    let pay = ["wallet", "send", "rich", "--to", &to, "--to", "bob=1", "--memo", memo, "--yes"];
    let sent = faic.json(&[&pay as &[&str], &["--password-file", "password", "--node", node.url()]].concat());
    let id = sent["id"].as_str().expect("an id");
    let key = faic.json(&["validators", "--node", node.url()])["validators"][0]["key"].clone();
    let key = key.as_str().expect("a key");
    let of_node = ["--node", node.url()];
    for (command, whole) in [
        (&["wallet", "list"] as &[&str], bob.as_str()),
        (&["wallet", "account", "list", "bob"], bob.as_str()),
        (&["wallet", "balance"], bob.as_str()),
        (&["wallet", "history", "bob"], id),
        (&["validators"], key),
    ] {
        let needs_node = !matches!(command, ["wallet", "list"] | ["wallet", "account", ..]);
        let command = if needs_node { [command, &of_node].concat() } else { command.to_vec() };
        let narrow = screen(&faic, &command, 80);
        assert!(widest(&narrow) <= 80, "{command:?}\n{narrow}");
        let piped = faic.run(&command).out;
        assert!(piped.contains(whole), "{command:?}\n{piped}");
        assert_eq!(screen(&faic, &command, 400).lines().count(), piped.lines().count(), "{command:?}\n{piped}");
    }
    // What one copies to be paid is whole on the narrow terminal too.
    for command in [&["wallet", "list"] as &[&str], &["wallet", "account", "list", "bob"]] {
        assert!(screen(&faic, command, 80).contains(&format!("\n  {bob}\n")));
    }
    let history = screen(&faic, &["wallet", "history", "bob", "--node", node.url()], 80);
    assert!(history.contains("+13.5") && history.contains("rent of") && history.contains("payment at"), "{history}");
    // Who paid is whole there, because one that looks like it has the same beginning and end.
    let rich = faic.json(&["wallet", "address", "rich"])["address"].as_str().expect("an address").to_owned();
    assert!(column_with(&history, "dfaic1").starts_with(&rich), "{history}");
    // On a terminal that is narrower still, everything has a line of its own.
    for columns in [79, 60] {
        let history = screen(&faic, &["wallet", "history", "bob", "--node", node.url()], columns);
        assert!(widest(&history) <= columns.into() && history.contains("+13.5"), "{columns}\n{history}");
        let end = |line: &str| {
            line.trim_matches(|c: char| c == '│' || c.is_whitespace()).rsplit(' ').next().map(str::to_owned)
        };
        let address: String = history.lines().filter_map(end).collect();
        assert!(address.contains(&rich), "{history}");
    }
    node.stop();
}

/// What stands below each other from where a word first stands, up to the next space of each line.
fn column_with(text: &str, word: &str) -> String {
    let (first, line) = text.lines().enumerate().find(|(_, line)| line.contains(word)).expect("the word is there");
    let at = line.split(word).next().unwrap_or_default().chars().count();
    let part = |line: &str| line.chars().skip(at).take_while(|c| !c.is_whitespace()).collect::<String>();
    text.lines().skip(first).map(part).collect()
}

/// A code that the terminal is too narrow for is not drawn, which is told, and what it says is written all the same.
#[test]
fn codes_fit_the_terminal() {
    let faic = Faic::new();
    faic.new_wallet("bob");
    let address = ["wallet", "address", "bob", "--qr"];
    assert!(screen(&faic, &address, 80).contains('█'));
    let narrow = screen(&faic, &address, 20);
    assert!(narrow.contains("dfaic1") && !narrow.contains('█'), "{narrow}");
}
