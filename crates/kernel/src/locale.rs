//! Languages.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A language tag of BCP 47 in its canonical case: `en`, `pt-BR`, `zh-Hant`. At most 35 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Locale(Cow<'static, str>);

/// The text is no language tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language tag is expected, like en or pt-BR")]
pub struct LocaleError;

impl Locale {
    /// What is spoken when nobody said otherwise.
    pub const ENGLISH: Self = Self(Cow::Borrowed("en"));

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tag, then what it falls back to: `pt-BR`, `pt`, `en`.
    pub fn fallbacks(&self) -> impl Iterator<Item = &str> {
        let own = self.as_str();
        let mut next = Some(own);
        let parents = std::iter::from_fn(move || {
            let current = next?;
            next = current.rfind('-').and_then(|end| current.get(..end));
            Some(current)
        });
        let ends_in_english = own == "en" || own.starts_with("en-");
        parents.chain((!ends_in_english).then_some("en"))
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    /// Language, then script, region and variants (RFC 5646 §2.1); extensions are refused, nothing here needs them.
    fn from_str(text: &str) -> Result<Self, LocaleError> {
        if text.len() > 35 {
            return Err(LocaleError);
        }
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        if !(2..=3).contains(&language.len()) || !language.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(LocaleError);
        }
        let mut tag = language.to_ascii_lowercase();
        for part in parts {
            if !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return Err(LocaleError);
            }
            let is_alphabetic = part.bytes().all(|byte| byte.is_ascii_alphabetic());
            let is_digits = part.bytes().all(|byte| byte.is_ascii_digit());
            tag.push('-');
            match part.len() {
                2 if is_alphabetic => tag.push_str(&part.to_ascii_uppercase()),
                3 if is_digits => tag.push_str(part),
                4 if is_alphabetic => {
                    let lower = part.to_ascii_lowercase();
                    let mut letters = lower.chars();
                    tag.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                    tag.extend(letters);
                }
                5..=8 => tag.push_str(&part.to_ascii_lowercase()),
                _ => return Err(LocaleError),
            }
        }
        Ok(Self(Cow::Owned(tag)))
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for Locale {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Locale".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "Language tag (BCP 47).", "maxLength": 35, "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", "example": "en" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_tags_into_their_canonical_case() {
        for (text, tag) in [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
        ] {
            assert_eq!(text.parse::<Locale>().unwrap().as_str(), tag);
        }
        for text in [
            "",
            "e",
            "english",
            "en_US",
            "en-",
            "x-private",
            "en-u",
            "en-\0\0",
            &"en-abcde".repeat(9),
        ] {
            assert_eq!(text.parse::<Locale>(), Err(LocaleError), "{text}");
        }
    }

    #[test]
    fn falls_back_to_the_language_and_then_to_english() {
        let locale: Locale = "zh-Hant-TW".parse().unwrap();
        assert_eq!(
            locale.fallbacks().collect::<Vec<_>>(),
            ["zh-Hant-TW", "zh-Hant", "zh", "en"]
        );
        let locale: Locale = "en-GB".parse().unwrap();
        assert_eq!(locale.fallbacks().collect::<Vec<_>>(), ["en-GB", "en"]);
    }
}
