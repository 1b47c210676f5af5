//! Mails to the owners: a payment is missing, a trial ends, a subscription is over. Each is written once, in the
//! transaction that says so or by a job that ends with it.

use std::time::Duration;

use db::Tx;
use jobs::Delivery;
use kernel::Timestamp;
use mail::Template;
use serde_json::json;

use super::Subscriptions;
use crate::error::BillingError;
use crate::subscription::model::{Status, Subscription};
use crate::subscription::store;
use crate::subscription::work::{RemindPastDue, RemindTrial};

const DAY: Duration = Duration::from_hours(24);

/// How long after a payment began to miss, and how long before the trial ends.
const THREE_DAYS: Duration = Duration::from_hours(72);

impl Subscriptions {
    /// A payment is missing from now on: one mail at once, and others while it is.
    pub(super) async fn remind_past_due_in(
        &self,
        tx: &mut Tx,
        subscription: &Subscription,
        since: Timestamp,
    ) -> Result<(), BillingError> {
        self.mail_in(
            tx,
            subscription,
            Template::SubscriptionPastDue,
            Some(self.grace_end(since)),
        )
        .await?;
        let job = RemindPastDue {
            subscription: subscription.id,
            organization: subscription.organization,
            since,
        };
        let third = since.plus(THREE_DAYS);
        let last = self.grace_end(since).minus(DAY);
        let mut moments = vec![third, last];
        moments.dedup();
        // One that would come with the first, or after the grace, says nothing new.
        moments.retain(|moment| *moment > since.plus(DAY) && *moment < self.grace_end(since));
        for moment in moments {
            self.machinery.queue.enqueue_at(tx, &job, moment).await?;
        }
        Ok(())
    }

    /// Until when a subscription whose payment is missing counts.
    fn grace_end(&self, since: Timestamp) -> Timestamp {
        since.plus(self.machinery.config.grace)
    }

    /// Has the owners told three days before the trial ends; of a shorter one they have heard just now.
    pub(super) async fn remind_of_trial_in(
        &self,
        tx: &mut Tx,
        subscription: &Subscription,
        trial_end: Timestamp,
    ) -> Result<(), BillingError> {
        let moment = trial_end.minus(THREE_DAYS);
        if moment <= self.machinery.clock.now() {
            return Ok(());
        }
        let job = RemindTrial {
            subscription: subscription.id,
            organization: subscription.organization,
            trial_end,
        };
        self.machinery.queue.enqueue_at(tx, &job, moment).await?;
        Ok(())
    }

    /// Nothing more is collected.
    pub(super) async fn tell_end_in(
        &self,
        tx: &mut Tx,
        subscription: &Subscription,
    ) -> Result<(), BillingError> {
        self.mail_in(tx, subscription, Template::SubscriptionCanceled, None)
            .await
    }

    /// Reminds of a payment, if it still is missing. The job ends with the mail, so that there is one.
    pub(crate) async fn remind_past_due(
        &self,
        job: RemindPastDue,
        delivery: &Delivery,
    ) -> Result<(), BillingError> {
        let (this, delivery) = (self.clone(), delivery.clone());
        let work = async move |tx: &mut Tx| {
            let found = store::lock(tx, job.subscription).await?;
            let is_due = |found: &Subscription| {
                found.state.status == Status::PastDue && found.state.past_due_since == Some(job.since)
            };
            if let Some(found) = found.filter(is_due) {
                let end = Some(this.grace_end(job.since));
                this.mail_in(tx, &found, Template::SubscriptionPastDue, end)
                    .await?;
            }
            Ok(delivery.finish(tx).await?)
        };
        self.machinery.db.write(work).await
    }

    /// Reminds of the end of a trial, if it still ends then.
    pub(crate) async fn remind_of_trial(
        &self,
        job: RemindTrial,
        delivery: &Delivery,
    ) -> Result<(), BillingError> {
        let (this, delivery) = (self.clone(), delivery.clone());
        let work = async move |tx: &mut Tx| {
            let found = store::lock(tx, job.subscription).await?;
            let is_ending = |found: &Subscription| {
                found.state.status == Status::Trialing
                    && found.state.trial_end == Some(job.trial_end)
                    && found.state.cancel_at.is_none()
            };
            if let Some(found) = found.filter(is_ending) {
                let template = Template::SubscriptionTrialEnding;
                this.mail_in(tx, &found, template, Some(job.trial_end)).await?;
            }
            Ok(delivery.finish(tx).await?)
        };
        self.machinery.db.write(work).await
    }

    /// To the owners of an organization that is still there.
    async fn mail_in(
        &self,
        tx: &mut Tx,
        subscription: &Subscription,
        template: Template,
        until: Option<Timestamp>,
    ) -> Result<(), BillingError> {
        let organizations = &self.machinery.organizations;
        let organization = subscription.organization;
        let Some(name) = organizations.name_in(tx, organization).await? else {
            return Ok(());
        };
        let plan = self.plans.plan_in(tx, subscription.state.plan).await?;
        let variables = match until {
            Some(until) => json!({ "organization": name, "plan": plan.content.name, "until": until }),
            None => json!({ "organization": name, "plan": plan.content.name }),
        };
        organizations
            .mail_owners_in(tx, organization, (template, variables))
            .await
    }
}
