//! When what was used counts no longer. A period is named by its beginning, so that a new one begins by itself.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveTime, Utc};
use kernel::{FeaturePeriod, Timestamp};

/// A stretch of time in which use is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Of which kind.
    pub kind: FeaturePeriod,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; none where nothing is forgotten.
    pub end: Option<Timestamp>,
}

/// A paid period of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends, as far as that is known.
    pub end: Option<Timestamp>,
}

impl Period {
    /// The period of this kind at `now`. Without a paid period it is the calendar month, in UTC.
    pub fn at(kind: FeaturePeriod, paid: Option<Paid>, now: Timestamp) -> Self {
        let [start, end] = match (kind, paid) {
            (FeaturePeriod::Lifetime, _) => {
                let start = Timestamp::from_unix_seconds(0).unwrap_or(now);
                return Self {
                    kind,
                    start,
                    end: None,
                };
            }
            (FeaturePeriod::Billing, Some(paid)) => {
                return Self {
                    kind,
                    start: paid.start,
                    end: paid.end,
                };
            }
            (FeaturePeriod::Day, _) => day(now.date_time()),
            (FeaturePeriod::Month | FeaturePeriod::Billing, _) => month(now.date_time()),
        };
        Self {
            kind,
            start: Timestamp::new(start),
            end: Some(Timestamp::new(end)),
        }
    }

    /// When it ends, while that is still to come.
    pub fn resets_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.end.filter(|end| *end > now)
    }
}

fn day(now: DateTime<Utc>) -> [DateTime<Utc>; 2] {
    let start = now.date_naive().and_time(NaiveTime::MIN).and_utc();
    [start, start.checked_add_days(Days::new(1)).unwrap_or(start)]
}

fn month(now: DateTime<Utc>) -> [DateTime<Utc>; 2] {
    let date = now.date_naive();
    let start = date
        .with_day(1)
        .unwrap_or(date)
        .and_time(NaiveTime::MIN)
        .and_utc();
    [start, start.checked_add_months(Months::new(1)).unwrap_or(start)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn calendars_are_kept_in_utc() {
        let now = at("2028-02-29T23:59:59.999999Z");
        let month = Period::at(FeaturePeriod::Month, None, now);
        assert_eq!(
            (month.start, month.end),
            (at("2028-02-01T00:00:00Z"), Some(at("2028-03-01T00:00:00Z")))
        );
        let day = Period::at(FeaturePeriod::Day, None, now);
        assert_eq!(
            (day.start, day.end),
            (at("2028-02-29T00:00:00Z"), Some(at("2028-03-01T00:00:00Z")))
        );
        let december = Period::at(FeaturePeriod::Month, None, at("2026-12-31T12:00:00Z"));
        assert_eq!(december.end, Some(at("2027-01-01T00:00:00Z")));
    }

    #[test]
    fn a_paid_period_counts_for_billing_only() {
        let now = at("2026-03-20T00:00:00Z");
        let paid = Paid {
            start: at("2026-03-05T17:30:00Z"),
            end: Some(at("2026-04-05T17:30:00Z")),
        };
        let billing = Period::at(FeaturePeriod::Billing, Some(paid), now);
        assert_eq!((billing.start, billing.end), (paid.start, paid.end));
        assert_eq!(billing.resets_at(now), paid.end);
        // Nothing was heard of the next one yet: it is not known when it begins.
        assert_eq!(billing.resets_at(at("2026-04-06T00:00:00Z")), None);
        let without = Period::at(FeaturePeriod::Billing, None, now);
        assert_eq!(
            (without.kind, without.start),
            (FeaturePeriod::Billing, at("2026-03-01T00:00:00Z"))
        );
        let lifetime = Period::at(FeaturePeriod::Lifetime, Some(paid), now);
        assert_eq!((lifetime.start, lifetime.end), (at("1970-01-01T00:00:00Z"), None));
    }
}
