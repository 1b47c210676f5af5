//! Deciding for one organization.

use db::{DbError, ReadTx, Tx};
use kernel::event::entitlement::{EntitlementOverridden, EntitlementOverrideRemoved};
use kernel::{
    EntitlementOverrideId, FeatureKey, OrganizationId, Page, PageRequest, Position, RequestContext,
};

use super::model::{Override, OverrideContent};
use super::store;
use crate::error::EntitlementError;
use crate::machinery::Machinery;

/// What staff decided. Cheap to clone.
#[derive(Clone)]
pub struct Overrides {
    machinery: Machinery,
}

impl Overrides {
    /// Overrides kept by `machinery`.
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Decides, in place of what was decided before.
    pub async fn put(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        feature: FeatureKey,
        wish: OverrideContent,
    ) -> Result<Override, EntitlementError> {
        let now = self.machinery.clock.now();
        if wish.expires_at.is_some_and(|end| end <= now) {
            let detail = "a moment that is still to come is expected";
            return Err(EntitlementError::field("/expires_at", "out_of_range", detail));
        }
        let kept = Override {
            id: EntitlementOverrideId::new(&*self.machinery.ids, now),
            organization,
            feature,
            content: wish,
            created_by: context.user(),
            created_at: now,
            updated_at: now,
        };
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let kept = match store::update(tx, &kept).await {
                Err(DbError::ForeignKey(_)) => return Err(EntitlementError::NotFound),
                kept => kept?,
            };
            let event = EntitlementOverridden {
                override_id: kept.id,
                organization_id: organization,
                feature: kept.feature.clone(),
                is_enabled: kept.content.is_enabled,
                limit: kept.content.limit,
                expires_at: kept.content.expires_at,
                reason: kept.content.reason.clone(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(kept)
        };
        self.machinery.db.write(work).await
    }

    /// Lets the plan decide again.
    pub async fn delete(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        feature: FeatureKey,
    ) -> Result<(), EntitlementError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let deleted = store::delete(tx, organization, &feature).await?;
            let deleted = deleted.ok_or(EntitlementError::NotFound)?;
            let event = EntitlementOverrideRemoved {
                override_id: deleted.id,
                organization_id: organization,
                feature: deleted.feature,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// What was decided for an organization, by feature.
    pub async fn list(
        &self,
        organization: OrganizationId,
        page: PageRequest,
    ) -> Result<Page<Override>, EntitlementError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list(tx, organization, &page).await?;
            Ok(Page::from_fetched(rows, &page, |row| Position {
                key: row.feature.as_str().to_owned(),
                id: row.id.uuid(),
            }))
        };
        self.machinery.db.read(work).await
    }
}
