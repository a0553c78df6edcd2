//! The wallet that makes a transaction: found by its name, and opened once.

use std::cell::OnceCell;

use faic_core::keystore::{
    AccountEntry, AccountLabel, Keystore, KeystoreError, UnlockedWallet, WalletEntry, WalletName,
};
use zeroize::Zeroizing;

use super::{Kind, Moment, TransactionOptions};
use crate::{
    client::Client,
    commands::wallet::{
        Account, WalletArgument,
        payment::{NoReceiver, PaymentText},
        selection,
        settling::Settling,
        turn::Turn,
    },
    failure::{Code, Context, Failure},
    interruption::{self, Sending},
    outbox::Outbox,
    output::Output,
};

/// A wallet that is about to make a transaction.
pub(in crate::commands::wallet) struct Sender<'a> {
    /// What the user said.
    pub(super) options: &'a TransactionOptions,
    /// The wallet's name.
    pub(in crate::commands::wallet) name: &'a WalletName,
    /// What it makes.
    pub(super) kind: Kind,
    /// Where the wallet is.
    pub(in crate::commands::wallet) keystore: Keystore,
    /// The wallet's account.
    pub(in crate::commands::wallet) account: Account,
    /// The number of the account in the wallet.
    pub(in crate::commands::wallet) number: u32,
    /// The wallet, once it was opened.
    pub(super) opened: OnceCell<Opened>,
}

/// A wallet that was opened, with the password that did it.
pub(in crate::commands::wallet) struct Opened {
    /// The wallet.
    pub(in crate::commands::wallet) wallet: UnlockedWallet,
    /// Its password.
    pub(in crate::commands::wallet) password: Zeroizing<String>,
}

impl<'a> Sender<'a> {
    /// Finds the wallet in the keystore; it is opened where its account is said by its name, and not yet otherwise.
    pub(in crate::commands::wallet) fn find(
        options: &'a TransactionOptions,
        argument: &'a WalletArgument,
        kind: Kind,
    ) -> Result<Self, Failure> {
        interruption::note(Sending::NotYet);
        let (name, label) = (&argument.wallet, argument.label(options.account.as_ref())?);
        let keystore = options.keystore.open()?;
        let entry = keystore.find(name)?;
        if entry.watch_only {
            return Err(KeystoreError::WatchOnly { name: name.clone() }.into());
        }
        let of = |entry: &WalletEntry, found: &AccountEntry| (Account::of(entry, found), found.number());
        let (opened, (account, number)) = match label {
            Some(AccountLabel::Name(_)) => {
                let opened = options.unlock(&keystore, name)?;
                let found = of(&opened.wallet.entry, selection::opened(&opened.wallet, label)?);
                (OnceCell::from(opened), found)
            }
            Some(AccountLabel::Number(_)) | None => (OnceCell::new(), of(&entry, selection::listed(&entry, label)?)),
        };
        Ok(Self { options, name, kind, keystore, account, number, opened })
    }

    /// Opens the wallet, which asks for its password once.
    pub(in crate::commands::wallet) fn open(&self) -> Result<&Opened, Failure> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = self.options.unlock(&self.keystore, self.name)?;
        Ok(self.opened.get_or_init(|| opened))
    }

    /// Finds a receiver, for which the wallet is opened where its book or the name of one of its accounts is meant.
    ///
    /// # Errors
    /// What is wrong with it, or why it cannot be looked for.
    pub(in crate::commands::wallet) fn receiver(&self, payment: &PaymentText) -> Result<Account, NoReceiver> {
        payment.receiver(&self.keystore, self.name, || Ok(&self.open()?.wallet))
    }

    /// Asks the node how things stand; an account without money can do nothing, and one with an earlier transaction that is
    /// undecided does nothing before that is known.
    pub(in crate::commands::wallet) fn ask(self, output: Output) -> Result<Moment<'a>, Failure> {
        let client = self.options.client();
        let moment = self.begin(client, output)?;
        if moment.account.balance.is_zero() && moment.sponsor.is_none() {
            let Sender { name, account, .. } = &moment.sender;
            let message = format!("the wallet {name} has no money; nothing was sent");
            return Err(Failure::new(Code::InsufficientBalance, message)
                .advice(format!("let somebody pay {} first", account.text())));
        }
        if !moment.sender.options.despite_undecided {
            moment.turn.check(moment.sender.name, &moment.account, None)?;
        }
        Ok(moment)
    }

    /// Waits for the turn and asks the node how things stand.
    pub(in crate::commands::wallet) fn begin(self, client: Client, output: Output) -> Result<Moment<'a>, Failure> {
        let status = client.status().advice("nothing was sent")?;
        self.account.check_network(&status, client.url()).advice("nothing was sent")?;
        let folder = self.options.keystore.folder()?;
        let trust = self.options.trust.begin(&folder, &client, &status, output).advice("nothing was sent")?;
        let settling = Settling { account: &self.account, client: &client, trust: trust.as_ref() };
        let outbox = Outbox::of(&folder, self.name);
        let mut turn =
            Turn::begin(outbox, &settling, &status.chain_id, self.options.lane).advice("nothing was sent")?;
        // Whoever had the turn before may have given the wallet another name, or taken it away.
        self.keystore.find(self.name).advice("nothing was sent")?;
        let (place, chain_id) = ((&self.keystore, &*folder), &status.chain_id);
        turn.meet_twins(place, self.name, &settling, chain_id).advice("nothing was sent")?;
        let account = self.account.read(&client, trust.as_ref()).advice("nothing was sent")?;
        let sponsor = self.options.sponsor.find(&self.keystore, &client, trust.as_ref())?;
        Ok(Moment { sender: self, client, trust, status, account, turn, sponsor, untold: OnceCell::new() })
    }
}
