//! What follows from how a payment moved on, in the transaction that moved it.

use db::Tx;
use kernel::event::payment::{
    PaymentCanceled, PaymentFailed, PaymentRefunded, PaymentReviewNeeded, PaymentSucceeded,
};
use kernel::{RequestContext, Timestamp};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::Payment;
use crate::payment::model::standing::{Effect, Standing};

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
            Effect::Paid => events.publish(tx, context, &succeeded(payment)).await?,
            Effect::Fee(_) => {}
            Effect::Refunded(delta) => {
                if *delta > 0 {
                    events.publish(tx, context, &refunded(payment, *delta)).await?;
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
