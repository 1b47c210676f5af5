//! Taking money through a payment provider.
//!
//! A provider is asked and answers; what its answers mean for us is decided elsewhere. What it tells by itself
//! (webhooks) is a hint to ask: payloads are never taken for the state of anything.

mod capability;
mod effect;
mod request;
mod snapshot;
mod webhook;

use async_trait::async_trait;
use kernel::Timestamp;
use url::Url;

pub use capability::{Capabilities, Capability};
pub use effect::{Effect, printable};
pub use request::{
    Buyer, CancelMoment, ChangePreview, Checkout, CheckoutRequest, PauseMode, PortalRequest, PriceRequest,
    Proration, Purpose, RecentPage, RecentRequest, RefundRequest, SubscriptionChange, SubscriptionTarget,
};
pub use snapshot::{
    DisputeSnapshot, DisputeState, InvoiceSnapshot, InvoiceState, ObjectKind, ObjectRef, Pause,
    PaymentSnapshot, PaymentState, RefundSnapshot, RefundState, Snapshot, SubscriptionSnapshot,
    SubscriptionState,
};
pub use webhook::{InboundWebhook, ProviderEvent, WebhookError};

/// An account at a provider, as the operator has set it up. Stateless: what has to be remembered is the
/// caller's to remember. No method has a default, so that forgetting one does not compile.
///
/// What a provider can't do answers [`ProviderError::Unsupported`], and its [`Capabilities`] say so beforehand.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// As it is named in addresses: `stripe`.
    fn name(&self) -> &'static str;

    /// Which of the operator's accounts it is, at most 64 characters: ids of one account mean nothing in
    /// another, and those of test mode nothing in live mode.
    fn account(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Makes a page at the provider where the buyer pays. No money moves by that. Asked again with the same
    /// [`CheckoutRequest::idempotency_key`], a provider that has such keys answers the same page.
    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError>;

    /// Closes a page where nobody has paid yet.
    async fn expire_checkout(&self, checkout: &str) -> Result<(), ProviderError>;

    /// What an object is now, and what hangs on it: the payment of a checkout, the payment and the subscription
    /// of an invoice, the payment of a refund. [`ProviderError::NotFound`] where it is not, or not yet.
    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError>;

    /// Gives money back. Without idempotency keys it must not be asked twice before the payment was looked at.
    async fn refund(&self, request: &RefundRequest) -> Result<RefundSnapshot, ProviderError>;

    /// Changes price or quantity.
    async fn change_subscription(
        &self,
        change: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError>;

    /// What a change would cost; changes nothing.
    async fn preview_change(&self, change: &SubscriptionChange) -> Result<ChangePreview, ProviderError>;

    /// Ends a subscription.
    async fn cancel_subscription(
        &self,
        target: &SubscriptionTarget,
        moment: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError>;

    /// Takes back a cancellation that has not come into effect, and ends a pause.
    async fn resume_subscription(
        &self,
        target: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError>;

    /// Collects nothing until it is resumed.
    async fn pause_subscription(
        &self,
        target: &SubscriptionTarget,
        mode: PauseMode,
        resumes_at: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError>;

    /// A page at the provider where a customer changes cards and sees invoices; it lives for minutes to hours.
    async fn portal(&self, request: &PortalRequest) -> Result<Url, ProviderError>;

    /// Makes a price that can be subscribed to; answers its id.
    async fn create_price(&self, request: &PriceRequest) -> Result<String, ProviderError>;

    /// What happened since a time, as events with the keys that webhooks would have had, or with keys that are
    /// the same whenever the same is listed: what was missed is caught up by these.
    async fn list_recent(&self, request: &RecentRequest) -> Result<RecentPage, ProviderError>;

    /// Whether a webhook is the provider's, looked at byte by byte before anything in it is read.
    fn verify_webhook(
        &self,
        webhook: &InboundWebhook<'_>,
        now: Timestamp,
    ) -> Result<ProviderEvent, WebhookError>;
}

/// Why a provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The buyer's means of payment was refused. The message may be shown to the buyer.
    #[error("the payment was declined: {message}")]
    Declined {
        /// The provider's code: `card_declined`, `insufficient_funds`.
        code: String,
        /// For the buyer.
        message: String,
    },
    /// The provider says that the request can't be meant; for the log and for operators.
    #[error("the provider refused the request: {message}")]
    Refused {
        /// The provider's code, where it has one.
        code: String,
        /// What it says.
        message: String,
    },
    /// The key is wrong, or may not do this.
    #[error("the provider does not accept the key: {0}")]
    Unauthorized(String),
    /// There is no such thing at the provider, or not yet.
    #[error("the provider knows no such object")]
    NotFound,
    /// Too much was asked.
    #[error("the provider asks to slow down")]
    RateLimited {
        /// When to ask again, where it says.
        retry_after: Option<std::time::Duration>,
    },
    /// The provider has no such thing.
    #[error("the provider can't do this: {0}")]
    Unsupported(Capability),
    /// It may have happened or not: no answer in time, or an answer that says nothing. Never repeated blindly.
    #[error("it is not known whether the provider did it: {0}")]
    OutcomeUnknown(String),
    /// It did surely not happen: nobody could be reached, or the question was one that changes nothing.
    #[error("the provider does not answer as it should: {0}")]
    Unavailable(String),
}

impl ProviderError {
    /// That a request can't be meant, before it is sent or after.
    pub fn refused(code: &str, message: impl Into<String>) -> Self {
        Self::Refused {
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// Whether asking again later may help.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::OutcomeUnknown(_) | Self::Unavailable(_)
        )
    }
}
