//! Figures by time, worked out of the sums of days.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use kernel::{Currency, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::Account;

/// A day in UTC: `2026-11-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(Timestamp);

/// The text is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is expected, like 2026-11-24")]
pub(crate) struct NoDay;

/// What a row of figures stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Interval {
    /// A day in UTC.
    Day,
    /// A month in UTC.
    Month,
}

/// Which figures are asked for. Both days are part of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    pub(crate) from: Day,
    pub(crate) to: Day,
    pub(crate) interval: Interval,
    pub(crate) currency: Option<Currency>,
}

/// What is on an account in a time.
#[derive(Debug, Clone)]
pub(crate) struct Sum {
    /// `2026-11-24` or `2026-11`.
    pub(crate) period: String,
    pub(crate) currency: Currency,
    pub(crate) account: Account,
    pub(crate) amount: i64,
}

/// What happened in a time, in minor units; each amount as people say it, without the sign of the books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// What was sold, without taxes that providers answer for.
    pub(crate) gross: i64,
    /// What was given back.
    pub(crate) refunds: i64,
    /// What banks took back.
    pub(crate) disputes: i64,
    /// Taxes that providers answer for.
    pub(crate) tax: i64,
    /// What providers kept for themselves.
    pub(crate) fees: i64,
}

impl Day {
    /// The day of a moment.
    pub(crate) fn of(time: Timestamp) -> Self {
        let of_day = time.unix_seconds().rem_euclid(86_400);
        let midnight = Timestamp::from_unix_seconds(time.unix_seconds() - of_day);
        Self(midnight.unwrap_or(time))
    }

    /// The first moment of it.
    pub(crate) const fn begin(self) -> Timestamp {
        self.0
    }

    /// The first moment of the next.
    pub(crate) fn end(self) -> Timestamp {
        self.0.plus(Duration::from_hours(24))
    }

    /// So many days before.
    pub(crate) fn minus_days(self, days: u64) -> Self {
        Self(self.0.minus(Duration::from_hours(24 * days)))
    }

    /// How many days there are from this to a later one.
    pub(crate) fn days_until(self, later: Self) -> u64 {
        later.0.since(self.0).as_secs() / 86_400
    }
}

impl Figures {
    /// What is left of what was sold, before taxes.
    pub(crate) const fn net(self) -> i64 {
        let left = self.gross.saturating_sub(self.refunds);
        left.saturating_sub(self.disputes).saturating_sub(self.fees)
    }

    const fn add(&mut self, account: &Account, amount: i64) {
        match account {
            Account::Provider(_) => {}
            Account::Revenue => self.gross = self.gross.saturating_sub(amount),
            Account::Tax => self.tax = self.tax.saturating_sub(amount),
            Account::Refunds => self.refunds = self.refunds.saturating_add(amount),
            Account::Disputes => self.disputes = self.disputes.saturating_add(amount),
            Account::Fees => self.fees = self.fees.saturating_add(amount),
        }
    }
}

/// A row for each time and currency in which anything happened, in order.
pub(crate) fn rows_of(sums: Vec<Sum>) -> Vec<(String, Currency, Figures)> {
    let mut rows: BTreeMap<(String, Currency), Figures> = BTreeMap::new();
    for sum in sums {
        let row = rows.entry((sum.period, sum.currency)).or_default();
        row.add(&sum.account, sum.amount);
    }
    rows.into_iter()
        .map(|((period, currency), figures)| (period, currency, figures))
        .collect()
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.date_time().format("%Y-%m-%d"))
    }
}

impl FromStr for Day {
    type Err = NoDay;

    fn from_str(text: &str) -> Result<Self, NoDay> {
        let is_written_so = text.len() == 10 && text.is_ascii();
        let time = is_written_so.then(|| format!("{text}T00:00:00Z")).ok_or(NoDay)?;
        time.parse().map(Self).map_err(|_| NoDay)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Day".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date", "example": "2026-11-24" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_counted() {
        let day: Day = "2028-02-28".parse().unwrap();
        assert_eq!(day.to_string(), "2028-02-28");
        assert_eq!(Day::of(day.end()).to_string(), "2028-02-29");
        assert_eq!(day.days_until("2028-03-01".parse().unwrap()), 2);
        assert_eq!(day.minus_days(59).to_string(), "2027-12-31");
        let late: Timestamp = "2026-03-05T23:59:59.999999Z".parse().unwrap();
        assert_eq!(Day::of(late).to_string(), "2026-03-05");
        let early: Timestamp = "1969-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(Day::of(early).to_string(), "1969-12-31");
        for text in [
            "",
            "2026-2-3",
            "2026-02-30",
            "2026-13-01",
            "20260203",
            "2026-02-03T",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NoDay), "{text}");
        }
    }

    #[test]
    fn figures_have_no_signs_of_the_books() {
        let currency: Currency = "USD".parse().unwrap();
        let sum = |period: &str, account: Account, amount| Sum {
            period: period.to_owned(),
            currency,
            account,
            amount,
        };
        let rows = rows_of(vec![
            sum("2026-03", Account::Revenue, -1000),
            sum("2026-03", Account::Tax, -190),
            sum("2026-03", Account::provider("till"), 960),
            sum("2026-03", Account::Fees, 30),
            sum("2026-02", Account::Disputes, -50),
            sum("2026-03", Account::Refunds, 200),
        ]);
        let march = Figures {
            gross: 1000,
            refunds: 200,
            disputes: 0,
            tax: 190,
            fees: 30,
        };
        let february = Figures {
            disputes: -50,
            ..Figures::default()
        };
        assert_eq!(
            rows,
            [
                ("2026-02".to_owned(), currency, february),
                ("2026-03".to_owned(), currency, march)
            ]
        );
        assert_eq!((march.net(), february.net()), (770, 50));
    }
}
