//! What follows here from what happens to accounts.

use async_trait::async_trait;
use db::Tx;
use events::{PublishError, Subscriber};
use kernel::RequestContext;
use kernel::event::auth::ImpersonationStarted;
use kernel::event::user::{UserDeleted, UserReclaimed, UserSuspended};
use kernel::event::webhook::WebhookEndpointDisabled;
use mail::{Mailer, Template};

use crate::error::OrganizationError;
use crate::invite::service::Invites;
use crate::membership::service::Memberships;
use crate::organization::service::Organizations;

/// A person whose account goes leaves every organization. One that they were alone in goes with them; one
/// that nobody could run without them keeps the account from going. The event has to be published before
/// the account's row is deleted, because memberships go with it.
#[derive(Clone)]
pub struct LeaveOrganizations {
    organizations: Organizations,
    memberships: Memberships,
}

/// The last owner of an organization with other members can't be suspended: nobody could run it.
#[derive(Clone)]
pub struct KeepOwners {
    memberships: Memberships,
}

/// Staff who act as a person act in that person's organizations: each has it in its own log.
#[derive(Clone)]
pub struct TellOrganizations {
    memberships: Memberships,
}

/// Whoever sent invites from an account before its owner came may have sent them to themselves.
#[derive(Clone)]
pub struct RevokeInvites {
    invites: Invites,
}

/// Owners hear by mail of a webhook endpoint that was disabled because its server takes nothing any more.
#[derive(Clone)]
pub struct TellOwners {
    organizations: Organizations,
    memberships: Memberships,
    mailer: Mailer,
}

impl TellOwners {
    /// A subscriber that works through these services.
    pub const fn new(organizations: Organizations, memberships: Memberships, mailer: Mailer) -> Self {
        Self {
            organizations,
            memberships,
            mailer,
        }
    }

    async fn tell_in(&self, tx: &mut Tx, event: &WebhookEndpointDisabled) -> Result<(), OrganizationError> {
        let Some(id) = event.organization_id.filter(|_| event.reason != "manual") else {
            return Ok(());
        };
        let organization = self.organizations.get_in(tx, id).await?;
        let variables = serde_json::json!({
            "organization": organization.name,
            "host": event.host,
            "cause": event.reason,
        });
        let mail = (Template::WebhookDisabled, variables);
        self.memberships.mail_owners_in(tx, &self.mailer, id, mail).await
    }
}

#[async_trait(?Send)]
impl Subscriber<WebhookEndpointDisabled> for TellOwners {
    async fn on(
        &self,
        tx: &mut Tx,
        _: &RequestContext,
        event: &WebhookEndpointDisabled,
    ) -> Result<(), PublishError> {
        self.tell_in(tx, event).await.map_err(refusal)
    }
}

impl RevokeInvites {
    /// A subscriber that works through this service.
    pub const fn new(invites: Invites) -> Self {
        Self { invites }
    }
}

impl LeaveOrganizations {
    /// A subscriber that works through these services.
    pub const fn new(organizations: Organizations, memberships: Memberships) -> Self {
        Self {
            organizations,
            memberships,
        }
    }
}

impl KeepOwners {
    /// A subscriber that works through this service.
    pub const fn new(memberships: Memberships) -> Self {
        Self { memberships }
    }
}

impl TellOrganizations {
    /// A subscriber that works through this service.
    pub const fn new(memberships: Memberships) -> Self {
        Self { memberships }
    }
}

#[async_trait(?Send)]
impl Subscriber<UserDeleted> for LeaveOrganizations {
    async fn on(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        event: &UserDeleted,
    ) -> Result<(), PublishError> {
        let parted = self
            .memberships
            .part_everywhere_in(tx, context, event.user_id)
            .await;
        for organization in parted.map_err(refusal)? {
            let deleted = self.organizations.delete_in(tx, context, organization).await;
            deleted.map_err(refusal)?;
        }
        Ok(())
    }
}

#[async_trait(?Send)]
impl Subscriber<UserReclaimed> for RevokeInvites {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &UserReclaimed) -> Result<(), PublishError> {
        Ok(self.invites.revoke_of_in(tx, event.user_id).await?)
    }
}

#[async_trait(?Send)]
impl Subscriber<UserSuspended> for KeepOwners {
    async fn on(&self, tx: &mut Tx, _: &RequestContext, event: &UserSuspended) -> Result<(), PublishError> {
        let required = self.memberships.require_dispensable_in(tx, event.user_id).await;
        required.map_err(refusal)
    }
}

#[async_trait(?Send)]
impl Subscriber<ImpersonationStarted> for TellOrganizations {
    async fn on(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        event: &ImpersonationStarted,
    ) -> Result<(), PublishError> {
        let told = self.memberships.tell_impersonated_in(tx, context, event).await;
        told.map_err(refusal)
    }
}

fn refusal(error: OrganizationError) -> PublishError {
    match error {
        OrganizationError::Db(error) => PublishError::Db(error),
        OrganizationError::Publish(error) => error,
        refusal => PublishError::refused(refusal),
    }
}
