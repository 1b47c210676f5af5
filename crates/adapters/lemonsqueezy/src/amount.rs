//! Lemon Squeezy's cents. What they are of a currency without cents is not documented, so such amounts are read
//! where the same amount is written out beside them, and never asked for.

use kernel::{Currency, Money};

/// What the numbers of one answer count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amounts {
    currency: Currency,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// The minor unit of ISO 4217.
    Minor,
    /// A hundredth of the major unit.
    Hundredth,
}

impl Amounts {
    /// Of an answer that has `total` and has it also written out: `£11.99`.
    pub(crate) fn of(currency: &str, total: i64, written: Option<&str>) -> Option<Self> {
        let currency: Currency = currency.parse().ok()?;
        let of = |unit| Self { currency, unit };
        if currency.exponent() == 2 {
            return Some(of(Unit::Minor));
        }
        let digits: String = written?
            .chars()
            .filter(|letter| letter.is_ascii_digit() || matches!(letter, '.' | '-'))
            .collect();
        let written = Money::from_decimal(&digits, currency).ok();
        let means = |unit| written.is_some() && of(unit).money(total) == written;
        [Unit::Minor, Unit::Hundredth]
            .into_iter()
            .find(|unit| means(*unit))
            .map(of)
    }

    /// An amount of the answer.
    pub(crate) fn money(self, amount: i64) -> Option<Money> {
        let minor = match self.unit {
            Unit::Minor => amount,
            Unit::Hundredth => {
                let scaled = amount.checked_mul(10_i64.checked_pow(self.currency.exponent())?)?;
                (scaled % 100 == 0).then_some(scaled / 100)?
            }
        };
        Some(Money::new(minor, self.currency))
    }
}

/// What is asked for; none for a currency without cents.
pub(crate) fn cents(money: Money) -> Option<i64> {
    (money.currency().exponent() == 2).then_some(money.minor())
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

    #[test]
    fn currencies_without_cents_are_read_where_they_are_written_out() {
        for (code, total, written, expected) in [
            ("GBP", 1199, Some("£11.99"), Some(1199)),
            ("GBP", 1199, None, Some(1199)),
            ("EUR", -1, Some("-€0.01"), Some(-1)),
            ("JPY", 1999, Some("¥1,999"), Some(1999)),
            ("JPY", 199_900, Some("¥1,999"), Some(1999)),
            ("JPY", 199_900, Some("¥1,999.00"), Some(1999)),
            ("JPY", 199_950, Some("¥1,999"), None),
            ("JPY", 0, Some("¥0"), Some(0)),
            ("JPY", 1999, Some("¥20"), None),
            ("JPY", 1999, Some("¥19.99"), None),
            ("JPY", 1999, None, None),
            ("UGX", 5000, Some("USh5,000"), Some(5000)),
            ("KWD", 500, Some("KWD 5.000"), Some(5000)),
            ("KWD", 5000, Some("KWD 5.000"), Some(5000)),
            ("XAU", 1, Some("1"), None),
            ("usd", 1, Some("$0.01"), None),
        ] {
            let read = Amounts::of(code, total, written).and_then(|amounts| amounts.money(total));
            assert_eq!(read.map(Money::minor), expected, "{total} {code} {written:?}");
        }
    }

    proptest! {
        #[test]
        fn cents_are_read_as_they_were_asked_for(minor: i64) {
            for currency in all() {
                let money = Money::new(minor, currency);
                let Some(cents) = cents(money) else {
                    prop_assert!(currency.exponent() != 2);
                    continue;
                };
                let amounts = Amounts::of(currency.code(), cents, None).unwrap();
                prop_assert_eq!(amounts.money(cents), Some(money));
            }
        }

        #[test]
        fn what_is_written_out_settles_the_unit_for_every_currency(minor in 0_i64..1_000_000_000_000) {
            for currency in all() {
                let money = Money::new(minor, currency);
                let hundredths = minor.checked_mul(100).map(|scaled| {
                    (scaled / 10_i64.pow(currency.exponent()), scaled % 10_i64.pow(currency.exponent()))
                });
                let written = money.to_decimal();
                let amounts = Amounts::of(currency.code(), minor, Some(&written)).unwrap();
                prop_assert_eq!(amounts.money(minor), Some(money));
                if let Some((hundredths, 0)) = hundredths {
                    let amounts = Amounts::of(currency.code(), hundredths, Some(&written)).unwrap();
                    prop_assert_eq!(amounts.money(hundredths), Some(money));
                }
            }
        }
    }
}
