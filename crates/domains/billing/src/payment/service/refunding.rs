//! Giving money back: written down, then asked for, then looked at.

use std::sync::Arc;
use std::time::Duration;

use db::Tx;
use jobs::JobError;
use kernel::event::payment::RefundRequested;
use kernel::{Money, PaymentId, RefundId, RequestContext, Timestamp};
use ports::payments::{
    Capability, ObjectKind, ObjectRef, PaymentProvider, ProviderError, RefundRequest, RefundSnapshot,
    Snapshot,
};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::{Payment, PaymentStatus};
use crate::payment::store;
use crate::payment::work::SendRefund;
use crate::refund::model::{Refund, RefundStatus};

/// How long after a question whose answer was lost a provider without idempotency keys is looked at: by then it has
/// done it, or never will. All of them give up a request before.
const SETTLED: Duration = Duration::from_secs(90);

/// What somebody wants to give back.
#[derive(Debug, Clone)]
pub(crate) struct RefundWish {
    /// All that is left when nobody says.
    pub(crate) amount: Option<i64>,
    pub(crate) reason: Option<String>,
}

/// What to do about a refund whose last answer was lost.
#[derive(Debug, PartialEq, Eq)]
enum Finding {
    /// It did not happen.
    AskAgain,
    /// It did.
    Done,
    /// Something else happened.
    Unclear,
}

impl Payments {
    /// The refunds of a payment of an organization, or with none of any; the oldest first.
    pub(crate) async fn list_refunds(
        &self,
        organization: Option<kernel::OrganizationId>,
        id: PaymentId,
    ) -> Result<Vec<Refund>, BillingError> {
        let payment = self.get(organization, id).await?;
        self.refunds.list(payment.id).await
    }

    /// Writes down that money is to be given back, and has it asked for. Of those who ask at once for more than there is
    /// left, the first gets it.
    pub(crate) async fn refund(
        &self,
        context: &RequestContext,
        id: PaymentId,
        wish: RefundWish,
    ) -> Result<Refund, BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let begin = async |tx: &mut Tx| {
                let refund = this.begin_refund_in(tx, &context, (id, &wish), now).await?;
                let event = RefundRequested {
                    refund_id: refund.id,
                    payment_id: id,
                    organization_id: refund.organization,
                    amount: refund.amount,
                    currency: refund.currency,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                let job = SendRefund {
                    refund: refund.id,
                    organization: refund.organization,
                };
                this.machinery.queue.enqueue(tx, &job).await?;
                Ok(refund.id)
            };
            this.machinery.idempotency.once(tx, &context, now, begin).await
        };
        let refund: Result<RefundId, BillingError> = self.machinery.db.write(work).await;
        self.refunds.get(refund?).await
    }

    async fn begin_refund_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        (id, wish): (PaymentId, &RefundWish),
        now: Timestamp,
    ) -> Result<Refund, BillingError> {
        let payment = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
        let standing = &payment.standing;
        if !matches!(
            standing.status,
            PaymentStatus::Succeeded | PaymentStatus::PartiallyRefunded
        ) || payment.provider_reference.is_none()
        {
            let detail = "only what was paid, and is not disputed, can be given back";
            return Err(BillingError::WrongState(detail));
        }
        let providers = &self.machinery.providers;
        let provider = providers.of_account(&payment.provider, &payment.provider_account)?;
        let refunds = self.refunds.list_in(tx, id).await?;
        let sum = |is_meant: fn(RefundStatus) -> bool| -> i64 {
            let meant = refunds.iter().filter(|refund| is_meant(refund.status));
            meant.map(|refund| refund.amount).sum()
        };
        let under_way = sum(RefundStatus::is_open);
        if under_way > 0 && !provider.capabilities().has(Capability::IdempotencyKeys) {
            // What was given back can only be told by the sum there, so one is given back after the other.
            let detail = "another refund of this payment is under way; wait for it";
            return Err(BillingError::WrongState(detail));
        }
        // The answer to a refund is written down before the payment is asked about, and a process may end in between.
        let given_back = sum(|status| status == RefundStatus::Succeeded).max(standing.refunded);
        let left = standing.paid - given_back - under_way;
        let amount = wish.amount.unwrap_or(left);
        if amount <= 0 || amount > left {
            return Err(BillingError::TooMuch(
                "that is more than there is left to give back",
            ));
        }
        if amount < standing.paid && !provider.capabilities().has(Capability::PartialRefund) {
            return Err(BillingError::CapabilityNotSupported(Capability::PartialRefund));
        }
        let refund = Refund {
            id: RefundId::new(&*self.machinery.ids, now),
            requested_by: context.user(),
            amount,
            reason: wish.reason.clone(),
            ..payment.blank_refund(now)
        };
        self.refunds.insert_in(tx, &refund).await?;
        Ok(refund)
    }

    /// Asks the provider to give money back, and then what the payment is.
    pub(crate) async fn send_refund(&self, id: RefundId) -> Result<(), JobError> {
        let refund = self.refunds.get(id).await.map_err(JobError::retry)?;
        let payment = self.get(None, refund.payment).await.map_err(JobError::retry)?;
        if refund.status == RefundStatus::Pending && !refund.is_sent() {
            self.ask_refund(&payment, &refund).await?;
        }
        let asked = self.ask(&payment).await;
        asked.map_err(|error| retry(&error))
    }

    async fn ask_refund(&self, payment: &Payment, refund: &Refund) -> Result<(), JobError> {
        let providers = &self.machinery.providers;
        let provider = providers.of_account(&payment.provider, &payment.provider_account);
        let provider = Arc::clone(provider.map_err(JobError::retry)?);
        let has_keys = provider.capabilities().has(Capability::IdempotencyKeys);
        if refund.attempt > 0 && !has_keys {
            match self.look(payment, refund, &*provider).await? {
                Finding::AskAgain => {}
                // The answer that is applied next makes it succeeded.
                Finding::Done => return Ok(()),
                Finding::Unclear => {
                    return self
                        .end_refund(refund, (RefundStatus::NeedsReview, "outcome_unknown"))
                        .await;
                }
            }
        }
        let Some(reference) = payment.provider_reference.clone() else {
            return Err(JobError::dead("the payment has no id at the provider"));
        };
        if !self.refunds.begin(refund).await.map_err(JobError::retry)? {
            return Err(JobError::retry("somebody else asks for this refund"));
        }
        let request = RefundRequest {
            reference: refund.id.to_string(),
            payment: reference,
            amount: refund.money(),
            is_rest: refund.refunded_before + refund.amount == payment.standing.paid,
            idempotency_key: refund.id.to_string(),
        };
        match provider.refund(&request).await {
            Ok(snapshot) => self.record_refund(payment, refund, snapshot).await,
            Err(error) if error.is_transient() => Err(retry(&error.into())),
            Err(error) => {
                tracing::warn!(refund.id = %refund.id, payment.id = %payment.id, %error, "the provider gives no money back");
                self.end_refund(refund, (RefundStatus::Failed, code_of(&error)))
                    .await
            }
        }
    }

    /// Whether a refund whose answer was lost has happened.
    async fn look(
        &self,
        payment: &Payment,
        refund: &Refund,
        provider: &dyn PaymentProvider,
    ) -> Result<Finding, JobError> {
        let passed = self.machinery.clock.now().since(refund.updated_at);
        if passed < SETTLED {
            return Err(JobError::Postpone {
                reason: "the provider may still be at it".to_owned(),
                after: SETTLED.saturating_sub(passed),
            });
        }
        let object = ObjectRef {
            kind: ObjectKind::Payment,
            id: payment.provider_reference.clone().unwrap_or_default(),
        };
        let found = provider
            .fetch(&object)
            .await
            .map_err(|error| retry(&error.into()))?;
        let refunded = found.iter().find_map(|snapshot| match snapshot {
            Snapshot::Payment(seen) if seen.id == payment.provider_reference => Some(seen.refunded),
            _ => None,
        });
        let refunded = refunded.ok_or_else(|| JobError::retry("the provider does not know the payment"))?;
        Ok(finding(refund, refunded))
    }

    async fn record_refund(
        &self,
        payment: &Payment,
        refund: &Refund,
        snapshot: RefundSnapshot,
    ) -> Result<(), JobError> {
        let (this, id, own) = (self.clone(), payment.id, refund.id);
        let snapshot = RefundSnapshot {
            reference: Some(own.to_string()),
            ..snapshot
        };
        let work = async move |tx: &mut Tx| {
            let Some(payment) = store::lock(tx, id).await? else {
                return Ok(());
            };
            let blank = payment.blank_refund(this.machinery.clock.now());
            let seen = [snapshot.clone()];
            this.refunds.record_in(tx, blank, &seen, 0).await.map(drop)
        };
        let recorded: Result<(), BillingError> = self.machinery.db.write(work).await;
        recorded.map_err(JobError::retry)
    }

    async fn end_refund(&self, refund: &Refund, how: (RefundStatus, &str)) -> Result<(), JobError> {
        let (this, id, payment) = (self.clone(), refund.id, refund.payment);
        let (status, reason) = (how.0, how.1.to_owned());
        let work = async move |tx: &mut Tx| {
            store::lock(tx, payment).await?;
            this.refunds.end_in(tx, id, (status, &reason)).await
        };
        let ended: Result<(), BillingError> = self.machinery.db.write(work).await;
        ended.map_err(JobError::retry)
    }
}

/// What was given back in all, against what it was before.
fn finding(refund: &Refund, refunded: Money) -> Finding {
    match refunded.minor() - refund.refunded_before {
        _ if refunded.currency() != refund.currency => Finding::Unclear,
        0 => Finding::AskAgain,
        grown if grown == refund.amount => Finding::Done,
        _ => Finding::Unclear,
    }
}

fn retry(error: &BillingError) -> JobError {
    match kernel::Failure::retry_after(error) {
        Some(after) => JobError::RetryAfter {
            reason: error.to_string(),
            after,
        },
        None => JobError::retry(error),
    }
}

fn code_of(error: &ProviderError) -> &str {
    match error {
        ProviderError::Declined { code, .. } | ProviderError::Refused { code, .. } if !code.is_empty() => {
            code
        }
        ProviderError::NotFound => "not_found",
        ProviderError::Unauthorized(_) => "unauthorized",
        _ => "refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_not_grown_is_asked_for_again() {
        let usd = |minor| Money::new(minor, "USD".parse().unwrap());
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let refund = Refund {
            id: RefundId::from_uuid(uuid::Uuid::nil()),
            organization: kernel::OrganizationId::from_uuid(uuid::Uuid::nil()),
            payment: PaymentId::from_uuid(uuid::Uuid::nil()),
            requested_by: None,
            amount: 300,
            currency: "USD".parse().unwrap(),
            reason: None,
            status: RefundStatus::Pending,
            status_reason: None,
            provider: "stub".into(),
            provider_account: "test".into(),
            provider_reference: None,
            refunded_before: 200,
            attempt: 1,
            created_at: now,
            updated_at: now,
        };
        for (refunded, expected) in [
            (usd(200), Finding::AskAgain),
            (usd(500), Finding::Done),
            (usd(499), Finding::Unclear),
            (usd(501), Finding::Unclear),
            (usd(0), Finding::Unclear),
            (Money::new(200, "EUR".parse().unwrap()), Finding::Unclear),
        ] {
            assert_eq!(finding(&refund, refunded), expected, "{refunded}");
        }
    }
}
