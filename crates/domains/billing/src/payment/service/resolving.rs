//! What staff decide about a payment that is not what was asked for.

use std::sync::Arc;

use db::Tx;
use kernel::event::payment::{PaymentReviewed, RefundReviewed};
use kernel::{PaymentId, RefundId, RequestContext};
use ports::payments::{PaymentSnapshot, PaymentState, Snapshot};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::standing::reason;
use crate::payment::model::{Payment, PaymentStatus};
use crate::payment::store;
use crate::refund::model::{Refund, RefundStatus};

/// What staff make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Resolution {
    /// It happened: of a payment, what the provider says was paid counts.
    Accept,
    /// It did not. Money that came all the same is given back at the provider.
    Reject,
}

impl Payments {
    /// Settles a payment that needs it, for a reason that is on the record.
    pub(crate) async fn resolve(
        &self,
        context: &RequestContext,
        id: PaymentId,
        (resolution, why): (Resolution, String),
    ) -> Result<Payment, BillingError> {
        let payment = self.get(None, id).await?;
        require_review(&payment)?;
        let seen = match resolution {
            Resolution::Accept => Some(self.paid_there(&payment).await?),
            Resolution::Reject => None,
        };
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let payment = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
            require_review(&payment)?;
            let mut next = Payment {
                next_sync_at: None,
                ..payment.clone()
            };
            let advance = match &seen {
                Some(seen) => {
                    if seen.total.currency() != payment.currency {
                        (next.amount, next.currency) = (seen.total.minor(), seen.total.currency());
                    }
                    let mut advance = payment.standing.accepted(seen, now);
                    advance.standing.reason = Some(reason::ACCEPTED.to_owned());
                    advance
                }
                None => payment.standing.fail(reason::REJECTED),
            };
            let event = PaymentReviewed {
                payment_id: id,
                organization_id: payment.organization,
                outcome: resolution.as_str().to_owned(),
                reason: why.clone(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            this.write_in(tx, (&context, now), &payment, next, advance).await
        };
        self.machinery.db.write(work).await?;
        self.get(None, id).await
    }

    /// Settles a refund of which nobody knows whether it happened: staff have looked at the provider.
    pub(crate) async fn resolve_refund(
        &self,
        context: &RequestContext,
        (id, refund): (PaymentId, RefundId),
        (resolution, why): (Resolution, String),
    ) -> Result<Refund, BillingError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let payment = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
            let status = match resolution {
                Resolution::Accept => RefundStatus::Succeeded,
                Resolution::Reject => RefundStatus::Failed,
            };
            this.refunds
                .resolve_in(tx, (payment.id, refund), (status, resolution.as_str()))
                .await?;
            let event = RefundReviewed {
                refund_id: refund,
                payment_id: id,
                organization_id: payment.organization,
                outcome: resolution.as_str().to_owned(),
                reason: why.clone(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        let resolved: Result<(), BillingError> = self.machinery.db.write(work).await;
        resolved?;
        self.refunds.get(refund).await
    }

    /// The payment at the provider, which must have the money.
    async fn paid_there(&self, payment: &Payment) -> Result<PaymentSnapshot, BillingError> {
        let providers = &self.machinery.providers;
        let provider = Arc::clone(providers.of_account(&payment.provider, &payment.provider_account)?);
        let found = provider.fetch(&payment.object()).await?;
        let own = found.into_iter().find_map(|snapshot| match snapshot {
            Snapshot::Payment(seen) if seen.id == payment.provider_reference => Some(seen),
            _ => None,
        });
        own.filter(|seen| seen.state == PaymentState::Succeeded && seen.total.minor() > 0)
            .ok_or(BillingError::WrongState("the provider does not have the money"))
    }
}

impl Resolution {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Reject => "rejected",
        }
    }
}

fn require_review(payment: &Payment) -> Result<(), BillingError> {
    if payment.standing.status == PaymentStatus::NeedsReview {
        return Ok(());
    }
    Err(BillingError::WrongState(
        "only a payment that needs a review is settled by hand",
    ))
}
