//! The provider as those see it that take money through it.

use async_trait::async_trait;
use kernel::Timestamp;
use ports::payments::{
    CancelMoment, Capabilities, Capability, ChangePreview, Checkout, CheckoutRequest, InboundWebhook,
    ObjectRef, PauseMode, PaymentProvider, PortalRequest, PriceRequest, ProviderError, ProviderEvent,
    RecentPage, RecentRequest, RefundRequest, RefundSnapshot, Snapshot, SubscriptionChange,
    SubscriptionSnapshot, SubscriptionTarget, WebhookError,
};
use url::Url;

use crate::service::{Sandbox, refund_snapshot};

/// Its name, and that of its only account.
const NAME: &str = "sandbox";

const CAPABILITIES: Capabilities = Capabilities(&[
    Capability::AdHocAmount,
    Capability::ExpireCheckout,
    Capability::IdempotencyKeys,
    Capability::PartialRefund,
    Capability::RefundEvents,
    Capability::Disputes,
    Capability::SignedTime,
]);

#[async_trait]
impl PaymentProvider for Sandbox {
    fn name(&self) -> &'static str {
        NAME
    }

    fn account(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        CAPABILITIES
    }

    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
        let checkout = self.open_checkout(request).await?;
        Ok(Checkout {
            url: self.checkout_url(&checkout.id)?,
            id: Some(checkout.id),
            expires_at: Some(checkout.expires_at),
            customer: Some(checkout.customer),
        })
    }

    async fn expire_checkout(&self, checkout: &str) -> Result<(), ProviderError> {
        Ok(self.close_checkout(checkout).await?)
    }

    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
        Ok(self.snapshots(object).await?)
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
        Ok(refund_snapshot(self.give_back(request).await?))
    }

    async fn change_subscription(
        &self,
        _: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Subscriptions))
    }

    async fn preview_change(&self, _: &SubscriptionChange) -> Result<ChangePreview, ProviderError> {
        Err(ProviderError::Unsupported(Capability::PreviewChange))
    }

    async fn cancel_subscription(
        &self,
        _: &SubscriptionTarget,
        _: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Subscriptions))
    }

    async fn resume_subscription(
        &self,
        _: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Resume))
    }

    async fn pause_subscription(
        &self,
        _: &SubscriptionTarget,
        _: PauseMode,
        _: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Pause))
    }

    async fn portal(&self, _: &PortalRequest) -> Result<Url, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Portal))
    }

    async fn create_price(&self, _: &PriceRequest) -> Result<String, ProviderError> {
        Err(ProviderError::Unsupported(Capability::CreatePrice))
    }

    async fn list_recent(&self, request: &RecentRequest) -> Result<RecentPage, ProviderError> {
        Ok(self.recent(request).await?)
    }

    fn verify_webhook(
        &self,
        webhook: &InboundWebhook<'_>,
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookError> {
        self.read_webhook(webhook, now)
    }
}
