//! What happens at Stripe, as it is told by webhooks and listed afterwards.
//!
//! Of an event only its id, type, time and mode are read, and which object it is about: its version of the API may be
//! another than ours, and what it says may be outdated.

use kernel::Timestamp;
use ports::payments::{ObjectKind, ObjectRef, ProviderEvent, WebhookError};
use serde::Deserialize;

use crate::config::Mode;

/// The longest key of an event.
const LONGEST_KEY: usize = 128;

/// The types that mean something here: what a webhook endpoint should be set up with. Stripe lists events of at most
/// twenty types at a time, so these are two halves.
pub const EVENT_TYPES: [&[&str]; 2] = [
    &[
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "payment_intent.processing",
        "payment_intent.requires_action",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    ],
    &[
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.trial_will_end",
        "customer.subscription.pending_update_applied",
        "customer.subscription.pending_update_expired",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "invoice.voided",
        "invoice.marked_uncollectible",
        "invoice_payment.paid",
    ],
];

/// An event in Stripe's JSON.
#[derive(Debug, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(rename = "type")]
    name: String,
    created: i64,
    livemode: bool,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Object,
}

#[derive(Debug, Deserialize)]
struct Object {
    object: Option<String>,
    id: Option<String>,
}

/// Reads what is known to be Stripe's.
pub(crate) fn read(body: &[u8], mode: Mode) -> Result<ProviderEvent, WebhookError> {
    let event: Event = serde_json::from_slice(body).map_err(|_| WebhookError::Malformed)?;
    event.told(mode)
}

impl Event {
    /// In our words, if it is of this mode.
    pub(crate) fn told(self, mode: Mode) -> Result<ProviderEvent, WebhookError> {
        if self.livemode != (mode == Mode::Live) {
            return Err(WebhookError::WrongMode);
        }
        if self.id.is_empty() || self.id.len() > LONGEST_KEY {
            return Err(WebhookError::Malformed);
        }
        let is_ours = EVENT_TYPES
            .iter()
            .any(|types| types.contains(&self.name.as_str()));
        Ok(ProviderEvent {
            object: self.data.object.named().filter(|_| is_ours),
            key: self.id,
            event_type: self.name,
            reference: None,
            occurred_at: Timestamp::from_unix_seconds(self.created),
        })
    }
}

impl Object {
    /// A charge leads to its payment, and a payment of an invoice to the invoice.
    fn named(self) -> Option<ObjectRef> {
        let kind = match self.object?.as_str() {
            "checkout.session" => ObjectKind::Checkout,
            "payment_intent" | "charge" => ObjectKind::Payment,
            "refund" => ObjectKind::Refund,
            "dispute" => ObjectKind::Dispute,
            "subscription" => ObjectKind::Subscription,
            "invoice" | "invoice_payment" => ObjectKind::Invoice,
            _ => return None,
        };
        Some(ObjectRef { kind, id: self.id? })
    }
}
