//! How often somebody gets a digest, and when the next one is due.

use kernel::{EmailAddress, Locale, Timestamp, UserId};

use crate::error::NotificationError;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// The first of January 1970 was a Thursday.
const THURSDAY: i64 = 3;
const WEEK: i64 = 7;

/// How many notifications a digest names.
pub(crate) const LONGEST_DIGEST: usize = 20;
/// How many further ones are counted.
pub(crate) const MOST_COUNTED: usize = 100;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every day.
    Daily,
    /// Every Monday.
    Weekly,
}

/// How often and at what hour (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rhythm {
    /// How often.
    pub frequency: Frequency,
    hour: u8,
}

/// A person's digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    /// How often and when.
    pub rhythm: Rhythm,
    /// When the next is due.
    pub next_at: Timestamp,
}

/// A digest that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) user: UserId,
    pub(crate) digest: Digest,
    /// What was in the feed when the last one was sent.
    pub(crate) last_seq: i64,
    /// Where to; `None` when the person gets no mail (any more).
    pub(crate) to: Option<EmailAddress>,
    pub(crate) locale: Locale,
}

/// A notification as a digest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) title: String,
    pub(crate) link: Option<String>,
    pub(crate) organization: Option<String>,
}

impl Frequency {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Daily, Self::Weekly]
            .into_iter()
            .find(|frequency| frequency.as_str() == word)
    }
}

impl Rhythm {
    /// At the full `hour`, 0 to 23 (UTC).
    pub fn new(frequency: Frequency, hour: u8) -> Result<Self, NotificationError> {
        if hour < 24 {
            return Ok(Self { frequency, hour });
        }
        let detail = "an hour from 0 to 23 is expected";
        Err(NotificationError::field("/hour", "out_of_range", detail))
    }

    /// The hour.
    pub const fn hour(self) -> u8 {
        self.hour
    }

    /// The first time after `now`, however many were missed before.
    pub(crate) fn next_after(self, now: Timestamp) -> Timestamp {
        let now_seconds = now.unix_seconds();
        let today = now_seconds.div_euclid(DAY);
        let at = |day: i64| day * DAY + i64::from(self.hour) * HOUR;
        let is_fit = |day: &i64| match self.frequency {
            Frequency::Daily => true,
            Frequency::Weekly => (day + THURSDAY).rem_euclid(WEEK) == 0,
        };
        let days = (today..=today + WEEK).filter(is_fit);
        let next = days.map(at).find(|seconds| *seconds > now_seconds);
        let next = next.and_then(Timestamp::from_unix_seconds);
        next.unwrap_or_else(|| now.plus(std::time::Duration::from_hours(24)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_is_after_now_and_on_mondays_when_weekly() {
        for (frequency, hour, now, next) in [
            (
                Frequency::Daily,
                8,
                "2026-03-05T07:59:59.999Z",
                "2026-03-05T08:00:00Z",
            ),
            (
                Frequency::Daily,
                8,
                "2026-03-05T08:00:00Z",
                "2026-03-06T08:00:00Z",
            ),
            (
                Frequency::Daily,
                0,
                "2026-12-31T23:59:59Z",
                "2027-01-01T00:00:00Z",
            ),
            (
                Frequency::Weekly,
                23,
                "2026-03-05T07:00:00Z",
                "2026-03-09T23:00:00Z",
            ),
            (
                Frequency::Weekly,
                8,
                "2026-03-09T07:00:00Z",
                "2026-03-09T08:00:00Z",
            ),
            (
                Frequency::Weekly,
                8,
                "2026-03-09T08:00:00Z",
                "2026-03-16T08:00:00Z",
            ),
        ] {
            let rhythm = Rhythm::new(frequency, hour).unwrap();
            assert_eq!(
                rhythm.next_after(now.parse().unwrap()),
                next.parse().unwrap(),
                "{now}"
            );
        }
        assert!(Rhythm::new(Frequency::Daily, 24).is_err());
    }
}
