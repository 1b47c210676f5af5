//! Keeping what is told of plans and subscriptions.

use db::{DbError, Tx};
use kernel::OrganizationId;
use kernel::event::subscription::{PlanSaved, SubscriptionUpdated};

use super::model::SubscriptionStatus;
use super::store;
use crate::machinery::Machinery;
use crate::work::ForgetUsage;

/// What is sold, and to whom. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sold {
    machinery: Machinery,
}

impl Sold {
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// A plan grants this from now on, to all who have it.
    pub(crate) async fn save_plan_in(&self, tx: &mut Tx, plan: &PlanSaved) -> Result<(), DbError> {
        store::update_plan(tx, plan, self.machinery.clock.now()).await?;
        store::delete_features(tx, plan.plan_id).await?;
        store::insert_features(tx, plan).await
    }

    /// While somebody has to look at a subscription it is good for what it was before; so it is while its status is
    /// a word that we don't know.
    pub(crate) async fn update_subscription_in(
        &self,
        tx: &mut Tx,
        event: &SubscriptionUpdated,
    ) -> Result<(), DbError> {
        let now = self.machinery.clock.now();
        match event.status.parse::<SubscriptionStatus>() {
            Ok(_) => store::update_subscription(tx, event, now).await,
            Err(_) => store::update_version(tx, event.subscription_id, event.version, now).await,
        }
    }

    /// An organization is gone. What it used may be much, and is deleted bit by bit.
    pub(crate) async fn forget_in(&self, tx: &mut Tx, organization: OrganizationId) -> Result<(), DbError> {
        store::delete_of_organization(tx, organization).await?;
        let job = ForgetUsage { gone: organization };
        self.machinery.queue.enqueue(tx, &job).await.map(drop)
    }
}
