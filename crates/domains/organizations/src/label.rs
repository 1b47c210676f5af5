//! Names and descriptions that people give to things.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::error::OrganizationError;

/// One line of at most `LONGEST` characters, in NFC, without blanks around it. It may be empty where
/// [`Label::parse_optional`] made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Label<const LONGEST: usize>(String);

impl<const LONGEST: usize> Label<LONGEST> {
    /// Reads the field at `pointer`, which must hold something.
    pub fn parse(raw: &str, pointer: &'static str) -> Result<Self, OrganizationError> {
        let label = Self::parse_optional(raw, pointer)?;
        if label.0.is_empty() {
            return Err(OrganizationError::field(pointer, "too_short", "give it a name"));
        }
        Ok(label)
    }

    /// Reads the field at `pointer`, which may be empty.
    pub fn parse_optional(raw: &str, pointer: &'static str) -> Result<Self, OrganizationError> {
        let text: String = raw.trim().nfc().collect();
        if text.chars().count() > LONGEST {
            let detail = format!("at most {LONGEST} characters");
            return Err(OrganizationError::field(pointer, "too_long", detail));
        }
        if text.chars().any(char::is_control) {
            let detail = "line breaks and other control characters are not allowed";
            return Err(OrganizationError::field(pointer, "invalid", detail));
        }
        Ok(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const LONGEST: usize> From<&Label<LONGEST>> for db::Value {
    fn from(label: &Label<LONGEST>) -> Self {
        Self::Text(label.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_one_line_that_says_something() {
        assert_eq!(
            Label::<5>::parse("  Zoe\u{308} ", "/name").unwrap().as_str(),
            "Zoë"
        );
        for raw in ["", "   ", "a\nb", "a\0b", "abcdef"] {
            assert!(Label::<5>::parse(raw, "/name").is_err(), "{raw:?}");
        }
        assert_eq!(Label::<5>::parse_optional(" ", "/name").unwrap().as_str(), "");
    }
}
