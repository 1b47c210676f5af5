//! Making our rows say what a provider says.

use db::Tx;
use kernel::{PaymentId, RequestContext, Timestamp};
use ports::payments::{PaymentSnapshot, PaymentState};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::asking::{self, Waiting};
use crate::payment::model::standing::{Advance, Effect, Standing, reason};
use crate::payment::model::{Payment, PaymentStatus};
use crate::payment::store;
use crate::source::Source;

/// What a snapshot is to the payment that it was made for.
#[derive(Debug, PartialEq, Eq)]
enum Role {
    /// It is the payment at the provider.
    Same,
    /// It is another payment for the same thing, and from now on the one that counts.
    Successor,
    /// It is another one that changes nothing.
    Bystander,
    /// It is money that came a second time.
    Second,
}

impl Payments {
    /// Makes the payment that `snapshot` is about say the same. What is nobody's here is left alone: an account may
    /// take payments for others too.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &PaymentSnapshot,
    ) -> Result<(), BillingError> {
        let now = self.machinery.clock.now();
        let account = (source.provider, source.account.as_str());
        let mut found = self.find_in(tx, source, snapshot).await?;
        if found.is_none() {
            found = self.renewal_in(tx, source, snapshot).await?;
        }
        let Some(id) = found else {
            tracing::debug!(
                provider = source.provider,
                payment = snapshot.id,
                "a payment at the provider is none of ours"
            );
            return Ok(());
        };
        let Some(payment) = store::lock(tx, id).await? else {
            return Ok(());
        };
        match role(&payment, snapshot) {
            Role::Bystander => Ok(()),
            Role::Second => self.second_in(tx, &payment, snapshot, now).await,
            // What was asked for before the last answer says nothing new. It may of another payment at the provider.
            Role::Same if payment.synced_at.is_some_and(|synced| source.asked_at < synced) => Ok(()),
            Role::Same | Role::Successor => {
                let mut next = payment.clone();
                if snapshot.id.is_some() {
                    next.provider_reference.clone_from(&snapshot.id);
                }
                // A second payment on the same page is not what the page was made for.
                if let (None, Some(page)) = (&next.checkout_reference, &snapshot.checkout)
                    && store::find_by_checkout(tx, account, page).await?.is_none()
                {
                    next.checkout_reference = Some(page.clone());
                }
                next.customer_email = next.customer_email.or_else(|| snapshot.customer_email.clone());
                next.synced_at = next.synced_at.max(Some(source.asked_at));
                let mut advance = payment.standing.advance(payment.asked(), snapshot, now);
                let waiting = Waiting {
                    status: advance.standing.status,
                    created_at: next.created_at,
                    expires_at: next.expires_at,
                };
                if waiting.is_overdue(now) {
                    advance = payment.standing.close(PaymentStatus::Expired);
                }
                next.next_sync_at = None;
                if advance.standing.status.is_paid() {
                    let (blank, refunded) = (payment.blank_refund(now), advance.standing.refunded);
                    let refunds = &snapshot.refunds;
                    let is_waiting = self.refunds.record_in(tx, blank, refunds, refunded).await?;
                    next.next_sync_at = is_waiting.then(|| now.plus(asking::REFUND));
                }
                let context = RequestContext::system();
                self.write_in(tx, (&context, now), &payment, next, advance).await
            }
        }
    }

    /// Whose it is: by the provider's id of it, by its page, or by what we told the provider when it was made.
    async fn find_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &PaymentSnapshot,
    ) -> Result<Option<PaymentId>, BillingError> {
        let account = (source.provider, source.account.as_str());
        if let Some(reference) = &snapshot.id
            && let Some(id) = store::find_by_reference(tx, account, reference).await?
        {
            return Ok(Some(id));
        }
        if let Some(checkout) = &snapshot.checkout
            && let Some(id) = store::find_by_checkout(tx, account, checkout).await?
        {
            return Ok(Some(id));
        }
        for reference in [&snapshot.reference, &source.reference] {
            let named = reference
                .as_deref()
                .and_then(|text| text.parse::<PaymentId>().ok());
            let Some(id) = named else { continue };
            let found = store::find(tx, None, id).await?;
            let is_ours = |payment: &Payment| {
                payment.provider == source.provider && payment.provider_account == source.account
            };
            if found.as_ref().is_some_and(is_ours) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Money that came a second time gets a row of its own, so that it can be looked at and given back.
    async fn second_in(
        &self,
        tx: &mut Tx,
        first: &Payment,
        snapshot: &PaymentSnapshot,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let second = Payment {
            id: PaymentId::new(&*self.machinery.ids, now),
            provider_reference: snapshot.id.clone(),
            checkout_reference: None,
            amount: snapshot.amount.minor().max(1),
            currency: snapshot.amount.currency(),
            standing: Standing {
                status: PaymentStatus::NeedsReview,
                reason: Some(reason::TWICE.to_owned()),
                ..Standing::begun()
            },
            metadata: serde_json::json!({ "paid_twice": first.id }),
            checkout_url: None,
            expires_at: None,
            next_sync_at: None,
            created_at: now,
            ..first.clone()
        };
        if store::insert(tx, &second).await? {
            let context = RequestContext::system();
            let effect = Effect::ReviewNeeded(reason::TWICE);
            self.effect_in(tx, (&context, now), &second, &effect).await?;
        }
        Ok(())
    }

    /// Marks a payment that the provider will not take as failed.
    pub(super) async fn refuse_in(
        &self,
        tx: &mut Tx,
        (context, now): (&RequestContext, Timestamp),
        id: PaymentId,
        code: &str,
    ) -> Result<(), BillingError> {
        let Some(payment) = store::lock(tx, id).await? else {
            return Ok(());
        };
        if payment.standing.status != PaymentStatus::Pending || payment.checkout_url.is_some() {
            return Ok(());
        }
        let advance: Advance = payment.standing.fail(code);
        // Without a page nobody can pay, so nothing is waited for.
        let next = Payment {
            expires_at: None,
            ..payment.clone()
        };
        self.write_in(tx, (context, now), &payment, next, advance).await
    }
}

/// A provider may make several payments for one page: a buyer tries another card. The first that brings money counts.
fn role(payment: &Payment, snapshot: &PaymentSnapshot) -> Role {
    let (Some(known), Some(seen)) = (&payment.provider_reference, &snapshot.id) else {
        return Role::Same;
    };
    if known == seen {
        return Role::Same;
    }
    let has_money =
        payment.standing.status.is_paid() || payment.standing.status == PaymentStatus::NeedsReview;
    match (&snapshot.state, has_money) {
        (PaymentState::Succeeded | PaymentState::Suspicious { .. }, true) => Role::Second,
        (PaymentState::Succeeded | PaymentState::Suspicious { .. }, false) => Role::Successor,
        (PaymentState::Processing | PaymentState::RequiresAction, false)
            if payment.standing.status != PaymentStatus::Processing =>
        {
            Role::Successor
        }
        _ => Role::Bystander,
    }
}
