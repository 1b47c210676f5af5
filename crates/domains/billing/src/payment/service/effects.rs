//! What follows from how a payment moved on, in the transaction that moved it.

use db::Tx;
use kernel::event::payment::{
    PaymentCanceled, PaymentFailed, PaymentRefunded, PaymentReviewNeeded, PaymentSucceeded,
};
use kernel::{Money, RequestContext, Timestamp};
use ports::payments::Capability;

use super::Payments;
use crate::error::BillingError;
use crate::invoice::model::NewReceipt;
use crate::payment::model::standing::{Effect, Standing};
use crate::payment::model::{Payment, PaymentKind};

impl Payments {
    /// `payment` is as it is from now on.
    pub(super) async fn effect_in(
        &self,
        tx: &mut Tx,
        (context, now): (&RequestContext, Timestamp),
        payment: &Payment,
        effect: &Effect,
    ) -> Result<(), BillingError> {
        self.book_in(tx, now, payment, effect).await?;
        let events = &self.machinery.events;
        match effect {
            Effect::Paid => {
                events.publish(tx, context, &succeeded(payment)).await?;
                self.receipt_in(tx, now, payment).await?;
            }
            Effect::Fee(_) => {}
            Effect::Refunded(delta) => {
                if *delta > 0 {
                    events.publish(tx, context, &refunded(payment, *delta)).await?;
                    let all = payment.standing.refunded;
                    self.invoices.write_credit_note(tx, payment.id, all).await?;
                }
            }
            Effect::Failed(reason) => {
                let event = PaymentFailed {
                    payment_id: payment.id,
                    organization_id: payment.organization,
                    subscription_id: payment.subscription,
                    reason: reason.clone(),
                };
                events.publish(tx, context, &event).await?;
            }
            Effect::Closed => events.publish(tx, context, &closed(payment)).await?,
            Effect::ReviewNeeded(reason) => {
                let event = PaymentReviewNeeded {
                    payment_id: payment.id,
                    organization_id: payment.organization,
                    reason: (*reason).to_owned(),
                };
                events.publish(tx, context, &event).await?;
            }
        }
        Ok(())
    }

    /// A receipt, where neither the provider writes one nor sells in its own name.
    async fn receipt_in(&self, tx: &mut Tx, now: Timestamp, payment: &Payment) -> Result<(), BillingError> {
        let provider = self.machinery.providers.named(&payment.provider)?;
        let can = provider.capabilities();
        let writes = can.has(Capability::Invoices) && payment.kind == PaymentKind::Subscription;
        if writes || can.has(Capability::Tax) {
            return Ok(());
        }
        let standing = &payment.standing;
        let new = NewReceipt {
            payment: payment.id,
            organization: payment.organization,
            subscription: payment.subscription,
            provider: payment.provider.clone(),
            account: payment.provider_account.clone(),
            description: payment.description.clone(),
            quantity: payment.quantity,
            total: Money::new(standing.paid, payment.currency),
            tax: standing.tax,
            paid_at: standing.paid_at.unwrap_or(now),
            customer_email: payment.customer_email.clone(),
        };
        self.invoices.write_receipt(tx, &new).await
    }
}

pub(super) fn closed(payment: &Payment) -> PaymentCanceled {
    PaymentCanceled {
        payment_id: payment.id,
        organization_id: payment.organization,
        reason: payment.standing.status.as_str().to_owned(),
    }
}

fn succeeded(payment: &Payment) -> PaymentSucceeded {
    PaymentSucceeded {
        payment_id: payment.id,
        organization_id: payment.organization,
        subscription_id: payment.subscription,
        provider: payment.provider.clone(),
        amount: payment.amount,
        amount_paid: payment.standing.paid,
        currency: payment.currency,
    }
}

fn refunded(payment: &Payment, amount: i64) -> PaymentRefunded {
    let Standing { paid, refunded, .. } = payment.standing;
    PaymentRefunded {
        payment_id: payment.id,
        organization_id: payment.organization,
        amount,
        amount_refunded: refunded,
        currency: payment.currency,
        is_full: refunded == paid,
    }
}
