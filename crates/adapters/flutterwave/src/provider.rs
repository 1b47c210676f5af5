//! Flutterwave as a provider.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Secret, Timestamp};
use ports::http::HttpClient;
use ports::payments::{
    CancelMoment, Capabilities, Capability, ChangePreview, Checkout, CheckoutRequest, InboundWebhook,
    ObjectRef, PauseMode, PaymentProvider, PortalRequest, PriceRequest, ProviderError, ProviderEvent,
    RecentPage, RecentRequest, RefundRequest, RefundSnapshot, Snapshot, SubscriptionChange,
    SubscriptionSnapshot, SubscriptionTarget, WebhookError,
};
use url::Url;

use crate::ask::Api;
use crate::config::{Account, FlutterwaveConfig, SetupError};
use crate::{checkout, fetch, plan, recent, subscription, transaction, webhook};

/// What it can do. Refunds are told by webhooks only where Flutterwave has switched that on for an account.
const CAPABILITIES: &[Capability] = &[
    Capability::AdHocAmount,
    Capability::ExpireCheckout,
    Capability::PartialRefund,
    Capability::Subscriptions,
    Capability::CreatePrice,
    Capability::CancelNow,
    Capability::Resume,
];

/// An account at Flutterwave.
pub struct Flutterwave {
    api: Api,
    account: Account,
}

impl Flutterwave {
    /// An account that is asked over `http`. Nothing is asked yet.
    ///
    /// # Errors
    /// What in `config` can't be meant.
    pub fn new(config: FlutterwaveConfig, http: Arc<dyn HttpClient>) -> Result<Self, SetupError> {
        let account = config.checked()?;
        let key = Secret::new(account.key.expose().clone());
        Ok(Self {
            api: Api::new(http, key, account.base_url.clone()),
            account,
        })
    }
}

impl fmt::Debug for Flutterwave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flutterwave")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentProvider for Flutterwave {
    fn name(&self) -> &'static str {
        "flutterwave"
    }

    fn account(&self) -> &str {
        &self.account.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities(CAPABILITIES)
    }

    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
        checkout::create(&self.api, request).await
    }

    async fn expire_checkout(&self, checkout: &str) -> Result<(), ProviderError> {
        checkout::expire(&self.api, checkout).await
    }

    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
        fetch::object(&self.api, object).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
        transaction::give_back(&self.api, request).await
    }

    async fn change_subscription(
        &self,
        change: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(match change.price {
            Some(_) => Capability::ChangePrice,
            None => Capability::Quantity,
        }))
    }

    async fn preview_change(&self, _change: &SubscriptionChange) -> Result<ChangePreview, ProviderError> {
        Err(ProviderError::Unsupported(Capability::PreviewChange))
    }

    async fn cancel_subscription(
        &self,
        target: &SubscriptionTarget,
        moment: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        match moment {
            CancelMoment::Now => subscription::cancel(&self.api, &target.subscription).await,
            CancelMoment::PeriodEnd => Err(ProviderError::Unsupported(Capability::CancelAtPeriodEnd)),
        }
    }

    async fn resume_subscription(
        &self,
        target: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        subscription::activate(&self.api, &target.subscription).await
    }

    async fn pause_subscription(
        &self,
        _target: &SubscriptionTarget,
        _mode: PauseMode,
        _resumes_at: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Pause))
    }

    async fn portal(&self, _request: &PortalRequest) -> Result<Url, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Portal))
    }

    async fn create_price(&self, request: &PriceRequest) -> Result<String, ProviderError> {
        plan::create(&self.api, request).await
    }

    async fn list_recent(&self, request: &RecentRequest) -> Result<RecentPage, ProviderError> {
        recent::list(&self.api, request).await
    }

    fn verify_webhook(
        &self,
        webhook: &InboundWebhook<'_>,
        _now: Timestamp,
    ) -> Result<ProviderEvent, WebhookError> {
        webhook::verify(&self.account, webhook)
    }
}
