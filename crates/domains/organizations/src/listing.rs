//! What the lists of this domain have in common: searching by the start of a text, going on from a row.

use db::{Args, args};
use kernel::{PageRequest, Position, Timestamp};
use uuid::Uuid;

use crate::error::OrganizationError;

/// The longest text that is searched for.
const LONGEST: usize = 100;

/// The start of a name, slug or address, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    /// Reads the parameter `q`; nothing is searched for when it is blank.
    pub fn parse(raw: &str) -> Result<Option<Self>, OrganizationError> {
        let text = raw.trim();
        if text.chars().count() > LONGEST {
            return Err(OrganizationError::field(
                "q",
                "too_long",
                "at most 100 characters",
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(OrganizationError::field(
                "q",
                "invalid",
                "control characters can't be searched for",
            ));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_lowercase())))
    }

    /// A pattern for `LIKE … ESCAPE '\'`, in which nothing that was typed is a wildcard.
    pub(crate) fn pattern(&self) -> String {
        let mut pattern = String::with_capacity(self.0.len() + 1);
        for letter in self.0.chars() {
            if matches!(letter, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern.push('%');
        pattern
    }

    /// Whether `text` starts with what is searched for.
    pub(crate) fn matches(&self, text: &str) -> bool {
        text.to_lowercase().starts_with(&self.0)
    }
}

/// The place of a row in a list that goes by time.
pub(crate) fn time_position(time: Timestamp, id: Uuid) -> Position {
    Position {
        key: time.to_micros_text(),
        id,
    }
}

/// The two values to go on from in a list that goes by time; none on the first page.
pub(crate) fn after_time(page: &PageRequest) -> Option<Args> {
    let position = page.after.as_ref()?;
    let time: Timestamp = position.key.parse().ok()?;
    Some(args![time, position.id])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_typed_is_a_wildcard() {
        let search = Search::parse(" 50%_Off\\ ").unwrap().unwrap();
        assert_eq!(search.pattern(), "50\\%\\_off\\\\%");
        assert!(search.matches("50%_OFF\\ today") && !search.matches("50 offers"));
        assert_eq!(Search::parse("  ").unwrap(), None);
        assert!(Search::parse("a\0b").is_err() && Search::parse(&"a".repeat(101)).is_err());
    }

    #[test]
    fn a_position_is_read_back() {
        let time: Timestamp = "2026-01-02T03:04:05.123456Z".parse().unwrap();
        let page = PageRequest::new(10, Some(time_position(time, Uuid::nil())));
        assert_eq!(after_time(&page), Some(args![time, Uuid::nil()]));
        assert_eq!(after_time(&PageRequest::default()), None);
    }
}
