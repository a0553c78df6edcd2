//! Golden files: the canonical bytes, ids and roots of everything that leaves the process.
//!
//! Each file in `tests/golden` names cases, and each case what was computed from it. The values are made of fixed keys,
//! so every machine and every version must find the same; a second implementation, in another language, has found them
//! too. A difference is a change of the protocol, never a repair of a test; [`HOW_TO_CHANGE`] says what it takes.

use std::{collections::BTreeMap, fmt::Debug, fs, path::PathBuf};

use borsh::{BorshDeserialize, BorshSerialize};

mod blocks;
mod samples;
mod state;
mod transactions;

/// The variable that makes the tests write the files in place of comparing with them.
const UPDATE: &str = "FAIC_UPDATE_GOLDEN";

/// What a person reads whose change has changed bytes.
const HOW_TO_CHANGE: &str = "\
Canonical bytes, ids and roots are part of the protocol: other nodes, wallets and stored blocks hold the old ones.
If you did not mean to change them, undo what did. If you did, it needs a decision record (docs/adr/README.md) and a new
version of the type; then write the files anew with FAIC_UPDATE_GOLDEN=1 cargo test -p faic-core golden";

/// What is computed from one case: names and values.
type Case = BTreeMap<String, String>;

/// The cases of one file, by name.
#[derive(Default)]
struct Golden {
    /// The cases.
    cases: BTreeMap<String, Case>,
}

impl Golden {
    /// Adds a case with what was computed from it.
    fn case(&mut self, name: &str, values: impl IntoIterator<Item = (&'static str, String)>) {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert!(self.cases.insert(name.to_owned(), values).is_none(), "two cases are named {name}");
    }

    /// Compares with the file of that name, or writes it when [`UPDATE`] is 1.
    #[expect(clippy::disallowed_methods, reason = "a test may ask the person who runs it")]
    fn check(&self, file_name: &str) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(file_name);
        if std::env::var(UPDATE).is_ok_and(|value| value == "1") {
            let json = serde_json::to_string_pretty(&self.cases).unwrap();
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, json + "\n").unwrap();
            return;
        }
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let expected: BTreeMap<String, Case> = serde_json::from_str(&text).unwrap();
        let differences = differences(&expected, &self.cases);
        assert!(differences.is_empty(), "{file_name}:\n{}\n\n{HOW_TO_CHANGE}", differences.join("\n"));
    }
}

/// One line for everything that one side has and the other has not, or has otherwise.
fn differences(expected: &BTreeMap<String, Case>, found: &BTreeMap<String, Case>) -> Vec<String> {
    let flat = |cases: &BTreeMap<String, Case>| -> BTreeMap<(String, String), String> {
        let values = |(case, values): (&String, &Case)| {
            values.iter().map(|(name, value)| ((case.clone(), name.clone()), value.clone())).collect::<Vec<_>>()
        };
        cases.iter().flat_map(values).collect()
    };
    let (expected, found) = (flat(expected), flat(found));
    let changed = expected.iter().filter_map(|(place @ (case, name), old)| match found.get(place) {
        None => Some(format!("`{case}`: `{name}` is computed no more")),
        Some(new) if new != old => Some(format!("`{case}`: `{name}` changed\n  from {old}\n    to {new}")),
        Some(_) => None,
    });
    let added = found.keys().filter(|place| !expected.contains_key(*place));
    changed.chain(added.map(|(case, name)| format!("`{case}`: `{name}` is not in the file"))).collect()
}

/// The canonical bytes in hexadecimal, once they are known to be read back as the same value.
fn bytes<T: BorshSerialize + BorshDeserialize + PartialEq + Debug>(value: &T) -> String {
    let bytes = borsh::to_vec(value).unwrap();
    assert_eq!(&borsh::from_slice::<T>(&bytes).unwrap(), value);
    hex::encode(bytes)
}

/// A difference is told by case and name, whichever side it is on.
#[test]
fn differences_are_told() {
    let case = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let old = BTreeMap::from([("a".to_owned(), case("bytes", "00")), ("b".to_owned(), case("id", "11"))]);
    let new = BTreeMap::from([("a".to_owned(), case("bytes", "01")), ("c".to_owned(), case("id", "11"))]);
    assert_eq!(differences(&old, &old), Vec::<String>::new());
    assert_eq!(
        differences(&old, &new),
        ["`a`: `bytes` changed\n  from 00\n    to 01", "`b`: `id` is computed no more", "`c`: `id` is not in the file",]
    );
}
