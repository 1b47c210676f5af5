//! Times as text of fixed width. Rows and answers are full of them, and a formatter that can do
//! everything takes ten times as long; what does not have this width is left to it.

use std::ops::Range;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};

/// As wide as `2026-01-02T03:04:05.123456Z`.
const WIDTH: usize = 27;
const SHAPE: [u8; WIDTH] = *b"0000-00-00T00:00:00.000000Z";

const YEAR: Range<usize> = 0..4;
const MONTH: Range<usize> = 5..7;
const DAY: Range<usize> = 8..10;
const HOUR: Range<usize> = 11..13;
const MINUTE: Range<usize> = 14..16;
const SECOND: Range<usize> = 17..19;
const MICROSECOND: Range<usize> = 20..26;
const MILLISECOND_END: usize = 23;

/// A time in ASCII.
pub(super) struct Text {
    bytes: [u8; WIDTH],
    length: usize,
}

impl Text {
    /// To the microsecond; `None` for leap seconds and for years that don't have four digits.
    pub(super) fn of(time: DateTime<Utc>) -> Option<Self> {
        let year = u32::try_from(time.year()).ok().filter(|year| *year <= 9999)?;
        let microsecond = time.nanosecond() / 1000;
        let mut bytes = SHAPE;
        for (place, value) in [
            (YEAR, year),
            (MONTH, time.month()),
            (DAY, time.day()),
            (HOUR, time.hour()),
            (MINUTE, time.minute()),
            (SECOND, time.second()),
            (MICROSECOND, microsecond),
        ] {
            write(bytes.get_mut(place)?, value);
        }
        (microsecond < 1_000_000).then_some(Self { bytes, length: WIDTH })
    }

    /// The same, to the millisecond.
    pub(super) fn in_milliseconds(mut self) -> Self {
        if let Some(end) = self.bytes.get_mut(MILLISECOND_END) {
            *end = b'Z';
        }
        self.length = MILLISECOND_END + 1;
        self
    }

    pub(super) fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        str::from_utf8(bytes).unwrap_or_default()
    }
}

/// A time to the microsecond and in UTC; `None` for anything else, whether or not it is a time.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    let bytes: &[u8; WIDTH] = text.as_bytes().try_into().ok()?;
    let is_shaped = SHAPE
        .iter()
        .zip(bytes)
        .all(|(shape, byte)| shape == byte || *shape == b'0' && byte.is_ascii_digit());
    if !is_shaped {
        return None;
    }
    let number = |place| bytes.get::<Range<usize>>(place).map(number);
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(YEAR)?).ok()?, number(MONTH)?, number(DAY)?)?;
    let time = date.and_hms_micro_opt(
        number(HOUR)?,
        number(MINUTE)?,
        number(SECOND)?,
        number(MICROSECOND)?,
    );
    time.map(|time| time.and_utc())
}

fn write(digits: &mut [u8], mut value: u32) {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(value % 10).unwrap_or_default();
        value /= 10;
    }
}

fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use chrono::SecondsFormat;
    use proptest::prelude::{any, proptest};
    use proptest::{prop_assert, prop_assert_eq};

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_what_chrono_writes(
            seconds in -70_000_000_000_i64..300_000_000_000,
            nanoseconds in 0_u32..1_000_000_000,
        ) {
            let time = DateTime::from_timestamp(seconds, nanoseconds).unwrap();
            let Some(text) = Text::of(time) else {
                prop_assert!(!(0..=9999).contains(&time.year()));
                return Ok(());
            };
            prop_assert_eq!(text.as_str(), time.to_rfc3339_opts(SecondsFormat::Micros, true));
            let text = text.in_milliseconds();
            prop_assert_eq!(text.as_str(), time.to_rfc3339_opts(SecondsFormat::Millis, true));
        }

        #[test]
        fn what_is_read_is_what_chrono_reads(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{6}Z",
        ) {
            if let Some(time) = read(&text) {
                prop_assert_eq!(Ok(time.fixed_offset()), DateTime::parse_from_rfc3339(&text));
            }
        }

        #[test]
        fn what_is_written_is_read_again(seconds in -62_000_000_000_i64..250_000_000_000, micros in 0_u32..1_000_000) {
            let time = DateTime::from_timestamp(seconds, micros * 1000).unwrap();
            prop_assert_eq!(read(Text::of(time).unwrap().as_str()), Some(time));
        }

        #[test]
        fn anything_may_come(text in any::<String>()) {
            prop_assert!(read(&text).is_none());
        }
    }

    #[test]
    fn a_leap_second_is_left_to_chrono() {
        let leap: DateTime<Utc> = "2016-12-31T23:59:60Z".parse().unwrap();
        assert!(Text::of(leap).is_none());
        assert!(read("2016-12-31T23:59:60.000000Z").is_none());
    }
}
