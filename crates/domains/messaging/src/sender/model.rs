//! Senders.

use kernel::{EmailAddress, Locale, OrganizationId, SenderId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::MessagingError;

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The digits of a code.
const CODE_LENGTH: usize = 8;

/// An address that mail of an organization is from, once it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// Its id.
    pub id: SenderId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The address.
    pub email: EmailAddress,
    /// What readers see beside it.
    pub name: Option<SenderName>,
    /// The language of the mail with the code.
    pub locale: Locale,
    /// When it was shown to be the organization's; none before.
    pub verified_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

/// A sender to be made.
#[derive(Debug, Clone)]
pub struct NewSender {
    /// The address.
    pub email: EmailAddress,
    /// What readers see beside it.
    pub name: Option<SenderName>,
    /// The language of the mail with the code.
    pub locale: Locale,
}

/// What readers see beside an address: one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderName(String);

/// What was typed as the code of a sender, without the blanks that people put in.
#[derive(Clone)]
pub struct SenderCode(String);

impl SenderName {
    /// Reads the field at `pointer`. What can't stand in a header is refused.
    pub fn parse(text: &str, pointer: &'static str) -> Result<Self, MessagingError> {
        let name = text.trim();
        if name.is_empty() {
            return Err(MessagingError::field(pointer, "too_short", "a name is expected"));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(MessagingError::field(
                pointer,
                "too_long",
                "at most 100 characters",
            ));
        }
        if name.chars().any(breaks_a_line) {
            let detail = "a name is one line, without control characters";
            return Err(MessagingError::field(pointer, "invalid_value", detail));
        }
        Ok(Self(name.to_owned()))
    }

    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for SenderName {
    type Err = MessagingError;

    fn from_str(text: &str) -> Result<Self, MessagingError> {
        Self::parse(text, "/name")
    }
}

/// What ends a line somewhere, or turns the direction in which a line is read.
pub(crate) fn breaks_a_line(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl SenderCode {
    /// Reads the field `/code`.
    pub fn parse(text: &str) -> Result<Self, MessagingError> {
        let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let is_code = digits.len() == CODE_LENGTH && digits.bytes().all(|digit| digit.is_ascii_digit());
        if is_code {
            return Ok(Self(digits));
        }
        let detail = "eight digits are expected";
        Err(MessagingError::field("/code", "invalid_format", detail))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(
            SenderName::parse(" Ink & Quill ", "/name").unwrap().as_str(),
            "Ink & Quill"
        );
        for name in [
            "",
            " ",
            "a\r\nBcc: b",
            "a\u{0}",
            "a\u{2028}b",
            "a\u{202e}b",
            &"x".repeat(101),
        ] {
            assert!(SenderName::parse(name, "/name").is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_code_may_have_blanks() {
        assert_eq!(SenderCode::parse(" 4820 1573 ").unwrap().as_str(), "48201573");
        for code in ["", "4820157", "482015733", "4820157x", "４８２０１５７３"] {
            assert!(SenderCode::parse(code).is_err(), "{code}");
        }
    }
}
