//! Giving credits, and using them up.

use db::{DbError, ReadTx, Tx};
use kernel::event::entitlement::CreditGranted;
use kernel::{CreditId, FeatureKey, OrganizationId, Page, PageRequest, Position, RequestContext, Timestamp};

use super::model::{Credit, NewCredit, Taken};
use super::store;
use crate::error::EntitlementError;
use crate::machinery::Machinery;

/// Credits. Cheap to clone.
#[derive(Clone)]
pub struct Credits {
    machinery: Machinery,
}

impl Credits {
    /// Credits kept by `machinery`.
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Gives an organization credits, once per idempotency key.
    pub async fn grant(
        &self,
        context: &RequestContext,
        organization: OrganizationId,
        wish: NewCredit,
    ) -> Result<Credit, EntitlementError> {
        let now = self.machinery.clock.now();
        if wish.expires_at.is_some_and(|end| end <= now) {
            let detail = "a moment that is still to come is expected";
            return Err(EntitlementError::field("/expires_at", "out_of_range", detail));
        }
        let credit = Credit {
            id: CreditId::new(&*self.machinery.ids, now),
            organization,
            feature: wish.feature,
            amount: wish.amount,
            remaining: wish.amount,
            expires_at: wish.expires_at,
            reason: wish.reason,
            granted_by: context.user(),
            created_at: now,
        };
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| this.grant_in(tx, &context, &credit).await;
            this.machinery.idempotency.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// The credits of an organization, the newest first.
    pub async fn list(
        &self,
        organization: OrganizationId,
        feature: Option<FeatureKey>,
        page: PageRequest,
    ) -> Result<Page<Credit>, EntitlementError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list(tx, organization, feature.as_ref(), &page).await?;
            Ok(Page::from_fetched(rows, &page, |row| Position {
                key: row.created_at.to_micros_text(),
                id: row.id.uuid(),
            }))
        };
        self.machinery.db.read(work).await
    }

    /// Takes up to `most`, of what ends first. Whoever takes holds the counter that it is for, and so takes alone
    /// but for those of another period, who wait for one another here.
    pub(crate) async fn take_in(
        &self,
        tx: &mut Tx,
        of: (OrganizationId, &FeatureKey),
        most: i64,
        now: Timestamp,
    ) -> Result<Vec<Taken>, DbError> {
        let (mut taken, mut wanted) = (Vec::new(), most);
        while wanted > 0 {
            let left = store::lock_left(tx, of, now).await?;
            if left.is_empty() {
                break;
            }
            for (credit, remaining) in left {
                let amount = remaining.min(wanted);
                if amount > 0 && store::update_taken(tx, credit, amount).await? == 1 {
                    wanted = wanted.saturating_sub(amount);
                    taken.push(Taken { credit, amount });
                }
            }
        }
        Ok(taken)
    }

    /// Gives back what was taken, but for the first `kept` of it.
    pub(crate) async fn give_back_in(&self, tx: &mut Tx, taken: &[Taken], kept: i64) -> Result<(), DbError> {
        let mut kept = kept;
        for Taken { credit, amount } in taken {
            let used = kept.min(*amount);
            kept = kept.saturating_sub(used);
            let back = amount.saturating_sub(used);
            if back > 0 {
                store::update_given_back(tx, *credit, back).await?;
            }
        }
        Ok(())
    }

    async fn grant_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        credit: &Credit,
    ) -> Result<Credit, EntitlementError> {
        match store::insert(tx, credit).await {
            Err(DbError::ForeignKey(_)) => return Err(EntitlementError::NotFound),
            inserted => inserted?,
        }
        let event = CreditGranted {
            credit_id: credit.id,
            organization_id: credit.organization,
            feature: credit.feature.clone(),
            amount: credit.amount,
            expires_at: credit.expires_at,
            reason: credit.reason.clone(),
        };
        self.machinery.events.publish(tx, context, &event).await?;
        Ok(credit.clone())
    }
}
