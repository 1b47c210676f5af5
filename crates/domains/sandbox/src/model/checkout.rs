//! Pages where somebody pays.

use std::str::FromStr;

use kernel::{Money, Timestamp};

use super::event::Delivery;
use super::{UnknownWord, spelled};

/// A page where somebody pays.
#[derive(Debug, Clone)]
pub(crate) struct Checkout {
    pub(crate) id: String,
    pub(crate) reference: String,
    /// What is subscribed to; none where something is paid once.
    pub(crate) price: Option<String>,
    pub(crate) quantity: u32,
    pub(crate) trial_days: Option<u32>,
    /// What is paid on the page; for a subscription what a period costs.
    pub(crate) amount: Money,
    pub(crate) description: String,
    pub(crate) customer: String,
    pub(crate) customer_email: Option<String>,
    pub(crate) success_url: String,
    pub(crate) cancel_url: String,
    pub(crate) status: CheckoutStatus,
    /// How the events are told that begin here.
    pub(crate) delivery: Delivery,
    pub(crate) payment: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) expires_at: Timestamp,
    pub(crate) created_at: Timestamp,
}

/// Whether somebody may still pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckoutStatus {
    /// Nobody has paid.
    Open,
    /// Somebody did what they had to do.
    Complete,
    /// Nobody paid in time, or it was closed.
    Expired,
}

/// What the buyer does on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Act {
    /// Pays, and the money is there.
    Pay,
    /// Has a card that is refused.
    Decline,
    /// Has a card whose bank asks once more (3-D Secure).
    Challenge,
    /// Pays in a way that takes a minute.
    PaySlowly,
    /// Pays in a way that takes a minute and then fails.
    FailSlowly,
}

impl Checkout {
    /// Whether somebody may pay at this moment.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.status == CheckoutStatus::Open && now < self.expires_at
    }
}

impl CheckoutStatus {
    const ALL: [Self; 3] = [Self::Open, Self::Complete, Self::Expired];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Complete => "complete",
            Self::Expired => "expired",
        }
    }
}

impl FromStr for CheckoutStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        spelled(text, &Self::ALL, Self::as_str)
    }
}
