//! Subscriptions.

mod command;
mod effect;
mod settling;
#[cfg(test)]
mod tests;
mod wish;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use kernel::{OrganizationId, PlanId, PriceId, SubscriptionId, Timestamp, UserId};
use ports::payments::PauseMode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use command::Command;
pub(crate) use effect::{Effect, effects};
pub(crate) use settling::{PriceTold, Scheduling, Told, reason};
pub(crate) use wish::{ChangeWish, SubscriptionWish};

/// Something that an organization pays for again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub organization: OrganizationId,
    /// Who started it.
    pub created_by: Option<UserId>,
    /// Through whom it is paid: `stripe`.
    pub provider: String,
    /// The provider's account.
    pub account: String,
    /// Where it stands.
    pub state: State,
    /// Where it is paid for the first time.
    pub checkout: CheckoutPage,
    /// Whether there are as many as the organization has members.
    pub follows_members: bool,
    /// What whoever started it wants to remember.
    pub metadata: BTreeMap<String, String>,
    /// Counts its changes.
    pub version: i64,
    /// When the provider was asked what was applied last.
    pub synced_at: Option<Timestamp>,
    /// When it is asked again.
    pub next_sync_at: Option<Timestamp>,
    /// When it was started.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A page at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CheckoutPage {
    /// How often it was asked for.
    pub attempt: u32,
    /// The provider's id of it.
    pub reference: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// When it is closed.
    pub expires_at: Option<Timestamp>,
    /// How many days cost nothing.
    pub trial_days: Option<u32>,
    /// Where the buyer comes back to.
    pub success_url: Option<String>,
    /// Where a buyer comes back to who did not pay.
    pub cancel_url: Option<String>,
}

/// Where a subscription stands: all that a provider's word may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The provider's id of it.
    pub reference: Option<String>,
    /// The provider's id of its item.
    pub item: Option<String>,
    /// The provider's id of the buyer.
    pub customer: Option<String>,
    /// The buyer's address.
    pub customer_email: Option<String>,
    /// To which plan.
    pub plan: PlanId,
    /// At which price.
    pub price: PriceId,
    /// In one word.
    pub status: Status,
    /// Why, where that needs to be said.
    pub reason: Option<String>,
    /// How many.
    pub quantity: u32,
    /// A price that was asked for, and that the provider has not confirmed.
    pub pending_price: Option<PriceId>,
    /// A quantity that was asked for, and that the provider has not confirmed.
    pub pending_quantity: Option<u32>,
    /// When the present period began.
    pub current_period_start: Option<Timestamp>,
    /// When it ends.
    pub current_period_end: Option<Timestamp>,
    /// When the days end that cost nothing.
    pub trial_end: Option<Timestamp>,
    /// When it will end.
    pub cancel_at: Option<Timestamp>,
    /// When it was canceled.
    pub canceled_at: Option<Timestamp>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// Since when a payment is missing.
    pub past_due_since: Option<Timestamp>,
    /// How it is paused, while it is.
    pub pause: Option<PauseState>,
}

/// How a subscription is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PauseState {
    /// Whether the service goes on.
    pub mode: PauseKind,
    /// When the pause ends by itself.
    pub resumes_at: Option<Timestamp>,
}

/// Whether the service goes on while a subscription is paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PauseKind {
    /// It goes on and costs nothing.
    Free,
    /// It stops.
    Void,
}

/// Where a subscription stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has paid yet.
    Incomplete,
    /// It costs nothing yet.
    Trialing,
    /// It is paid for.
    Active,
    /// A payment is missing, and is tried again.
    PastDue,
    /// Payments are missing, and are not tried any more.
    Unpaid,
    /// Nothing is collected.
    Paused,
    /// It is over.
    Canceled,
    /// Nobody paid in time.
    Expired,
    /// The provider says what can't be understood; somebody has to look.
    NeedsReview,
}

/// What is needed of a subscription by those who know it by the provider's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSubscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Whose.
    pub organization_id: OrganizationId,
    /// At which price.
    pub price_id: PriceId,
    /// The buyer's address.
    pub customer_email: Option<String>,
}

/// Which subscriptions.
#[derive(Debug, Clone, Copy, Default)]
pub struct SubscriptionFilter {
    /// Only those of this organization.
    pub organization: Option<OrganizationId>,
    /// Only those that stand there.
    pub status: Option<Status>,
    /// Only those to this plan.
    pub plan: Option<PlanId>,
}

/// When a subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CancelTime {
    /// With the period that is paid for.
    PeriodEnd,
    /// Now.
    Now,
}

/// How long before the end of a period a subscription is canceled at a provider that can only cancel at once: what
/// is due is charged around the end.
pub(crate) const CANCEL_BEFORE: Duration = Duration::from_hours(24);

/// For how long after its end a page is waited for.
pub(crate) const LATE: Duration = Duration::from_hours(1);

impl Status {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::Incomplete,
        Self::Trialing,
        Self::Active,
        Self::PastDue,
        Self::Unpaid,
        Self::Paused,
        Self::Canceled,
        Self::Expired,
        Self::NeedsReview,
    ];

    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::NeedsReview => "needs_review",
        }
    }

    /// Whether nothing more is expected of it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Canceled | Self::Expired)
    }

    /// Whether it keeps another one to the same plan from being started.
    pub const fn is_live(self) -> bool {
        !self.is_over() && !matches!(self, Self::NeedsReview)
    }
}

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub struct UnknownWord;

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::ALL.into_iter();
        all.find(|status| status.as_str() == text).ok_or(UnknownWord)
    }
}

impl PauseKind {
    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Void => "void",
        }
    }
}

impl FromStr for PauseKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = [Self::Free, Self::Void].into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(UnknownWord)
    }
}

impl From<PauseMode> for PauseKind {
    fn from(mode: PauseMode) -> Self {
        match mode {
            PauseMode::Free => Self::Free,
            PauseMode::Void => Self::Void,
        }
    }
}

impl From<PauseKind> for PauseMode {
    fn from(kind: PauseKind) -> Self {
        match kind {
            PauseKind::Free => Self::Free,
            PauseKind::Void => Self::Void,
        }
    }
}

impl Subscription {
    /// What the provider calls it.
    ///
    /// # Errors
    /// Before somebody has paid it has no name there.
    pub(crate) fn at_provider(&self) -> Result<&str, crate::error::BillingError> {
        let detail = "nobody has paid for this subscription yet";
        let reference = self.state.reference.as_deref();
        reference.ok_or(crate::error::BillingError::WrongState(detail))
    }
}
