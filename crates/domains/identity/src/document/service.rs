//! Reading and writing documents.

use db::{DbError, ReadTx, Tx};
use events::PublishError;
use kernel::event::organization::{OrganizationDataDeleted, OrganizationDataWritten};
use kernel::event::user::{UserDataDeleted, UserDataWritten};
use kernel::{Page, PageRequest, RequestContext, Timestamp};

use super::model::{
    Document, DocumentId, DocumentOwner, DocumentPlace, DocumentValue, Expected, MOST, Namespace, Written,
};
use super::store;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::user::model::Acting;
use crate::user::service::Users;

/// A page never holds more, whatever is asked for: documents may be large.
const MOST_ON_A_PAGE: u32 = 50;

/// Documents. Cheap to clone.
#[derive(Clone)]
pub struct Documents {
    machinery: Machinery,
    users: Users,
}

impl Documents {
    /// Over the service that keeps accounts.
    pub const fn new(machinery: Machinery, users: Users) -> Self {
        Self { machinery, users }
    }

    /// The documents of a person or an organization, in the order of their names.
    pub async fn list(
        &self,
        owner: DocumentOwner,
        namespace: Option<Namespace>,
        page: PageRequest,
    ) -> Result<Page<Document>, DbError> {
        let page = PageRequest::new(page.limit().min(MOST_ON_A_PAGE), page.after);
        let work = async move |tx: &mut ReadTx| store::list(tx, owner, namespace.as_ref(), &page).await;
        self.machinery.db.read(work).await
    }

    /// One document.
    pub async fn get(&self, place: DocumentPlace) -> Result<Document, IdentityError> {
        let work =
            async move |tx: &mut ReadTx| store::find(tx, place.owner, &place.namespace, &place.key).await;
        let found = self.machinery.db.read(work).await?;
        found.ok_or(IdentityError::NotFound)
    }

    /// Writes a document, new or in place of what was there, if that is what the caller expects.
    pub async fn write(
        &self,
        context: &RequestContext,
        place: DocumentPlace,
        value: DocumentValue,
        expected: Expected,
    ) -> Result<Written, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let found = this.lock_in(tx, &place).await?;
                expected.check(found.as_ref())?;
                match found {
                    Some(document) if document.value == *value.json() => Ok(Written::Replaced(document)),
                    Some(document) => this.replace_in(tx, &context, &place, document, &value, now).await,
                    None => this.create_in(tx, &context, &place, &value, now).await,
                }
            })
            .await
    }

    /// Deletes a document, if it is as the caller expects.
    pub async fn delete(
        &self,
        context: &RequestContext,
        place: DocumentPlace,
        expected: Expected,
    ) -> Result<(), IdentityError> {
        let (this, context) = (self.clone(), context.clone());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let found = store::lock(tx, place.owner, &place.namespace, &place.key).await?;
                let document = found.ok_or(IdentityError::NotFound)?;
                expected.check(Some(&document))?;
                store::delete(tx, place.owner, &document).await?;
                this.tell_deleted_in(tx, &context, &place).await?;
                Ok(())
            })
            .await
    }

    /// Staff keep their hands off the documents of those who stand above them.
    pub async fn require_rank(&self, acting: Acting, owner: DocumentOwner) -> Result<(), IdentityError> {
        match (acting, owner) {
            (Acting::Staff(role), DocumentOwner::User(user)) => self.users.require_rank(role, user).await,
            _ => Ok(()),
        }
    }

    /// The document, locked; or nothing, with its owner locked, so that it stays like that.
    async fn lock_in(&self, tx: &mut Tx, place: &DocumentPlace) -> Result<Option<Document>, IdentityError> {
        let found = store::lock(tx, place.owner, &place.namespace, &place.key).await?;
        if found.is_some() {
            return Ok(found);
        }
        let is_there = match place.owner {
            DocumentOwner::User(id) => self.users.lock_in(tx, id).await?.is_some(),
            DocumentOwner::Organization(id) => store::lock_organization(tx, id).await?.is_some(),
        };
        if !is_there {
            return Err(IdentityError::NotFound);
        }
        Ok(store::lock(tx, place.owner, &place.namespace, &place.key).await?)
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        place: &DocumentPlace,
        value: &DocumentValue,
        now: Timestamp,
    ) -> Result<Written, IdentityError> {
        if store::find_full(tx, place.owner, MOST).await? {
            return Err(IdentityError::TooManyDocuments);
        }
        let document = Document {
            id: DocumentId::new(&*self.machinery.ids, now),
            namespace: place.namespace.clone(),
            key: place.key.clone(),
            value: value.json().clone(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        store::insert(tx, place.owner, &document).await?;
        self.tell_written_in(tx, context, place).await?;
        Ok(Written::Created(document))
    }

    async fn replace_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        place: &DocumentPlace,
        before: Document,
        value: &DocumentValue,
        now: Timestamp,
    ) -> Result<Written, IdentityError> {
        let document = Document {
            value: value.json().clone(),
            version: before.version + 1,
            updated_at: now,
            ..before
        };
        store::update(tx, place.owner, &document, now).await?;
        self.tell_written_in(tx, context, place).await?;
        Ok(Written::Replaced(document))
    }

    async fn tell_written_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        place: &DocumentPlace,
    ) -> Result<(), PublishError> {
        let (namespace, key) = place.names();
        let events = &self.machinery.events;
        match place.owner {
            DocumentOwner::User(user_id) => {
                let written = UserDataWritten {
                    user_id,
                    namespace,
                    key,
                };
                events.publish(tx, context, &written).await
            }
            DocumentOwner::Organization(organization_id) => {
                let written = OrganizationDataWritten {
                    organization_id,
                    namespace,
                    key,
                };
                events.publish(tx, context, &written).await
            }
        }
    }

    async fn tell_deleted_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        place: &DocumentPlace,
    ) -> Result<(), PublishError> {
        let (namespace, key) = place.names();
        let events = &self.machinery.events;
        match place.owner {
            DocumentOwner::User(user_id) => {
                let deleted = UserDataDeleted {
                    user_id,
                    namespace,
                    key,
                };
                events.publish(tx, context, &deleted).await
            }
            DocumentOwner::Organization(organization_id) => {
                let deleted = OrganizationDataDeleted {
                    organization_id,
                    namespace,
                    key,
                };
                events.publish(tx, context, &deleted).await
            }
        }
    }
}
