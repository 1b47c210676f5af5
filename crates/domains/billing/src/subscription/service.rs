//! What organizations subscribe to.

mod applying;
mod asking;
mod changing;
mod closing;
mod ending;
mod portal;
mod reminding;
mod seats;
mod starting;

use db::{Executor, ReadTx, Tx};
use kernel::{OrganizationId, Page, PageRequest, SubscriptionId};

use super::model::{KnownSubscription, Subscription, SubscriptionFilter};
use super::store;
use crate::error::BillingError;
use crate::machinery::Machinery;
use crate::plan::service::Plans;
use crate::source::Source;

/// What organizations subscribe to. Cheap to clone.
#[derive(Clone)]
pub struct Subscriptions {
    machinery: Machinery,
    plans: Plans,
}

impl Subscriptions {
    /// Subscriptions to `plans`.
    pub(crate) const fn new(machinery: Machinery, plans: Plans) -> Self {
        Self { machinery, plans }
    }

    /// The newest first.
    pub async fn list(
        &self,
        filter: SubscriptionFilter,
        page: PageRequest,
    ) -> Result<Page<Subscription>, BillingError> {
        let work = async move |tx: &mut ReadTx| Ok(store::list(tx, filter, &page).await?);
        self.machinery.db.read(work).await
    }

    /// One, of the organization where one is named.
    pub async fn get(
        &self,
        organization: Option<OrganizationId>,
        id: SubscriptionId,
    ) -> Result<Subscription, BillingError> {
        let work = async move |tx: &mut ReadTx| get_in(tx, organization, id).await;
        self.machinery.db.read(work).await
    }

    /// The one that the provider calls so: payments of renewals find their organization by it.
    pub async fn known(
        &self,
        tx: &mut Tx,
        source: &Source,
        provider_reference: &str,
    ) -> Result<Option<KnownSubscription>, BillingError> {
        let account = (source.provider, source.account.as_str());
        let Some(id) = store::find_named(tx, account, provider_reference).await? else {
            return Ok(None);
        };
        let found = store::find(tx, None, id).await?;
        Ok(found.map(|subscription| KnownSubscription {
            id,
            organization_id: subscription.organization,
            price_id: subscription.state.price,
            customer_email: subscription.state.customer_email,
        }))
    }
}

async fn get_in(
    tx: &mut impl Executor,
    organization: Option<OrganizationId>,
    id: SubscriptionId,
) -> Result<Subscription, BillingError> {
    let found = store::find(tx, organization, id).await?;
    found.ok_or(BillingError::NotFound)
}
