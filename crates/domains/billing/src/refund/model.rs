//! What a refund is.

use std::str::FromStr;

use kernel::{Currency, Money, OrganizationId, PaymentId, RefundId, Timestamp, UserId};
use ports::payments::RefundState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A refund.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) organization: OrganizationId,
    pub(crate) payment: PaymentId,
    /// None for one that was made at the provider.
    pub(crate) requested_by: Option<UserId>,
    pub(crate) amount: i64,
    pub(crate) currency: Currency,
    pub(crate) reason: Option<String>,
    pub(crate) status: RefundStatus,
    /// The provider's code, or one of ours.
    pub(crate) status_reason: Option<String>,
    pub(crate) provider: String,
    pub(crate) provider_account: String,
    pub(crate) provider_reference: Option<String>,
    /// What was refunded of the payment when this was asked for.
    pub(crate) refunded_before: i64,
    /// How often the provider was asked.
    pub(crate) attempt: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    /// It was asked for, or is on its way.
    Pending,
    /// The buyer has it, or will without doubt.
    Succeeded,
    /// It did not work.
    Failed,
    /// It was given up.
    Canceled,
    /// Nobody knows whether it happened; staff have to look.
    NeedsReview,
}

/// The provider has taken it on, and gave no id.
pub(crate) const ACCEPTED: &str = "accepted";

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub(crate) struct UnknownWord;

impl Refund {
    /// How much.
    pub(crate) const fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// Whether the provider has it, so that it must not be asked again.
    pub(crate) fn is_sent(&self) -> bool {
        self.provider_reference.is_some() || self.status_reason.as_deref() == Some(ACCEPTED)
    }
}

impl RefundStatus {
    /// As the database and the API spell it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
            Self::NeedsReview => "needs_review",
        }
    }

    /// What a provider's word makes of it. What the buyer has is not on its way again, and what came to nothing stays
    /// that.
    pub(crate) fn after(self, state: &RefundState) -> Self {
        match (self, state) {
            (Self::Failed | Self::Canceled, _)
            | (Self::Succeeded, RefundState::Pending | RefundState::Unknown(_)) => self,
            (_, RefundState::Pending) => Self::Pending,
            (_, RefundState::Succeeded) => Self::Succeeded,
            (_, RefundState::Failed) => Self::Failed,
            (_, RefundState::Canceled) => Self::Canceled,
            (_, RefundState::Unknown(_)) => Self::NeedsReview,
        }
    }

    /// Whether it counts as money that is not there any more, or may not be.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::NeedsReview)
    }
}

impl FromStr for RefundStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [
            Self::Pending,
            Self::Succeeded,
            Self::Failed,
            Self::Canceled,
            Self::NeedsReview,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or(UnknownWord)
    }
}
