//! Looking members up, giving them roles, and parting from them.

mod impersonation;
mod joining;
mod owners;
mod parting;

use db::{ReadTx, Tx};
use kernel::event::organization::{MemberRolesChanged, OrganizationTransferred};
use kernel::permission::{TransferOrganization, UpdateMembers};
use kernel::{OrganizationId, Page, PageRequest, Permission as _, RequestContext, RoleId, Timestamp, UserId};
use web::problem::FRESH_FOR;

use super::model::{Member, MemberFilter};
use super::store::{self, Grant};
use crate::error::OrganizationError;
use crate::listing::time_position;
use crate::machinery::Machinery;
use crate::role::model::Role;
use crate::role::service::Roles;
use crate::slug::Slug;
use crate::standing::built_in::BuiltInRole;
use crate::standing::model::Standing;
use crate::standing::service::Standings;

/// The members of organizations.
#[derive(Clone)]
pub struct Memberships {
    machinery: Machinery,
    roles: Roles,
    standings: Standings,
}

impl Memberships {
    /// Memberships kept by `machinery`.
    pub const fn new(machinery: Machinery, roles: Roles, standings: Standings) -> Self {
        Self {
            machinery,
            roles,
            standings,
        }
    }

    /// Members in the order in which they joined.
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: MemberFilter,
        page: PageRequest,
    ) -> Result<Page<Member>, OrganizationError> {
        let request = page.clone();
        let members = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::list(tx, organization, &filter, &request).await)
            .await?;
        Ok(Page::from_fetched(members, &page, |member| {
            time_position(member.joined_at, member.person.id.uuid())
        }))
    }

    /// One member.
    pub async fn get(&self, organization: OrganizationId, user: UserId) -> Result<Member, OrganizationError> {
        let found = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::find(tx, organization, user).await)
            .await?;
        found.ok_or(OrganizationError::NotFound)
    }

    /// Gives a member exactly these roles. Roles that they did not have need a granter who has signed in
    /// lately: `signed_in_at` is when.
    pub async fn update(
        &self,
        context: &RequestContext,
        (organization, user): (OrganizationId, UserId),
        keys: Vec<Slug>,
        signed_in_at: Timestamp,
    ) -> Result<Member, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let acting = this.touching(tx, &context, organization, user).await?;
            if !acting.permissions.contains(UpdateMembers::SET) {
                return Err(OrganizationError::Forbidden);
            }
            let wanted = this.roles.resolve(tx, organization, &keys, "/roles").await?;
            let held = store::list_grants(tx, organization, user).await?;
            let added: Vec<&Role> = wanted.iter().filter(|role| !held.contains(&role.id)).collect();
            if !added.iter().all(|role| role.is_grantable_by(&acting)) {
                return Err(OrganizationError::RoleNotGrantable);
            }
            if !added.is_empty() && now.since(signed_in_at) > FRESH_FOR {
                return Err(OrganizationError::StepUpRequired);
            }
            let added: Vec<RoleId> = added.iter().map(|role| role.id).collect();
            let is_kept = |held: &RoleId| wanted.iter().any(|role| role.id == *held);
            let removed: Vec<RoleId> = held.into_iter().filter(|held| !is_kept(held)).collect();
            let change = RoleChange {
                organization,
                user,
                added,
                removed,
            };
            this.apply(tx, &context, &change, now).await
        };
        self.machinery.db.write(work).await
    }

    /// Makes another member the owner in place of who acts, who stays as an admin.
    pub async fn transfer(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        to: UserId,
    ) -> Result<Member, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            lock(tx, organization).await?;
            let from = context.user().ok_or(OrganizationError::Forbidden)?;
            let acting = this.standings.acting(tx, &context, organization).await?;
            if !acting.permissions.contains(TransferOrganization::SET) {
                return Err(OrganizationError::Forbidden);
            }
            let receiver = this.standings.find_in(tx, organization, to).await?;
            if receiver.is_none() || to == from {
                let detail = "another member of the organization is expected";
                return Err(OrganizationError::field("/user_id", "not_a_member", detail));
            }
            let rising = RoleChange {
                organization,
                user: to,
                added: vec![BuiltInRole::Owner.id()],
                removed: vec![],
            };
            let stepping_down = RoleChange {
                organization,
                user: from,
                added: vec![BuiltInRole::Admin.id()],
                removed: vec![BuiltInRole::Owner.id()],
            };
            let owner = this.apply(tx, &context, &rising, now).await?;
            this.apply(tx, &context, &stepping_down, now).await?;
            let event = OrganizationTransferred {
                organization_id: organization,
                from_user_id: from,
                to_user_id: to,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(owner)
        };
        self.machinery.db.write(work).await
    }

    /// Locks the organization and tells how who acts stands, if they may touch `user` at all.
    async fn touching(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Standing, OrganizationError> {
        lock(tx, organization).await?;
        let acting = self.standings.acting(tx, context, organization).await?;
        let touched = self.standings.find_in(tx, organization, user).await?;
        let touched = touched.ok_or(OrganizationError::NotFound)?;
        if context.user() != Some(user) && !acting.outranks(touched.rank) {
            return Err(OrganizationError::MemberOutranks);
        }
        Ok(acting)
    }

    async fn apply(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        change: &RoleChange,
        now: Timestamp,
    ) -> Result<Member, OrganizationError> {
        let (organization, user) = (change.organization, change.user);
        let grant = |role: RoleId| Grant {
            organization,
            user,
            role,
        };
        for role in &change.added {
            store::insert_grant(tx, grant(*role), context.user(), now).await?;
        }
        for role in &change.removed {
            if store::delete_grant(tx, grant(*role)).await? == 0 {
                return Err(OrganizationError::LastOwner);
            }
        }
        let member = store::find(tx, organization, user).await?;
        let member = member.ok_or(OrganizationError::NotFound)?;
        if !change.is_empty() {
            self.standings.forget(tx, organization);
            let event = MemberRolesChanged {
                organization_id: organization,
                user_id: user,
                roles: member.roles.iter().map(Slug::to_string).collect(),
            };
            self.machinery.events.publish(tx, context, &event).await?;
        }
        Ok(member)
    }
}

struct RoleChange {
    organization: OrganizationId,
    user: UserId,
    added: Vec<RoleId>,
    removed: Vec<RoleId>,
}

impl RoleChange {
    const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

async fn lock(tx: &mut Tx, organization: OrganizationId) -> Result<(), OrganizationError> {
    let locked = store::lock_organization(tx, organization).await?;
    locked.map(drop).ok_or(OrganizationError::NotFound)
}
