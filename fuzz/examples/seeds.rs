//! Writes the first inputs of every target into `corpus/`, from the golden files and test vectors.
//!
//! The fuzzer finds its own inputs from there; without them it would have to guess a public key before anything of a
//! transaction is read.

use std::{collections::BTreeMap, fs, path::Path};

/// The cases of a golden file: what was computed from each.
type Cases = BTreeMap<String, BTreeMap<String, String>>;

/// Reads a golden file, whichever crate has it.
fn golden(file_name: &str) -> Cases {
    let path = |owner: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(owner).join("tests/golden");
    let paths = ["faic-core", "faic-network"].map(|owner| path(owner).join(file_name));
    let path = paths.iter().find(|path| path.exists()).expect("a crate has the golden file");
    let text = fs::read_to_string(path).expect("the golden files are there");
    serde_json::from_str(&text).expect("a golden file is JSON")
}

/// The values of that name in a golden file.
fn values(file_name: &str, name: &str) -> Vec<String> {
    golden(file_name).into_values().filter_map(|mut case| case.remove(name)).collect()
}

/// The bytes of that name in a golden file.
fn bytes(file_name: &str, name: &str) -> Vec<Vec<u8>> {
    values(file_name, name).iter().map(|text| hex::decode(text).expect("bytes are hexadecimal")).collect()
}

/// Writes the inputs of a target.
fn write(target: &str, inputs: impl IntoIterator<Item = Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&folder).expect("the folder can be made");
    let mut count = 0;
    for input in inputs {
        fs::write(folder.join(format!("seed-{count}")), input).expect("the input can be written");
        count += 1;
    }
    println!("{target}: {count} inputs");
}

/// The inputs of the target `value`: the number of a type, and the bytes of one.
fn typed_values() -> Vec<Vec<u8>> {
    let kinds = [
        (0, bytes("accounts.json", "bytes")),
        (1, bytes("authorities.json", "bytes")),
        (2, header()),
        (3, bytes("receipts.json", "bytes")),
        (4, bytes("validator_sets.json", "bytes")),
        (5, bytes("certificates.json", "bytes")),
        (6, bytes("certificates.json", "vote")),
        (10, bytes("transactions.json", "unsigned")),
        (11, bytes("candidates.json", "bytes")),
        (12, bytes("evidence.json", "bytes")),
        (13, proofs_of_finality()),
    ];
    kinds
        .into_iter()
        .flat_map(|(kind, values)| values.into_iter().map(move |value| [vec![kind], value].concat()))
        .collect()
}

/// The bytes of the one header that stands alone.
fn header() -> Vec<Vec<u8>> {
    let header = golden("blocks.json").remove("header").expect("the golden file has a header");
    vec![hex::decode(&header["bytes"]).expect("bytes are hexadecimal")]
}

/// A chain's id, a certificate and a validator set, one after the other.
fn proofs_of_finality() -> Vec<Vec<u8>> {
    let chain = [&11_u32.to_le_bytes()[..], b"faic-golden"].concat();
    let sets = bytes("validator_sets.json", "bytes");
    let pairs = bytes("certificates.json", "bytes").into_iter().zip(sets);
    pairs.map(|(certificate, set)| [chain.clone(), certificate, set].concat()).collect()
}

/// The inputs of the target `state_proof`: a key, an empty value, and a proof.
fn keyed_proofs() -> Vec<Vec<u8>> {
    let keys = bytes("state_proofs.json", "key");
    keys.into_iter()
        .zip(bytes("state_proofs.json", "bytes"))
        .map(|(key, proof)| [key, vec![0], proof].concat())
        .collect()
}

/// The bytes of a consensus message of each kind.
fn messages() -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/faic-consensus/tests/golden/messages.json");
    let text = fs::read_to_string(path).expect("the golden file is there");
    let kinds: BTreeMap<String, String> = serde_json::from_str(&text).expect("a golden file is JSON");
    kinds.values().map(|bytes| hex::decode(bytes).expect("bytes are hexadecimal")).collect()
}

/// Key files of other programs that their password opens with little work.
fn web3_files() -> Vec<Vec<u8>> {
    let kdfs = [
        (
            "pbkdf2",
            r#""c":2,"prf":"hmac-sha256""#,
            "c037547ff91438a157fc839a941870218f907dad11ba33f95ff62dc1b180f075",
        ),
        (
            "scrypt",
            r#""n":2,"r":1,"p":1"#,
            "137de6f9a13e257e07519dca973e2c46e1d908d89342be3aa45aa7a00eacdfeb",
        ),
    ];
    let (iv, salt) = ("00".repeat(16), "07".repeat(32));
    let ciphertext = hex::encode((0..32).collect::<Vec<u8>>());
    let file = |(kdf, params, mac)| {
        format!(
            r#"{{"version":3,"crypto":{{"cipher":"aes-128-ctr","cipherparams":{{"iv":"{iv}"}},"ciphertext":"{ciphertext}","#
        ) + &format!(r#""kdf":"{kdf}","kdfparams":{{"dklen":32,{params},"salt":"{salt}"}},"mac":"{mac}"}}}}"#)
    };
    kdfs.map(file).map(String::into_bytes).to_vec()
}

fn main() {
    write("consensus_message", messages());
    // Votes, proposals and polkas are written as in messages, under the same first bytes.
    write("journal_record", messages().into_iter().filter(|bytes| bytes.first().is_some_and(|tag| *tag < 3)));
    write("transaction", bytes("transactions.json", "signed"));
    write("unsigned_transaction", bytes("transactions.json", "unsigned"));
    let forms = ["document", "text"].iter().flat_map(|form| values("partially_signed.json", form));
    write("partially_signed", forms.map(String::into_bytes));
    write("block", bytes("blocks.json", "bytes"));
    write("value", typed_values());
    write("message", bytes("messages.json", "bytes"));
    write("state_proof", keyed_proofs());
    let networks = ["main", "test", "dev"];
    write("address", networks.iter().flat_map(|network| values("addresses.json", network)).map(String::into_bytes));
    write(
        "amount",
        ["0", "1", "0.5", "1000000000", "1000000000000000000", "-1", "1.000000001"].map(|text| text.into()),
    );
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/faic-core/tests/vectors");
    let legend = format!("{}zoo", "zoo ".repeat(11));
    let phrases = [
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
        "的 的 的 的 的 的 的 的 的 的 的 在",
        "あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あいこくしん　あおぞら",
        &legend,
    ];
    write("mnemonic", phrases.map(|phrase| phrase.as_bytes().to_vec()));
    let names = ["家用 钱", "艾力·买买提\n艾力・买买提", "Jose\u{301}", "Ｗｅ\u{3000}１", "bob\nB0b", "口\nロ", "한국漢"];
    write("label", names.map(|name| name.into()));
    let wallet_file = |name: &str| fs::read(vectors.join(name)).expect("the test vector is there");
    let files = ["wallet-v1.json", "wallet-v2.json", "wallet-v3.json", "wallet-v3-names.json", "wallet-v4.json"];
    write("wallet_file", files.map(wallet_file));
    write("web3_file", web3_files());
}
