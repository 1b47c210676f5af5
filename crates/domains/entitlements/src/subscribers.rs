//! What follows here from what happens in other domains, in the same transaction.

use async_trait::async_trait;
use db::Tx;
use events::{PublishError, Subscriber};
use kernel::RequestContext;
use kernel::event::organization::OrganizationDeleted;
use kernel::event::subscription::{PlanSaved, SubscriptionUpdated};

use crate::sold::service::Sold;

/// Keeps what is told of plans and subscriptions.
#[derive(Clone)]
pub struct KeepSold(pub(crate) Sold);

#[async_trait(?Send)]
impl Subscriber<PlanSaved> for KeepSold {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &PlanSaved) -> Result<(), PublishError> {
        Ok(self.0.save_plan_in(tx, event).await?)
    }
}

#[async_trait(?Send)]
impl Subscriber<SubscriptionUpdated> for KeepSold {
    async fn on(
        &self,
        tx: &mut Tx,
        _: &RequestContext,
        event: &SubscriptionUpdated,
    ) -> Result<(), PublishError> {
        Ok(self.0.update_subscription_in(tx, event).await?)
    }
}

#[async_trait(?Send)]
impl Subscriber<OrganizationDeleted> for KeepSold {
    async fn on(
        &self,
        tx: &mut Tx,
        _: &RequestContext,
        event: &OrganizationDeleted,
    ) -> Result<(), PublishError> {
        Ok(self.0.forget_in(tx, event.organization_id).await?)
    }
}
