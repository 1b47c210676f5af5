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

use crate::service::{Order, Sandbox, refund_snapshot, subscription_snapshot};

/// Its name, and that of its only account.
const NAME: &str = "sandbox";

/// All but taxes: what the buyer pays is what was asked for.
const CAPABILITIES: Capabilities = Capabilities(&[
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
        change: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Ok(subscription_snapshot(self.change(change).await?))
    }

    async fn preview_change(&self, change: &SubscriptionChange) -> Result<ChangePreview, ProviderError> {
        Ok(self.preview(change).await?)
    }

    async fn cancel_subscription(
        &self,
        target: &SubscriptionTarget,
        moment: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        let canceled = self.order(target, Order::Cancel(moment)).await?;
        Ok(subscription_snapshot(canceled))
    }

    async fn resume_subscription(
        &self,
        target: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Ok(subscription_snapshot(self.order(target, Order::Resume).await?))
    }

    async fn pause_subscription(
        &self,
        target: &SubscriptionTarget,
        mode: PauseMode,
        resumes_at: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        let paused = self.order(target, Order::Pause(mode, resumes_at)).await?;
        Ok(subscription_snapshot(paused))
    }

    async fn portal(&self, request: &PortalRequest) -> Result<Url, ProviderError> {
        Ok(self.open_portal(request).await?)
    }

    async fn create_price(&self, request: &PriceRequest) -> Result<String, ProviderError> {
        Ok(self.make_price(request).await?)
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
