//! What a payment is.

pub(crate) mod asking;
pub(crate) mod order;
pub(crate) mod standing;

use std::str::FromStr;

use kernel::{
    Currency, Money, OrganizationId, PaymentId, PriceId, RefundId, SubscriptionId, Timestamp, UserId,
};
use ports::payments::{ObjectKind, ObjectRef};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::standing::Standing;
use crate::refund::model::{Refund, RefundStatus};

/// A payment.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) id: PaymentId,
    pub(crate) organization: OrganizationId,
    pub(crate) created_by: Option<UserId>,
    pub(crate) kind: PaymentKind,
    pub(crate) provider: String,
    pub(crate) provider_account: String,
    pub(crate) provider_reference: Option<String>,
    pub(crate) checkout_reference: Option<String>,
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) price: Option<PriceId>,
    pub(crate) quantity: i64,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    pub(crate) standing: Standing,
    pub(crate) description: Option<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) checkout_url: Option<String>,
    pub(crate) success_url: Option<String>,
    pub(crate) cancel_url: Option<String>,
    pub(crate) metadata: serde_json::Value,
    pub(crate) version: i64,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) synced_at: Option<Timestamp>,
    pub(crate) next_sync_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// Why something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentKind {
    /// Once.
    OneOff,
    /// For a period of a subscription.
    Subscription,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentStatus {
    /// Nobody has paid yet.
    Pending,
    /// The buyer has to do something more.
    RequiresAction,
    /// The buyer has done everything; the money is on its way, or held.
    Processing,
    /// The money is there.
    Succeeded,
    /// It did not work. It may work later, while the page is open.
    Failed,
    /// It was given up.
    Canceled,
    /// Nobody paid in time.
    Expired,
    /// All of it was given back.
    Refunded,
    /// A part of it was given back.
    PartiallyRefunded,
    /// The buyer wants the money back from the bank.
    Disputed,
    /// What the provider says is not what was asked for; staff have to look.
    NeedsReview,
}

/// Which payments are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct PaymentFilter {
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) status: Option<PaymentStatus>,
    pub(crate) provider: Option<String>,
    pub(crate) kind: Option<PaymentKind>,
    pub(crate) created_after: Option<Timestamp>,
    pub(crate) created_before: Option<Timestamp>,
}

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub(crate) struct UnknownWord;

impl Payment {
    /// What was asked for.
    pub(crate) const fn asked(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// What a refund of it looks like before anything is said about it.
    pub(crate) fn blank_refund(&self, now: Timestamp) -> Refund {
        Refund {
            id: RefundId::from_uuid(Uuid::nil()),
            organization: self.organization,
            payment: self.id,
            requested_by: None,
            amount: 0,
            currency: self.currency,
            reason: None,
            status: RefundStatus::Pending,
            status_reason: None,
            provider: self.provider.clone(),
            provider_account: self.provider_account.clone(),
            provider_reference: None,
            refunded_before: self.standing.refunded,
            attempt: 0,
            created_at: now,
            updated_at: now,
        }
    }

    /// What to ask the provider for.
    pub(crate) fn object(&self) -> ObjectRef {
        let (kind, id) = match (&self.provider_reference, &self.checkout_reference) {
            (Some(payment), _) => (ObjectKind::Payment, payment.clone()),
            (None, Some(checkout)) => (ObjectKind::Checkout, checkout.clone()),
            (None, None) => (ObjectKind::Reference, self.id.to_string()),
        };
        ObjectRef { kind, id }
    }
}

impl PaymentKind {
    /// As the database spells it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::OneOff => "one_off",
            Self::Subscription => "subscription",
        }
    }
}

impl PaymentStatus {
    /// All of them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Pending,
        Self::RequiresAction,
        Self::Processing,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
        Self::Expired,
        Self::Refunded,
        Self::PartiallyRefunded,
        Self::Disputed,
        Self::NeedsReview,
    ];

    /// As the database and the API spell it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Refunded => "refunded",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Disputed => "disputed",
            Self::NeedsReview => "needs_review",
        }
    }

    /// Whether the money came. There is no way back from here.
    pub(crate) const fn is_paid(self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Refunded | Self::PartiallyRefunded | Self::Disputed
        )
    }

    /// Whether it can be given up.
    pub(crate) const fn is_cancelable(self) -> bool {
        matches!(self, Self::Pending | Self::RequiresAction | Self::Failed)
    }
}

impl FromStr for PaymentKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::OneOff, Self::Subscription]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(UnknownWord)
    }
}

impl FromStr for PaymentStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownWord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_api() {
        for status in PaymentStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(status.as_str().parse::<PaymentStatus>().unwrap(), status);
        }
        for kind in [PaymentKind::OneOff, PaymentKind::Subscription] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse::<PaymentKind>().unwrap(), kind);
        }
        assert!("paid".parse::<PaymentStatus>().is_err());
    }
}
