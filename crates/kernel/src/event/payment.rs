//! What happens to money. Amounts are in the minor unit of the currency.

use super::events;
use crate::id::{
    DisputeId, InvoiceId, OrganizationId, PaymentDriftId, PaymentEventId, PaymentId, RefundId, SubscriptionId,
};
use crate::money::Currency;

events! {
    /// A payment was started.
    PaymentCreated = "payment.created" {
        /// The payment.
        payment_id: PaymentId,
        /// Who pays.
        organization_id: OrganizationId,
        /// Through whom: `stripe`.
        provider: String,
        /// How much is asked for.
        amount: i64,
        /// Of what.
        currency: Currency,
    } in organization_id on payment_id;

    /// The money is there.
    PaymentSucceeded = "payment.succeeded" {
        /// The payment.
        payment_id: PaymentId,
        /// Who paid.
        organization_id: OrganizationId,
        /// The subscription that it is for.
        subscription_id: Option<SubscriptionId>,
        /// Through whom: `stripe`.
        provider: String,
        /// How much was asked for.
        amount: i64,
        /// How much was paid in all, with what the provider adds.
        amount_paid: i64,
        /// Of what.
        currency: Currency,
    } in organization_id on payment_id;

    /// A payment did not work. It may still succeed where the provider lets the buyer try again.
    PaymentFailed = "payment.failed" {
        /// The payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// The subscription that it is for.
        subscription_id: Option<SubscriptionId>,
        /// The provider's code: `card_declined`.
        reason: String,
    } in organization_id on payment_id as Failure;

    /// A payment was given up, or nobody paid in time.
    PaymentCanceled = "payment.canceled" {
        /// The payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// `canceled` or `expired`.
        reason: String,
    } in organization_id on payment_id;

    /// Money was given back.
    PaymentRefunded = "payment.refunded" {
        /// The payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// How much was given back by this.
        amount: i64,
        /// How much was given back until now.
        amount_refunded: i64,
        /// Of what.
        currency: Currency,
        /// Whether that is all.
        is_full: bool,
    } in organization_id on payment_id;

    /// A refund was asked for.
    RefundRequested = "refund.requested" {
        /// The refund.
        refund_id: RefundId,
        /// Of which payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// How much.
        amount: i64,
        /// Of what.
        currency: Currency,
    } in organization_id on refund_id;

    /// A refund did not work.
    RefundFailed = "refund.failed" {
        /// The refund.
        refund_id: RefundId,
        /// Of which payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// What the provider says.
        reason: String,
    } in organization_id on refund_id as Failure;

    /// What a provider says about a payment is not what was asked for; somebody has to look.
    PaymentReviewNeeded = "payment.review_needed" {
        /// The payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// `amount_differs`, `currency_differs`, `paid_twice`, `unknown_status`, …
        reason: String,
    } in organization_id on payment_id as Failure;

    /// Staff have settled a payment that was not what was asked for.
    PaymentReviewed = "payment.reviewed" {
        /// The payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// `accepted` or `rejected`.
        outcome: String,
        /// Why, in the words of whoever did.
        reason: String,
    } in organization_id on payment_id;

    /// Staff have settled a refund of which nobody knew whether it had happened.
    RefundReviewed = "refund.reviewed" {
        /// The refund.
        refund_id: RefundId,
        /// Of which payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// `accepted` or `rejected`.
        outcome: String,
        /// Why, in the words of whoever did.
        reason: String,
    } in organization_id on refund_id;

    /// A buyer wants money back from the bank.
    DisputeOpened = "dispute.opened" {
        /// The dispute.
        dispute_id: DisputeId,
        /// About which payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// How much.
        amount: i64,
        /// Of what.
        currency: Currency,
        /// The bank's reason.
        reason: Option<String>,
    } in organization_id on dispute_id;

    /// Money was taken for a dispute, or returned.
    DisputeFundsMoved = "dispute.funds_moved" {
        /// The dispute.
        dispute_id: DisputeId,
        /// About which payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// How much was taken by this; negative where it was returned.
        amount: i64,
        /// Of what.
        currency: Currency,
    } in organization_id on dispute_id;

    /// A dispute is over.
    DisputeClosed = "dispute.closed" {
        /// The dispute.
        dispute_id: DisputeId,
        /// About which payment.
        payment_id: PaymentId,
        /// Whose.
        organization_id: OrganizationId,
        /// `won`, `lost` or `closed`.
        outcome: String,
    } in organization_id on dispute_id;

    /// An invoice or a receipt was written, here or by the provider.
    InvoiceIssued = "invoice.issued" {
        /// The invoice.
        invoice_id: InvoiceId,
        /// Whose.
        organization_id: OrganizationId,
        /// The subscription that it is for.
        subscription_id: Option<SubscriptionId>,
        /// In all.
        total: i64,
        /// Of what.
        currency: Currency,
    } in organization_id on invoice_id;

    /// Staff had a provider asked again what an event is about.
    PaymentEventRetried = "payment_event.retried" {
        /// The event.
        payment_event_id: PaymentEventId,
        /// Who told it.
        provider: String,
        /// What they call it.
        event_type: String,
    } on payment_event_id;

    /// What a provider says is not what is written here, or the books do not agree with themselves; somebody has to
    /// look.
    PaymentDriftFound = "payment_drift.found" {
        /// The drift.
        payment_drift_id: PaymentDriftId,
        /// `payment_differs`, `ledger_transfer_unbalanced`, …
        kind: String,
        /// What it is about.
        subject: String,
        /// What differs.
        detail: String,
    } on payment_drift_id as Failure;

    /// Staff looked at a drift and settled it.
    PaymentDriftResolved = "payment_drift.resolved" {
        /// The drift.
        payment_drift_id: PaymentDriftId,
        /// What differed.
        kind: String,
        /// What it is about.
        subject: String,
    } on payment_drift_id;
}
