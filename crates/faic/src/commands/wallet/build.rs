//! `faic wallet build`: a transaction that others sign. It asks a node how things stand, and needs no key.

use std::{
    cell::OnceCell,
    path::{Path, PathBuf},
};

use clap::Args;
use faic_core::{
    Address, Amount, Authority, PartiallySignedTransaction, PublicKey, Transaction,
    keystore::{AccountLabel, Keystore, UnlockedWallet, WalletName},
    transaction::{Action, LANES, TransactionBuilder},
};
use faic_node::services::Order;

use super::{
    Account, KeystoreOption, NodeOption, WalletArgument,
    governance::{self, Search},
    look_alike,
    payment::{NoReceiver, PaymentText, parse_amount},
    refusal, selection, sign,
    stake::parse_key,
    transaction::FEE_MAX_DEFAULT,
    transaction_file::FileOutput,
};
use crate::{
    client::{AccountAnswer, Client, ClientError, SimulationAnswer, Status},
    failure::{Code, Failure},
    output::Output,
    secrets::Secret,
    trust::{Trust, TrustOption},
};

mod action;

use action::ActionOptions;

/// The share of the fee that is added for a transaction in the place of one that waits, which a node takes for a tenth more:
/// an eighth.
const REPLACEMENT_RAISE: u64 = 8;

/// The options of building a transaction.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The account that acts: a wallet, a watched account or an address.
    #[arg(value_name = "FROM")]
    from: String,

    /// What it does.
    #[command(flatten)]
    action: ActionOptions,

    /// A public key that governs the account, where this machine does not know it; may be repeated.
    #[arg(long = "key", value_name = "HEX", value_parser = parse_key)]
    keys: Vec<PublicKey>,

    /// How many of these keys must sign.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=16))]
    threshold: Option<u8>,

    /// Who pays the fee in place of the sender, and must sign too: a wallet, a watched account or an address.
    #[arg(long, value_name = "ACCOUNT")]
    fee_payer: Option<String>,

    /// A public key that governs the fee payer, where this machine does not know it; may be repeated.
    #[arg(long = "fee-payer-key", value_name = "HEX", value_parser = parse_key, requires = "fee_payer")]
    fee_payer_keys: Vec<PublicKey>,

    /// How many of the fee payer's keys must sign.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=16), requires = "fee_payer")]
    fee_payer_threshold: Option<u8>,

    /// Which of the account's 16 independent sequences to use, from 0 to 15.
    #[arg(long, value_name = "LANE", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..i64::from(LANES)))]
    lane: u8,

    /// Which place in the lane to use: that of an earlier transaction, of which at most one becomes final then, or one after
    /// those that wait [default: the next, where nothing waits].
    #[arg(long, value_name = "NUMBER")]
    sequence: Option<u64>,

    /// For how many blocks the transaction may become final; after that it never will.
    #[arg(long, value_name = "BLOCKS", default_value_t = Order::VALID_FOR_BLOCKS_DEFAULT,
        value_parser = clap::value_parser!(u64).range(1..=Order::VALID_FOR_BLOCKS_MAX))]
    valid_for: u64,

    /// The highest fee to pay, in FAIC.
    #[arg(long, value_name = "FAIC", default_value = FEE_MAX_DEFAULT, value_parser = parse_amount)]
    fee_max: Amount,

    /// A file with the password of the sender's wallet, where its account or a receiver is one by a name that only the wallet
    /// knows, or only the wallet knows its public key.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// The same for the fee payer's wallet.
    #[arg(long, value_name = "FILE", requires = "fee_payer")]
    fee_payer_password_file: Option<PathBuf>,

    /// Where the transaction goes.
    #[command(flatten)]
    output: FileOutput,

    /// Where the wallets are.
    #[command(flatten)]
    keystore: KeystoreOption,

    /// Which node is asked.
    #[command(flatten)]
    node: NodeOption,

    /// What is believed of its answers.
    #[command(flatten)]
    trust: TrustOption,
}

/// An account with what was proved of it, and who governs it.
struct Party {
    /// The account.
    account: Account,
    /// How it stands.
    answer: AccountAnswer,
    /// Who signs for it.
    authority: Authority,
}

/// The node that was asked, and what is believed of it.
struct Chain {
    /// The node.
    client: Client,
    /// The node and its chain.
    status: Status,
    /// The chain, as far as it is trusted.
    trust: Option<Trust>,
}

/// An account that was named, and is to act or to pay the fee.
struct Sender<'a> {
    /// The wallets of this machine.
    keystore: &'a Keystore,
    /// A file with the password of its wallet.
    password_file: Option<&'a Path>,
    /// The account.
    account: Account,
    /// The wallet with its keys, where a wallet was named.
    wallet: Option<WalletName>,
    /// That wallet, once it was opened: for the name of an account, or of its address book.
    opened: OnceCell<UnlockedWallet>,
}

impl<'a> Sender<'a> {
    /// Finds the account that a text names; its wallet is opened where the account is said by its name.
    fn find(keystore: &'a Keystore, text: &str, password_file: Option<&'a Path>) -> Result<Self, Failure> {
        let argument = text.parse::<WalletArgument>().ok().filter(|_| !Address::is_begun_by(text));
        let opened = OnceCell::new();
        let Some(WalletArgument { wallet: name, account }) = argument else {
            return Ok(Self { keystore, password_file, account: Account::find(keystore, text)?, wallet: None, opened });
        };
        let wallet = (!keystore.find(&name)?.watch_only).then(|| name.clone());
        let account = match &account {
            Some(label @ AccountLabel::Name(_)) if wallet.is_some() => {
                let wallet = opening(&opened, keystore, &name, password_file)?;
                Account::of_opened(wallet, selection::opened(wallet, Some(label))?)
            }
            Some(_) | None => Account::find(keystore, text)?,
        };
        Ok(Self { keystore, password_file, account, wallet, opened })
    }

    /// Finds a receiver, for which the wallet is opened where its book or the name of one of its accounts is meant; an account
    /// without a wallet has neither.
    fn receiver(&self, payment: &PaymentText) -> Result<Account, Failure> {
        match &self.wallet {
            Some(name) => {
                let open = || opening(&self.opened, self.keystore, name, self.password_file);
                let found = payment.receiver(self.keystore, name, open);
                let found =
                    found.map_err(|(NoReceiver::Unknown(failure) | NoReceiver::Unsearched(failure))| failure)?;
                if found.name.is_some() {
                    look_alike::check_names(open()?, [&found])?;
                }
                Ok(found)
            }
            None => Ok(payment.find(self.keystore)?.0),
        }
    }
}

/// The wallet that is opened, or opened now, which asks for its password once.
fn opening<'a>(
    opened: &'a OnceCell<UnlockedWallet>,
    keystore: &Keystore,
    name: &WalletName,
    password_file: Option<&Path>,
) -> Result<&'a UnlockedWallet, Failure> {
    if let Some(wallet) = opened.get() {
        return Ok(wallet);
    }
    let password = Secret::Password.read(password_file, &format!("password of the wallet {name}"))?;
    let wallet = keystore.unlock(name, &password)?;
    Ok(opened.get_or_init(|| wallet))
}

/// Builds the transaction.
///
/// # Errors
/// A failure that says in one line why nothing was built.
pub(crate) fn run(command: &Build, output: Output) -> Result<(), Failure> {
    let keystore = command.keystore.open()?;
    let from = Sender::find(&keystore, &command.from, command.password_file.as_deref())?;
    let action = command.action.action(&from)?;
    let chain = Chain::ask(command, output)?;
    let named = governance::named(&command.keys, command.threshold, "--threshold")?;
    let sender = chain.party(from, named)?;
    let payer = match &command.fee_payer {
        None => None,
        Some(text) => {
            let named =
                governance::named(&command.fee_payer_keys, command.fee_payer_threshold, "--fee-payer-threshold")?;
            let payer = Sender::find(&keystore, text, command.fee_payer_password_file.as_deref())?;
            Some(chain.party(payer, named)?)
        }
    };
    let transaction = command.build(&chain.status, action, &sender, payer.as_ref())?;
    chain.simulate(transaction.transaction())?;
    let receivers = transaction.transaction().action.outputs().iter().map(|output| output.to);
    look_alike::point_out(&keystore, transaction.network(), receivers, output)?;
    command.output.write(&transaction, &sign::names(&keystore)?, output)
}

impl Chain {
    /// Asks the node how it is, and begins to check it.
    fn ask(command: &Build, output: Output) -> Result<Self, Failure> {
        let client = command.node.client();
        let status = client.status()?;
        let trust = command.trust.begin(&command.keystore.folder()?, &client, &status, output)?;
        Ok(Self { client, status, trust })
    }

    /// Has the node say what the transaction would do, before anybody signs it.
    fn simulate(&self, transaction: &Transaction) -> Result<(), Failure> {
        match self.client.simulate(transaction) {
            Ok(SimulationAnswer::Refused { problem }) => {
                let advice = refusal::advice_for_built(&problem.code);
                Err(Failure::from(problem).context("the transaction would be refused").advised(advice))
            }
            // A node that does not simulate decides nothing.
            Ok(SimulationAnswer::Accepted {}) | Err(ClientError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds out how an account stands and who governs it.
    fn party(&self, found: Sender<'_>, named: Option<Authority>) -> Result<Party, Failure> {
        let Sender { keystore, password_file, account, wallet: _, opened } = found;
        account.check_network(&self.status, self.client.url())?;
        let answer = account.read(&self.client, self.trust.as_ref())?;
        let search = Search { keystore, client: &self.client, opened: opened.get(), password_file };
        let authority = search.governing(&account, &answer, named)?;
        Ok(Party { account, answer, authority })
    }
}

impl Build {
    /// The transaction, as things stand.
    fn build(
        &self,
        status: &Status,
        action: Action,
        sender: &Party,
        payer: Option<&Party>,
    ) -> Result<PartiallySignedTransaction, Failure> {
        let sequence = self.place(sender)?;
        let mut builder =
            TransactionBuilder::new(status.chain_id.clone(), sender.account.address, sender.authority.clone(), action)
                .nonce(self.lane, sequence)
                .valid_until(sender.answer.height.saturating_add(self.valid_for));
        if let Some(payer) = payer {
            builder = builder.fee_payer(payer.account.address, payer.authority.clone());
        }
        let is_replacement = sequence < sender.answer.next_sequence(self.lane);
        let per_byte = status.fee_per_byte();
        let raise = if is_replacement { per_byte.div_ceil(REPLACEMENT_RAISE) } else { 0 };
        let transaction = builder.build(per_byte.saturating_add(raise))?;
        let (fee, spent) = (transaction.fee, transaction.outputs_total().map_err(Failure::from)?);
        if fee > self.fee_max {
            let message = format!("the fee would be {fee} FAIC, more than {} FAIC", self.fee_max);
            return Err(Failure::new(Code::FeeOverLimit, message)
                .advice("wait until the network is less busy, or allow it with --fee-max"));
        }
        match payer {
            None => sender.check_balance(spent.checked_add(fee))?,
            Some(payer) => {
                sender.check_balance(Some(spent))?;
                payer.check_balance(Some(fee))?;
            }
        }
        Ok(PartiallySignedTransaction::new(sender.account.network, transaction)?)
    }

    /// The place in the lane: the one that was named, or else the next one where nothing waits.
    ///
    /// What waits may become final as well, so that whoever means to replace it would pay twice. Where the node's word is
    /// taken nothing tells what waits from what is final, and the place is as the node says.
    fn place(&self, sender: &Party) -> Result<u64, Failure> {
        let (lane, from) = (self.lane, sender.account.text());
        let next = sender.answer.next_sequence(lane);
        let used = sender.answer.proved_sequence(lane);
        match (self.sequence, used) {
            (Some(sequence), Some(used)) if sequence < used => {
                let message = format!("the place {sequence} in the lane {lane} of {from} was used; nothing was built");
                Err(Failure::new(Code::SequenceUsed, message)
                    .advice(format!("`faic wallet history {from}` shows what is final")))
            }
            (Some(sequence), _) => Ok(sequence),
            (None, Some(used)) if used < next => Err(waits(&from, lane, used, next)),
            (None, _) => Ok(next),
        }
    }
}

/// The failure of a lane in which the node has transactions in the places from `used` on, before `next`.
fn waits(from: &str, lane: u8, used: u64, next: u64) -> Failure {
    let last = next.saturating_sub(1);
    let places = if used == last { format!("the place {used}") } else { format!("the places {used} to {last}") };
    let message = format!(
        "an earlier transaction of {from} is undecided: the node says that it has {places} in the lane {lane}, and it may \
         still become final; nothing was built"
    );
    Failure::new(Code::EarlierUndecided, message).advice(format!(
        "wait until it is final; --sequence {used} builds what takes its place, --sequence {next} what comes after it"
    ))
}

impl Party {
    /// Refuses what the account cannot pay.
    fn check_balance(&self, needed: Option<Amount>) -> Result<(), Failure> {
        let balance = self.answer.balance;
        if needed.is_some_and(|needed| needed <= balance) {
            return Ok(());
        }
        let needed = needed.map_or("more than can exist".to_owned(), |needed| format!("{needed} FAIC with the fee"));
        let message = format!("{} has {balance} FAIC, the transaction needs {needed}", self.account.text());
        Err(Failure::new(Code::InsufficientBalance, message).advice("lower the amounts, or let somebody pay it first"))
    }
}
