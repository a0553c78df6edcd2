//! What a transaction does that others sign, as it is said on the command line.

use clap::Args;
use faic_core::{
    Amount, PublicKey, Signature,
    transaction::{Action, Output as Payee},
};

use crate::{
    commands::wallet::{
        build::Sender,
        governance,
        payment::{PaymentText, parse_amount},
        send::parse_memo,
        settings::Switch,
        stake::{parse_key, parse_signature, parse_stake},
    },
    failure::{Code, Failure},
};

/// What a transaction does; one of these.
#[derive(Debug, Args)]
pub(super) struct ActionOptions {
    /// Who receives: an address, a wallet of yours (or WALLET/NUMBER), or, of the wallet that acts, an account by its name or a
    /// name of its address book.
    #[arg(value_name = "TO", requires = "amount")]
    to: Option<String>,

    /// How much, in FAIC, such as 12.5.
    #[arg(value_name = "AMOUNT", value_parser = parse_amount, allow_negative_numbers = true)]
    amount: Option<Amount>,

    /// A receiver with an amount; may be repeated, and either all are paid or none.
    #[arg(long = "to", value_name = "TO=AMOUNT")]
    payments: Vec<PaymentText>,

    /// A note to the receivers of at most 64 bytes that everybody can read.
    #[arg(long, value_name = "TEXT", value_parser = parse_memo)]
    memo: Option<String>,

    /// Whether every payment to the account must carry a memo from now on.
    #[arg(long, value_name = "SWITCH")]
    memo_required: Option<Switch>,

    /// A public key that governs the account from now on, in place of all that did; may be repeated.
    #[arg(long = "new-key", value_name = "HEX", value_parser = parse_key)]
    new_keys: Vec<PublicKey>,

    /// How many of the new keys must sign from now on.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=16), requires = "new_keys")]
    new_threshold: Option<u8>,

    /// Put so much more at stake, in FAIC; needs the validator key and its possession.
    #[arg(long, value_name = "AMOUNT", value_parser = parse_stake, requires = "validator_key", requires = "possession")]
    bond: Option<Amount>,

    /// The public half of the validator key, as `faic validator possession` shows it.
    #[arg(long, value_name = "HEX", value_parser = parse_key, requires = "bond")]
    validator_key: Option<PublicKey>,

    /// The validator key's signature that the account may bond with it.
    #[arg(long, value_name = "HEX", value_parser = parse_signature, requires = "bond")]
    possession: Option<Signature>,

    /// Take so much out of the stake, in FAIC.
    #[arg(long, value_name = "AMOUNT", value_parser = parse_amount)]
    unbond: Option<Amount>,

    /// Move money whose unbonding period has passed to the balance.
    #[arg(long)]
    withdraw: bool,

    /// Let the account's jailed validator vote again.
    #[arg(long)]
    unjail: bool,
}

impl ActionOptions {
    /// What the transaction does.
    ///
    /// # Errors
    /// A failure of usage where nothing is said, or more than one transaction does.
    pub(super) fn action(&self, sender: &Sender<'_>) -> Result<Action, Failure> {
        let plain = [(self.withdraw, Action::Withdraw), (self.unjail, Action::Unjail)];
        let plain = plain.into_iter().filter_map(|(is_said, action)| is_said.then_some(action));
        let unbond = self.unbond.map(|amount| Action::Unbond { amount });
        let said = [self.settings()?, self.stake()];
        let mut said = said.into_iter().flatten().chain(unbond).chain(plain);
        let pays = (self.to.is_some() && self.amount.is_some()) || !self.payments.is_empty();
        if !pays && self.memo.is_some() {
            return Err(Failure::usage("--memo belongs to payments, and there are none"));
        }
        match (pays, said.next(), said.next()) {
            (true, None, _) => self.transfer(sender),
            (false, Some(action), None) => Ok(action),
            (false, None, _) => {
                Err(Failure::usage("say what the transaction does, such as TO AMOUNT").advice("see --help"))
            }
            (true | false, Some(_), _) => {
                Err(Failure::usage("a transaction does one thing only").advice("build one for each"))
            }
        }
    }

    /// The payments.
    fn transfer(&self, sender: &Sender<'_>) -> Result<Action, Failure> {
        let first = self.to.iter().zip(self.amount).map(|(to, amount)| PaymentText::new(to, amount));
        let memo = self.memo.as_deref().unwrap_or_default();
        let mut outputs = Vec::new();
        for payment in first.chain(self.payments.iter().cloned()) {
            let payment = payment.to(sender.receiver(&payment)?, memo);
            if payment.to.network != sender.account.network {
                let message = format!("{} belongs to the {} network", payment.to.text(), payment.to.network);
                return Err(Failure::new(Code::OtherNetwork, message)
                    .advice(format!("ask for an address of the {} network", sender.account.network))
                    .of_argument());
            }
            outputs.push(Payee { to: payment.to.address, amount: payment.amount, memo: payment.memo });
        }
        Ok(Action::Transfer { outputs })
    }

    /// The change of settings, where there is one.
    fn settings(&self) -> Result<Option<Action>, Failure> {
        let authority = governance::named(&self.new_keys, self.new_threshold, "--new-threshold")?;
        let memo_required = self.memo_required.map(|switch| switch == Switch::On);
        let is_said = authority.is_some() || memo_required.is_some();
        Ok(is_said.then_some(Action::SetAccount { authority, memo_required }))
    }

    /// The bond, where there is one.
    fn stake(&self) -> Option<Action> {
        let (amount, key, possession) = (self.bond?, self.validator_key?, self.possession?);
        Some(Action::Bond { key, possession, amount })
    }
}
