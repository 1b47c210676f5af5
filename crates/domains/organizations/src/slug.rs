//! Slugs: short names for addresses, which organizations and roles go by.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use unicode_normalization::UnicodeNormalization as _;
use uuid::Uuid;

/// The longest slug: what a label of a host name may hold.
const LONGEST: usize = 63;

/// What is left of a name, so that there is room to tell it from others.
const LONGEST_FROM_NAME: usize = 54;

/// 1 to 63 lower-case letters, digits and single hyphens between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// The text is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("1 to 63 lower-case letters, digits and single hyphens between them are expected, like acme-labs")]
pub struct SlugError;

impl Slug {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug that reads like `name`; `otherwise` for a name in letters that have no ASCII form.
    pub(crate) fn from_name(name: &str, otherwise: &'static str) -> Self {
        let mut text = String::with_capacity(name.len());
        for letter in name.nfkd().flat_map(char::to_lowercase) {
            match letter {
                'a'..='z' | '0'..='9' => text.push(letter),
                '\u{300}'..='\u{36f}' | '\'' | '’' => {}
                '&' => text.push_str("-and-"),
                _ => text.push_str(in_ascii(letter).unwrap_or("-")),
            }
        }
        let words = text.split('-').filter(|word| !word.is_empty());
        let mut text = words.collect::<Vec<_>>().join("-");
        text.truncate(LONGEST_FROM_NAME);
        let text = text.trim_end_matches('-');
        Self(if text.is_empty() { otherwise } else { text }.to_owned())
    }

    /// The same with eight characters at the end that nothing else has, out of the random bits of a fresh id.
    pub(crate) fn told_apart_by(&self, id: Uuid) -> Self {
        let random = id.as_u128() & 0xffff_ffff;
        Self(format!("{}-{random:08x}", self.0))
    }
}

/// Letters that don't fall apart into an ASCII letter and its marks.
fn in_ascii(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ł' => "l",
        'ħ' => "h",
        'ı' => "i",
        'ŋ' => "n",
        'ŧ' => "t",
        _ => return None,
    })
}

impl FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        let is_sized = (1..=LONGEST).contains(&text.len());
        let is_spelled = text.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if is_sized && is_spelled {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError)
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&Slug> for db::Value {
    fn from(slug: &Slug) -> Self {
        Self::Text(slug.0.clone())
    }
}

impl<'de> Deserialize<'de> for Slug {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Slug {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Slug".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": 63,
            "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$",
            "example": "acme-labs",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_reads_as_a_slug() {
        for (name, slug) in [
            ("Acme Labs", "acme-labs"),
            ("  Zoë’s  Bücher & Straße!  ", "zoes-bucher-and-strasse"),
            ("ＦＵＬＬ width", "full-width"),
            ("Łódź Øresund Œuvre", "lodz-oresund-oeuvre"),
            ("株式会社", "organization"),
            ("--- a --- b ---", "a-b"),
            ("R&D", "r-and-d"),
            ("& Sons", "and-sons"),
        ] {
            let made = Slug::from_name(name, "organization");
            assert_eq!(made.as_str(), slug, "{name}");
            assert_eq!(made.as_str().parse::<Slug>().unwrap(), made, "{name}");
        }
    }

    #[test]
    fn two_of_the_same_name_are_told_apart_and_fit() {
        let slug = Slug::from_name(&"a".repeat(200), "organization");
        let other = slug.told_apart_by(Uuid::from_u128(0xabcd));
        assert!(other.as_str().ends_with("-0000abcd"));
        assert!(other.as_str().parse::<Slug>().is_ok());
    }

    #[test]
    fn refuses_what_is_no_slug() {
        for text in [
            "",
            "-a",
            "a-",
            "a--b",
            "A",
            "a_b",
            "a b",
            "ä",
            "a/b",
            "a\0",
            &"a".repeat(64),
        ] {
            assert_eq!(text.parse::<Slug>(), Err(SlugError), "{text}");
        }
        assert!("acme-2".parse::<Slug>().is_ok() && "a".repeat(63).parse::<Slug>().is_ok());
    }
}
