//! What follows here from what happens to organizations.

use async_trait::async_trait;
use db::Tx;
use events::{PublishError, Subscriber};
use kernel::RequestContext;
use kernel::event::organization::{MemberJoined, MemberLeft, MemberRemoved, OrganizationDeleted};

use super::service::Subscriptions;
use crate::error::BillingError;

/// Subscriptions that have as many seats as their organization has members follow them.
#[derive(Clone)]
pub struct FollowMembers(pub Subscriptions);

/// A deleted organization does not go on paying.
#[derive(Clone)]
pub struct EndSubscriptions(pub Subscriptions);

fn refusal(error: BillingError) -> PublishError {
    match error {
        BillingError::Db(error) => PublishError::Db(error),
        BillingError::Publish(error) => error,
        refusal => PublishError::refused(refusal),
    }
}

#[async_trait(?Send)]
impl Subscriber<MemberJoined> for FollowMembers {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &MemberJoined) -> Result<(), PublishError> {
        let followed = self.0.follow_members_in(tx, event.organization_id).await;
        followed.map_err(refusal)
    }
}

#[async_trait(?Send)]
impl Subscriber<MemberLeft> for FollowMembers {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &MemberLeft) -> Result<(), PublishError> {
        let followed = self.0.follow_members_in(tx, event.organization_id).await;
        followed.map_err(refusal)
    }
}

#[async_trait(?Send)]
impl Subscriber<MemberRemoved> for FollowMembers {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &MemberRemoved) -> Result<(), PublishError> {
        let followed = self.0.follow_members_in(tx, event.organization_id).await;
        followed.map_err(refusal)
    }
}

#[async_trait(?Send)]
impl Subscriber<OrganizationDeleted> for EndSubscriptions {
    async fn on(
        &self,
        tx: &mut Tx,
        _: &RequestContext,
        event: &OrganizationDeleted,
    ) -> Result<(), PublishError> {
        let ended = self.0.end_all_in(tx, event.organization_id).await;
        ended.map_err(refusal)
    }
}
