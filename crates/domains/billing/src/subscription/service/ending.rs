//! Ending a subscription: at once, with its period, or because its organization is gone.
//!
//! A provider that can only cancel at once is asked a day before the period ends, by a job. What is paid for goes on
//! until then; a period that was charged all the same is not taken away.

use std::sync::Arc;

use db::Tx;
use kernel::{OrganizationId, RequestContext, SubscriptionId};
use ports::payments::{Capability, PaymentProvider, SubscriptionState};

use super::changing::require;
use super::{Subscriptions, get_in};
use crate::checkout::close_page;
use crate::error::BillingError;
use crate::subscription::model::{
    CANCEL_BEFORE, CancelTime, Command, Scheduling, Status, Subscription, reason,
};
use crate::subscription::store;
use crate::subscription::work::EndSubscription;

impl Subscriptions {
    /// Ends it.
    pub(crate) async fn cancel(
        &self,
        context: &RequestContext,
        (organization, id): (Option<OrganizationId>, SubscriptionId),
        time: CancelTime,
    ) -> Result<Subscription, BillingError> {
        let (subscription, provider) = self.to_change(organization, id).await?;
        let is_unpaid_for = subscription.state.status == Status::Incomplete;
        if is_unpaid_for && subscription.state.reference.is_none() {
            close_page(&*provider, subscription.checkout.reference.as_deref()).await;
            self.close(context, id, reason::GIVEN_UP).await?;
            return self.get(organization, id).await;
        }
        let can = provider.capabilities();
        match time {
            CancelTime::Now => require(&*provider, Capability::CancelNow)?,
            CancelTime::PeriodEnd if can.has(Capability::CancelAtPeriodEnd) => {}
            CancelTime::PeriodEnd if can.has(Capability::CancelNow) => {
                return self.schedule_end(context, &subscription).await;
            }
            CancelTime::PeriodEnd => require(&*provider, Capability::CancelAtPeriodEnd)?,
        }
        self.carry_out(context, &subscription, Command::Cancel(time))
            .await
    }

    /// Whether we see to it that it ends with its period.
    pub(super) fn ends_by_us(&self, subscription: &Subscription) -> bool {
        self.scheduling(subscription) == Scheduling::Ours
    }

    /// Our own schedule: nobody is asked before it is time.
    async fn schedule_end(
        &self,
        context: &RequestContext,
        subscription: &Subscription,
    ) -> Result<Subscription, BillingError> {
        let (this, context, id) = (self.clone(), context.clone(), subscription.id);
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let decide = async |tx: &mut Tx| {
                let found = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
                if let Some(detail) = Command::Cancel(CancelTime::PeriodEnd).refusal(&found.state) {
                    return Err(BillingError::WrongState(detail));
                }
                let end = found.state.current_period_end.filter(|end| *end > now);
                let detail = "it is not known when the present period ends; synchronize it first";
                let end = end.ok_or(BillingError::WrongState(detail))?;
                let mut next = found.clone();
                next.state.cancel_at = Some(end);
                next.state.canceled_at = Some(now);
                this.write_in(tx, &context, &found, next).await?;
                this.enqueue_end(tx, &found, end.minus(CANCEL_BEFORE)).await?;
                Ok(())
            };
            this.machinery.idempotency.once(tx, &context, now, decide).await?;
            get_in(tx, None, id).await
        };
        self.machinery.db.write(work).await
    }

    async fn enqueue_end(
        &self,
        tx: &mut Tx,
        subscription: &Subscription,
        at: kernel::Timestamp,
    ) -> Result<(), BillingError> {
        let job = EndSubscription {
            subscription: subscription.id,
            organization: subscription.organization,
        };
        self.machinery.queue.enqueue_at(tx, &job, at).await?;
        Ok(())
    }

    /// Ends a subscription by our own schedule, if it is time.
    pub(crate) async fn end(&self, id: SubscriptionId) -> Result<(), BillingError> {
        // What it is now decides: it may have been resumed, ended or charged since.
        let (subscription, provider) = self.to_change(None, id).await?;
        if subscription.state.status.is_over() || subscription.state.cancel_at.is_none() {
            return Ok(());
        }
        let said = self.fetch(&*provider, &subscription).await?;
        let is_ended_there = said.iter().any(|said| {
            said.state == SubscriptionState::Canceled
                && Some(&said.id) == subscription.state.reference.as_ref()
        });
        let subscription = self.get(None, id).await?;
        let state = &subscription.state;
        let Some(cancel_at) = state.cancel_at.filter(|_| !state.status.is_over()) else {
            return Ok(());
        };
        if is_ended_there {
            // What is paid for goes on until then.
            return self.end_again(subscription.id, None).await;
        }
        if let Some(end) = state.current_period_end.filter(|end| *end > cancel_at) {
            tracing::error!(
                subscription.id = %id,
                "a period was charged after the subscription was canceled; it ends with that one"
            );
            return self.end_again(id, Some(end)).await;
        }
        if self.machinery.clock.now() < cancel_at.minus(CANCEL_BEFORE) {
            return self.end_again(id, None).await;
        }
        let command = Command::Cancel(CancelTime::Now);
        let key = format!("{id}:end:{}", cancel_at.unix_seconds());
        self.ask(&*provider, &subscription, &command, key).await?;
        self.end_again(id, None).await
    }

    /// Has it looked at again: a day before its end, or at its end, which `end` moves.
    async fn end_again(
        &self,
        id: SubscriptionId,
        end: Option<kernel::Timestamp>,
    ) -> Result<(), BillingError> {
        let (this, now) = (self.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let found = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
            let Some(cancel_at) = end.or(found.state.cancel_at) else {
                return Ok(());
            };
            if found.state.status.is_over() {
                return Ok(());
            }
            if end.is_some() {
                let mut next = found.clone();
                next.state.cancel_at = end;
                next.state.reason = Some(reason::CHARGED_AFTER_CANCELLATION.to_owned());
                this.write_in(tx, &RequestContext::system(), &found, next).await?;
            }
            let early = cancel_at.minus(CANCEL_BEFORE);
            let at = if early > now { early } else { cancel_at };
            this.enqueue_end(tx, &found, at).await
        };
        self.machinery.db.write(work).await
    }

    /// Takes our own schedule back. Where the provider was asked already, it has to be able to go on.
    pub(super) async fn resume_own(
        &self,
        context: &RequestContext,
        subscription: &Subscription,
        provider: &dyn PaymentProvider,
    ) -> Result<Subscription, BillingError> {
        let id = subscription.id;
        let said = self.fetch(provider, subscription).await?;
        let is_ended_there = said.iter().any(|said| said.state == SubscriptionState::Canceled);
        if is_ended_there {
            require(provider, Capability::Resume)?;
            self.carry_out(context, subscription, Command::Resume).await?;
        }
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let found = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
            if let Some(detail) = Command::Resume.refusal(&found.state) {
                return Err(BillingError::WrongState(detail));
            }
            let mut next = found.clone();
            next.state.cancel_at = None;
            next.state.canceled_at = None;
            this.write_in(tx, &context, &found, next).await?;
            get_in(tx, None, id).await
        };
        self.machinery.db.write(work).await
    }

    /// Has everything ended that a deleted organization would go on paying for.
    pub(crate) async fn end_all_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
    ) -> Result<(), BillingError> {
        use crate::subscription::work::AbandonSubscription;
        for subscription in store::list_unfinished(tx, organization).await? {
            let job = AbandonSubscription {
                subscription,
                organization,
            };
            self.machinery.queue.enqueue(tx, &job).await?;
        }
        Ok(())
    }

    /// Ends a subscription whose organization is gone: at once, or with its period where that can't be done.
    pub(crate) async fn abandon(&self, id: SubscriptionId) -> Result<(), BillingError> {
        let (subscription, provider): (Subscription, Arc<dyn PaymentProvider>) =
            self.to_change(None, id).await?;
        if subscription.state.status.is_over() {
            return Ok(());
        }
        if subscription.state.reference.is_none() {
            // Somebody may have paid in the meantime; then the provider knows a name for it.
            self.fetch(&*provider, &subscription).await?;
        }
        let subscription = self.get(None, id).await?;
        let state = &subscription.state;
        if state.reference.is_none() {
            close_page(&*provider, subscription.checkout.reference.as_deref()).await;
            return self.close(&RequestContext::system(), id, reason::GIVEN_UP).await;
        }
        let time = if provider.capabilities().has(Capability::CancelNow) {
            CancelTime::Now
        } else {
            require(&*provider, Capability::CancelAtPeriodEnd)?;
            CancelTime::PeriodEnd
        };
        let command = Command::Cancel(time);
        if command.is_done(state) {
            return Ok(());
        }
        let key = format!("{id}:abandon:{}", command.verb());
        self.ask(&*provider, &subscription, &command, key).await
    }
}
