//! What an account is made from, changed to, and found by.

use kernel::{EmailAddress, FieldError, Locale, PlatformRole, Secret, Timestamp};

use crate::error::IdentityError;
use crate::user::model::{PersonName, User, UserStatus};

/// An account that staff make for somebody.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its address.
    pub email: EmailAddress,
    /// Whether staff vouch for the address.
    pub is_verified: bool,
    /// What the person is called.
    pub name: Option<PersonName>,
    /// The language they read.
    pub locale: Locale,
    /// Their password; without one they are mailed a link to set it.
    pub password: Option<Secret<String>>,
}

/// What an account says about its owner, as far as they may change it.
#[derive(Debug, Clone)]
pub struct Profile {
    /// What the person is called.
    pub name: Option<PersonName>,
    /// The language they read.
    pub locale: Locale,
}

impl Profile {
    /// The names of the fields in which `user` differs.
    pub(crate) fn changes(&self, user: &User) -> Vec<String> {
        let fields = [
            ("name", self.name != user.name),
            ("locale", self.locale != user.locale),
        ];
        let changed = fields.into_iter().filter(|(_, is_changed)| *is_changed);
        changed.map(|(name, _)| name.to_owned()).collect()
    }
}

/// Which accounts are asked for.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// The start of their address or name. Those found go by what was found of them, not by time.
    pub search: Option<Search>,
    /// Only those with this status.
    pub status: Option<UserStatus>,
    /// Only staff with this standing.
    pub platform_role: Option<PlatformRole>,
    /// Only those made then or later.
    pub created_after: Option<Timestamp>,
    /// Only those made before.
    pub created_before: Option<Timestamp>,
    /// Which come first.
    pub order: Order,
}

/// Which accounts come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Those made last.
    #[default]
    NewestFirst,
    /// Those made first.
    OldestFirst,
}

/// The start of an address or a name, as both are kept for being found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search(String);

impl Search {
    const LONGEST: usize = 100;

    /// Reads the parameter `q`; nothing is searched for when it is blank.
    pub fn parse(raw: &str) -> Result<Option<Self>, IdentityError> {
        let text = raw.trim();
        let refused = |code, detail: &'static str| IdentityError::invalid(FieldError::new("q", code, detail));
        if text.chars().count() > Self::LONGEST {
            return Err(refused("too_long", "at most 100 characters"));
        }
        if text.chars().any(char::is_control) {
            return Err(refused("invalid", "control characters can't be searched for"));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_lowercase())))
    }

    /// What is searched for: the smallest text that starts with it.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The smallest text beyond all that start with this, in the order of code points; none when there is no
    /// such text.
    pub(crate) fn end(&self) -> Option<String> {
        let mut letters: Vec<char> = self.0.chars().collect();
        while let Some(last) = letters.pop() {
            // A range of letters skips what is none.
            if let Some(next) = (last..=char::MAX).nth(1) {
                letters.push(next);
                return Some(letters.into_iter().collect());
            }
        }
        None
    }

    /// Whether `text` is found.
    pub(crate) fn finds(&self, text: &str) -> bool {
        text.starts_with(&self.0)
    }
}

/// An account and what it was found by.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// The text that the list goes by.
    pub(crate) key: String,
    /// The account.
    pub(crate) user: User,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_start_alike_lie_between_two_texts() {
        let search = |text| Search::parse(text).unwrap().unwrap();
        assert_eq!(search(" Ada ").as_str(), "ada");
        assert_eq!(search("ad").end().as_deref(), Some("ae"));
        assert_eq!(search("a\u{10ffff}").end().as_deref(), Some("b"));
        assert_eq!(search("\u{d7ff}").end().as_deref(), Some("\u{e000}"));
        assert_eq!(search("\u{10ffff}").end(), None);
        assert!("ada@example.com" < search("ada").end().unwrap().as_str());
        assert_eq!(Search::parse("  ").unwrap(), None);
        assert!(Search::parse("a\0b").is_err() && Search::parse(&"a".repeat(101)).is_err());
    }
}
