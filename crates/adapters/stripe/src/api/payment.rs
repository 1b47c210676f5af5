//! Payments, what was charged for them, and what was given back.

use serde::Deserialize;

use super::{Customer, Expandable, Identified, Metadata, Named};

/// `payment_intent`.
#[derive(Debug, Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) amount_received: Option<i64>,
    pub(crate) currency: String,
    pub(crate) customer: Option<Expandable<Customer>>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) latest_charge: Option<Expandable<Charge>>,
    pub(crate) last_payment_error: Option<LastError>,
    /// Before the release basil.
    pub(crate) invoice: Option<Expandable<Named>>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) created: Option<i64>,
}

/// Why it did not work the last time.
#[derive(Debug, Deserialize)]
pub(crate) struct LastError {
    pub(crate) code: Option<String>,
    pub(crate) decline_code: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
}

/// `charge`.
#[derive(Debug, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: String,
    pub(crate) payment_intent: Option<Expandable<Named>>,
    pub(crate) balance_transaction: Option<Expandable<BalanceTransaction>>,
    pub(crate) billing_details: Option<BillingDetails>,
    pub(crate) created: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct BillingDetails {
    pub(crate) email: Option<String>,
}

/// `balance_transaction`: in the currency of the account's balance.
#[derive(Debug, Deserialize)]
pub(crate) struct BalanceTransaction {
    id: String,
    pub(crate) amount: i64,
    pub(crate) fee: Option<i64>,
    pub(crate) currency: String,
}

/// `refund`.
#[derive(Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: Option<String>,
    pub(crate) payment_intent: Option<Expandable<Named>>,
    pub(crate) charge: Option<Expandable<Named>>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) created: Option<i64>,
}

impl Identified for PaymentIntent {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Charge {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for BalanceTransaction {
    fn id(&self) -> &str {
        &self.id
    }
}
