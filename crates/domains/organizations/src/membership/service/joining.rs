//! How people get in.

use db::Tx;
use kernel::event::organization::MemberJoined;
use kernel::{OrganizationId, RequestContext, Timestamp, UserId};

use super::super::model::{Joining, Member};
use super::super::store::{self, Grant};
use super::{Memberships, lock};
use crate::error::OrganizationError;
use crate::standing::built_in::BuiltInRole;

impl Memberships {
    /// The first owner of an organization that this transaction made.
    pub(crate) async fn found_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        owner: UserId,
        now: Timestamp,
    ) -> Result<(), OrganizationError> {
        store::insert(tx, organization, owner, now).await?;
        let grant = Grant {
            organization,
            user: owner,
            role: BuiltInRole::Owner.id(),
        };
        store::insert_grant(tx, grant, None, now).await?;
        self.standings.forget(tx, organization);
        Ok(())
    }

    /// Refuses when nobody could join, for those who want to know before there is anybody to join.
    pub(crate) async fn require_free_seat_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
    ) -> Result<(), OrganizationError> {
        match store::has_free_seat(tx, organization).await? {
            Some(true) => Ok(()),
            Some(false) => Err(OrganizationError::SeatsTaken),
            None => Err(OrganizationError::NotFound),
        }
    }

    /// A person joins, if they are not in already and a seat is free.
    pub(crate) async fn join_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        joining: Joining<'_>,
        now: Timestamp,
    ) -> Result<Member, OrganizationError> {
        let (organization, user) = (joining.organization, joining.user);
        lock(tx, organization).await?;
        if self.standings.find_in(tx, organization, user).await?.is_some() {
            return Err(OrganizationError::AlreadyMember);
        }
        if store::insert(tx, organization, user, now).await? == 0 {
            return Err(OrganizationError::SeatsTaken);
        }
        let grant = Grant {
            organization,
            user,
            role: joining.role,
        };
        store::insert_grant(tx, grant, joining.granted_by, now).await?;
        self.standings.forget(tx, organization);
        let event = MemberJoined {
            organization_id: organization,
            user_id: user,
            roles: vec![joining.role_key.to_string()],
        };
        self.machinery.events.publish(tx, context, &event).await?;
        let member = store::find(tx, organization, user).await?;
        member.ok_or(OrganizationError::NotFound)
    }
}
