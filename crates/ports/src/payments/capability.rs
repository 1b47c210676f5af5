//! What a provider can do.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that one provider can do and another can't.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// A checkout of any amount.
    AdHocAmount,
    /// A checkout can be closed before its time.
    ExpireCheckout,
    /// Requests that change something can be repeated under a key.
    IdempotencyKeys,
    /// A part of a payment can be given back.
    PartialRefund,
    /// Refunds are told by webhooks.
    RefundEvents,
    /// Disputes are told and can be read.
    Disputes,
    /// Subscriptions of any kind.
    Subscriptions,
    /// Prices can be made through the API.
    CreatePrice,
    /// A subscription begins with days that cost nothing.
    Trial,
    /// A subscription has a quantity.
    Quantity,
    /// A subscription's price can be changed.
    ChangePrice,
    /// A change is settled for the rest of the period.
    Proration,
    /// What a change costs can be asked beforehand.
    PreviewChange,
    /// A subscription ends with its period.
    CancelAtPeriodEnd,
    /// A subscription ends at once.
    CancelNow,
    /// A cancellation can be taken back before it comes into effect.
    Resume,
    /// A subscription can be paused.
    Pause,
    /// Customers have pages at the provider.
    Portal,
    /// The provider writes invoices.
    Invoices,
    /// The provider adds taxes and answers for them.
    Tax,
    /// Webhooks are signed together with their time.
    SignedTime,
}

impl Capability {
    /// All of them, in the order in which they are shown.
    pub const ALL: &'static [Self] = &[
        Self::AdHocAmount,
        Self::ExpireCheckout,
        Self::IdempotencyKeys,
        Self::PartialRefund,
        Self::RefundEvents,
        Self::Disputes,
        Self::Subscriptions,
        Self::CreatePrice,
        Self::Trial,
        Self::Quantity,
        Self::ChangePrice,
        Self::Proration,
        Self::PreviewChange,
        Self::CancelAtPeriodEnd,
        Self::CancelNow,
        Self::Resume,
        Self::Pause,
        Self::Portal,
        Self::Invoices,
        Self::Tax,
        Self::SignedTime,
    ];

    /// As it is written in the API: `cancel_now`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AdHocAmount => "ad_hoc_amount",
            Self::ExpireCheckout => "expire_checkout",
            Self::IdempotencyKeys => "idempotency_keys",
            Self::PartialRefund => "partial_refund",
            Self::RefundEvents => "refund_events",
            Self::Disputes => "disputes",
            Self::Subscriptions => "subscriptions",
            Self::CreatePrice => "create_price",
            Self::Trial => "trial",
            Self::Quantity => "quantity",
            Self::ChangePrice => "change_price",
            Self::Proration => "proration",
            Self::PreviewChange => "preview_change",
            Self::CancelAtPeriodEnd => "cancel_at_period_end",
            Self::CancelNow => "cancel_now",
            Self::Resume => "resume",
            Self::Pause => "pause",
            Self::Portal => "portal",
            Self::Invoices => "invoices",
            Self::Tax => "tax",
            Self::SignedTime => "signed_time",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one provider can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(pub &'static [Capability]);

impl Capabilities {
    /// Whether it can do this.
    pub fn has(self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_api() {
        for capability in Capability::ALL {
            assert_eq!(serde_json::to_value(capability).unwrap(), capability.as_str());
        }
    }
}
