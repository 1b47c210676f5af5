//! Stripe behind the door to payment providers.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Clock, Timestamp};
use ports::http::HttpClient;
use ports::payments::{
    CancelMoment, Capabilities, Capability, ChangePreview, Checkout, CheckoutRequest, InboundWebhook,
    ObjectRef, PauseMode, PaymentProvider, PortalRequest, PriceRequest, ProviderError, ProviderEvent,
    RecentPage, RecentRequest, RefundRequest, RefundSnapshot, Snapshot, SubscriptionChange,
    SubscriptionSnapshot, SubscriptionTarget, WebhookError,
};
use url::Url;

use crate::client::Client;
use crate::config::{Mode, SetupError, StripeConfig};
use crate::{checkout, event, fetch, portal, price, recent, refund, signature, subscription};

/// All but taxes: Stripe can reckon them, and it is the seller who answers for them.
const CAPABILITIES: &[Capability] = &[
    Capability::AdHocAmount,
    Capability::ExpireCheckout,
    Capability::IdempotencyKeys,
    Capability::PartialRefund,
    Capability::RefundEvents,
    Capability::Disputes,
    Capability::Subscriptions,
    Capability::CreatePrice,
    Capability::Trial,
    Capability::Quantity,
    Capability::ChangePrice,
    Capability::Proration,
    Capability::PreviewChange,
    Capability::CancelAtPeriodEnd,
    Capability::CancelNow,
    Capability::Resume,
    Capability::Pause,
    Capability::Portal,
    Capability::Invoices,
    Capability::SignedTime,
];

/// One account at Stripe.
pub struct Stripe {
    client: Client,
}

impl Stripe {
    /// An account that is asked through `http`. The time of `clock` says when a checkout may close.
    pub fn new(
        config: StripeConfig,
        http: Arc<dyn HttpClient>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        let account = config.checked()?;
        Ok(Self {
            client: Client::new(account, http, clock),
        })
    }

    /// Whether money is real.
    pub const fn mode(&self) -> Mode {
        self.client.account.mode
    }
}

#[async_trait]
impl PaymentProvider for Stripe {
    fn name(&self) -> &'static str {
        "stripe"
    }

    fn account(&self) -> &str {
        &self.client.account.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities(CAPABILITIES)
    }

    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
        checkout::create(&self.client, request).await
    }

    async fn expire_checkout(&self, checkout: &str) -> Result<(), ProviderError> {
        checkout::expire(&self.client, checkout).await
    }

    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
        fetch::object(&self.client, object).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
        refund::create(&self.client, request).await
    }

    async fn change_subscription(
        &self,
        change: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        subscription::change(&self.client, change).await
    }

    async fn preview_change(&self, change: &SubscriptionChange) -> Result<ChangePreview, ProviderError> {
        subscription::preview(&self.client, change).await
    }

    async fn cancel_subscription(
        &self,
        target: &SubscriptionTarget,
        moment: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        subscription::cancel(&self.client, target, moment).await
    }

    async fn resume_subscription(
        &self,
        target: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        subscription::resume(&self.client, target).await
    }

    async fn pause_subscription(
        &self,
        target: &SubscriptionTarget,
        mode: PauseMode,
        resumes_at: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        subscription::pause(&self.client, target, mode, resumes_at).await
    }

    async fn portal(&self, request: &PortalRequest) -> Result<Url, ProviderError> {
        portal::create(&self.client, request).await
    }

    async fn create_price(&self, request: &PriceRequest) -> Result<String, ProviderError> {
        price::create(&self.client, request).await
    }

    async fn list_recent(&self, request: &RecentRequest) -> Result<RecentPage, ProviderError> {
        recent::list(&self.client, request).await
    }

    fn verify_webhook(
        &self,
        webhook: &InboundWebhook<'_>,
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookError> {
        let header = webhook
            .header("stripe-signature")
            .ok_or(WebhookError::BadSignature)?;
        let account = &self.client.account;
        signature::verify(header, webhook.body, &account.webhook_secrets, now)?;
        event::read(webhook.body, account.mode)
    }
}
