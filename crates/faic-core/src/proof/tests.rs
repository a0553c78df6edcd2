//! Tests of proofs: what an honest node shows is believed, and a lie in any part of it is not.

use super::{AccountProof, BlockProof, HistoryProof, ProofError, TransactionProof};
use crate::{
    Account, Hash, Header, SignedTransaction,
    account::History,
    block::{Receipt, Validator, ValidatorSet, receipt_leaf, receipts_root, transaction_leaf, transactions_root},
    light_client::Head,
    merkle::{Frontier, ListProof, ListProofError},
    samples::{address, chain, nano, public, signed, transfer},
    state_proof::{PathEnd, StateProof, leaf_hash, value_hash},
};

/// The height of the block with transactions.
const HEIGHT: u64 = 5;
/// The height of the head.
const TIP: u64 = 9;

/// A chain with transactions in one block, and an account that took part in them.
struct Sample {
    /// The trusted head.
    head: Head,
    /// The account at [`address`] 1, the only one of the state.
    account: Account,
    /// The ids of all blocks up to the head.
    ids: Vec<Hash>,
    /// The header of the block with transactions.
    header: Header,
    /// The transactions with their receipts.
    inclusions: Vec<(SignedTransaction, Receipt)>,
}

/// A header at a height.
fn header(height: u64) -> Header {
    Header {
        version: 1,
        chain_id: chain(),
        height,
        time_ms: height,
        proposer: public(1),
        parent: Hash::ZERO,
        ancestors: Hash::ZERO,
        last_certificate: Hash::ZERO,
        evidence_root: Hash::ZERO,
        transactions_root: Hash::ZERO,
        receipts_root: Hash::ZERO,
        state_root: Hash::ZERO,
        validators: Hash::ZERO,
        next_validators: Hash::ZERO,
    }
}

/// The canonical bytes of an account.
fn bytes(account: &Account) -> Vec<u8> {
    borsh::to_vec(account).unwrap()
}

/// Makes the chain.
fn sample() -> Sample {
    let inclusion = |sequence: u64| {
        let mut transaction = transfer();
        transaction.nonce.sequence = sequence;
        let signed = signed(transaction);
        let receipt = Receipt {
            transaction: signed.id(),
            payer: address(1),
            fee: nano(sequence),
            base_fee_per_byte: 1,
            sender_balance: nano(7),
        };
        (signed, receipt)
    };
    let inclusions: Vec<_> = (0..3).map(inclusion).collect();
    let receipts: Vec<_> = inclusions.iter().map(|(_, receipt)| receipt.clone()).collect();
    let header = Header {
        transactions_root: transactions_root(inclusions.iter().map(|(signed, _)| signed)),
        receipts_root: receipts_root(&receipts),
        ..header(HEIGHT)
    };
    let history = (0..)
        .zip(&receipts)
        .fold(History::default(), |history, (index, receipt)| history.after(HEIGHT, index, receipt));
    let account = Account { balance: nano(7), history, ..Account::default() };
    let mut ids = vec![Hash::from_bytes([9; 32])];
    ids.extend((1..TIP).map(|height| if height == HEIGHT { header.id() } else { self::header(height).id() }));
    let mut ancestors = Frontier::default();
    for id in &ids {
        ancestors.push(*id);
    }
    let state_root = leaf_hash(&Account::key(&address(1)), &value_hash(&bytes(&account)));
    let tip = Header { ancestors: ancestors.root(), state_root, ..self::header(TIP) };
    let validators =
        ValidatorSet::new(vec![Validator { key: public(1), operator: address(1), stake: nano(1) }]).unwrap();
    let head = Head {
        height: TIP,
        id: tip.id(),
        time_ms: TIP,
        state_root: Some(state_root),
        ancestors: tip.ancestors,
        next_validators: validators.hash(),
        validators,
    };
    ids.push(tip.id());
    Sample { head, account, ids, header, inclusions }
}

impl Sample {
    /// The proof of the block with transactions.
    fn block(&self) -> BlockProof {
        let before = &self.ids[..usize::try_from(TIP).unwrap()];
        BlockProof { header: self.header.clone(), path: ListProof::new(before, HEIGHT) }
    }

    /// The proof of a transaction.
    fn transaction(&self, index: usize) -> TransactionProof {
        let transactions: Vec<_> = self.inclusions.iter().map(|(signed, _)| transaction_leaf(signed)).collect();
        let receipts: Vec<_> = self.inclusions.iter().map(|(_, receipt)| receipt_leaf(receipt)).collect();
        let (signed, receipt) = self.inclusions[index].clone();
        let place = u64::try_from(index).unwrap();
        TransactionProof {
            block: self.block(),
            signed,
            receipt,
            transaction_path: ListProof::new(&transactions, place).unwrap(),
            receipt_path: ListProof::new(&receipts, place).unwrap(),
        }
    }

    /// The proofs of the history, newest first.
    fn history(&self) -> Vec<HistoryProof> {
        let mut before = History::default();
        let mut proofs = Vec::new();
        for (index, (signed, receipt)) in (0..).zip(self.inclusions.clone()) {
            proofs.push(HistoryProof { block: self.block(), index, signed, receipt: receipt.clone(), before });
            before = before.after(HEIGHT, index, &receipt);
        }
        proofs.reverse();
        proofs
    }
}

/// An account is shown, one that was never used is shown to be none, and another account than the state's is refused.
#[test]
fn accounts() {
    let Sample { head, account, .. } = sample();
    let path = StateProof::new(PathEnd::Own, Vec::new()).unwrap();
    let good = AccountProof { account: Some(account.clone()), path };
    assert_eq!(good.verify(&head, &address(1)), Ok(account.clone()));
    let bends: [&dyn Fn(&mut Account); 5] = [
        &|account| account.balance = nano(8),
        &|account| account.authority = Some(Hash::ZERO),
        &|account| account.memo_required = true,
        &|account| _ = account.lanes.insert(0, 1),
        &|account| account.history.count += 1,
    ];
    for bend in bends {
        let mut bent = account.clone();
        bend(&mut bent);
        let lie = AccountProof { account: Some(bent), ..good.clone() };
        assert!(matches!(lie.verify(&head, &address(1)), Err(ProofError::Account(_))));
    }
    assert!(matches!(good.verify(&head, &address(2)), Err(ProofError::Account(_))), "another address");
    let hidden = AccountProof { account: None, ..good.clone() };
    assert!(matches!(hidden.verify(&head, &address(1)), Err(ProofError::Account(_))));
    let end = PathEnd::Other { key: Account::key(&address(1)), value_hash: value_hash(&bytes(&account)) };
    let absent = AccountProof { account: None, path: StateProof::new(end, Vec::new()).unwrap() };
    assert_eq!(absent.verify(&head, &address(2)), Ok(Account::default()));
    assert!(absent.verify(&head, &address(1)).is_err());
    let genesis = Head { state_root: None, ..head };
    assert_eq!(good.verify(&genesis, &address(1)), Err(ProofError::Genesis));
}

/// The head's own block and those before it are of the chain; others, or others' places, are not.
#[test]
fn blocks() {
    let sample = sample();
    let good = sample.block();
    good.verify(&sample.head).unwrap();
    let own = Header { ancestors: sample.head.ancestors, state_root: sample.head.state_root.unwrap(), ..header(TIP) };
    BlockProof { header: own.clone(), path: None }.verify(&sample.head).unwrap();
    let shape = |height| Err(ProofError::Block { height, source: ListProofError::Shape });
    assert_eq!(BlockProof { header: own, path: good.path.clone() }.verify(&sample.head), shape(TIP));
    assert_eq!(BlockProof { path: None, ..good.clone() }.verify(&sample.head), shape(HEIGHT));
    let elsewhere = Header { height: HEIGHT + 1, ..good.header.clone() };
    assert_eq!(BlockProof { header: elsewhere, ..good.clone() }.verify(&sample.head), shape(HEIGHT + 1));
    let forged = BlockProof { header: Header { time_ms: 0, ..good.header.clone() }, ..good.clone() };
    let mismatch = ProofError::Block { height: HEIGHT, source: ListProofError::RootMismatch };
    assert_eq!(forged.verify(&sample.head), Err(mismatch));
    let shorter = BlockProof { path: ListProof::new(&sample.ids[..8], HEIGHT), ..good };
    assert_eq!(shorter.verify(&sample.head), shape(HEIGHT));
}

/// A final transaction is shown; another transaction, receipt or place is refused.
#[test]
fn transactions() {
    let sample = sample();
    let head = &sample.head;
    let (good, other) = (sample.transaction(1), sample.transaction(2));
    good.verify(head).unwrap();
    let id = good.signed.id();
    let fee = Receipt { fee: nano(99), ..good.receipt.clone() };
    let refused = |bend: &dyn Fn(&mut TransactionProof)| {
        let mut bent = good.clone();
        bend(&mut bent);
        bent.verify(head).unwrap_err()
    };
    let source = ListProofError::RootMismatch;
    assert_eq!(refused(&|proof| proof.receipt = fee.clone()), ProofError::Receipt { id, source });
    assert_eq!(refused(&|proof| proof.receipt = other.receipt.clone()), ProofError::OtherReceipt { id });
    assert_eq!(
        refused(&|proof| proof.transaction_path = other.transaction_path.clone()),
        ProofError::Transaction { id, source }
    );
    assert_eq!(refused(&|proof| proof.receipt_path = other.receipt_path.clone()), ProofError::Receipt { id, source });
    let forged = refused(&|proof| proof.block.header.transactions_root = Hash::ZERO);
    assert!(matches!(forged, ProofError::Block { height: HEIGHT, .. }));
    // The signatures of somebody else do not change the id, and still they are not what the block holds.
    let mut signatures = good.signed.clone();
    signatures.signatures.clear();
    assert_eq!(refused(&|proof| proof.signed = signatures.clone()), ProofError::Transaction { id, source });
}

/// A history is shown from the newest back to the beginning; nothing can be left out, swapped, moved or changed.
#[test]
fn histories() {
    let sample = sample();
    let (head, newest) = (&sample.head, sample.account.history);
    let proofs = sample.history();
    let begin = proofs.iter().try_fold(newest, |history, proof| proof.verify(head, &history)).unwrap();
    assert_eq!(begin, History::default());
    assert!(matches!(proofs[1].verify(head, &newest), Err(ProofError::History { .. })), "one is left out");
    let refused = |bend: &dyn Fn(&mut HistoryProof)| {
        let mut bent = proofs[0].clone();
        bend(&mut bent);
        bent.verify(head, &newest).unwrap_err()
    };
    let id = proofs[0].signed.id();
    let fee = Receipt { fee: nano(99), ..proofs[0].receipt.clone() };
    assert_eq!(refused(&|proof| proof.index = 0), ProofError::History { id });
    assert_eq!(refused(&|proof| proof.receipt = fee.clone()), ProofError::History { id });
    assert_eq!(refused(&|proof| proof.before.count += 1), ProofError::History { id });
    assert_eq!(refused(&|proof| proof.before.hash = Hash::ZERO), ProofError::History { id });
    assert_eq!(
        refused(&|proof| proof.signed = proofs[1].signed.clone()),
        ProofError::OtherReceipt { id: proofs[1].signed.id() }
    );
    assert!(matches!(refused(&|proof| proof.block.header.time_ms = 1), ProofError::Block { .. }));
}
