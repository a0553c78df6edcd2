//! The ledger of FAIC.
