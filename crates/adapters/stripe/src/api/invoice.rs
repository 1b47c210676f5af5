//! Bills.

use serde::Deserialize;

use super::{Expandable, Identified, List, Metadata, Named};

/// `invoice`.
#[derive(Debug, Deserialize)]
pub(crate) struct Invoice {
    /// Previews may have none.
    #[serde(default)]
    pub(crate) id: String,
    /// Previews may have none.
    pub(crate) status: Option<String>,
    pub(crate) currency: String,
    pub(crate) total: i64,
    pub(crate) amount_paid: i64,
    pub(crate) total_taxes: Option<Vec<Tax>>,
    /// Before the release basil.
    pub(crate) total_tax_amounts: Option<Vec<Tax>>,
    pub(crate) number: Option<String>,
    pub(crate) billing_reason: Option<String>,
    pub(crate) hosted_invoice_url: Option<String>,
    #[serde(rename = "invoice_pdf")]
    pub(crate) pdf: Option<String>,
    pub(crate) attempt_count: Option<u32>,
    pub(crate) next_payment_attempt: Option<i64>,
    pub(crate) period_start: Option<i64>,
    pub(crate) period_end: Option<i64>,
    pub(crate) created: Option<i64>,
    pub(crate) status_transitions: Option<StatusTransitions>,
    pub(crate) lines: Option<List<Line>>,
    pub(crate) payments: Option<List<InvoicePayment>>,
    pub(crate) parent: Option<Parent>,
    /// Before the release basil.
    pub(crate) subscription: Option<Expandable<Named>>,
    /// Before the release basil.
    pub(crate) payment_intent: Option<Expandable<Named>>,
    /// Before the release basil.
    pub(crate) subscription_details: Option<SubscriptionDetails>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Tax {
    pub(crate) amount: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct StatusTransitions {
    pub(crate) paid_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Parent {
    pub(crate) subscription_details: Option<SubscriptionDetails>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct SubscriptionDetails {
    pub(crate) subscription: Option<Expandable<Named>>,
    pub(crate) metadata: Option<Metadata>,
}

/// `line_item`.
#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    pub(crate) amount: i64,
    pub(crate) period: Option<Period>,
    parent: Option<LineParent>,
    /// Before the release basil.
    proration: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Period {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

#[derive(Debug, Deserialize)]
struct LineParent {
    subscription_item_details: Option<LineDetails>,
    invoice_item_details: Option<LineDetails>,
}

#[derive(Debug, Deserialize)]
struct LineDetails {
    proration: Option<bool>,
}

/// `invoice_payment`.
#[derive(Debug, Deserialize)]
pub(crate) struct InvoicePayment {
    pub(crate) status: String,
    pub(crate) is_default: Option<bool>,
    pub(crate) invoice: Option<Expandable<Invoice>>,
    pub(crate) payment: Option<Paid>,
}

/// What an invoice is paid with.
#[derive(Debug, Deserialize)]
pub(crate) struct Paid {
    pub(crate) payment_intent: Option<Expandable<Named>>,
}

impl Line {
    /// Whether it settles the rest of a period.
    pub(crate) fn is_proration(&self) -> bool {
        let parent = self.parent.as_ref();
        let details = parent.and_then(|parent| {
            let item = parent.subscription_item_details.as_ref();
            item.or(parent.invoice_item_details.as_ref())
        });
        let proration = details.and_then(|details| details.proration).or(self.proration);
        proration.unwrap_or_default()
    }
}

impl Identified for Invoice {
    fn id(&self) -> &str {
        &self.id
    }
}
