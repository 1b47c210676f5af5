//! Plans and prices.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::Months;
use kernel::{Currency, Money, PlanId, PriceId, Timestamp};
use kernel::{FeatureGrant, FeatureKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::BillingError;

/// The most features that a plan names.
const MOST_FEATURES: usize = 200;

/// The most prices that a plan has.
pub(crate) const MOST_PRICES: usize = 100;

/// Something that organizations subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Its name in programs.
    pub key: PlanKey,
    /// What people say about it.
    pub content: PlanContent,
    /// Whether it can be subscribed to.
    pub is_active: bool,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What it costs, the oldest first.
    pub prices: Vec<Price>,
}

/// The name of a plan in programs: `pro`, `team-2026`. Lower-case letters, digits, `_` and `-`, a letter first, 64
/// at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanKey(String);

/// What people say about a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanContent {
    /// What it is called.
    pub name: String,
    /// What it is, in some words.
    pub description: String,
    /// What it grants.
    pub features: BTreeMap<FeatureKey, FeatureGrant>,
    /// How many days cost nothing at first.
    pub trial_days: u32,
    /// Whether everybody sees it.
    pub is_public: bool,
    /// Its place among the others; lower comes first.
    pub rank: i64,
}

/// What a plan costs. It never changes: who pays it goes on paying it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Its id.
    pub id: PriceId,
    /// Of which plan.
    pub plan: PlanId,
    /// What one of it costs in a period.
    pub amount: Money,
    /// How long a period is; none where it is paid once.
    pub period: Option<Period>,
    /// Whether it can be subscribed to.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// What providers call it.
    pub references: Vec<PriceReference>,
}

/// What a price is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPrice {
    /// What one of it costs in a period.
    pub amount: Money,
    /// How long a period is; none where it is paid once.
    pub period: Option<Period>,
}

/// What a provider calls a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceReference {
    /// The provider: `stripe`.
    pub provider: String,
    /// Its account.
    pub account: String,
    /// Its id there.
    pub reference: String,
}

/// A time that is paid for at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// So long,
    pub interval: Interval,
    /// so many times.
    pub count: u32,
}

/// The unit of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// 24 hours.
    Day,
    /// Seven days.
    Week,
    /// From a day to the same day of the next month, or to its last.
    Month,
    /// Twelve months.
    Year,
}

/// Who looks at plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Viewer {
    /// Everybody: they see what they can buy.
    Everybody,
    /// Staff: they see everything.
    Staff,
}

impl PlanKey {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text names no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a plan is named by lower-case letters, digits, _ and -, a letter first, 64 at most")]
pub struct PlanKeyError;

impl FromStr for PlanKey {
    type Err = PlanKeyError;

    fn from_str(text: &str) -> Result<Self, PlanKeyError> {
        let is_letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-';
        let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if begins_well && text.len() <= 64 && text.bytes().all(is_letter) {
            return Ok(Self(text.to_owned()));
        }
        Err(PlanKeyError)
    }
}

impl PlanContent {
    /// The same, if it makes sense; faults are at the fields of a body of these names.
    pub fn checked(self) -> Result<Self, BillingError> {
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            let detail = "a name without line breaks is expected";
            return Err(BillingError::field("/name", "invalid", detail));
        }
        if self.features.len() > MOST_FEATURES {
            let detail = "at most 200 features";
            return Err(BillingError::field("/features", "too_many", detail));
        }
        let negative = self
            .features
            .iter()
            .find(|(_, grant)| grant.limit.is_some_and(|limit| limit < 0));
        match negative {
            Some((key, _)) => {
                let pointer = format!("/features/{key}/limit");
                Err(BillingError::field(
                    pointer,
                    "out_of_range",
                    "0 or more is expected",
                ))
            }
            None => Ok(self),
        }
    }
}

impl Price {
    /// What the provider's account calls it.
    pub(crate) fn reference_at(&self, provider: &str, account: &str) -> Option<&str> {
        let mut references = self.references.iter();
        let found = references.find(|known| known.provider == provider && known.account == account);
        found.map(|known| known.reference.as_str())
    }
}

impl Period {
    /// The moment after so many of it from `start`.
    pub fn end(self, start: Timestamp, times: u32) -> Option<Timestamp> {
        let count = self.count.checked_mul(times)?;
        let days = |days: u32| {
            let days = u64::from(count).checked_mul(u64::from(days))?;
            start.date_time().checked_add_days(chrono::Days::new(days))
        };
        let months = |months: u32| {
            let months = Months::new(count.checked_mul(months)?);
            start.date_time().checked_add_months(months)
        };
        let end = match self.interval {
            Interval::Day => days(1),
            Interval::Week => days(7),
            Interval::Month => months(1),
            Interval::Year => months(12),
        };
        end.map(Timestamp::new)
    }
}

impl Interval {
    /// All of them.
    const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Year];

    /// As the database and providers spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub struct UnknownWord;

impl FromStr for Interval {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::ALL.into_iter();
        all.find(|interval| interval.as_str() == text).ok_or(UnknownWord)
    }
}

impl fmt::Display for PlanKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl NewPrice {
    /// A price as its fields say it.
    pub fn new(amount: i64, currency: Currency, period: Option<Period>) -> Self {
        Self {
            amount: Money::new(amount, currency),
            period,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_names_and_nothing_else() {
        for text in ["pro", "team-2026", "a", &"a".repeat(64)] {
            assert_eq!(text.parse::<PlanKey>().unwrap().as_str(), text);
        }
        for text in ["", "1a", "-a", "Pro", "a b", "a.b", "é", &"a".repeat(65)] {
            assert_eq!(text.parse::<PlanKey>(), Err(PlanKeyError), "{text}");
        }
    }

    #[test]
    fn months_end_where_the_calendar_does() {
        let period = |interval, count| Period { interval, count };
        for (start, period, times, expected) in [
            (
                "2026-01-31T10:00:00Z",
                period(Interval::Month, 1),
                1,
                "2026-02-28T10:00:00.000Z",
            ),
            // Counted from the start, so that the day comes back.
            (
                "2026-01-31T10:00:00Z",
                period(Interval::Month, 1),
                2,
                "2026-03-31T10:00:00.000Z",
            ),
            (
                "2026-01-31T10:00:00Z",
                period(Interval::Month, 3),
                1,
                "2026-04-30T10:00:00.000Z",
            ),
            (
                "2024-02-29T00:00:00Z",
                period(Interval::Year, 1),
                1,
                "2025-02-28T00:00:00.000Z",
            ),
            (
                "2026-12-31T00:00:00Z",
                period(Interval::Week, 2),
                1,
                "2027-01-14T00:00:00.000Z",
            ),
            (
                "2026-12-31T00:00:00Z",
                period(Interval::Day, 1),
                3,
                "2027-01-03T00:00:00.000Z",
            ),
        ] {
            let end = period.end(start.parse().unwrap(), times).unwrap();
            assert_eq!(end.to_string(), expected, "{start} {period:?}");
        }
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(period(Interval::Year, 36).end(start, u32::MAX), None);
    }

    #[test]
    fn what_is_granted_is_not_negative() {
        let content = |limit| PlanContent {
            name: "Pro".to_owned(),
            description: String::new(),
            features: serde_json::from_value(serde_json::json!({ "seats": { "limit": limit } })).unwrap(),
            trial_days: 0,
            is_public: true,
            rank: 0,
        };
        assert!(content(Some(0)).checked().is_ok());
        assert!(content(None).checked().is_ok());
        let error = content(Some(-1)).checked().unwrap_err();
        let fields = kernel::Failure::fields(&error);
        assert_eq!(fields[0].pointer, "/features/seats/limit");
    }
}
