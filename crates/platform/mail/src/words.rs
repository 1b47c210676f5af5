//! Durations and moments as each language writes them; English where we don't know how.

use chrono::{Datelike as _, Timelike as _};
use kernel::Timestamp;

struct Units {
    /// One and many: days, hours, minutes, seconds.
    names: [(&'static str, &'static str); 4],
    months: [&'static str; 12],
}

const ENGLISH: Units = Units {
    names: [
        ("day", "days"),
        ("hour", "hours"),
        ("minute", "minutes"),
        ("second", "seconds"),
    ],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

const GERMAN: Units = Units {
    names: [
        ("Tag", "Tage"),
        ("Stunde", "Stunden"),
        ("Minute", "Minuten"),
        ("Sekunde", "Sekunden"),
    ],
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
};

const FRENCH: Units = Units {
    names: [
        ("jour", "jours"),
        ("heure", "heures"),
        ("minute", "minutes"),
        ("seconde", "secondes"),
    ],
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
};

fn language(locale: &str) -> &str {
    locale.split('-').next().unwrap_or_default()
}

fn units(locale: &str) -> &'static Units {
    match language(locale) {
        "de" => &GERMAN,
        "fr" => &FRENCH,
        _ => &ENGLISH,
    }
}

/// `30 minutes`, `24 hours`, `7 days`: the largest unit that says it exactly; days from three on.
pub(crate) fn duration(seconds: u64, locale: &str) -> String {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    let [days, hours, minutes, all_seconds] = units(locale).names;
    let (count, (one, many)) = match seconds {
        _ if seconds >= 3 * DAY && seconds.is_multiple_of(DAY) => (seconds / DAY, days),
        _ if seconds >= HOUR && seconds.is_multiple_of(HOUR) => (seconds / HOUR, hours),
        _ if seconds >= MINUTE && seconds.is_multiple_of(MINUTE) => (seconds / MINUTE, minutes),
        _ => (seconds, all_seconds),
    };
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `24 November 2026 at 22:04 UTC`.
pub(crate) fn moment(time: Timestamp, locale: &str) -> String {
    let time = time.date_time();
    let month_index = usize::try_from(time.month0()).unwrap_or_default();
    let month = units(locale).months.get(month_index).copied().unwrap_or_default();
    let (day, year) = (time.day(), time.year());
    let clock = format!("{:02}:{:02} UTC", time.hour(), time.minute());
    match language(locale) {
        "de" => format!("{day}. {month} {year} um {clock}"),
        "fr" if day == 1 => format!("1er {month} {year} à {clock}"),
        "fr" => format!("{day} {month} {year} à {clock}"),
        _ => format!("{day} {month} {year} at {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_durations_in_the_largest_exact_unit() {
        for (seconds, locale, words) in [
            (600, "en", "10 minutes"),
            (60, "en-GB", "1 minute"),
            (86_400, "en", "24 hours"),
            (259_200, "de", "3 Tage"),
            (3_600, "fr", "1 heure"),
            (90, "de-AT", "90 Sekunden"),
            (0, "xx", "0 seconds"),
        ] {
            assert_eq!(duration(seconds, locale), words);
        }
    }

    #[test]
    fn says_moments_in_words() {
        let time: Timestamp = "2026-03-01T09:05:59Z".parse().unwrap();
        assert_eq!(moment(time, "en"), "1 March 2026 at 09:05 UTC");
        assert_eq!(moment(time, "de-CH"), "1. März 2026 um 09:05 UTC");
        assert_eq!(moment(time, "fr"), "1er mars 2026 à 09:05 UTC");
    }
}
