//! Time as the product tells it: UTC, microseconds inside, milliseconds on the wire.

mod text;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use self::text::Text;

/// A moment in UTC. Microseconds are kept, because that is what PostgreSQL keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

/// Where the time comes from. Nothing below the server reads the machine's clock by itself.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the machine's clock"
        )]
        Timestamp::new(Utc::now())
    }
}

impl Timestamp {
    /// Rounds down to microseconds.
    pub fn new(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(6))
    }

    /// Seconds since 1970, `None` beyond what a calendar can hold.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        DateTime::from_timestamp(seconds, 0).map(Self)
    }

    /// The moment as a calendar date and time.
    pub const fn date_time(self) -> DateTime<Utc> {
        self.0
    }

    /// Seconds since 1970, rounded down.
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Milliseconds since 1970, rounded down.
    pub fn unix_milliseconds(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// Later by `duration`; stays at the end of the calendar rather than overflow.
    pub fn plus(self, duration: Duration) -> Self {
        let later = chrono::TimeDelta::from_std(duration)
            .ok()
            .and_then(|delta| self.0.checked_add_signed(delta));
        Self(later.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Earlier by `duration`; stays at the start of the calendar rather than overflow.
    pub fn minus(self, duration: Duration) -> Self {
        let earlier = chrono::TimeDelta::from_std(duration)
            .ok()
            .and_then(|delta| self.0.checked_sub_signed(delta));
        Self(earlier.unwrap_or(DateTime::<Utc>::MIN_UTC))
    }

    /// How long ago `earlier` was; zero when it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }

    /// Fixed-width text that sorts by time: `2026-01-02T03:04:05.123456Z`.
    pub fn to_micros_text(self) -> String {
        match Text::of(self.0) {
            Some(text) => text.as_str().to_owned(),
            None => self.0.to_rfc3339_opts(SecondsFormat::Micros, true),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Text::of(self.0).map(Text::in_milliseconds) {
            Some(text) => f.write_str(text.as_str()),
            None => f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_micros_text())
    }
}

impl FromStr for Timestamp {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(time) = text::read(text) {
            return Ok(Self(time));
        }
        DateTime::parse_from_rfc3339(text).map(|time| Self::new(time.with_timezone(&Utc)))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|_| {
            de::Error::custom("an RFC 3339 date and time is expected, like 2026-01-31T12:00:00Z")
        })
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "example": "2026-01-31T12:00:00.000Z" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_microseconds_inside_and_shows_milliseconds() {
        let time: Timestamp = "2026-01-02T03:04:05.123456789+02:00".parse().unwrap();
        assert_eq!(time.to_micros_text(), "2026-01-02T01:04:05.123456Z");
        assert_eq!(time.to_string(), "2026-01-02T01:04:05.123Z");
        assert_eq!(
            serde_json::to_string(&time).unwrap(),
            "\"2026-01-02T01:04:05.123Z\""
        );
    }

    #[test]
    fn arithmetic_stays_inside_the_calendar() {
        let time: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(
            time.plus(Duration::from_mins(1)).since(time),
            Duration::from_mins(1)
        );
        assert_eq!(time.since(time.plus(Duration::from_secs(1))), Duration::ZERO);
        assert!(time.plus(Duration::MAX) > time);
        assert!(time.minus(Duration::MAX) < time);
    }
}
