//! Money: a whole number of minor units of a currency. Nothing here is a floating-point number.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A currency of ISO 4217 that has minor units: no metals, no baskets, no test codes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(iso_currency::Currency);

/// The text names no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency code of ISO 4217 is expected, like USD")]
pub struct CurrencyError;

/// An amount of a currency, in its minor units: 1999 of USD are $19.99, 1999 of JPY are ¥1999.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text is no amount of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one point.
    #[error("this is not a decimal number")]
    Malformed,
    /// Digits that the currency has no coins for.
    #[error("this has more decimals than the currency")]
    TooPrecise,
    /// It doesn't fit into 64 bits.
    #[error("this is more than can be counted")]
    TooLarge,
}

impl Currency {
    /// Three capital letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals the major unit has: 2 for USD, 0 for JPY, 3 for KWD, 4 for CLF.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl Money {
    /// So many minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// None of it.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// In minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// Of what.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum; `None` for another currency, and where it doesn't fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then(|| Self::new(minor, self.currency))
    }

    /// The difference; `None` for another currency, and where it doesn't fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_sub(other.minor)?;
        (self.currency == other.currency).then(|| Self::new(minor, self.currency))
    }

    /// Reads major units as they are written down: `19.99`, `100`, `-0.5`. Zeros at the end don't count, so
    /// `100.00` is an amount of JPY; `1e3`, `1,000.00` and `.5` are refused.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let minor = scaled(text, currency.exponent())?;
        Ok(Self::new(minor, currency))
    }

    /// Major units as they are written down, with as many decimals as the currency has: `19.99`, `1999`, `1.500`.
    pub fn to_decimal(self) -> String {
        decimal(self.minor, self.currency.exponent())
    }
}

/// The decimal number in `text`, times ten to the `exponent`: exact or refused.
pub fn scaled(text: &str, exponent: u32) -> Result<i64, MoneyError> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(MoneyError::Malformed),
        Some(parts) => parts,
        None => (digits, ""),
    };
    let is_decimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_decimal(whole) || !is_decimal(fraction) {
        return Err(MoneyError::Malformed);
    }
    let places = usize::try_from(exponent).map_err(|_| MoneyError::TooLarge)?;
    let (kept, rest) = fraction.split_at_checked(places).unwrap_or((fraction, ""));
    if rest.bytes().any(|digit| digit != b'0') {
        return Err(MoneyError::TooPrecise);
    }
    let zeros = std::iter::repeat_n(b'0', places - kept.len());
    let mut digits = whole.bytes().chain(kept.bytes()).chain(zeros);
    // Counted with its sign, so that the least number that there is can be read too.
    digits
        .try_fold(0_i64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(sign * i64::from(digit - b'0'))
        })
        .ok_or(MoneyError::TooLarge)
}

/// `minor` divided by ten to the `exponent`, as it is written down.
pub fn decimal(minor: i64, exponent: u32) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let places = usize::try_from(exponent).unwrap_or_default();
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
    match digits.split_at_checked(digits.len() - places) {
        Some((whole, fraction)) if places > 0 => format!("{sign}{whole}.{fraction}"),
        _ => format!("{sign}{digits}"),
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let known = iso_currency::Currency::from_code(text).ok_or(CurrencyError)?;
        let is_money = known.exponent().is_some() && !known.is_special();
        is_money.then_some(Self(known)).ok_or(CurrencyError)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// `19.99 USD`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Currency {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A currency code of ISO 4217.",
            "pattern": "^[A-Z]{3}$",
            "example": "USD",
        })
    }
}

#[cfg(test)]
mod tests {
    use iso_currency::IntoEnumIterator;
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn all() -> Vec<Currency> {
        iso_currency::Currency::iter()
            .filter_map(|known| known.code().parse().ok())
            .collect()
    }

    #[test]
    fn knows_the_exponents_that_are_not_two() {
        let zero = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
        let three = "BHD IQD JOD KWD LYD OMR TND";
        let four = "CLF UYW";
        for currency in all() {
            let expected = match currency.code() {
                code if zero.contains(code) => 0,
                code if three.contains(code) => 3,
                code if four.contains(code) => 4,
                _ => 2,
            };
            assert_eq!(currency.exponent(), expected, "{currency}");
        }
        assert!(all().len() > 150);
    }

    #[test]
    fn refuses_what_is_no_currency() {
        for text in ["", "usd", "US", "USDT", "XAU", "XXX", "XTS", "XDR", "€", "U$D"] {
            assert_eq!(text.parse::<Currency>(), Err(CurrencyError), "{text}");
        }
    }

    #[test]
    fn reads_decimals_exactly_or_not_at_all() {
        for (code, text, expected) in [
            ("USD", "19.99", Ok(1999)),
            ("USD", "0.3", Ok(30)),
            ("USD", "-0.05", Ok(-5)),
            ("USD", "007", Ok(700)),
            ("USD", "1.990", Ok(199)),
            ("USD", "1.999", Err(MoneyError::TooPrecise)),
            ("JPY", "100.00", Ok(100)),
            ("UGX", "5.05", Err(MoneyError::TooPrecise)),
            ("KWD", "5.124", Ok(5124)),
            ("USD", "92233720368547758.07", Ok(i64::MAX)),
            ("USD", "-92233720368547758.08", Ok(i64::MIN)),
            ("USD", "92233720368547758.08", Err(MoneyError::TooLarge)),
            ("USD", "99999999999999999999999", Err(MoneyError::TooLarge)),
            ("USD", "", Err(MoneyError::Malformed)),
            ("USD", "-", Err(MoneyError::Malformed)),
            ("USD", ".5", Err(MoneyError::Malformed)),
            ("USD", "5.", Err(MoneyError::Malformed)),
            ("USD", "1e3", Err(MoneyError::Malformed)),
            ("USD", "1,000.00", Err(MoneyError::Malformed)),
            ("USD", "+1", Err(MoneyError::Malformed)),
            ("USD", "1.2.3", Err(MoneyError::Malformed)),
            ("USD", "١٢", Err(MoneyError::Malformed)),
            ("USD", "--1", Err(MoneyError::Malformed)),
        ] {
            let read = Money::from_decimal(text, currency(code)).map(Money::minor);
            assert_eq!(read, expected, "{text} {code}");
        }
    }

    #[test]
    fn writes_as_many_decimals_as_the_currency_has() {
        for (code, minor, expected) in [
            ("USD", 1999, "19.99 USD"),
            ("USD", 5, "0.05 USD"),
            ("USD", -5, "-0.05 USD"),
            ("JPY", 1999, "1999 JPY"),
            ("KWD", 1500, "1.500 KWD"),
            ("USD", i64::MIN, "-92233720368547758.08 USD"),
        ] {
            assert_eq!(Money::new(minor, currency(code)).to_string(), expected);
        }
    }

    #[test]
    fn currencies_are_not_mixed_and_sums_don_t_wrap() {
        let (dollars, yen) = (currency("USD"), currency("JPY"));
        assert_eq!(Money::new(1, dollars).checked_add(Money::new(1, yen)), None);
        assert_eq!(Money::new(1, dollars).checked_sub(Money::new(1, yen)), None);
        assert_eq!(Money::new(i64::MAX, yen).checked_add(Money::new(1, yen)), None);
        assert_eq!(
            Money::new(5, yen).checked_sub(Money::new(7, yen)),
            Some(Money::new(-2, yen))
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(minor: i64) {
            for currency in all() {
                let money = Money::new(minor, currency);
                prop_assert_eq!(Money::from_decimal(&money.to_decimal(), currency), Ok(money));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*", exponent in 0_u32..6) {
            let _ = scaled(&text, exponent);
        }
    }
}
