//! What a subscription is good for at a moment: a pure function, asked whenever somebody reads, so that nothing has to
//! happen for a grace to end.

use std::str::FromStr;
use std::time::Duration;

use kernel::Timestamp;

use crate::config::Patience;

/// How long a renewal may take to be heard of, before a payment counts as missing. Providers charge within hours of a
/// period's end, and tell it again and again for some days.
const RENEWAL: Duration = Duration::from_hours(24);

/// What counts of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subscribed {
    /// Its status, that before a review where somebody has to look at it.
    pub status: SubscriptionStatus,
    /// When the present period began.
    pub current_period_start: Option<Timestamp>,
    /// When it ends.
    pub current_period_end: Option<Timestamp>,
    /// When the trial ends.
    pub trial_end: Option<Timestamp>,
    /// When the subscription ends.
    pub cancel_at: Option<Timestamp>,
    /// Since when a payment is missing.
    pub past_due_since: Option<Timestamp>,
    /// What a pause means.
    pub pause_mode: Option<PauseMode>,
}

/// Where a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubscriptionStatus {
    /// Nothing is paid yet.
    Incomplete,
    /// On trial.
    Trialing,
    /// Paid.
    Active,
    /// A payment is missing.
    PastDue,
    /// The provider has given up.
    Unpaid,
    /// Paused.
    Paused,
    /// Over.
    Canceled,
    /// Over before it began.
    Expired,
}

/// What a pause means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PauseMode {
    /// The service goes on.
    Free,
    /// It does not.
    Void,
}

/// What a subscription is good for, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing.
    None,
    /// To look at what is there.
    ReadOnly,
    /// Everything, for a while.
    Grace,
    /// Everything, on trial.
    Trialing,
    /// Everything.
    Active,
}

impl Subscribed {
    /// What it is good for.
    pub(crate) fn standing(&self, now: Timestamp, patience: &Patience) -> Standing {
        if self.cancel_at.is_some_and(|end| end <= now) {
            return Standing::None;
        }
        let paid_until = self.current_period_end;
        match self.status {
            SubscriptionStatus::Active => until(paid_until, Standing::Active, now, patience),
            SubscriptionStatus::Trialing => {
                until(self.trial_end.max(paid_until), Standing::Trialing, now, patience)
            }
            SubscriptionStatus::PastDue => match self.past_due_since.or(paid_until) {
                Some(since) => owing(since, now, patience),
                None => Standing::Grace,
            },
            SubscriptionStatus::Paused => match self.pause_mode {
                Some(PauseMode::Free) => Standing::Active,
                Some(PauseMode::Void) | None => Standing::None,
            },
            SubscriptionStatus::Incomplete
            | SubscriptionStatus::Unpaid
            | SubscriptionStatus::Canceled
            | SubscriptionStatus::Expired => Standing::None,
        }
    }
}

/// `standing` until `end`; who has not been heard of long after it is treated as somebody whose payment is missing,
/// since it may as well be the news that is.
fn until(end: Option<Timestamp>, standing: Standing, now: Timestamp, patience: &Patience) -> Standing {
    match end.map(|end| end.plus(RENEWAL)) {
        Some(overdue) if overdue <= now => owing(overdue, now, patience),
        _ => standing,
    }
}

fn owing(since: Timestamp, now: Timestamp, patience: &Patience) -> Standing {
    let grace_ends = since.plus(patience.grace);
    if now < grace_ends {
        Standing::Grace
    } else if now < grace_ends.plus(patience.read_only) {
        Standing::ReadOnly
    } else {
        Standing::None
    }
}

impl Standing {
    /// Whether what the plan grants may be used.
    pub fn is_entitled(self) -> bool {
        self >= Self::Grace
    }
}

impl SubscriptionStatus {
    /// As events and the database spell it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }
}

/// A word that is none of ours.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub(crate) struct UnknownWord;

impl FromStr for SubscriptionStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [
            Self::Incomplete,
            Self::Trialing,
            Self::Active,
            Self::PastDue,
            Self::Unpaid,
            Self::Paused,
            Self::Canceled,
            Self::Expired,
        ]
        .into_iter()
        .find(|status| status.as_str() == text)
        .ok_or(UnknownWord)
    }
}

impl FromStr for PauseMode {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "free" => Ok(Self::Free),
            "void" => Ok(Self::Void),
            _ => Err(UnknownWord),
        }
    }
}

#[cfg(test)]
mod tests;
