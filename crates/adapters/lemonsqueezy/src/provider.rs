//! Lemon Squeezy as a provider.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::{Secret, Timestamp};
use ports::http::{HttpClient, HttpMethod};
use ports::payments::{
    CancelMoment, Capabilities, Capability, ChangePreview, Checkout, CheckoutRequest, InboundWebhook,
    ObjectRef, PauseMode, PaymentProvider, PortalRequest, PriceRequest, ProviderError, ProviderEvent,
    RecentPage, RecentRequest, RefundRequest, RefundSnapshot, RefundState, Snapshot, SubscriptionChange,
    SubscriptionSnapshot, SubscriptionTarget, WebhookError,
};
use serde_json::{Value, json};
use url::Url;

use crate::api::{Attributes, Customer, Invoice, Order, Urls};
use crate::ask::Api;
use crate::checkout;
use crate::config::{Account, LemonSqueezyConfig, SetupError};
use crate::fetch;
use crate::recent;
use crate::snapshot::{PaymentId, invoice_refunded, is_number, order_refunded};
use crate::subscription;
use crate::webhook;

/// What it can do with a variant for payments of any amount; without one, the first of these is left out.
const CAPABILITIES: &[Capability] = &[
    Capability::AdHocAmount,
    Capability::PartialRefund,
    Capability::RefundEvents,
    Capability::Subscriptions,
    Capability::Quantity,
    Capability::ChangePrice,
    Capability::Proration,
    Capability::CancelAtPeriodEnd,
    Capability::Resume,
    Capability::Pause,
    Capability::Portal,
    Capability::Invoices,
    Capability::Tax,
];

/// A store at Lemon Squeezy.
pub struct LemonSqueezy {
    api: Api,
    account: Account,
}

impl LemonSqueezy {
    /// A store that is asked over `http`. Nothing is asked yet.
    ///
    /// # Errors
    /// What in `config` can't be meant.
    pub fn new(config: LemonSqueezyConfig, http: Arc<dyn HttpClient>) -> Result<Self, SetupError> {
        let account = config.checked()?;
        let key = Secret::new(account.key.expose().clone());
        Ok(Self {
            api: Api::new(http, key, account.base_url.clone()),
            account,
        })
    }
}

impl fmt::Debug for LemonSqueezy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LemonSqueezy")
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl PaymentProvider for LemonSqueezy {
    fn name(&self) -> &'static str {
        "lemonsqueezy"
    }

    fn account(&self) -> &str {
        &self.account.name
    }

    fn capabilities(&self) -> Capabilities {
        match (self.account.payment_variant, CAPABILITIES) {
            (None, [_, rest @ ..]) => Capabilities(rest),
            (_, all) => Capabilities(all),
        }
    }

    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
        checkout::create(&self.api, &self.account, request).await
    }

    async fn expire_checkout(&self, _checkout: &str) -> Result<(), ProviderError> {
        Err(ProviderError::Unsupported(Capability::ExpireCheckout))
    }

    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
        fetch::object(&self.api, &self.account, object).await
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
        // All that is left is given back where no amount is said.
        let attributes = if request.is_rest {
            json!({})
        } else {
            json!({ "amount": checkout::refundable(request)? })
        };
        let body = |kind: &str, id: &str| -> Option<Value> {
            Some(json!({ "data": { "type": kind, "id": id, "attributes": attributes } }))
        };
        let (refunded, refunded_at) = match PaymentId::read(&request.payment) {
            Some(PaymentId::Order(id)) => {
                let path = [Order::KIND, id, "refund"];
                let order = self
                    .api
                    .change::<Order>(HttpMethod::Post, &path, body(Order::KIND, id))
                    .await?;
                (order_refunded(&order), order.attributes.refunded_at)
            }
            Some(PaymentId::Invoice(id)) => {
                let path = [Invoice::KIND, id, "refund"];
                let invoice = self
                    .api
                    .change::<Invoice>(HttpMethod::Post, &path, body(Invoice::KIND, id))
                    .await?;
                (invoice_refunded(&invoice), invoice.attributes.refunded_at)
            }
            None => return Err(ProviderError::NotFound),
        };
        let refunded = refunded.map_err(|error| subscription::after_change(&error))?;
        let has_it =
            refunded.currency() == request.amount.currency() && refunded.minor() >= request.amount.minor();
        Ok(RefundSnapshot {
            id: None,
            reference: None,
            amount: request.amount,
            state: if has_it {
                RefundState::Succeeded
            } else {
                RefundState::Pending
            },
            created_at: refunded_at,
        })
    }

    async fn change_subscription(
        &self,
        change: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        subscription::change(&self.api, &self.account, change).await
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
            CancelMoment::PeriodEnd => {
                subscription::cancel(&self.api, &self.account, &target.subscription).await
            }
            CancelMoment::Now => Err(ProviderError::Unsupported(Capability::CancelNow)),
        }
    }

    async fn resume_subscription(
        &self,
        target: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        subscription::resume(&self.api, &self.account, &target.subscription).await
    }

    async fn pause_subscription(
        &self,
        target: &SubscriptionTarget,
        mode: PauseMode,
        resumes_at: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        let subscription = &target.subscription;
        subscription::pause(&self.api, &self.account, subscription, mode, resumes_at).await
    }

    async fn portal(&self, request: &PortalRequest) -> Result<Url, ProviderError> {
        let subscription = request.subscription.as_deref().filter(|id| is_number(id));
        let customer = request.customer.as_deref().filter(|id| is_number(id));
        let urls = match (subscription, customer) {
            (Some(id), _) => {
                let found = fetch::subscription(&self.api, &self.account, id).await?;
                found.attributes.urls
            }
            (None, Some(id)) => {
                let found = self.api.get::<Customer>(id).await?.attributes;
                self.account.belongs(found.test_mode, found.store_id.as_ref())?;
                found.urls
            }
            (None, None) => None,
        };
        // Customers who never subscribed to anything have none.
        let url = urls.and_then(|Urls { customer_portal, .. }| customer_portal);
        let url: Url = url.ok_or(ProviderError::NotFound)?.parse().map_err(|_| {
            ProviderError::refused("portal", "the address of the portal can't be read".to_owned())
        })?;
        let is_safe = url.scheme() == "https";
        is_safe
            .then_some(url)
            .ok_or_else(|| ProviderError::refused("portal", "the portal is no page of https".to_owned()))
    }

    async fn create_price(&self, _request: &PriceRequest) -> Result<String, ProviderError> {
        Err(ProviderError::Unsupported(Capability::CreatePrice))
    }

    async fn list_recent(&self, request: &RecentRequest) -> Result<RecentPage, ProviderError> {
        recent::list(&self.api, &self.account, request).await
    }

    fn verify_webhook(
        &self,
        webhook: &InboundWebhook<'_>,
        _now: Timestamp,
    ) -> Result<ProviderEvent, WebhookError> {
        webhook::verify(&self.account, webhook)
    }
}
