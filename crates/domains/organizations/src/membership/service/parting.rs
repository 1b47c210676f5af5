//! How people get out. An organization in which others are never loses its last owner.

use db::Tx;
use kernel::event::organization::{MemberLeft, MemberRemoved};
use kernel::permission::RemoveMembers;
use kernel::{OrganizationId, Permission as _, RequestContext, UserId};

use super::super::store;
use super::{Memberships, lock};
use crate::error::OrganizationError;

impl Memberships {
    /// Removes a member who stands lower than who acts.
    pub async fn remove(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let acting = this.touching(tx, &context, organization, user).await?;
            if !acting.permissions.contains(RemoveMembers::SET) {
                return Err(OrganizationError::Forbidden);
            }
            this.part_in(tx, &context, organization, user).await
        };
        self.machinery.db.write(work).await
    }

    /// Who acts leaves.
    pub async fn leave(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
    ) -> Result<(), OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            lock(tx, organization).await?;
            let user = context.user().ok_or(OrganizationError::Forbidden)?;
            let standing = this.standings.find_in(tx, organization, user).await?;
            standing.ok_or(OrganizationError::NotFound)?;
            this.part_in(tx, &context, organization, user).await
        };
        self.machinery.db.write(work).await
    }

    /// Takes a person whose account goes out of every organization that others are in, and answers with
    /// the organizations that nobody is left in.
    pub(crate) async fn part_everywhere_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
    ) -> Result<Vec<OrganizationId>, OrganizationError> {
        let mut left_alone = Vec::new();
        for organization in store::lock_organizations_of(tx, user).await? {
            if store::has_others(tx, organization, user).await? {
                self.part_in(tx, context, organization, user).await?;
            } else {
                left_alone.push(organization);
            }
        }
        Ok(left_alone)
    }

    /// Refuses when there is an organization that nobody could run without `user`, though others are in it.
    pub(crate) async fn require_dispensable_in(
        &self,
        tx: &mut Tx,
        user: UserId,
    ) -> Result<(), OrganizationError> {
        store::lock_organizations_of(tx, user).await?;
        match store::find_dependent(tx, user).await? {
            Some(_) => Err(OrganizationError::LastOwner),
            None => Ok(()),
        }
    }

    /// The caller holds the lock of the organization.
    async fn part_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<(), OrganizationError> {
        if store::delete(tx, organization, user).await? == 0 {
            return Err(OrganizationError::LastOwner);
        }
        self.standings.forget(tx, organization);
        let events = &self.machinery.events;
        if context.user() == Some(user) {
            let event = MemberLeft {
                organization_id: organization,
                user_id: user,
            };
            events.publish(tx, context, &event).await?;
        } else {
            let event = MemberRemoved {
                organization_id: organization,
                user_id: user,
            };
            events.publish(tx, context, &event).await?;
        }
        Ok(())
    }
}
