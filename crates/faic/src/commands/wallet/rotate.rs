//! `faic wallet rotate`: new keys for an account, whose address stays.
//!
//! The new mnemonic is in the wallet's file before anything is sent, and the old one stays there: whatever happens
//! between, the file has the key that governs. Which of its keys that is, the ledger says.

use clap::Args;
use faic_core::{
    Amount, Authority,
    keystore::{EditError, WalletSecret},
    mnemonic::{Language, Mnemonic, WordCount},
    transaction::Action,
};
use serde::Serialize;

use super::{
    WalletArgument,
    change::Change,
    transaction::{Kind, Moment, Sender, Sent, TransactionOptions},
};
use crate::{
    failure::{Code, Context, Failure},
    interruption,
    output::{Answer, Output, numbered_words},
};

/// The options of a change of keys.
#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// The wallet whose account gets new keys, or WALLET/ACCOUNT for another account than the first.
    #[arg(value_name = "WALLET")]
    wallet: WalletArgument,

    /// How it is made.
    #[command(flatten)]
    transaction: TransactionOptions,
}

/// The answer to a change of keys.
#[derive(Serialize)]
struct RotateAnswer<'a> {
    /// The transaction.
    #[serde(flatten)]
    sent: Sent,
    /// The words of the new key.
    mnemonic: &'a str,
    /// The public half of the new key.
    key: String,
    /// The options with which `faic wallet import` makes a wallet of the words: the address, and the number of the account.
    import: String,
}

impl Answer for RotateAnswer<'_> {
    fn to_text(&self) -> String {
        let facts = self.sent.to_text(Kind::Change, vec![("new key", self.key.clone())]);
        let rows = numbered_words(self.mnemonic).into_iter().map(|row| format!("  {row}\n"));
        let words: String = rows.collect();
        let old = if self.sent.is_final() {
            "the old one does not open it any more"
        } else {
            "keep the old one until the change is final"
        };
        format!(
            "{facts}\nThe account's new mnemonic; {old}:\n\n{words}\nAlone these words are another account: write down the \
             address beside them.\nBoth together open it, with `faic wallet import NAME {}`.\nBackups made before do not \
             have them: make a new one.\n",
            self.import
        )
    }
}

/// Changes the keys.
///
/// # Errors
/// A failure that says in one line what went wrong, and whether anything was sent.
pub(crate) fn run(command: &Rotate, output: Output) -> Result<(), Failure> {
    let moment = Sender::find(&command.transaction, &command.wallet, Kind::Change)?.ask(output)?;
    settle_earlier(&moment)?;
    let next = next_secret(&moment)?;
    let authority = Authority::single(next.key.public_key());
    let action = Action::SetAccount { authority: Some(authority), memo_required: None };
    let key = next.key.public_key().to_string();
    let facts = vec![("new key", key.clone())];
    let sent = moment.change(&Change { action, spent: Amount::ZERO, facts }, output).advice(format!(
        "the wallet keeps the old key and the new one, and `faic wallet rotate {}` goes on with it",
        command.wallet.wallet
    ))?;
    if sent.is_final() {
        let opened = moment.sender.open()?;
        let Sender { keystore, name, number, .. } = &moment.sender;
        let settle = keystore.update(name, &opened.password, |wallet| wallet.settle(*number, next.secret));
        settle.advice("the keys were changed, and the file has the new ones")?;
    }
    let phrase = next.words.mnemonic().phrase();
    let import = import_options(&moment);
    let words = where_the_words_are(&moment, &sent);
    moment.show(&RotateAnswer { sent, mnemonic: &phrase, key, import }, output).advice(words)
}

/// How to see the new words, where they could not be shown.
fn where_the_words_are(moment: &Moment<'_>, sent: &Sent) -> String {
    let Sender { name, number, .. } = &moment.sender;
    let account = if *number == 0 { name.to_string() } else { format!("{name}/{number}") };
    if sent.is_final() {
        format!("the keys were changed, and `faic wallet mnemonic {account}` shows the new words")
    } else {
        format!(
            "once the change is final, `faic wallet rotate {account}` takes note of it and tells how to see the new words"
        )
    }
}

/// What `faic wallet import` needs to know beside the words.
fn import_options(moment: &Moment<'_>) -> String {
    let (index, address) = (moment.sender.number, moment.sender.account.text());
    if index == 0 { format!("--address {address}") } else { format!("--address {address} --index {index}") }
}

/// Takes note of an earlier change that became final while nobody waited for it.
///
/// # Errors
/// [`Code::NothingToDo`] where there was one, because another change may not be what is meant.
fn settle_earlier(moment: &Moment<'_>) -> Result<(), Failure> {
    let (governing, _) = moment.governing_key()?;
    let opened = moment.sender.open()?;
    let Sender { keystore, name, number, .. } = &moment.sender;
    if opened.wallet.entry.account(Some(*number)).is_none_or(|account| account.secret == governing) {
        return Ok(());
    }
    keystore.update(name, &opened.password, |wallet| wallet.settle(*number, governing))?;
    let message = "the earlier change of keys is final, and the wallet has taken note of it; nothing was sent";
    Err(Failure::new(Code::NothingToDo, message).advice(format!(
        "`faic wallet mnemonic {name}` shows the new words; run this again to change the keys once more"
    )))
}

/// The key that comes next.
struct Next {
    /// Which of the wallet's secrets it is made of.
    secret: u8,
    /// Its words.
    words: WalletSecret,
    /// The key.
    key: faic_core::SecretKey,
}

/// The newest secret of the wallet where an earlier change did not come to its end, or else a new one, which is in the
/// file when this returns.
fn next_secret(moment: &Moment<'_>) -> Result<Next, Failure> {
    let (governing, _) = moment.governing_key()?;
    let opened = moment.sender.open()?;
    let Sender { keystore, name, number, .. } = &moment.sender;
    let waiting = |wallet: &faic_core::keystore::UnlockedWallet| {
        let account = wallet.entry.account(Some(*number))?;
        let newest = wallet.candidates(account).into_iter().next()?;
        let words = wallet.secret_at(newest.secret)?.clone();
        (newest.secret > governing).then_some(Next { secret: newest.secret, words, key: newest.key })
    };
    if let Some(next) = waiting(&opened.wallet) {
        return Ok(next);
    }
    let secret = WalletSecret::new(Mnemonic::generate(WordCount::TwentyFour, Language::English)?, "")?;
    let held_off = interruption::hold_off_for_now();
    let next = keystore.update(name, &opened.password, |wallet| {
        wallet.add_secret(secret)?;
        waiting(wallet).ok_or(EditError::NoMnemonic)
    });
    drop(held_off);
    next.advice("nothing was sent")
}
