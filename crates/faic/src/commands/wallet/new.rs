//! `faic wallet new`: a wallet with a new mnemonic, which is shown once.

use clap::Args;
use faic_core::mnemonic::{Language, Mnemonic, WordCount};
use serde::Serialize;

use super::made::MakeOptions;
use crate::{
    failure::Failure,
    output::{Answer, Output, fields, numbered_words},
};

/// The options of a new wallet.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// What every wallet that is made needs.
    #[command(flatten)]
    make: MakeOptions,

    /// How many words the mnemonic has: 12, 15, 18, 21 or 24.
    #[arg(long, value_name = "COUNT", default_value = "24", value_parser = word_count)]
    words: WordCount,

    /// The language of the words, such as english, chinese-simplified or japanese.
    #[arg(long, value_name = "LANGUAGE", default_value_t)]
    language: Language,
}

/// Reads the number of words.
fn word_count(text: &str) -> Result<WordCount, String> {
    let number = text.parse().map_err(|_| "this is not a number".to_owned())?;
    WordCount::from_number(number).map_err(|error| error.to_string())
}

/// The answer to a new wallet: the only one that holds a mnemonic.
#[derive(Serialize)]
struct NewAnswer<'a> {
    /// The wallet's name.
    name: String,
    /// Its network.
    network: String,
    /// Its address.
    address: String,
    /// The derivation path of its key.
    path: String,
    /// The language of the words.
    language: String,
    /// The words.
    mnemonic: &'a str,
}

impl Answer for NewAnswer<'_> {
    fn to_text(&self) -> String {
        let facts = fields(&[
            ("wallet", self.name.clone()),
            ("network", self.network.clone()),
            ("address", self.address.clone()),
            ("path", self.path.clone()),
        ]);
        let mut text = format!("{facts}\nThe mnemonic, shown this once:\n\n");
        for row in numbered_words(self.mnemonic) {
            text.push_str(&format!("  {row}\n"));
        }
        text.push_str(ADVICE);
        text
    }
}

/// What to do with a mnemonic.
const ADVICE: &str = "
Write the words on paper, in this order, and keep the paper where no one else finds it.
Whoever has the words has the money; without them a lost password or disk is lost money.
Do not photograph them, and type them nowhere but into a wallet.
";

/// Makes the wallet.
///
/// # Errors
/// A failure that says in one line what went wrong and what to do.
pub(crate) fn run(command: &New, output: Output) -> Result<(), Failure> {
    let network = command.make.network()?;
    let passphrase = command.make.passphrase()?;
    let mnemonic = Mnemonic::generate(command.words, command.language)?;
    let phrase = mnemonic.phrase();
    let made =
        command.make.make(network, mnemonic, &passphrase, |authority| Ok(authority.address()), |_| Ok(Vec::new()))?;
    let answer = NewAnswer {
        name: made.entry.name.to_string(),
        network: network.to_string(),
        address: made.entry.address.encode(network),
        path: made.path,
        language: command.language.to_string(),
        mnemonic: &phrase,
    };
    if let Err(failure) = output.show_once(&answer) {
        // Nobody has seen the words, so nobody may come to rely on the wallet.
        command.make.unmake()?;
        return Err(failure.advice("the mnemonic could not be shown, so no wallet was made"));
    }
    Ok(())
}
