//! Making, changing and deleting organizations.

mod settings;

use db::{DbError, Executor, ReadTx, Tx};
use kernel::event::organization::{OrganizationCreated, OrganizationDeleted, OrganizationUpdated};
use kernel::{OrganizationId, Page, PageRequest, RequestContext, Timestamp, UserId};

use super::model::{
    ListedOrganization, NewOrganization, Organization, OrganizationContent, OrganizationFilter, Whose,
};
use super::store;
use crate::error::OrganizationError;
use crate::listing::time_position;
use crate::machinery::Machinery;
use crate::membership::service::Memberships;
use crate::slug::Slug;
use crate::standing::service::Standings;

/// How often a slug that was made from a name is made anew when somebody else has it.
const TRIES: u32 = 5;

/// The organizations.
#[derive(Clone)]
pub struct Organizations {
    machinery: Machinery,
    memberships: Memberships,
    standings: Standings,
}

impl Organizations {
    /// Organizations kept by `machinery`.
    pub const fn new(machinery: Machinery, memberships: Memberships, standings: Standings) -> Self {
        Self {
            machinery,
            memberships,
            standings,
        }
    }

    /// Somebody's organizations, the last joined first; or everybody's, the newest first.
    pub async fn list(
        &self,
        filter: OrganizationFilter,
        page: PageRequest,
    ) -> Result<Page<Organization>, OrganizationError> {
        let is_long = filter.whose == Whose::Everybodys && filter.search.is_some();
        let request = page.clone();
        let work = async move |tx: &mut ReadTx| store::list(tx, &filter, &request).await;
        let db = &self.machinery.db;
        let listed: Result<Vec<ListedOrganization>, DbError> = if is_long {
            db.read_aside(work).await
        } else {
            db.read(work).await
        };
        let page = Page::from_fetched(listed?, &page, |listed| {
            time_position(listed.since, listed.organization.id.uuid())
        });
        Ok(page.map(|listed| listed.organization))
    }

    /// One organization.
    pub async fn get(&self, id: OrganizationId) -> Result<Organization, OrganizationError> {
        let found = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::find(tx, id).await)
            .await?;
        found.ok_or(OrganizationError::NotFound)
    }

    /// One organization as a transaction sees it.
    pub(crate) async fn get_in(
        &self,
        tx: &mut impl Executor,
        id: OrganizationId,
    ) -> Result<Organization, OrganizationError> {
        store::find(tx, id).await?.ok_or(OrganizationError::NotFound)
    }

    /// Makes an organization with its first owner, once per idempotency key.
    pub async fn create(
        &self,
        context: &RequestContext,
        owner: UserId,
        new: NewOrganization,
    ) -> Result<Organization, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.create_in(tx, &context, owner, &new, now).await;
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// Makes an organization in a transaction of somebody else's: that of a signup, for one.
    pub async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        owner: UserId,
        new: &NewOrganization,
        now: Timestamp,
    ) -> Result<Organization, OrganizationError> {
        let organization = self.insert(tx, new, now).await?;
        let memberships = &self.memberships;
        memberships.found_in(tx, organization.id, owner, now).await?;
        let event = OrganizationCreated {
            organization_id: organization.id,
            owner_id: owner,
            name: organization.name.clone(),
            slug: organization.slug.to_string(),
        };
        self.machinery.events.publish(tx, context, &event).await?;
        Ok(organization)
    }

    /// A slug that was asked for is taken or not; one that was made gives way to one like it.
    async fn insert(
        &self,
        tx: &mut Tx,
        new: &NewOrganization,
        now: Timestamp,
    ) -> Result<Organization, OrganizationError> {
        let id = OrganizationId::new(&*self.machinery.ids, now);
        let name = new.name.as_str();
        let made = Slug::from_name(name, "organization");
        let mut organization = Organization {
            id,
            name: name.to_owned(),
            slug: new.slug.clone().unwrap_or_else(|| made.clone()),
            version: 1,
            created_at: now,
            updated_at: now,
            mfa_required_from: None,
        };
        for _ in 0..TRIES {
            if store::insert(tx, &organization).await? == 1 {
                return Ok(organization);
            }
            if new.slug.is_some() {
                break;
            }
            organization.slug = made.told_apart_by(self.machinery.ids.uuid_v7(now));
        }
        Err(OrganizationError::slug_taken())
    }

    /// Changes name and slug; `version` is that of the copy that the caller changed, if they say so.
    pub async fn update(
        &self,
        context: &RequestContext,
        id: OrganizationId,
        wanted: OrganizationContent,
        version: Option<i64>,
    ) -> Result<Organization, OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let before = lock(tx, id, version).await?;
            let changed = changed_fields(&before, &wanted);
            if changed.is_empty() {
                return Ok(before);
            }
            let updated = store::update(tx, id, &wanted, now).await;
            updated.map_err(slug_taken)?;
            this.updated(tx, &context, id, changed).await?;
            store::find(tx, id).await?.ok_or(OrganizationError::NotFound)
        };
        self.machinery.db.write(work).await
    }

    /// Deletes an organization with all that is its own.
    pub async fn delete(
        &self,
        context: &RequestContext,
        id: OrganizationId,
        version: Option<i64>,
    ) -> Result<(), OrganizationError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            lock(tx, id, version).await?;
            this.delete_in(tx, &context, id).await
        };
        self.machinery.db.write(work).await
    }

    /// As [`Organizations::delete`], in a transaction of somebody else's who holds the lock.
    pub(crate) async fn delete_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: OrganizationId,
    ) -> Result<(), OrganizationError> {
        let event = OrganizationDeleted { organization_id: id };
        self.machinery.events.publish(tx, context, &event).await?;
        store::delete(tx, id).await?;
        self.standings.forget(tx, id);
        Ok(())
    }

    async fn updated(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: OrganizationId,
        fields: Vec<String>,
    ) -> Result<(), OrganizationError> {
        let event = OrganizationUpdated {
            organization_id: id,
            fields,
        };
        self.machinery.events.publish(tx, context, &event).await?;
        Ok(())
    }
}

/// Locks the organization, if it is still the one that the caller knows.
async fn lock(
    tx: &mut Tx,
    id: OrganizationId,
    version: Option<i64>,
) -> Result<Organization, OrganizationError> {
    let organization = store::lock(tx, id).await?;
    let organization = organization.ok_or(OrganizationError::NotFound)?;
    if version.is_some_and(|version| version != organization.version) {
        return Err(OrganizationError::Outdated);
    }
    Ok(organization)
}

fn changed_fields(before: &Organization, wanted: &OrganizationContent) -> Vec<String> {
    let mut changed = Vec::new();
    if before.name != wanted.name.as_str() {
        changed.push(String::from("name"));
    }
    if before.slug != wanted.slug {
        changed.push(String::from("slug"));
    }
    changed
}

fn slug_taken(error: DbError) -> OrganizationError {
    if error.is_unique("organizations_slug_key") {
        OrganizationError::slug_taken()
    } else {
        error.into()
    }
}
