//! What happens on the tour once the node answers, and what must come of it.

use std::time::{Duration, Instant};

use faic_core::{
    Amount, Authority, Hash, Network,
    derivation::{AccountPath, derive_account_key},
    mnemonic::{Language, Mnemonic, WordCount},
};
use faic_node::ApiToken;
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::json;
use zeroize::Zeroizing;

use super::progress::Progress;
use crate::{
    client::{Client, Receipt, TransactionAnswer, amount, hash},
    failure::{Code, Context, Failure},
    output::{Answer, Column, fields, numbered_words, table},
};

/// How many steps the tour has, with the start and the stop of the node.
pub(super) const STEPS: usize = 8;
/// The wallet that pays.
pub(super) const PAYER: &str = "alice";
/// The wallet that is paid.
pub(super) const PAYEE: &str = "bob";
/// The password of both, on a network that lives for seconds.
const PASSWORD: &str = "a password for the tour";
/// What is paid, in nano: 12.5 FAIC.
const PAYMENT_NANO: u64 = 12_500_000_000;
/// How long a transaction may take to become final.
const PATIENCE: Duration = Duration::from_secs(10);

/// A wallet that the node made.
#[derive(Deserialize)]
struct MadeWallet {
    /// Its address.
    address: String,
    /// Its words, where they are new.
    #[serde(default, deserialize_with = "secret")]
    mnemonic: Zeroizing<String>,
}

/// Reads a text that is wiped when dropped.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Zeroizing<String>, D::Error> {
    String::deserialize(deserializer).map(Zeroizing::new)
}

/// A transaction that the node made.
#[derive(Deserialize)]
pub(super) struct Sent {
    /// Its id.
    #[serde(deserialize_with = "hash")]
    pub(super) id: Hash,
    /// What is paid for it.
    #[serde(deserialize_with = "amount")]
    pub(super) fee: Amount,
}

/// What the faucet pays.
#[derive(Deserialize)]
struct Grant {
    /// The transaction that pays it.
    #[serde(flatten)]
    sent: Sent,
    /// How much it is.
    #[serde(deserialize_with = "amount")]
    amount: Amount,
}

/// A transaction that became final.
pub(super) struct Settled {
    /// The height of its block.
    pub(super) height: u64,
    /// What it did.
    pub(super) receipt: Receipt,
    /// How long it took from the node's acceptance, in milliseconds.
    pub(super) took_ms: u128,
}

/// The tour as it goes on.
pub(super) struct Story<'a> {
    /// The node.
    client: &'a Client,
    /// The token of its wallets.
    token: &'a ApiToken,
    /// Shows the steps.
    progress: &'a Progress,
}

impl<'a> Story<'a> {
    /// The story of that node.
    pub(super) fn new(client: &'a Client, token: &'a ApiToken, progress: &'a Progress) -> Self {
        Self { client, token, progress }
    }

    /// Goes through the steps between start and stop.
    ///
    /// # Errors
    /// A failure that says which step failed, and why.
    pub(super) fn tell(&self) -> Result<Told, Failure> {
        let status = self.client.status().context("the status of the node")?;
        let alice = self.create().context("creating a wallet failed")?;
        let grant = self.take_funds(&alice).context("taking funds failed")?;
        let bob = self.import().context("importing a wallet failed")?;
        let payment = Amount::from_nano(PAYMENT_NANO)?;
        let sent = self.transfer(&bob, payment).context("the transfer failed")?;
        let begin = Instant::now();
        self.progress.begin("wait until the transfer is final");
        let settled = self.wait(&sent.id, begin).context("waiting for the transfer failed")?;
        self.progress
            .end(&[("height", settled.height.to_string()), ("final after", format!("{} ms", settled.took_ms))]);
        let expected = [grant.checked_sub(payment).and_then(|rest| rest.checked_sub(sent.fee)), Some(payment)];
        self.progress.begin("read both balances");
        let [alice_has, bob_has] =
            self.balances(self.client, [&alice, &bob], expected).context("the balances are not right")?;
        self.progress.end(&has([alice_has, bob_has]));
        if settled.receipt.sender_balance != alice_has || settled.receipt.fee != sent.fee {
            return Err(Failure::new(Code::NodeNotTrusted, "the receipt tells of other amounts than were paid"));
        }
        Ok(Told {
            chain_id: status.chain_id.to_string(),
            wallets: [WalletItem::new(PAYER, alice, alice_has), WalletItem::new(PAYEE, bob, bob_has)],
            receipt: ReceiptItem {
                transaction: sent.id.to_string(),
                height: settled.height,
                amount: payment.nano().to_string(),
                fee: settled.receipt.fee.nano().to_string(),
                payer: settled.receipt.payer,
                finality_ms: settled.took_ms,
                text: [payment, settled.receipt.fee],
            },
            seconds: 0.0,
        })
    }

    /// Creates a wallet and shows its words.
    pub(super) fn create(&self) -> Result<String, Failure> {
        self.progress.begin("create a wallet");
        let made: MadeWallet = self.post("/v1/wallets", &json!({ "name": PAYER, "password": PASSWORD }))?;
        let mnemonic = Mnemonic::parse(&made.mnemonic).context("the words of the node are no mnemonic")?;
        check_address(&mnemonic, &made.address)?;
        let mut facts = vec![("wallet", PAYER.to_owned()), ("address", made.address.clone())];
        facts.push(("its 24 words", "shown this once; whoever has them has the money".to_owned()));
        facts.extend(numbered_words(&mnemonic.phrase()).into_iter().map(|row| ("", row)));
        self.progress.end(&facts);
        Ok(made.address)
    }

    /// Takes money from the faucet, and gives what there is then.
    pub(super) fn take_funds(&self, address: &str) -> Result<Amount, Failure> {
        self.progress.begin("take funds from the faucet");
        let grant: Grant = self.client.post("/v1/faucet", None, &json!({ "address": address }))?;
        let begin = Instant::now();
        let settled = self.wait(&grant.sent.id, begin)?;
        let (height, took) = (settled.height, settled.took_ms);
        self.progress.end(&[
            ("received", format!("{} FAIC", grant.amount)),
            ("final", format!("at height {height}, after {took} ms")),
        ]);
        Ok(grant.amount)
    }

    /// Imports a wallet from words that were made here, in another language.
    pub(super) fn import(&self) -> Result<String, Failure> {
        self.progress.begin("import a second wallet from a mnemonic");
        let mnemonic = Mnemonic::generate(WordCount::Twelve, Language::ChineseSimplified)?;
        let phrase = mnemonic.phrase();
        let body = json!({ "name": PAYEE, "password": PASSWORD, "mnemonic": *phrase });
        let made: MadeWallet = self.post("/v1/wallets/import", &body)?;
        check_address(&mnemonic, &made.address)?;
        self.progress.end(&[
            ("wallet", PAYEE.to_owned()),
            ("address", made.address.clone()),
            ("12 words", phrase.to_string()),
        ]);
        Ok(made.address)
    }

    /// Pays from the first wallet to an address.
    pub(super) fn transfer(&self, to: &str, payment: Amount) -> Result<Sent, Failure> {
        self.progress.begin(&format!("transfer {payment} FAIC from {PAYER} to {PAYEE}"));
        let output = json!({ "to": to, "amount": payment.nano().to_string(), "memo": "a tour of FAIC" });
        let body = json!({ "password": PASSWORD, "outputs": [output] });
        let sent: Sent = self.post(&format!("/v1/wallets/{PAYER}/transfers"), &body)?;
        self.progress.end(&[("transaction", sent.id.to_string()), ("fee", format!("{} FAIC", sent.fee))]);
        Ok(sent)
    }

    /// Reads what the accounts have at a node, which must be what is expected.
    pub(super) fn balances(
        &self,
        client: &Client,
        addresses: [&String; 2],
        expected: [Option<Amount>; 2],
    ) -> Result<[Amount; 2], Failure> {
        let mut found = [Amount::ZERO; 2];
        for ((found, address), expected) in found.iter_mut().zip(addresses).zip(expected) {
            *found = client.account_at(address)?.balance;
            if Some(*found) != expected {
                let expected = expected.map_or("less than nothing".to_owned(), |amount| amount.to_string());
                let message = format!("{address} has {found} FAIC in place of {expected}");
                return Err(Failure::new(Code::NodeNotTrusted, message));
            }
        }
        Ok(found)
    }

    /// Waits until a transaction is final.
    fn wait(&self, id: &Hash, begin: Instant) -> Result<Settled, Failure> {
        wait_at(self.client, id, begin)
    }

    /// Asks for something that needs the token.
    fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        Ok(self.client.post(path, Some(self.token.reveal()), body)?)
    }
}

/// What both wallets have, for people.
pub(super) fn has([payer, payee]: [Amount; 2]) -> [(&'static str, String); 2] {
    [(PAYER, format!("{payer} FAIC")), (PAYEE, format!("{payee} FAIC"))]
}

/// Waits until a transaction is final at a node.
pub(super) fn wait_at(client: &Client, id: &Hash, begin: Instant) -> Result<Settled, Failure> {
    match client.wait_for(id, PATIENCE)? {
        TransactionAnswer::Final { height, receipt, proof: _ } => {
            Ok(Settled { height, receipt, took_ms: begin.elapsed().as_millis() })
        }
        TransactionAnswer::Rejected { reason } => {
            Err(Failure::new(Code::TransactionRejected, format!("{id} was rejected: {reason}")))
        }
        TransactionAnswer::Expired {} => Err(Failure::new(Code::TransactionExpired, format!("{id} expired"))),
        TransactionAnswer::Pooled {} => {
            Err(Failure::new(Code::NotFinal, format!("{id} was not final after {} s", PATIENCE.as_secs())))
        }
    }
}

/// Checks that the node derives the same address from the words as this program does.
fn check_address(mnemonic: &Mnemonic, found: &str) -> Result<(), Failure> {
    let key = derive_account_key(&mnemonic.to_seed(""), Network::Dev, AccountPath::default());
    let expected = Authority::single(key.public_key()).address().encode(Network::Dev);
    if found == expected {
        Ok(())
    } else {
        let message = format!("the node answers with the address {found}, the words give {expected}");
        Err(Failure::new(Code::NodeNotTrusted, message))
    }
}

/// What came of the tour.
#[derive(Serialize)]
pub(super) struct Told {
    /// The chain.
    chain_id: String,
    /// Both wallets with what they have.
    wallets: [WalletItem; 2],
    /// What the transfer did.
    receipt: ReceiptItem,
    /// How long all of it took.
    pub(super) seconds: f64,
}

/// A wallet with what it has.
#[derive(Serialize)]
struct WalletItem {
    /// Its name.
    name: &'static str,
    /// Its address.
    address: String,
    /// What it has, in nano.
    balance: String,
    /// What it has, for people.
    #[serde(skip)]
    faic: Amount,
}

impl WalletItem {
    /// A wallet that has that much.
    fn new(name: &'static str, address: String, balance: Amount) -> Self {
        Self { name, address, balance: balance.nano().to_string(), faic: balance }
    }
}

/// What the transfer did.
#[derive(Serialize)]
struct ReceiptItem {
    /// Its id.
    transaction: String,
    /// The height of its block.
    height: u64,
    /// What was paid, in nano.
    amount: String,
    /// What was paid for it, in nano.
    fee: String,
    /// Who paid the fee.
    payer: String,
    /// How long it took from the node's acceptance to finality, in milliseconds.
    finality_ms: u128,
    /// Amount and fee, for people.
    #[serde(skip)]
    text: [Amount; 2],
}

impl Answer for Told {
    fn to_text(&self) -> String {
        let rows =
            self.wallets.iter().map(|wallet| [wallet.name.to_owned(), wallet.address.clone(), wallet.faic.to_string()]);
        let [amount, fee] = self.receipt.text;
        let receipt = fields(&[
            ("receipt of", self.receipt.transaction.clone()),
            ("final at", format!("height {} of {}", self.receipt.height, self.chain_id)),
            ("paid", format!("{amount} FAIC")),
            ("fee", format!("{fee} FAIC by {}", self.receipt.payer)),
        ]);
        format!(
            "\n{}\n{receipt}\nThe tour took {:.1} s. `faic dev` keeps such a network running.\n",
            table(["wallet", "address", "balance (FAIC)"], [Column::Words, Column::Id, Column::Number], rows),
            self.seconds,
        )
    }
}
