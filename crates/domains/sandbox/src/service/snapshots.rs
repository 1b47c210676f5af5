//! Objects in the words of the port.

use kernel::{Money, Timestamp};
use ports::payments::{
    DisputeSnapshot, DisputeState, InvoiceSnapshot, InvoiceState, Pause, PaymentSnapshot, PaymentState,
    RefundSnapshot, RefundState, SubscriptionSnapshot, SubscriptionState,
};

use crate::model::checkout::Checkout;
use crate::model::payment::{Dispute, DisputeStatus, Payment, PaymentStatus, Refund};
use crate::model::subscription::{Invoice, InvoiceStatus, Subscription, SubscriptionStatus};

/// A page where nobody has paid.
pub(super) fn unpaid(checkout: Checkout, now: Timestamp) -> PaymentSnapshot {
    PaymentSnapshot {
        state: if checkout.is_open(now) {
            PaymentState::Open
        } else {
            PaymentState::Expired
        },
        reference: Some(checkout.reference),
        checkout: Some(checkout.id),
        id: None,
        subscription: None,
        invoice: None,
        customer: Some(checkout.customer),
        customer_email: checkout.customer_email,
        amount: checkout.amount,
        total: checkout.amount,
        tax: None,
        fee: None,
        refunded: Money::zero(checkout.amount.currency()),
        refunds: Vec::new(),
        paid_at: None,
        created_at: Some(checkout.created_at),
    }
}

pub(super) fn payment_snapshot(payment: Payment, given_back: Vec<Refund>) -> PaymentSnapshot {
    PaymentSnapshot {
        state: match payment.status {
            PaymentStatus::RequiresAction => PaymentState::RequiresAction,
            PaymentStatus::Processing => PaymentState::Processing,
            PaymentStatus::Succeeded => PaymentState::Succeeded,
            PaymentStatus::Canceled => PaymentState::Canceled,
            PaymentStatus::Failed => PaymentState::Failed {
                code: payment.failure_code.unwrap_or_default(),
            },
        },
        reference: payment.reference,
        checkout: payment.checkout,
        id: Some(payment.id),
        subscription: payment.subscription,
        invoice: payment.invoice,
        customer: Some(payment.customer),
        customer_email: payment.customer_email,
        amount: payment.amount,
        total: payment.amount,
        tax: None,
        fee: None,
        refunded: payment.refunded,
        refunds: given_back.into_iter().map(refund_snapshot).collect(),
        paid_at: payment.paid_at,
        created_at: Some(payment.created_at),
    }
}

/// A refund: the buyer has it at once.
pub(crate) fn refund_snapshot(refund: Refund) -> RefundSnapshot {
    RefundSnapshot {
        id: Some(refund.id),
        reference: refund.reference,
        amount: refund.amount,
        state: RefundState::Succeeded,
        created_at: Some(refund.created_at),
    }
}

pub(super) fn dispute_snapshot(dispute: Dispute) -> DisputeSnapshot {
    DisputeSnapshot {
        id: dispute.id,
        payment: Some(dispute.payment),
        amount: dispute.amount,
        withdrawn: dispute.withdrawn,
        state: match dispute.status {
            DisputeStatus::NeedsResponse => DisputeState::NeedsResponse,
            DisputeStatus::Won => DisputeState::Won,
            DisputeStatus::Lost => DisputeState::Lost,
        },
        reason: Some(dispute.reason),
        due_at: Some(dispute.due_at),
        created_at: Some(dispute.created_at),
    }
}

/// A subscription. It has one item, of its own id.
pub(crate) fn subscription_snapshot(subscription: Subscription) -> SubscriptionSnapshot {
    SubscriptionSnapshot {
        state: match subscription.status {
            SubscriptionStatus::Incomplete => SubscriptionState::Incomplete,
            SubscriptionStatus::Trialing => SubscriptionState::Trialing,
            SubscriptionStatus::Active => SubscriptionState::Active,
            SubscriptionStatus::PastDue => SubscriptionState::PastDue,
            SubscriptionStatus::Unpaid => SubscriptionState::Unpaid,
            SubscriptionStatus::Canceled => SubscriptionState::Canceled,
        },
        reference: Some(subscription.reference),
        customer: Some(subscription.customer),
        customer_email: subscription.customer_email,
        item: Some(subscription.id.clone()),
        id: subscription.id,
        price: Some(subscription.price),
        quantity: Some(subscription.quantity),
        current_period_start: Some(subscription.period_start),
        current_period_end: Some(subscription.period_end),
        trial_end: subscription.trial_end,
        cancel_at: subscription.cancel_at,
        ended_at: subscription.ended_at,
        pause: subscription.pause.map(|mode| Pause {
            mode,
            resumes_at: subscription.resumes_at,
        }),
    }
}

pub(super) fn invoice_snapshot(invoice: Invoice) -> InvoiceSnapshot {
    InvoiceSnapshot {
        state: match invoice.status {
            InvoiceStatus::Open => InvoiceState::Open,
            InvoiceStatus::Paid => InvoiceState::Paid,
            InvoiceStatus::Uncollectible => InvoiceState::Uncollectible,
        },
        number: Some(invoice.id.to_uppercase()),
        id: invoice.id,
        subscription: Some(invoice.subscription),
        payment: invoice.payment,
        billing_reason: Some(invoice.reason),
        subtotal: invoice.total,
        tax: Money::zero(invoice.total.currency()),
        total: invoice.total,
        paid: invoice.paid,
        hosted_url: None,
        pdf_url: None,
        attempts: Some(invoice.attempts),
        next_attempt_at: invoice.next_attempt_at,
        period_start: Some(invoice.period_start),
        period_end: Some(invoice.period_end),
        created_at: Some(invoice.created_at),
        paid_at: invoice.paid_at,
    }
}
