//! Buyers who want money back from the bank.

use serde::Deserialize;

use super::{BalanceTransaction, Expandable, Named};

/// `dispute`.
#[derive(Debug, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) reason: Option<String>,
    pub(crate) payment_intent: Option<Expandable<Named>>,
    pub(crate) charge: Option<Expandable<Named>>,
    pub(crate) balance_transactions: Vec<BalanceTransaction>,
    pub(crate) evidence_details: Option<EvidenceDetails>,
    pub(crate) created: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct EvidenceDetails {
    pub(crate) due_by: Option<i64>,
}
