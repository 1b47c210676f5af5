//! Addresses that get no mail, and how they come to be on that list.

use std::sync::Arc;

use db::{Db, DbError, Executor, ReadTx, Tx};
use kernel::{EmailAddress, OrganizationId, Page, PageRequest, Position, SuppressionId};

use crate::category::Category;
use crate::model::{NewSuppression, Suppression, SuppressionFilter};
use crate::parts::MailerParts;
use crate::store;

/// The address is on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// As it stands there.
    pub suppression: Suppression,
    /// Whether it was not there before.
    pub is_new: bool,
}

/// The list. Cheap to clone.
#[derive(Clone)]
pub struct Suppressions {
    pub(crate) db: Db,
    pub(crate) parts: Arc<MailerParts>,
}

impl Suppressions {
    pub(crate) const fn new(db: Db, parts: Arc<MailerParts>) -> Self {
        Self { db, parts }
    }

    /// Puts an address on the list; one that is there already for the same mail stays as it is.
    ///
    /// # Errors
    /// [`DbError::NoRow`] when the organization is gone.
    pub async fn add_in(&self, tx: &mut Tx, new: &NewSuppression) -> Result<Added, DbError> {
        let now = self.parts.clock.now();
        let id = SuppressionId::new(&*self.parts.ids, now);
        let is_new = store::insert_suppression(tx, id, new, now).await?;
        let category = new.category.as_ref();
        let found = store::find_suppressed(tx, new.organization, &new.email, category).await?;
        let suppression = found.ok_or(DbError::NoRow)?;
        Ok(Added { suppression, is_new })
    }

    /// Takes an address off the list, and gives what stood there.
    pub async fn remove_in(
        &self,
        tx: &mut Tx,
        id: SuppressionId,
        organization: Option<OrganizationId>,
    ) -> Result<Option<Suppression>, DbError> {
        store::delete_suppression(tx, id, organization).await
    }

    /// Takes back, for mail of `category`, that the owner of the address wanted no more: what they said about it
    /// alone and about all mail.
    pub async fn remove_unsubscribed_in(
        &self,
        tx: &mut Tx,
        organization: Option<OrganizationId>,
        email: &EmailAddress,
        category: &Category,
    ) -> Result<Vec<Suppression>, DbError> {
        store::delete_unsubscribed(tx, organization, email, category).await
    }

    /// Why an address gets no mail of `category`: what is said about it alone and about all mail.
    pub async fn list_of_in(
        &self,
        db: &mut impl Executor,
        organization: Option<OrganizationId>,
        email: &EmailAddress,
        category: &Category,
    ) -> Result<Vec<Suppression>, DbError> {
        store::list_of(db, organization, email, category).await
    }

    /// The list of an organization or of the platform, the newest first.
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        filter: SuppressionFilter,
        request: PageRequest,
    ) -> Result<Page<Suppression>, DbError> {
        let page = request.clone();
        let rows = self
            .db
            .read(async move |tx: &mut ReadTx| {
                store::list_suppressions(tx, organization, &filter, &page).await
            })
            .await?;
        Ok(Page::from_fetched(rows, &request, |row: &Suppression| Position {
            key: row.created_at.to_micros_text(),
            id: row.id.uuid(),
        }))
    }

    /// One line of the list.
    pub async fn find(
        &self,
        id: SuppressionId,
        organization: Option<OrganizationId>,
    ) -> Result<Option<Suppression>, DbError> {
        self.db
            .read(async move |tx: &mut ReadTx| store::find_suppression(tx, id, organization).await)
            .await
    }
}
