//! What is paid again and again.

use std::str::FromStr;

use chrono::{Days, Months};
use kernel::{Money, Timestamp};
use ports::payments::PauseMode;

use super::event::Delivery;
use super::{UnknownWord, spelled};

/// A price that can be subscribed to.
#[derive(Debug, Clone)]
pub(crate) struct Price {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) name: String,
    /// What one of it costs in a period.
    pub(crate) amount: Money,
    pub(crate) interval: Interval,
    pub(crate) interval_count: u32,
}

/// What periods are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interval {
    Day,
    Week,
    Month,
    Year,
}

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) customer: String,
    pub(crate) customer_email: Option<String>,
    pub(crate) price: String,
    pub(crate) quantity: u32,
    pub(crate) status: SubscriptionStatus,
    /// Whether the customer's card is refused from now on.
    pub(crate) card_fails: bool,
    /// In minor units: what the next invoice says besides; negative where money is left over.
    pub(crate) balance: i64,
    pub(crate) delivery: Delivery,
    pub(crate) period_start: Timestamp,
    pub(crate) period_end: Timestamp,
    pub(crate) trial_end: Option<Timestamp>,
    pub(crate) cancel_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) pause: Option<PauseMode>,
    pub(crate) resumes_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubscriptionStatus {
    /// The first money is on its way.
    Incomplete,
    /// It costs nothing yet.
    Trialing,
    /// It is paid for.
    Active,
    /// A payment failed and is tried again.
    PastDue,
    /// Payments failed and are not tried any more.
    Unpaid,
    /// It is over.
    Canceled,
}

/// A bill.
#[derive(Debug, Clone)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) subscription: String,
    pub(crate) payment: Option<String>,
    pub(crate) status: InvoiceStatus,
    pub(crate) reason: String,
    pub(crate) total: Money,
    pub(crate) paid: Money,
    pub(crate) attempts: u32,
    pub(crate) next_attempt_at: Option<Timestamp>,
    pub(crate) period_start: Timestamp,
    pub(crate) period_end: Timestamp,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
}

/// Where a bill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InvoiceStatus {
    /// To be paid.
    Open,
    /// Paid.
    Paid,
    /// Given up.
    Uncollectible,
}

/// What somebody does to a subscription at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Turn {
    /// The period ends now.
    RenewNow,
    /// The card is refused from now on.
    BreakCard,
    /// The card works again, and what is owed is paid.
    MendCard,
    /// It ends with its period.
    CancelLater,
    /// It ends.
    CancelNow,
    /// It goes on after all.
    Resume,
}

impl Price {
    /// The end of a period that begins at `start`; the last day of a shorter month where there is no such day.
    pub(crate) fn end_of_period(&self, start: Timestamp) -> Option<Timestamp> {
        let (start, count) = (start.date_time(), self.interval_count);
        let end = match self.interval {
            Interval::Day => start.checked_add_days(Days::new(count.into())),
            Interval::Week => start.checked_add_days(Days::new(u64::from(count) * 7)),
            Interval::Month => start.checked_add_months(Months::new(count)),
            Interval::Year => start.checked_add_months(Months::new(count.checked_mul(12)?)),
        };
        end.map(Timestamp::new)
    }

    /// What so many cost in a period; `None` where that can't be counted.
    pub(crate) fn times(&self, quantity: u32) -> Option<i64> {
        self.amount.minor().checked_mul(quantity.into())
    }
}

impl Subscription {
    /// It is over.
    pub(crate) fn end(&mut self, now: Timestamp) {
        self.status = SubscriptionStatus::Canceled;
        self.ended_at = Some(now);
        (self.pause, self.resumes_at) = (None, None);
    }

    /// When something happens by itself.
    pub(crate) fn next_at(&self, open: Option<&Invoice>) -> Option<Timestamp> {
        let of_status = match self.status {
            SubscriptionStatus::Trialing | SubscriptionStatus::Active => Some(self.period_end),
            SubscriptionStatus::PastDue => open.and_then(|invoice| invoice.next_attempt_at),
            SubscriptionStatus::Incomplete | SubscriptionStatus::Unpaid => None,
            SubscriptionStatus::Canceled => return None,
        };
        [of_status, self.cancel_at, self.resumes_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Whether it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.status == SubscriptionStatus::Canceled
    }

    /// Whether a period can end.
    pub(crate) fn is_running(&self) -> bool {
        matches!(
            self.status,
            SubscriptionStatus::Trialing | SubscriptionStatus::Active
        )
    }
}

impl Interval {
    const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

impl FromStr for Interval {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        spelled(text, &Self::ALL, Self::as_str)
    }
}

impl SubscriptionStatus {
    const ALL: [Self; 6] = [
        Self::Incomplete,
        Self::Trialing,
        Self::Active,
        Self::PastDue,
        Self::Unpaid,
        Self::Canceled,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
        }
    }
}

impl FromStr for SubscriptionStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        spelled(text, &Self::ALL, Self::as_str)
    }
}

impl InvoiceStatus {
    const ALL: [Self; 3] = [Self::Open, Self::Paid, Self::Uncollectible];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Uncollectible => "uncollectible",
        }
    }
}

impl FromStr for InvoiceStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        spelled(text, &Self::ALL, Self::as_str)
    }
}

/// As the database spells a pause.
pub(crate) const fn pause_name(mode: PauseMode) -> &'static str {
    match mode {
        PauseMode::Free => "free",
        PauseMode::Void => "void",
    }
}

/// What a change of a subscription costs for the rest of a period, in minor units: the difference for the part that
/// is left, in whole units towards zero.
pub(crate) fn prorated(
    (old, new): (i64, i64),
    (start, end): (Timestamp, Timestamp),
    now: Timestamp,
) -> Option<i64> {
    let whole = i128::from(end.since(start).as_secs()).max(1);
    let left = i128::from(end.since(now).as_secs()).min(whole);
    let difference = i128::from(new) - i128::from(old);
    i64::try_from(difference * left / whole).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn periods_end_in_the_calendar() {
        let price = |interval, interval_count| Price {
            id: String::new(),
            reference: String::new(),
            name: String::new(),
            amount: Money::zero("USD".parse().unwrap()),
            interval,
            interval_count,
        };
        for (interval, count, end) in [
            (Interval::Day, 3, "2024-02-03T10:00:00Z"),
            (Interval::Week, 2, "2024-02-14T10:00:00Z"),
            (Interval::Month, 1, "2024-02-29T10:00:00Z"),
            (Interval::Year, 1, "2025-01-31T10:00:00Z"),
        ] {
            let found = price(interval, count).end_of_period(at("2024-01-31T10:00:00Z"));
            assert_eq!(found, Some(at(end)), "{interval:?}");
        }
        let never = price(Interval::Year, u32::MAX).end_of_period(at("2024-01-31T10:00:00Z"));
        assert_eq!(never, None);
    }

    #[test]
    fn a_change_costs_the_part_that_is_left() {
        let period = (at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z"));
        let on = |day: &str| at(&format!("2026-03-{day}T00:00:00Z"));
        assert_eq!(prorated((1000, 4000), period, on("01")), Some(3000));
        assert_eq!(prorated((1000, 4000), period, on("16")), Some(1500));
        assert_eq!(prorated((4000, 1000), period, on("16")), Some(-1500));
        assert_eq!(prorated((1000, 4000), period, on("31")), Some(0));
        assert_eq!(
            prorated((1000, 4000), period, at("2026-04-09T00:00:00Z")),
            Some(0)
        );
        assert_eq!(prorated((0, i64::MAX), period, on("01")), Some(i64::MAX));
    }
}
