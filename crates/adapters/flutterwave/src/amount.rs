//! Flutterwave's amounts: JSON numbers of major units, read and written as the text that they are.

use kernel::{Currency, Money};
use serde_json::value::RawValue;

/// The furthest that an exponent may move the point; beyond that nothing fits into an amount.
const FURTHEST: usize = 40;

/// An amount, exact or not at all.
pub(crate) fn read(raw: &RawValue, currency: Currency) -> Option<Money> {
    Money::from_decimal(&plain(raw)?, currency).ok()
}

/// An amount without what the currency has no coins for: fees are worked out finer than they are taken.
pub(crate) fn read_down(raw: &RawValue, currency: Currency) -> Option<Money> {
    let text = plain(raw)?;
    let places = usize::try_from(currency.exponent()).ok()?;
    let kept = match text.split_once('.') {
        Some((whole, fraction)) => match fraction.get(..places) {
            Some("") => whole.to_owned(),
            Some(kept) => format!("{whole}.{kept}"),
            None => text,
        },
        None => text,
    };
    Money::from_decimal(&kept, currency).ok()
}

/// As it is sent: `19.99`, `5000`.
pub(crate) fn write(money: Money) -> Option<Box<RawValue>> {
    let text = money.to_decimal();
    let short = match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    };
    RawValue::from_string(short).ok()
}

/// The decimal number in a JSON number, or in a text that holds one, without exponent.
fn plain(raw: &RawValue) -> Option<String> {
    let text = if raw.get().starts_with('"') {
        serde_json::from_str(raw.get()).ok()?
    } else {
        raw.get().to_owned()
    };
    let Some(at) = text.find(['e', 'E']) else {
        return Some(text);
    };
    let (mantissa, exponent) = text.split_at_checked(at)?;
    let exponent: i32 = exponent.get(1..)?.parse().ok()?;
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_decimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_decimal(whole) || !is_decimal(fraction) {
        return None;
    }
    let places = usize::try_from(exponent.unsigned_abs()).ok()?;
    if places > FURTHEST {
        return None;
    }
    let (whole, fraction) = if exponent < 0 {
        let padded = format!("{}{whole}", "0".repeat(places));
        let (before, after) = padded.split_at_checked(padded.len() - places)?;
        let before = if before.is_empty() { "0" } else { before };
        (before.to_owned(), format!("{after}{fraction}"))
    } else {
        let padded = format!("{fraction}{}", "0".repeat(places));
        let (before, after) = padded.split_at_checked(places)?;
        (format!("{whole}{before}"), after.to_owned())
    };
    Some(if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    })
}

#[cfg(test)]
mod tests {
    use iso_currency::IntoEnumIterator;
    use proptest::prelude::*;

    use super::*;

    fn all() -> Vec<Currency> {
        iso_currency::Currency::iter()
            .filter_map(|known| known.code().parse().ok())
            .collect()
    }

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        for (text, code, exact, down) in [
            ("100", "NGN", Some(10_000), Some(10_000)),
            ("19.99", "NGN", Some(1999), Some(1999)),
            ("19.990", "NGN", Some(1999), Some(1999)),
            ("1.4", "NGN", Some(140), Some(140)),
            ("\"19.99\"", "NGN", Some(1999), Some(1999)),
            ("0.30000000000000004", "NGN", None, Some(30)),
            ("0.1", "NGN", Some(10), Some(10)),
            ("101.5015", "NGN", None, Some(10_150)),
            ("5.05", "UGX", None, Some(5)),
            ("5000", "UGX", Some(5000), Some(5000)),
            ("5000.00", "UGX", Some(5000), Some(5000)),
            ("5.124", "KWD", Some(5124), Some(5124)),
            ("5.1245", "KWD", None, Some(5124)),
            ("1e3", "NGN", Some(100_000), Some(100_000)),
            ("1E+3", "UGX", Some(1000), Some(1000)),
            ("1.5e1", "NGN", Some(1500), Some(1500)),
            ("1.2345e2", "NGN", Some(12_345), Some(12_345)),
            ("1999e-2", "NGN", Some(1999), Some(1999)),
            ("5e-2", "NGN", Some(5), Some(5)),
            ("5e-1", "UGX", None, Some(0)),
            ("-12.5e-1", "NGN", Some(-125), Some(-125)),
            ("123456e-3", "KWD", Some(123_456), Some(123_456)),
            ("0e0", "NGN", Some(0), Some(0)),
            ("1e99", "NGN", None, None),
            ("1e-99", "NGN", None, None),
            ("1e99999999999", "NGN", None, None),
            ("9223372036854775807", "UGX", Some(i64::MAX), Some(i64::MAX)),
            ("9223372036854775808", "UGX", None, None),
            ("92233720368547758.07", "NGN", Some(i64::MAX), Some(i64::MAX)),
            ("null", "NGN", None, None),
            ("true", "NGN", None, None),
            ("[]", "NGN", None, None),
            ("{}", "NGN", None, None),
            ("\"\"", "NGN", None, None),
            ("\"e2\"", "NGN", None, None),
            ("\"1,000\"", "NGN", None, None),
            ("\"NaN\"", "NGN", None, None),
            ("\".5e1\"", "NGN", None, None),
            ("\"1e\"", "NGN", None, None),
        ] {
            let currency = code.parse().unwrap();
            let minor = |money: Option<Money>| money.map(Money::minor);
            assert_eq!(minor(read(&raw(text), currency)), exact, "{text} {code}");
            assert_eq!(minor(read_down(&raw(text), currency)), down, "{text} {code}");
        }
    }

    #[test]
    fn numbers_are_written_without_needless_zeros() {
        for (minor, code, expected) in [
            (1999, "NGN", "19.99"),
            (1990, "NGN", "19.9"),
            (500_000, "NGN", "5000"),
            (5000, "UGX", "5000"),
            (0, "NGN", "0"),
            (5, "NGN", "0.05"),
            (1500, "KWD", "1.5"),
        ] {
            let written = write(Money::new(minor, code.parse().unwrap())).unwrap();
            assert_eq!(written.get(), expected);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minor: i64) {
            for currency in all() {
                let money = Money::new(minor, currency);
                let written = write(money).unwrap();
                prop_assert_eq!(read(&written, currency), Some(money));
                prop_assert_eq!(read_down(&written, currency), Some(money));
                let quoted = raw(&format!("\"{}\"", written.get()));
                prop_assert_eq!(read(&quoted, currency), Some(money));
            }
        }

        #[test]
        fn an_exponent_moves_the_point(minor in -1_000_000_000_000_i64..1_000_000_000_000, places in 0_u32..20) {
            for currency in all() {
                let money = Money::new(minor, currency);
                // minor · 10^places · 10^-(places + exponent)
                let exponent = places + currency.exponent();
                let zeros = "0".repeat(usize::try_from(places).unwrap());
                let moved = raw(&format!("\"{minor}{zeros}e-{exponent}\""));
                prop_assert_eq!(read(&moved, currency), Some(money));
            }
        }

        #[test]
        fn what_is_finer_than_coins_is_not_rounded(minor in 0_i64..1_000_000_000_000, finer in 1_u32..999) {
            for currency in all() {
                let money = Money::new(minor, currency);
                let point = if currency.exponent() == 0 { "." } else { "" };
                let text = raw(&format!("{}{point}{finer:03}", money.to_decimal()));
                prop_assert_eq!(read(&text, currency), None);
                prop_assert_eq!(read_down(&text, currency), Some(money));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9.eE]{0,12}") {
            let quoted = raw(&format!("\"{text}\""));
            for currency in ["NGN", "UGX", "KWD"] {
                let _ = read(&quoted, currency.parse().unwrap());
                let _ = read_down(&quoted, currency.parse().unwrap());
            }
        }
    }
}
