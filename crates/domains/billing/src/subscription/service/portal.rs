//! Pages at providers where customers change cards and see invoices. They are made when they are asked for, and
//! never kept: they live for minutes to hours.

use std::sync::Arc;
use std::time::Duration;

use db::ReadTx;
use guard::Limit;
use kernel::OrganizationId;
use ports::payments::{Capability, PaymentProvider, PortalRequest};
use url::Url;

use super::Subscriptions;
use super::changing::require;
use crate::buyer::ReturnRule;
use crate::error::BillingError;
use crate::subscription::model::Subscription;
use crate::subscription::store;

/// How often an organization may have a page made.
const PAGES: Limit = Limit {
    name: "billing_portal",
    max: 30,
    window: Duration::from_mins(10),
};

impl Subscriptions {
    /// A page for an organization: at the provider that is named, or where it subscribed last.
    pub(crate) async fn portal(
        &self,
        organization: OrganizationId,
        provider: Option<&str>,
        return_url: Option<String>,
    ) -> Result<Url, BillingError> {
        let return_url = ReturnRule::of(&self.machinery).read("/return_url", return_url)?;
        let providers: Vec<Arc<dyn PaymentProvider>> = if let Some(name) = provider {
            let provider = self.machinery.providers.named(name)?;
            require(&**provider, Capability::Portal)?;
            vec![Arc::clone(provider)]
        } else {
            let all = self.machinery.providers.iter();
            all.filter(|provider| provider.capabilities().has(Capability::Portal))
                .map(Arc::clone)
                .collect()
        };
        if providers.is_empty() {
            return Err(BillingError::CapabilityNotSupported(Capability::Portal));
        }
        let mut newest: Option<(Subscription, Arc<dyn PaymentProvider>)> = None;
        for provider in providers {
            let found = self.newest_at(organization, &*provider).await?;
            let is_newer = |found: &Subscription| {
                newest
                    .as_ref()
                    .is_none_or(|(known, _)| known.created_at < found.created_at)
            };
            if let Some(found) = found.filter(is_newer) {
                newest = Some((found, provider));
            }
        }
        let detail = "the organization has not subscribed through this provider";
        let (subscription, provider) = newest.ok_or(BillingError::WrongState(detail))?;
        let now = self.machinery.clock.now();
        let limits = &self.machinery.limits;
        let counted = limits.hit(&PAGES, &organization.to_string(), now).await?;
        counted.require(now)?;
        let request = PortalRequest {
            customer: subscription.state.customer,
            subscription: subscription.state.reference,
            return_url,
        };
        Ok(provider.portal(&request).await?)
    }

    async fn newest_at(
        &self,
        organization: OrganizationId,
        provider: &dyn PaymentProvider,
    ) -> Result<Option<Subscription>, BillingError> {
        let (name, account) = (provider.name(), provider.account().to_owned());
        let work = async move |tx: &mut ReadTx| {
            let Some(id) = store::find_newest(tx, organization, (name, &account)).await? else {
                return Ok(None);
            };
            Ok(store::find(tx, None, id).await?)
        };
        self.machinery.db.read(work).await
    }
}
