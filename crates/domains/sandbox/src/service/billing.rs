//! Bills of subscriptions: written, collected, tried again.

use std::time::Duration;

use db::Tx;
use kernel::{Money, Timestamp};
use ports::payments::ObjectKind;

use super::standing::{SLOW, stands};
use crate::error::SandboxError;
use crate::model::event::Fact;
use crate::model::payment::{Payment, PaymentStatus};
use crate::model::subscription::{Invoice, InvoiceStatus, Subscription, SubscriptionStatus};
use crate::service::Sandbox;
use crate::store::{invoices, payments};
use crate::work::Tick;

/// After how many days a bill is tried again that could not be collected.
const RETRIES_IN_DAYS: [u64; 3] = [1, 3, 5];

/// What is billed.
pub(super) struct Bill<'a> {
    /// As Stripe calls it: `subscription_cycle`.
    pub(super) reason: &'static str,
    pub(super) total: Money,
    pub(super) description: &'a str,
    pub(super) card: Card,
}

/// How the customer's means of payment answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Card {
    /// The money is there.
    Good,
    /// It is refused.
    Refused,
    /// It takes a minute, and ends so.
    Slow(PaymentStatus),
}

impl Card {
    pub(super) const fn of(subscription: &Subscription) -> Self {
        if subscription.card_fails {
            Self::Refused
        } else {
            Self::Good
        }
    }
}

impl Sandbox {
    /// Writes a bill for the present period and collects it. The subscription's status follows; what happened is
    /// added to `facts`.
    pub(super) async fn bill_in(
        &self,
        tx: &mut Tx,
        subscription: &mut Subscription,
        bill: Bill<'_>,
        facts: &mut Vec<Fact>,
    ) -> Result<Invoice, SandboxError> {
        let now = self.machinery.clock.now();
        let mut invoice = Invoice {
            id: self.id("inv", now),
            subscription: subscription.id.clone(),
            payment: None,
            status: InvoiceStatus::Open,
            reason: bill.reason.to_owned(),
            total: bill.total,
            paid: Money::zero(bill.total.currency()),
            attempts: 1,
            next_attempt_at: None,
            period_start: subscription.period_start,
            period_end: subscription.period_end,
            paid_at: None,
            created_at: now,
        };
        if bill.total.minor() > 0 {
            let mut payment = self.payment_for(subscription, &invoice, bill.description, now);
            answer(&mut payment, bill.card, now);
            invoice.payment = Some(payment.id.clone());
            payments::insert(tx, &payment).await?;
            facts.push(stands(&payment));
            follow(subscription, &mut invoice, payment.status, now);
            if let Some((at, _)) = payment.settles {
                let at = at.plus(Duration::from_secs(1));
                self.machinery.queue.enqueue_at(tx, &Tick {}, at).await?;
            }
        } else {
            follow(subscription, &mut invoice, PaymentStatus::Succeeded, now);
        }
        invoices::insert(tx, &invoice).await?;
        facts.push(invoice_stands(subscription, &invoice));
        Ok(invoice)
    }

    /// Tries a bill again that could not be collected, by the same payment.
    pub(super) async fn collect_in(
        &self,
        tx: &mut Tx,
        subscription: &mut Subscription,
        invoice: &mut Invoice,
        facts: &mut Vec<Fact>,
    ) -> Result<(), SandboxError> {
        let now = self.machinery.clock.now();
        let found = match &invoice.payment {
            Some(id) => payments::lock(tx, id).await?,
            None => None,
        };
        let mut payment = found.ok_or(SandboxError::NotFound)?;
        answer(&mut payment, Card::of(subscription), now);
        payments::update(tx, &payment, now).await?;
        invoice.attempts += 1;
        follow(subscription, invoice, payment.status, now);
        invoices::update(tx, invoice).await?;
        facts.push(stands(&payment));
        facts.push(invoice_stands(subscription, invoice));
        Ok(())
    }

    fn payment_for(
        &self,
        subscription: &Subscription,
        invoice: &Invoice,
        description: &str,
        now: Timestamp,
    ) -> Payment {
        Payment {
            id: self.id("pay", now),
            checkout: None,
            reference: Some(subscription.reference.clone()),
            subscription: Some(subscription.id.clone()),
            invoice: Some(invoice.id.clone()),
            customer: subscription.customer.clone(),
            customer_email: subscription.customer_email.clone(),
            description: description.to_owned(),
            amount: invoice.total,
            refunded: Money::zero(invoice.total.currency()),
            status: PaymentStatus::Failed,
            failure_code: None,
            delivery: subscription.delivery,
            settles: None,
            paid_at: None,
            created_at: now,
        }
    }
}

fn answer(payment: &mut Payment, card: Card, now: Timestamp) {
    payment.failure_code = None;
    match card {
        Card::Good => {
            payment.status = PaymentStatus::Succeeded;
            payment.paid_at = Some(now);
        }
        Card::Refused => {
            payment.status = PaymentStatus::Failed;
            payment.failure_code = Some("card_declined".to_owned());
        }
        Card::Slow(status) => {
            payment.status = PaymentStatus::Processing;
            payment.settles = Some((now.plus(SLOW), status));
        }
    }
}

/// What a payment means for its bill and its subscription; one that is over stays so.
pub(super) fn follow(
    subscription: &mut Subscription,
    invoice: &mut Invoice,
    payment: PaymentStatus,
    now: Timestamp,
) {
    let was = subscription.status;
    invoice.next_attempt_at = None;
    match payment {
        PaymentStatus::Succeeded => {
            invoice.status = InvoiceStatus::Paid;
            invoice.paid = invoice.total;
            invoice.paid_at = Some(now);
            subscription.status = SubscriptionStatus::Active;
        }
        PaymentStatus::Processing | PaymentStatus::RequiresAction => {}
        PaymentStatus::Failed | PaymentStatus::Canceled if was == SubscriptionStatus::Incomplete => {
            invoice.status = InvoiceStatus::Uncollectible;
            subscription.end(now);
        }
        PaymentStatus::Failed | PaymentStatus::Canceled => {
            let tried = usize::try_from(invoice.attempts).unwrap_or(usize::MAX);
            let days = RETRIES_IN_DAYS.get(tried.saturating_sub(1));
            let days = days.filter(|_| was != SubscriptionStatus::Canceled);
            invoice.next_attempt_at = days.map(|days| now.plus(Duration::from_hours(24 * days)));
            subscription.status = SubscriptionStatus::PastDue;
            if days.is_none() {
                invoice.status = InvoiceStatus::Uncollectible;
                subscription.status = SubscriptionStatus::Unpaid;
            }
        }
    }
    if was == SubscriptionStatus::Canceled {
        subscription.status = was;
    }
}

/// What is told about a bill.
pub(super) fn invoice_stands(subscription: &Subscription, invoice: &Invoice) -> Fact {
    let event_type = match invoice.status {
        InvoiceStatus::Paid => "invoice.paid",
        InvoiceStatus::Uncollectible => "invoice.uncollectible",
        InvoiceStatus::Open if invoice.next_attempt_at.is_some() => "invoice.payment_failed",
        InvoiceStatus::Open => "invoice.opened",
    };
    Fact::of(
        event_type,
        ObjectKind::Invoice,
        &invoice.id,
        Some(&subscription.reference),
    )
}
