//! Making our rows say what a provider says.

use db::Tx;
use kernel::event::subscription::{
    SubscriptionCanceled, SubscriptionCancellationScheduled, SubscriptionPastDue, SubscriptionUpdated,
};
use kernel::{RequestContext, SubscriptionId};
use ports::payments::{Capability, SubscriptionSnapshot};

use super::Subscriptions;
use crate::error::BillingError;
use crate::plan::model::{Price, PriceReference};
use crate::source::Source;
use crate::subscription::model::{
    Effect, PriceTold, Scheduling, State, Status, Subscription, Told, effects, reason,
};
use crate::subscription::store;

impl Subscriptions {
    /// Makes the subscription that `snapshot` is about say the same. What is nobody's here is left alone: an account
    /// may be used for others too.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &SubscriptionSnapshot,
    ) -> Result<(), BillingError> {
        let Some(id) = self.find_in(tx, source, snapshot).await? else {
            tracing::debug!(
                provider = source.provider,
                subscription = snapshot.id,
                "a subscription at the provider is none of ours"
            );
            return Ok(());
        };
        let Some(found) = store::lock(tx, id).await? else {
            return Ok(());
        };
        let is_of_account = found.provider == source.provider && found.account == source.account;
        if !is_of_account {
            return Ok(());
        }
        let is_another = found
            .state
            .reference
            .as_ref()
            .is_some_and(|known| *known != snapshot.id);
        if is_another && !found.state.status.is_over() {
            return self.note_second_in(tx, found, snapshot).await;
        }
        // What was asked for before the last answer says nothing new; of another one at the provider it may.
        let is_old = found.synced_at.is_some_and(|synced| source.asked_at < synced);
        if is_old && !is_another {
            return Ok(());
        }
        let price = self.price_told_in(tx, source, &found, snapshot).await?;
        let told = Told {
            snapshot,
            price,
            scheduling: self.scheduling(&found),
            asked_at: source.asked_at,
        };
        let mut state = found.state.settled(&told);
        self.keep_one_in(tx, &found, &mut state).await?;
        let next = Subscription {
            synced_at: found.synced_at.max(Some(source.asked_at)),
            state,
            ..found.clone()
        };
        self.write_in(tx, &RequestContext::system(), &found, next).await
    }

    /// Writes down what a locked subscription is from now on, and sees to all that follows.
    pub(super) async fn write_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        before: &Subscription,
        mut next: Subscription,
    ) -> Result<(), BillingError> {
        let now = self.machinery.clock.now();
        next.next_sync_at = next.state.next_sync(now);
        if before.state == next.state {
            return Ok(store::update_synced(tx, &next).await?);
        }
        if !store::update(tx, &next, now).await? {
            // Its row is locked, so nobody else has changed it.
            return Err(BillingError::Outdated);
        }
        next.version += 1;
        self.machinery
            .events
            .publish(tx, context, &updated(&next))
            .await?;
        for effect in effects(&before.state, &next.state) {
            self.follow_in(tx, context, &next, effect).await?;
        }
        Ok(())
    }

    /// What follows from a change.
    async fn follow_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        subscription: &Subscription,
        effect: Effect,
    ) -> Result<(), BillingError> {
        let (id, organization) = (subscription.id, subscription.organization);
        let events = &self.machinery.events;
        match effect {
            // Members may have come and gone while somebody paid.
            Effect::Begun if subscription.follows_members => {
                self.enqueue_seats(tx, id, organization).await?;
            }
            Effect::Begun => {}
            Effect::TrialEnds(end) => self.remind_of_trial_in(tx, subscription, end).await?,
            Effect::PastDue(since) => {
                let event = SubscriptionPastDue {
                    subscription_id: id,
                    organization_id: organization,
                    past_due_since: since,
                };
                events.publish(tx, context, &event).await?;
                self.remind_past_due_in(tx, subscription, since).await?;
            }
            Effect::CancellationScheduled(cancel_at) => {
                let event = SubscriptionCancellationScheduled {
                    subscription_id: id,
                    organization_id: organization,
                    cancel_at,
                };
                events.publish(tx, context, &event).await?;
            }
            Effect::Canceled => {
                let event = SubscriptionCanceled {
                    subscription_id: id,
                    organization_id: organization,
                };
                events.publish(tx, context, &event).await?;
                self.tell_end_in(tx, subscription).await?;
            }
        }
        Ok(())
    }

    /// Whose it is: by the provider's id of it, or by what we told the provider when it was made.
    async fn find_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &SubscriptionSnapshot,
    ) -> Result<Option<SubscriptionId>, BillingError> {
        let account = (source.provider, source.account.as_str());
        if let Some(id) = store::find_named(tx, account, &snapshot.id).await? {
            return Ok(Some(id));
        }
        let references = [&snapshot.reference, &source.reference];
        let mut ids = references
            .into_iter()
            .flatten()
            .filter_map(|text| text.parse::<SubscriptionId>().ok());
        Ok(ids.next())
    }

    /// Which of our prices the provider speaks of.
    async fn price_told_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        found: &Subscription,
        snapshot: &SubscriptionSnapshot,
    ) -> Result<PriceTold, BillingError> {
        let Some(reference) = &snapshot.price else {
            let price = self.plans.price_in(tx, found.state.price).await?;
            return Ok(PriceTold::Unsaid(price.period));
        };
        let known = PriceReference {
            provider: source.provider.to_owned(),
            account: source.account.clone(),
            reference: reference.clone(),
        };
        let price: Option<Price> = self.plans.price_of_in(tx, &known).await?;
        Ok(price.map_or(PriceTold::Unknown, |price| PriceTold::Known {
            price: price.id,
            plan: price.plan,
            period: price.period,
        }))
    }

    /// An organization has one live subscription to a plan: what would be a second one needs somebody to look.
    async fn keep_one_in(
        &self,
        tx: &mut Tx,
        found: &Subscription,
        state: &mut State,
    ) -> Result<(), BillingError> {
        let is_as_before = found.state.status.is_live() && found.state.plan == state.plan;
        if !state.status.is_live() || is_as_before {
            return Ok(());
        }
        if store::find_rival(tx, found, state.plan).await?.is_some() {
            state.status = Status::NeedsReview;
            state.reason = Some(reason::SUBSCRIBED_TWICE.to_owned());
            // As before, so that nothing is granted that nobody looked at.
            state.plan = found.state.plan;
            state.price = found.state.price;
        }
        Ok(())
    }

    /// Somebody has paid a second time on the page of a subscription that has a name at the provider already.
    async fn note_second_in(
        &self,
        tx: &mut Tx,
        found: Subscription,
        snapshot: &SubscriptionSnapshot,
    ) -> Result<(), BillingError> {
        tracing::warn!(
            subscription.id = %found.id,
            provider.subscription = snapshot.id,
            "there is a second subscription at the provider for one of ours"
        );
        let mut next = found.clone();
        next.state.reason = Some(reason::SUBSCRIBED_TWICE.to_owned());
        self.write_in(tx, &RequestContext::system(), &found, next).await
    }

    /// Who sees to it that a subscription ends with its period.
    pub(super) fn scheduling(&self, subscription: &Subscription) -> Scheduling {
        let provider = self
            .machinery
            .providers
            .of_account(&subscription.provider, &subscription.account);
        match provider {
            Ok(provider) if !provider.capabilities().has(Capability::CancelAtPeriodEnd) => Scheduling::Ours,
            _ => Scheduling::Provider,
        }
    }
}

/// Everything that counts for what may be used.
fn updated(subscription: &Subscription) -> SubscriptionUpdated {
    let state = &subscription.state;
    SubscriptionUpdated {
        subscription_id: subscription.id,
        organization_id: subscription.organization,
        plan_id: state.plan,
        status: state.status.as_str().to_owned(),
        quantity: i64::from(state.quantity),
        current_period_start: state.current_period_start,
        current_period_end: state.current_period_end,
        trial_end: state.trial_end,
        cancel_at: state.cancel_at,
        past_due_since: state.past_due_since,
        pause_mode: state.pause.map(|pause| pause.mode.as_str().to_owned()),
        version: subscription.version,
    }
}
