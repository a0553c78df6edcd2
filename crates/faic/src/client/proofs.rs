//! Proofs in the answers of the API, and what they show. Nothing here is checked: see [`crate::trust`].

use base64::{Engine, prelude::BASE64_STANDARD};
use borsh::BorshDeserialize;
use faic_core::{Network, light_client::LightBlock, proof::HistoryProof, transaction::Output};
use serde::{Deserializer, de::Error};

use super::{
    ClientError, HistoryItem, Receipt, TransferOutput,
    answers::{ActionDocument, TransactionDocument},
};

/// Reads canonical bytes in base64 (RFC 4648).
fn canonical<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64_STANDARD.decode(<String as serde::Deserialize>::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads canonical bytes in base64, or nothing.
pub(super) fn optional_canonical<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    canonical(deserializer).map(Some)
}

/// A proof, and the block that it leads to.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct ProofAnswer {
    /// The canonical bytes of a [`LightBlock`].
    #[serde(deserialize_with = "canonical")]
    light_block: Vec<u8>,
    /// The canonical bytes of the proof.
    #[serde(deserialize_with = "canonical")]
    proof: Vec<u8>,
}

impl ProofAnswer {
    /// The block.
    pub(crate) fn light_block(&self) -> Result<LightBlock, ClientError> {
        decoded(&self.light_block)
    }

    /// The proof.
    pub(crate) fn proof<T: BorshDeserialize>(&self) -> Result<T, ClientError> {
        decoded(&self.proof)
    }
}

/// Reads canonical bytes.
pub(crate) fn decoded<T: BorshDeserialize>(bytes: &[u8]) -> Result<T, ClientError> {
    borsh::from_slice(bytes).map_err(|source| ClientError::Proof { reason: source.to_string() })
}

/// A header with what makes it final.
#[derive(Debug, serde::Deserialize)]
pub(in crate::client) struct LightBlockAnswer {
    /// The canonical bytes of a [`LightBlock`].
    #[serde(deserialize_with = "canonical")]
    pub(in crate::client) light_block: Vec<u8>,
}

impl HistoryItem {
    /// What a proof shows, on that network.
    pub(crate) fn proved(proof: &HistoryProof, network: Network) -> Self {
        let HistoryProof { block, signed, receipt, .. } = proof;
        let transaction = &signed.transaction;
        let output = |output: &Output| TransferOutput {
            to: output.to.encode(network),
            amount: output.amount,
            memo: output.memo.clone(),
        };
        Self {
            id: signed.id(),
            height: block.header.height,
            index: proof.index,
            time_ms: block.header.time_ms,
            transaction: TransactionDocument {
                sender: transaction.sender.encode(network),
                memo: transaction.memo.clone(),
                action: ActionDocument {
                    kind: transaction.action.name().to_owned(),
                    outputs: transaction.action.outputs().iter().map(output).collect(),
                },
            },
            receipt: Receipt {
                payer: receipt.payer.encode(network),
                fee: receipt.fee,
                sender_balance: receipt.sender_balance,
            },
            proof: None,
        }
    }
}
