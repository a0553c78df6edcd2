//! Tests of wallets and accounts as they are written on the command line.

use faic_core::keystore::AccountLabel;

use super::{WalletArgument, new_name};

/// A wallet, with or without an account by number or by name; anything else is none.
#[test]
fn texts() {
    let read = |text: &str| text.parse::<WalletArgument>().ok().map(|read| (read.wallet.to_string(), read.account));
    let name = || AccountLabel::Name("savings".parse().expect("a name"));
    assert_eq!(read("alice"), Some(("alice".to_owned(), None)));
    assert_eq!(read("alice/3"), Some(("alice".to_owned(), Some(AccountLabel::Number(3)))));
    assert_eq!(read("alice/savings"), Some(("alice".to_owned(), Some(name()))));
    let home = AccountLabel::Name("家用 钱".parse().expect("a name"));
    assert_eq!(read("alice/家用\u{3000}钱"), Some(("alice".to_owned(), Some(home))));
    for bad in
        ["", "/", "alice/", "/3", "alice/3/4", "Alice", "家用", "alice/a=b", "alice/家\u{200b}用", "alice/4294967296"]
    {
        assert_eq!(read(bad), None, "{bad}");
    }
}

/// The account may be said in either place, or the same in both; two accounts are refused.
#[test]
fn account_said_twice() {
    let label = |text: &str| text.parse::<AccountLabel>().expect("a label");
    let chosen = |argument: &str, option: Option<&str>| {
        let argument: WalletArgument = argument.parse().expect("an argument");
        let option = option.map(label);
        argument.label(option.as_ref()).ok().map(|label| label.cloned())
    };
    assert_eq!(chosen("alice", None), Some(None));
    assert_eq!(chosen("alice", Some("3")), Some(Some(label("3"))));
    assert_eq!(chosen("alice/3", None), Some(Some(label("3"))));
    assert_eq!(chosen("alice/savings", Some("savings")), Some(Some(label("savings"))));
    assert_eq!(chosen("alice/3", Some("4")), None);
    assert_eq!(chosen("alice/savings", Some("3")), None);
}

/// A new name is one script's, and says why where it is not.
#[test]
fn new_names() {
    let message = |text: &str| new_name(text).map_err(|error| error.to_string());
    assert_eq!(message("家用 钱").map(|name| name.to_string()), Ok("家用 钱".to_owned()));
    assert!(message("Аlice").is_err_and(|message| message.contains("mixes scripts")));
    assert!(message("17").is_err_and(|message| message.contains("number")));
}
