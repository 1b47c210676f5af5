//! Deciding for whom features are there.

use std::collections::BTreeMap;

use db::{ReadTx, Tx};
use kernel::event::entitlement::{FeatureFlagDeleted, FeatureFlagSaved};
use kernel::{FeatureKey, Page, PageRequest, Position, RequestContext};
use uuid::Uuid;

use super::model::{Flag, FlagContent};
use super::store;
use crate::error::EntitlementError;
use crate::machinery::Machinery;

/// For whom features are there. Cheap to clone.
#[derive(Clone)]
pub struct Flags {
    machinery: Machinery,
}

impl Flags {
    /// Flags kept by `machinery`.
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Decides, in place of what was decided before.
    pub async fn put(
        &self,
        context: &RequestContext,
        feature: FeatureKey,
        mut wish: FlagContent,
    ) -> Result<Flag, EntitlementError> {
        wish.organizations.sort_unstable();
        wish.organizations.dedup();
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let mut flag = store::update(tx, &feature, &wish, now).await?;
            let wished = &wish.organizations;
            store::delete_organizations(tx, &feature).await?;
            let listed = store::insert_organizations(tx, &feature, wished).await?;
            if u64::try_from(wished.len()).is_ok_and(|wished| wished != listed) {
                let detail = "there is no organization of an id that is named";
                return Err(EntitlementError::field(
                    "/organization_ids",
                    "unknown_value",
                    detail,
                ));
            }
            flag.content.organizations.clone_from(wished);
            let event = FeatureFlagSaved {
                feature: feature.clone(),
                is_enabled: flag.content.is_enabled,
                rollout_percent: flag.content.rollout_percent,
                organization_ids: wished.clone(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(flag)
        };
        self.machinery.db.write(work).await
    }

    /// The feature is there for everybody whose plan has it.
    pub async fn delete(
        &self,
        context: &RequestContext,
        feature: FeatureKey,
    ) -> Result<(), EntitlementError> {
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            if store::delete(tx, &feature).await? == 0 {
                return Err(EntitlementError::NotFound);
            }
            let event = FeatureFlagDeleted {
                feature: feature.clone(),
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// All flags, by feature.
    pub async fn list(&self, page: PageRequest) -> Result<Page<Flag>, EntitlementError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list(tx, &page).await?;
            // A feature is unique by itself.
            let mut page = Page::from_fetched(rows, &page, |row| Position {
                key: row.feature.as_str().to_owned(),
                id: Uuid::nil(),
            });
            let features: Vec<_> = page.items.iter().map(|flag| &flag.feature).collect();
            let mut listed: BTreeMap<String, Vec<_>> = BTreeMap::new();
            for (feature, organization) in store::list_organizations(tx, &features).await? {
                listed.entry(feature).or_default().push(organization);
            }
            for flag in &mut page.items {
                let organizations = listed.remove(flag.feature.as_str());
                flag.content.organizations = organizations.unwrap_or_default();
            }
            Ok(page)
        };
        self.machinery.db.read(work).await
    }
}
