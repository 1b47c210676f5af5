//! Money that was paid, given back, or is fought over.

use std::str::FromStr;

use kernel::{Money, Timestamp};

use super::event::Delivery;
use super::{UnknownWord, spelled};

/// A payment.
#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) checkout: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) subscription: Option<String>,
    pub(crate) invoice: Option<String>,
    pub(crate) customer: String,
    pub(crate) customer_email: Option<String>,
    pub(crate) description: String,
    pub(crate) amount: Money,
    pub(crate) refunded: Money,
    pub(crate) status: PaymentStatus,
    pub(crate) failure_code: Option<String>,
    pub(crate) delivery: Delivery,
    /// When money that is on its way arrives, or is known not to, and which of the two.
    pub(crate) settles: Option<(Timestamp, PaymentStatus)>,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
}

/// Where a payment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaymentStatus {
    /// The bank wants to ask the buyer once more.
    RequiresAction,
    /// The money is on its way.
    Processing,
    /// The money is there.
    Succeeded,
    /// It did not work.
    Failed,
    /// It was given up.
    Canceled,
}

/// Money given back.
#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) payment: String,
    pub(crate) reference: Option<String>,
    pub(crate) amount: Money,
    pub(crate) created_at: Timestamp,
}

/// A buyer who wants money back from the bank.
#[derive(Debug, Clone)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) payment: String,
    pub(crate) amount: Money,
    pub(crate) withdrawn: Money,
    pub(crate) status: DisputeStatus,
    pub(crate) reason: String,
    pub(crate) due_at: Timestamp,
    pub(crate) created_at: Timestamp,
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisputeStatus {
    /// It waits for evidence.
    NeedsResponse,
    /// The money came back.
    Won,
    /// The money is gone.
    Lost,
}

impl Payment {
    /// What can be given back.
    pub(crate) fn rest(&self) -> i64 {
        match self.status {
            PaymentStatus::Succeeded => self.amount.minor() - self.refunded.minor(),
            _ => 0,
        }
    }
}

impl PaymentStatus {
    const ALL: [Self; 5] = [
        Self::RequiresAction,
        Self::Processing,
        Self::Succeeded,
        Self::Failed,
        Self::Canceled,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }
}

impl FromStr for PaymentStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        spelled(text, &Self::ALL, Self::as_str)
    }
}

impl DisputeStatus {
    const ALL: [Self; 3] = [Self::NeedsResponse, Self::Won, Self::Lost];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsResponse => "needs_response",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

impl FromStr for DisputeStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        spelled(text, &Self::ALL, Self::as_str)
    }
}
