//! Between minor units of ISO 4217 and what Stripe counts in (<https://docs.stripe.com/currencies>).
//!
//! For most currencies both are the same. Stripe keeps two decimals of ISK and UGX, which have none any more; it
//! keeps none of MGA, whose minor unit is a fifth and counted as two decimals; and of three decimals the last one
//! has to be 0.

use kernel::{Currency, Money};

/// Without decimals at Stripe.
const WHOLE: [&str; 15] = [
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
];

/// With three decimals at Stripe.
const THOUSANDTHS: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];

/// Why an amount can't be told to Stripe, or not be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AmountError {
    #[error("Stripe takes no {0}")]
    Untaken(Currency),
    #[error("Stripe takes {0} only in steps of {1}")]
    TooFine(Currency, String),
    #[error("{0} minor units of {1} are more than can be counted")]
    TooLarge(i64, Currency),
    #[error("{0:?} is no currency")]
    NoCurrency(String),
    #[error("{0} of Stripe's units of {1} are no whole number of minor units")]
    NotWhole(i64, Currency),
}

/// What Stripe counts it as.
pub(crate) fn to_wire(money: Money) -> Result<i64, AmountError> {
    let (minor, currency) = (money.minor(), money.currency());
    let step = step(currency).ok_or(AmountError::Untaken(currency))?;
    if minor % step != 0 {
        let step = Money::new(step, currency).to_decimal();
        return Err(AmountError::TooFine(currency, step));
    }
    match scale(currency) {
        Scale::Same => Ok(minor),
        Scale::Times(factor) => minor
            .checked_mul(factor)
            .ok_or(AmountError::TooLarge(minor, currency)),
        Scale::Divided(divisor) => Ok(minor / divisor),
    }
}

/// What Stripe means by it, with the currency as Stripe writes it: `usd`.
pub(crate) fn from_wire(amount: i64, currency: &str) -> Result<Money, AmountError> {
    let currency: Currency = currency
        .to_ascii_uppercase()
        .parse()
        .map_err(|_| AmountError::NoCurrency(currency.chars().take(8).collect()))?;
    step(currency).ok_or(AmountError::Untaken(currency))?;
    let minor = match scale(currency) {
        Scale::Same => amount,
        Scale::Times(factor) if amount % factor == 0 => amount / factor,
        Scale::Times(_) => return Err(AmountError::NotWhole(amount, currency)),
        Scale::Divided(divisor) => amount
            .checked_mul(divisor)
            .ok_or(AmountError::TooLarge(amount, currency))?,
    };
    Ok(Money::new(minor, currency))
}

/// As Stripe writes it: `usd`.
pub(crate) fn code(currency: Currency) -> String {
    currency.code().to_ascii_lowercase()
}

/// From minor units of ISO 4217 to Stripe's.
enum Scale {
    Same,
    Times(i64),
    Divided(i64),
}

fn scale(currency: Currency) -> Scale {
    match currency.code() {
        "ISK" | "UGX" => Scale::Times(100),
        "MGA" => Scale::Divided(100),
        _ => Scale::Same,
    }
}

/// The least amount, in minor units, that all others are multiples of. None where Stripe does not say what it
/// counts in: a guess could be wrong by a factor of ten or a hundred.
fn step(currency: Currency) -> Option<i64> {
    let code = currency.code();
    match currency.exponent() {
        _ if code == "MGA" => Some(100),
        0 if code == "ISK" || code == "UGX" || WHOLE.contains(&code) => Some(1),
        2 => Some(1),
        3 if THOUSANDTHS.contains(&code) => Some(10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use iso_currency::IntoEnumIterator as _;
    use proptest::prelude::*;

    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    fn all() -> Vec<Currency> {
        iso_currency::Currency::iter()
            .filter_map(|known| known.code().parse().ok())
            .collect()
    }

    #[test]
    fn counts_as_stripe_does() {
        for (minor, code, wire) in [
            (1999, "USD", 1999),
            (-500, "EUR", -500),
            (500, "JPY", 500),
            (5, "UGX", 500),
            (5, "ISK", 500),
            (500, "MGA", 5),
            (5120, "KWD", 5120),
            (1999, "HUF", 1999),
            (1999, "TWD", 1999),
            (0, "BHD", 0),
        ] {
            assert_eq!(to_wire(money(minor, code)), Ok(wire), "{code}");
            assert_eq!(
                from_wire(wire, &code.to_lowercase()),
                Ok(money(minor, code)),
                "{code}"
            );
        }
    }

    #[test]
    fn refuses_what_stripe_can_not_count() {
        for (minor, code, message) in [
            (5124, "KWD", "Stripe takes KWD only in steps of 0.010"),
            (550, "MGA", "Stripe takes MGA only in steps of 1.00"),
            (1, "CLF", "Stripe takes no CLF"),
            (1, "UYI", "Stripe takes no UYI"),
            (1, "IQD", "Stripe takes no IQD"),
        ] {
            assert_eq!(to_wire(money(minor, code)).unwrap_err().to_string(), message);
        }
        assert!(matches!(
            to_wire(money(i64::MAX, "UGX")),
            Err(AmountError::TooLarge(..))
        ));
        assert!(matches!(
            from_wire(i64::MAX, "mga"),
            Err(AmountError::TooLarge(..))
        ));
        assert!(matches!(
            from_wire(505, "ugx"),
            Err(AmountError::NotWhole(505, _))
        ));
        assert!(matches!(
            from_wire(1, "currency"),
            Err(AmountError::NoCurrency(_))
        ));
        assert!(matches!(from_wire(1, "iqd"), Err(AmountError::Untaken(_))));
    }

    #[test]
    fn the_tables_know_each_currency_whose_decimals_are_not_two() {
        let taken = |currency: &Currency| to_wire(Money::zero(*currency)).is_ok();
        let untaken: Vec<_> = all().into_iter().filter(|currency| !taken(currency)).collect();
        let untaken: Vec<_> = untaken.iter().map(|currency| currency.code()).collect();
        assert_eq!(untaken, ["CLF", "IQD", "LYD", "UYI", "UYW"]);
        for code in WHOLE.iter().chain(&THOUSANDTHS) {
            let currency: Currency = code.parse().unwrap();
            assert!(currency.exponent() != 2 || *code == "MGA", "{code}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_is_understood(minor: i64) {
            for currency in all() {
                let money = Money::new(minor, currency);
                if let Ok(wire) = to_wire(money) {
                    prop_assert_eq!(from_wire(wire, &code(currency)), Ok(money));
                }
            }
        }

        #[test]
        fn what_is_understood_can_be_told(wire: i64) {
            for currency in all() {
                let Ok(money) = from_wire(wire, &code(currency)) else { continue };
                match to_wire(money) {
                    Ok(told) => prop_assert_eq!(told, wire),
                    Err(error) => prop_assert!(
                        currency.exponent() == 3 && matches!(error, AmountError::TooFine(..)),
                        "{error}"
                    ),
                }
            }
        }

        #[test]
        fn no_decimals_get_lost(major in -1_000_000_i64..1_000_000, fraction in 0_i64..1000) {
            // The same number of major units comes out at Stripe, or nothing.
            for currency in all() {
                let exponent = currency.exponent();
                let unit = 10_i64.pow(exponent);
                let money = Money::new(major * unit + fraction % unit, currency);
                let Ok(wire) = to_wire(money) else { continue };
                let decimals = match currency.code() {
                    "ISK" | "UGX" => 2,
                    "MGA" => 0,
                    _ => exponent,
                };
                let ours = i128::from(money.minor()) * 10_i128.pow(decimals);
                prop_assert_eq!(ours, i128::from(wire) * 10_i128.pow(exponent), "{}", currency);
            }
        }
    }
}
