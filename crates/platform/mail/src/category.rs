//! What kind of mail it is, which decides who may say no to it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};

/// The kind of a mail: `security` and `transactional`, which nobody can unsubscribe from, or a word of the
/// organization's own, such as `marketing` or `product_news`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Category(String);

/// The text is no category.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a category is a word of up to 50 small letters, digits and underscores that begins with a letter, like marketing"
)]
pub struct CategoryError;

const SECURITY: &str = "security";
const TRANSACTIONAL: &str = "transactional";
/// In characters, all of them ASCII.
const LONGEST: usize = 50;

impl Category {
    /// What keeps an account safe.
    pub fn security() -> Self {
        Self(SECURITY.to_owned())
    }

    /// What somebody's own doing brought about.
    pub fn transactional() -> Self {
        Self(TRANSACTIONAL.to_owned())
    }

    /// As it is stored and told.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nobody can unsubscribe from it.
    pub fn is_mandatory(&self) -> bool {
        matches!(self.as_str(), SECURITY | TRANSACTIONAL)
    }

    /// Whether mails of it say how to get no more of them.
    pub fn asks_for_unsubscribe(&self) -> bool {
        !self.is_mandatory()
    }
}

impl Default for Category {
    fn default() -> Self {
        Self::transactional()
    }
}

impl FromStr for Category {
    type Err = CategoryError;

    fn from_str(text: &str) -> Result<Self, CategoryError> {
        let is_letter = |byte: u8| byte.is_ascii_lowercase();
        let is_category = text.len() <= LONGEST
            && text.bytes().next().is_some_and(is_letter)
            && text
                .bytes()
                .all(|byte| is_letter(byte) || byte.is_ascii_digit() || byte == b'_');
        is_category.then(|| Self(text.to_owned())).ok_or(CategoryError)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Category {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Category {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "MailCategory".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "What kind of mail it is: `security` and `transactional`, which nobody can unsubscribe \
                            from, or a word of your own.",
            "pattern": "^[a-z][a-z0-9_]{0,49}$",
            "maxLength": LONGEST,
            "example": "product_news",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_categories_and_nothing_else_is() {
        for text in [
            "security",
            "transactional",
            "a",
            "product_news_2",
            &"x".repeat(50),
        ] {
            assert_eq!(text.parse::<Category>().unwrap().as_str(), text);
        }
        for text in ["", "_a", "2a", "Marketing", "a-b", "a b", "ä", &"x".repeat(51)] {
            assert_eq!(text.parse::<Category>(), Err(CategoryError), "{text}");
        }
    }

    #[test]
    fn what_keeps_an_account_safe_and_what_somebody_did_is_mandatory() {
        assert!(Category::security().is_mandatory() && Category::transactional().is_mandatory());
        let news: Category = "product_news".parse().unwrap();
        assert!(!news.is_mandatory() && news.asks_for_unsubscribe());
    }
}
