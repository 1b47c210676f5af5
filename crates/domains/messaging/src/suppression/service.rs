//! Reading the list, adding to it and taking addresses off it.

use db::Tx;
use kernel::event::suppression::{SuppressionAdded, SuppressionRemoved};
use kernel::{OrganizationId, Page, PageRequest, RequestContext, SuppressionId};
use mail::{Added, Category, NewSuppression, Suppression, SuppressionFilter, Suppressions};

use crate::error::MessagingError;
use crate::machinery::Machinery;

/// The addresses that get no mail. Cheap to clone.
#[derive(Clone)]
pub struct SuppressedAddresses {
    machinery: Machinery,
    list: Suppressions,
}

impl SuppressedAddresses {
    /// The list of `machinery`'s mailer.
    pub fn new(machinery: Machinery) -> Self {
        let list = machinery.mailer.suppressions(machinery.db.clone());
        Self { machinery, list }
    }

    /// The list of an organization or of the platform, the newest first.
    pub async fn list(
        &self,
        organization: Option<OrganizationId>,
        filter: SuppressionFilter,
        page: PageRequest,
    ) -> Result<Page<Suppression>, MessagingError> {
        Ok(self.list.list(organization, filter, page).await?)
    }

    /// Puts an address on the list, once per idempotency key. One that is there already stays as it is.
    pub async fn add(
        &self,
        context: &RequestContext,
        new: NewSuppression,
    ) -> Result<Suppression, MessagingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| {
                let Added { suppression, is_new } = this.list.add_in(tx, &new).await?;
                if is_new {
                    publish_added(&this.machinery, tx, &context, &suppression).await?;
                }
                Ok::<_, MessagingError>(suppression)
            };
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// Takes an address off the list: it may get mail again.
    pub async fn remove(
        &self,
        context: &RequestContext,
        id: SuppressionId,
        organization: Option<OrganizationId>,
    ) -> Result<(), MessagingError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let removed = this.list.remove_in(tx, id, organization).await?;
            let removed = removed.ok_or(MessagingError::NotFound)?;
            publish_removed(&this.machinery, tx, &context, &removed).await
        };
        self.machinery.db.write(work).await
    }
}

/// Tells that an address gets no mail any more.
pub(crate) async fn publish_added(
    machinery: &Machinery,
    tx: &mut Tx,
    context: &RequestContext,
    added: &Suppression,
) -> Result<(), MessagingError> {
    let event = SuppressionAdded {
        suppression_id: added.id,
        organization_id: added.organization,
        email: added.email.clone(),
        category: category(added),
        reason: added.reason.to_string(),
        message_id: added.message,
    };
    Ok(machinery.events.publish(tx, context, &event).await?)
}

/// Tells that an address may get mail again.
pub(crate) async fn publish_removed(
    machinery: &Machinery,
    tx: &mut Tx,
    context: &RequestContext,
    removed: &Suppression,
) -> Result<(), MessagingError> {
    let event = SuppressionRemoved {
        suppression_id: removed.id,
        organization_id: removed.organization,
        email: removed.email.clone(),
        category: category(removed),
        reason: removed.reason.to_string(),
    };
    Ok(machinery.events.publish(tx, context, &event).await?)
}

fn category(suppression: &Suppression) -> Option<String> {
    suppression.category.as_ref().map(Category::to_string)
}
