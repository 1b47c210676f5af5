//! Inviting, and answering invites.

mod answering;
mod sending;
mod signing_up;

use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use guard::{Limit, Limits};
use kernel::event::organization::InviteRevoked;
use kernel::permission::WriteInvites;
use kernel::{
    EmailAddress, InviteId, OrganizationId, Page, PageRequest, Permission as _, RequestContext, Secret,
    Timestamp, UserId,
};
use mail::Mailer;
use url::Url;

use super::model::{Invite, InviteFilter, ReceivedInvite};
use super::store;
use crate::config::OrganizationsConfig;
use crate::error::OrganizationError;
use crate::listing::time_position;
use crate::machinery::Machinery;
use crate::membership::service::Memberships;
use crate::organization::service::Organizations;
use crate::role::model::Role;
use crate::role::service::Roles;
use crate::slug::Slug;
use crate::standing::model::Standing;
use crate::standing::service::Standings;

/// What the token of an invite starts with.
const TOKEN_PREFIX: &str = "ms_inv";

/// How invites get to people.
#[derive(Clone)]
pub struct Post {
    /// Writes the mails.
    pub mailer: Mailer,
    /// Counts them.
    pub limits: Limits,
    /// Where the pages are that mails link to.
    pub public_url: Url,
}

/// The services beside this one that invites need.
#[derive(Clone)]
pub(crate) struct Neighbors {
    pub(crate) organizations: Organizations,
    pub(crate) memberships: Memberships,
    pub(crate) roles: Roles,
    pub(crate) standings: Standings,
}

/// The invites.
#[derive(Clone)]
pub struct Invites {
    machinery: Machinery,
    neighbors: Neighbors,
    post: Post,
    terms: Terms,
}

/// What the operator says about invites.
#[derive(Clone, Copy)]
struct Terms {
    valid_for: Duration,
    per_day: Limit,
    per_address: Limit,
}

impl Invites {
    /// Invites kept by `machinery` and mailed by `post`.
    pub(crate) const fn new(
        machinery: Machinery,
        neighbors: Neighbors,
        post: Post,
        config: &OrganizationsConfig,
    ) -> Self {
        let terms = Terms {
            valid_for: config.invite_valid_for,
            per_day: Limit {
                name: "organization_invites",
                max: config.invites_per_day,
                window: Duration::from_hours(24),
            },
            per_address: Limit {
                name: "invites_to_address",
                max: config.invites_per_address,
                window: Duration::from_hours(1),
            },
        };
        Self {
            machinery,
            neighbors,
            post,
            terms,
        }
    }

    /// The moment at which an answer tells where invites stand.
    pub fn now(&self) -> Timestamp {
        self.machinery.clock.now()
    }

    /// Invites of an organization, the newest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        filter: InviteFilter,
        page: PageRequest,
    ) -> Result<Page<Invite>, OrganizationError> {
        let (request, now) = (page.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut ReadTx| store::list(tx, organization, &filter, &request, now).await;
        let invites = self.machinery.db.read(work).await?;
        Ok(Page::from_fetched(invites, &page, |invite| {
            time_position(invite.created_at, invite.id.uuid())
        }))
    }

    /// One invite.
    pub async fn get(&self, organization: OrganizationId, id: InviteId) -> Result<Invite, OrganizationError> {
        let work = async move |tx: &mut ReadTx| store::find(tx, organization, id).await;
        let found = self.machinery.db.read(work).await?;
        found.ok_or(OrganizationError::NotFound)
    }

    /// Open invites to the address of `user`, once it is known to be theirs.
    pub async fn list_received(
        &self,
        user: UserId,
        page: PageRequest,
    ) -> Result<Page<ReceivedInvite>, OrganizationError> {
        let (request, now) = (page.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut ReadTx| match store::find_account(tx, user).await? {
            Some(account) if account.is_verified => {
                store::list_received(tx, account.email.normalized(), &request, now).await
            }
            _ => Ok(Vec::new()),
        };
        let received = self.machinery.db.read(work).await;
        let received = received.map_err(OrganizationError::Db)?;
        Ok(Page::from_fetched(received, &page, |received| {
            time_position(received.invite.created_at, received.invite.id.uuid())
        }))
    }

    /// What the invite behind a link is for. Nothing is consumed by looking.
    pub async fn preview(&self, token: &Secret<String>) -> Result<ReceivedInvite, OrganizationError> {
        let hash = token_hash(token)?;
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut ReadTx| store::find_by_token(tx, hash).await;
        let found = self.machinery.db.read(work).await?;
        found
            .filter(|found| found.invite.is_pending(now))
            .ok_or(OrganizationError::InviteInvalid)
    }

    /// The address of a person, so that a page can tell whether an invite is theirs.
    pub async fn address_of(&self, user: UserId) -> Result<Option<EmailAddress>, OrganizationError> {
        let work = async move |tx: &mut ReadTx| store::find_account(tx, user).await;
        let account = self.machinery.db.read(work).await?;
        Ok(account.map(|account| account.email))
    }

    /// Takes an invite back.
    pub async fn revoke(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: InviteId,
    ) -> Result<(), OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            this.inviting(tx, &context, organization).await?;
            if store::update_revoked(tx, organization, id, context.user(), now).await? == 0 {
                let found = store::find(tx, organization, id).await?;
                return Err(found.map_or(OrganizationError::NotFound, |_| OrganizationError::InviteClosed));
            }
            let event = InviteRevoked {
                organization_id: organization,
                invite_id: id,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// Takes back what somebody sent who may not have been the owner of their account.
    pub(crate) async fn revoke_of_in(&self, tx: &mut Tx, inviter: UserId) -> Result<(), DbError> {
        let now = self.machinery.clock.now();
        store::update_revoked_of(tx, inviter, now).await.map(drop)
    }

    /// How who acts stands, if they may invite.
    async fn inviting(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: OrganizationId,
    ) -> Result<Standing, OrganizationError> {
        let standings = &self.neighbors.standings;
        let acting = standings.acting(tx, context, organization).await?;
        if !acting.permissions.contains(WriteInvites::SET) {
            return Err(OrganizationError::Forbidden);
        }
        Ok(acting)
    }

    /// The role of this key, if who acts may give it. Owners are made of members, never by invite.
    async fn invitable_role(
        &self,
        tx: &mut Tx,
        acting: &Standing,
        organization: OrganizationId,
        key: &Slug,
    ) -> Result<Role, OrganizationError> {
        let keys = std::slice::from_ref(key);
        let roles = &self.neighbors.roles;
        let found = roles.resolve(tx, organization, keys, "/role").await?;
        let role = found.into_iter().next().ok_or(OrganizationError::NotFound)?;
        if role.is_owner() || !role.is_grantable_by(acting) {
            return Err(OrganizationError::RoleNotGrantable);
        }
        Ok(role)
    }
}

/// The hash to look for; a text that is no token is the token of no invite.
fn token_hash(token: &Secret<String>) -> Result<[u8; 32], OrganizationError> {
    crypto::OpaqueToken::parse(TOKEN_PREFIX, token.expose()).ok_or(OrganizationError::InviteInvalid)
}
