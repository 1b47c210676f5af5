//! Features of the product that plans grant.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The name of a feature: `api_calls`, `seats`, `export.pdf`. Lower-case letters, digits, `_` and `.`, a letter
/// first, at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeatureKey(String);

/// The text names no feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a feature is named by lower-case letters, digits, _ and ., a letter first, 64 at most")]
pub struct FeatureKeyError;

/// How much of a feature a plan grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FeatureGrant {
    /// How much of it may be used in a period; null for as much as one likes, 1 for what is just on, 0 for nothing.
    #[schemars(range(min = 0))]
    pub limit: Option<i64>,
    /// Whether each seat adds the limit once more.
    #[serde(default)]
    pub is_per_seat: bool,
    /// When what was used counts no longer.
    #[serde(default)]
    pub period: FeaturePeriod,
}

/// When what was used of a feature counts no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeaturePeriod {
    /// With the next period of the subscription.
    #[default]
    Billing,
    /// On the first of the next month (UTC).
    Month,
    /// With the next day (UTC).
    Day,
    /// Never: things that are kept, like projects.
    Lifetime,
}

impl FeatureKey {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FeaturePeriod {
    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Billing => "billing",
            Self::Month => "month",
            Self::Day => "day",
            Self::Lifetime => "lifetime",
        }
    }
}

/// There is no period of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a period is expected: billing, month, day or lifetime")]
pub struct FeaturePeriodError;

impl FromStr for FeaturePeriod {
    type Err = FeaturePeriodError;

    fn from_str(text: &str) -> Result<Self, FeaturePeriodError> {
        [Self::Billing, Self::Month, Self::Day, Self::Lifetime]
            .into_iter()
            .find(|period| period.as_str() == text)
            .ok_or(FeaturePeriodError)
    }
}

impl FromStr for FeatureKey {
    type Err = FeatureKeyError;

    fn from_str(text: &str) -> Result<Self, FeatureKeyError> {
        let is_letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'.';
        let begins_well = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        if begins_well && text.len() <= 64 && text.bytes().all(is_letter) {
            return Ok(Self(text.to_owned()));
        }
        Err(FeatureKeyError)
    }
}

impl fmt::Display for FeatureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FeatureKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FeatureKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for FeatureKey {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "FeatureKey".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The name of a feature.",
            "pattern": "^[a-z][a-z0-9_.]{0,63}$",
            "example": "api_calls",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_and_nothing_else() {
        for text in ["seats", "api_calls", "export.pdf", "a1", &"a".repeat(64)] {
            assert_eq!(text.parse::<FeatureKey>().unwrap().as_str(), text);
        }
        for text in ["", "1a", "_a", "Seats", "a b", "a-b", "é", &"a".repeat(65)] {
            assert_eq!(text.parse::<FeatureKey>(), Err(FeatureKeyError), "{text}");
        }
    }

    #[test]
    fn a_grant_is_per_organization_and_billing_period_unless_said() {
        let grant: FeatureGrant = serde_json::from_str(r#"{"limit":5}"#).unwrap();
        assert_eq!((grant.is_per_seat, grant.period), (false, FeaturePeriod::Billing));
        assert!(serde_json::from_str::<FeatureGrant>(r#"{"limt":5}"#).is_err());
    }
}
