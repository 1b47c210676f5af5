//! Bills as they are shown.

use garde::Validate;
use kernel::{Currency, InvoiceId, OrganizationId, PaymentId, SubscriptionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::invoice::model::{Invoice, InvoiceFilter, InvoiceKind, InvoiceStatus, Line};

/// Which bills.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct InvoiceQuery {
    /// Whose; a key's own organization when absent, and else, for staff, everybody's.
    #[garde(skip)]
    #[expect(dead_code, reason = "Scope reads it")]
    organization_id: Option<OrganizationId>,
    /// Only those that stand there.
    #[garde(skip)]
    status: Option<InvoiceStatus>,
    /// Only those for this subscription.
    #[garde(skip)]
    subscription_id: Option<SubscriptionId>,
    /// Only those for this payment.
    #[garde(skip)]
    payment_id: Option<PaymentId>,
}

/// A bill.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct InvoiceBody {
    /// Its id.
    id: InvoiceId,
    /// Who wrote it, and what for. Receipts and credit notes are our own, and can be shown as a page.
    kind: InvoiceKind,
    /// The receipt that a credit note is about.
    corrects_id: Option<InvoiceId>,
    /// Who pays.
    organization_id: OrganizationId,
    /// The subscription that it is for.
    subscription_id: Option<SubscriptionId>,
    /// The payment that settled it.
    payment_id: Option<PaymentId>,
    /// Through whom it is paid.
    #[schemars(extend("example" = "stripe"))]
    provider: String,
    /// The number that is printed on it.
    #[schemars(extend("example" = "2026-000031"))]
    number: Option<String>,
    /// Where it stands.
    status: InvoiceStatus,
    /// Why it was written, as the provider says.
    #[schemars(extend("example" = "subscription_cycle"))]
    billing_reason: Option<String>,
    /// Before taxes, in the minor unit of the currency.
    #[schemars(extend("example" = 1900))]
    subtotal: i64,
    /// Taxes.
    #[schemars(extend("example" = 0))]
    tax_amount: i64,
    /// In all; what was given back, for a credit note.
    #[schemars(extend("example" = 1900))]
    total: i64,
    /// What was paid of it.
    #[schemars(extend("example" = 1900))]
    amount_paid: i64,
    /// Of what.
    currency: Currency,
    /// What was bought, where we wrote it.
    lines: Vec<Line>,
    /// The name that it was written to.
    #[schemars(extend("example" = "Ink & Quill"))]
    billed_to: Option<String>,
    /// A page of the provider where it can be seen and paid.
    hosted_url: Option<String>,
    /// The same on paper.
    pdf_url: Option<String>,
    /// How often it was tried to collect it.
    #[schemars(extend("example" = 1))]
    attempts: Option<i64>,
    /// When it is tried next.
    next_attempt_at: Option<Timestamp>,
    /// The time that is paid for: its begin.
    period_start: Option<Timestamp>,
    /// The time that is paid for: its end.
    period_end: Option<Timestamp>,
    /// When it was written.
    issued_at: Timestamp,
    /// When it was paid.
    paid_at: Option<Timestamp>,
}

impl InvoiceQuery {
    pub(super) fn filter(&self, organization: Option<OrganizationId>) -> InvoiceFilter {
        InvoiceFilter {
            organization,
            status: self.status,
            subscription: self.subscription_id,
            payment: self.payment_id,
        }
    }
}

impl From<Invoice> for InvoiceBody {
    fn from(invoice: Invoice) -> Self {
        let content = invoice.content;
        Self {
            id: invoice.id,
            kind: invoice.kind,
            corrects_id: invoice.corrects,
            organization_id: invoice.organization,
            subscription_id: invoice.subscription,
            payment_id: invoice.payment,
            provider: invoice.provider,
            number: invoice.number,
            status: content.status,
            billing_reason: content.billing_reason,
            subtotal: content.subtotal,
            tax_amount: content.tax,
            total: content.total,
            amount_paid: content.paid,
            currency: content.currency,
            lines: invoice.lines,
            billed_to: invoice.billed_to.name,
            hosted_url: content.hosted_url,
            pdf_url: content.pdf_url,
            attempts: content.attempts,
            next_attempt_at: content.next_attempt_at,
            period_start: content.period_start,
            period_end: content.period_end,
            issued_at: invoice.issued_at,
            paid_at: content.paid_at,
        }
    }
}
