//! What a provider is asked for.

use std::collections::BTreeMap;

use kernel::{EmailAddress, Money, Timestamp};
use url::Url;

use super::webhook::ProviderEvent;

/// A page where a buyer pays.
#[derive(Debug, Clone)]
pub struct CheckoutRequest {
    /// What comes back with everything that the provider tells about this: the id of our payment
    /// (`pay_…`) or subscription (`sub_…`).
    pub reference: String,
    /// Which try it is, from 1: providers without idempotency keys want each reference once, so it is told to
    /// them as `{reference}-{attempt}`.
    pub attempt: u32,
    /// What is paid for.
    pub purpose: Purpose,
    /// Who pays.
    pub buyer: Buyer,
    /// The id of the organization that pays (`org_…`); for those who look at the provider's console.
    pub organization: String,
    /// Where the buyer comes back to. Coming back proves nothing.
    pub success_url: Url,
    /// Where a buyer comes back to who did not pay.
    pub cancel_url: Url,
    /// When the page is closed at the latest; providers round it to what they allow.
    pub expires_at: Timestamp,
    /// Kept with the payment at the provider.
    pub metadata: BTreeMap<String, String>,
    /// The same for each repetition of this request.
    pub idempotency_key: String,
}

/// What is paid for.
#[derive(Debug, Clone)]
pub enum Purpose {
    /// Something, once.
    Payment {
        /// What it costs in all.
        amount: Money,
        /// What the buyer reads.
        description: String,
    },
    /// Something, again and again.
    Subscription {
        /// The provider's id of the price.
        price: String,
        /// What one of it costs in a period, for providers that want to be told.
        amount: Money,
        /// How many.
        quantity: u32,
        /// How many days cost nothing, from today.
        trial_days: Option<u32>,
    },
}

/// Who pays.
#[derive(Debug, Clone, Default)]
pub struct Buyer {
    /// The provider's id of them, where they are known.
    pub customer: Option<String>,
    /// Where receipts go.
    pub email: Option<EmailAddress>,
    /// What they are called.
    pub name: Option<String>,
}

/// A page that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The provider's id of it; none where it has none.
    pub id: Option<String>,
    /// Where the buyer is sent.
    pub url: Url,
    /// When it is closed.
    pub expires_at: Option<Timestamp>,
    /// The provider's id of the buyer, where it was made along.
    pub customer: Option<String>,
}

/// Giving money back.
#[derive(Debug, Clone)]
pub struct RefundRequest {
    /// The id of our refund (`rfd_…`).
    pub reference: String,
    /// The provider's id of the payment.
    pub payment: String,
    /// How much.
    pub amount: Money,
    /// Whether this is all that is left of the payment.
    pub is_rest: bool,
    /// The same for each repetition of this request.
    pub idempotency_key: String,
}

/// Which subscription, at the provider.
#[derive(Debug, Clone)]
pub struct SubscriptionTarget {
    /// The provider's id of it.
    pub subscription: String,
    /// The same for each repetition of the request.
    pub idempotency_key: String,
}

/// Another price or quantity.
#[derive(Debug, Clone)]
pub struct SubscriptionChange {
    /// Of which.
    pub target: SubscriptionTarget,
    /// The provider's id of the item in it that changes; needed by providers that have items.
    pub item: Option<String>,
    /// The provider's id of the new price; none leaves it.
    pub price: Option<String>,
    /// How many from now on; none leaves it.
    pub quantity: Option<u32>,
    /// How the rest of the period is settled.
    pub proration: Proration,
}

/// How a change is settled for the rest of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proration {
    /// With the next invoice.
    NextInvoice,
    /// At once; the change fails where that can't be paid, at providers that can do so.
    Now,
    /// Not at all.
    None,
}

/// What a change would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePreview {
    /// What the next invoice would say in all; negative where money is left over.
    pub total: Money,
    /// The part that settles the rest of the period.
    pub prorated: Money,
}

/// When a subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelMoment {
    /// With the period that is paid for.
    PeriodEnd,
    /// Now, and nothing is paid back by that.
    Now,
}

/// What happens to what would be due while a subscription is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseMode {
    /// The service goes on and costs nothing.
    Free,
    /// The service stops.
    Void,
}

/// A page for a customer.
#[derive(Debug, Clone)]
pub struct PortalRequest {
    /// The provider's id of the customer.
    pub customer: Option<String>,
    /// The provider's id of one of the customer's subscriptions.
    pub subscription: Option<String>,
    /// Where the customer comes back to.
    pub return_url: Url,
}

/// A price that can be subscribed to.
#[derive(Debug, Clone)]
pub struct PriceRequest {
    /// The id of our price (`prc_…`), kept with it.
    pub reference: String,
    /// What the buyer reads.
    pub name: String,
    /// What one of it costs in a period.
    pub amount: Money,
    /// `day`, `week`, `month` or `year`.
    pub interval: &'static str,
    /// So many of these are a period.
    pub interval_count: u32,
    /// The same for each repetition of this request.
    pub idempotency_key: String,
}

/// What happened since a time, page by page.
#[derive(Debug, Clone)]
pub struct RecentRequest {
    /// From when.
    pub since: Timestamp,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// A page of what happened.
#[derive(Debug, Clone)]
pub struct RecentPage {
    /// As if a webhook had told it.
    pub events: Vec<ProviderEvent>,
    /// Where the next page begins; none after the last.
    pub next_cursor: Option<String>,
}
