//! Making, changing and deleting an organization's own roles.

use db::{DbError, Executor, ReadTx, Tx};
use kernel::event::organization::{RoleCreated, RoleDeleted, RoleUpdated};
use kernel::{OrganizationId, Page, PageRequest, RequestContext, RoleId, Timestamp};

use super::model::{NewRole, Role, RoleContent, is_built_in_key, may_be_held};
use super::store;
use crate::error::OrganizationError;
use crate::listing::{Search, time_position};
use crate::machinery::Machinery;
use crate::slug::Slug;
use crate::standing::service::Standings;

/// How many roles an organization may make.
const MOST: u32 = 50;

/// The roles of organizations.
#[derive(Clone)]
pub struct Roles {
    machinery: Machinery,
    standings: Standings,
}

impl Roles {
    /// Roles kept by `machinery`.
    pub const fn new(machinery: Machinery, standings: Standings) -> Self {
        Self { machinery, standings }
    }

    /// Built-in roles first, then the organization's own, the oldest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        search: Option<Search>,
        page: PageRequest,
    ) -> Result<Page<Role>, OrganizationError> {
        let mut roles: Vec<Role> = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::list(tx, organization).await)
            .await?;
        // There are 55 at most, so that sorting them here costs less than an index would.
        roles.sort_by_key(|role| (role.created_at, role.id));
        let is_found = |role: &Role| {
            let matches = |search: &Search| search.matches(role.key.as_str()) || search.matches(&role.name);
            search.as_ref().is_none_or(matches)
        };
        let is_ahead = |role: &Role| {
            let position = time_position(role.created_at, role.id.uuid());
            page.after
                .as_ref()
                .is_none_or(|after| (&position.key, position.id) > (&after.key, after.id))
        };
        roles.retain(|role| is_found(role) && is_ahead(role));
        Ok(Page::from_fetched(roles, &page, |role| {
            time_position(role.created_at, role.id.uuid())
        }))
    }

    /// One role.
    pub async fn get(&self, organization: OrganizationId, id: RoleId) -> Result<Role, OrganizationError> {
        let found = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::find(tx, organization, id).await)
            .await?;
        found.ok_or(OrganizationError::NotFound)
    }

    /// Makes a role, once per idempotency key.
    pub async fn create(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        new: NewRole,
    ) -> Result<Role, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.create_in(tx, &context, organization, &new, now).await;
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        organization: OrganizationId,
        new: &NewRole,
        now: Timestamp,
    ) -> Result<Role, OrganizationError> {
        lock(tx, organization).await?;
        let standing = self.standings.acting(tx, context, organization).await?;
        if !may_be_held(new.content.permissions, &standing) {
            return Err(OrganizationError::RoleNotGrantable);
        }
        if store::count(tx, organization).await? >= i64::from(MOST) {
            return Err(OrganizationError::RoleLimit(MOST));
        }
        let name = new.content.name.as_str();
        let key = new.key.clone().unwrap_or_else(|| Slug::from_name(name, "role"));
        if is_built_in_key(&key) {
            return Err(OrganizationError::role_key_taken());
        }
        let role = Role {
            id: RoleId::new(&*self.machinery.ids, now),
            organization: Some(organization),
            key,
            name: name.to_owned(),
            description: new.content.description.as_str().to_owned(),
            permissions: new.content.permissions,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        store::insert(tx, &role).await.map_err(key_taken)?;
        let event = RoleCreated {
            organization_id: organization,
            role_id: role.id,
            key: role.key.to_string(),
        };
        self.machinery.events.publish(tx, context, &event).await?;
        Ok(role)
    }

    /// Changes a role; `version` is that of the copy that the caller changed, if they say so.
    pub async fn update(
        &self,
        context: &RequestContext,
        (organization, id): (OrganizationId, RoleId),
        wanted: RoleContent,
        version: Option<i64>,
    ) -> Result<Role, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let role = this.changeable(tx, &context, (organization, id), version).await?;
            let standing = this.standings.acting(tx, &context, organization).await?;
            if !may_be_held(wanted.permissions, &standing) {
                return Err(OrganizationError::RoleNotGrantable);
            }
            store::update(tx, &role, &wanted, now).await?;
            this.standings.forget(tx, organization);
            let event = RoleUpdated {
                organization_id: organization,
                role_id: id,
                key: role.key.to_string(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            store::find(tx, organization, id)
                .await?
                .ok_or(OrganizationError::NotFound)
        };
        self.machinery.db.write(work).await
    }

    /// Deletes a role that nobody has and that nobody is invited to.
    pub async fn delete(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        id: RoleId,
        version: Option<i64>,
    ) -> Result<(), OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let role = this.changeable(tx, &context, (organization, id), version).await?;
            store::delete_closed_invites(tx, organization, id, now).await?;
            let deleted = store::delete(tx, organization, id).await;
            deleted.map_err(in_use)?;
            let event = RoleDeleted {
                organization_id: organization,
                role_id: id,
                key: role.key.to_string(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok::<_, OrganizationError>(())
        };
        self.machinery.db.write(work).await
    }

    /// The role, if who acts may change it: it is the organization's own and permits nothing that they lack.
    async fn changeable(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        (organization, id): (OrganizationId, RoleId),
        version: Option<i64>,
    ) -> Result<Role, OrganizationError> {
        lock(tx, organization).await?;
        let role = store::find(tx, organization, id)
            .await?
            .ok_or(OrganizationError::NotFound)?;
        if role.is_built_in() {
            return Err(OrganizationError::RoleBuiltIn);
        }
        if version.is_some_and(|version| version != role.version) {
            return Err(OrganizationError::Outdated);
        }
        let standing = self.standings.acting(tx, context, organization).await?;
        if !may_be_held(role.permissions, &standing) {
            return Err(OrganizationError::RoleNotGrantable);
        }
        Ok(role)
    }

    /// One role as a transaction sees it.
    pub(crate) async fn get_in(
        &self,
        tx: &mut impl Executor,
        organization: OrganizationId,
        id: RoleId,
    ) -> Result<Role, OrganizationError> {
        let found = store::find(tx, organization, id).await?;
        found.ok_or(OrganizationError::NotFound)
    }

    /// The roles of these keys; a key that no role has is a fault of the field.
    pub(crate) async fn resolve(
        &self,
        tx: &mut impl Executor,
        organization: OrganizationId,
        keys: &[Slug],
        pointer: &'static str,
    ) -> Result<Vec<Role>, OrganizationError> {
        let mut known = store::list(tx, organization).await?;
        let is_unknown = |key: &&Slug| !known.iter().any(|role| role.key == **key);
        if let Some(key) = keys.iter().find(is_unknown) {
            let detail = format!("the organization has no role {key}");
            return Err(OrganizationError::field(pointer, "unknown_role", detail));
        }
        known.retain(|role| keys.contains(&role.key));
        Ok(known)
    }
}

async fn lock(tx: &mut Tx, organization: OrganizationId) -> Result<(), OrganizationError> {
    let locked = store::lock_organization(tx, organization).await?;
    locked.map(drop).ok_or(OrganizationError::NotFound)
}

fn key_taken(error: DbError) -> OrganizationError {
    if error.is_unique("roles_organization_id_key_key") {
        OrganizationError::role_key_taken()
    } else {
        error.into()
    }
}

fn in_use(error: DbError) -> OrganizationError {
    match error {
        DbError::ForeignKey(_) => OrganizationError::RoleInUse,
        error => error.into(),
    }
}
