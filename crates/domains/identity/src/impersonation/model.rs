//! Who acts as whom, why and for how long.

use std::time::Duration;

use kernel::{FieldError, SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::error::IdentityError;
use crate::session::model::Held;

/// The member of the staff who asks.
#[derive(Debug, Clone, Copy)]
pub struct StaffMember {
    /// Who.
    pub user: UserId,
    /// How surely they showed who they are: 1 or 2.
    pub aal: u8,
}

/// How a member of the staff acts as somebody.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Why.
    pub reason: Reason,
    /// Whether they may only look.
    pub is_read_only: bool,
    /// For how long at the most.
    pub lasts: Duration,
}

/// Why, for the person and for the record: up to 500 characters of one line, without blanks around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// What has begun.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Started {
    /// The session.
    pub session: SessionId,
    /// Why.
    pub reason: String,
    /// Whether nothing may be changed in it.
    pub is_read_only: bool,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// What a member of the staff acts as somebody with.
#[derive(Debug)]
pub struct Impersonated {
    /// What has begun.
    pub started: Started,
    /// Its tokens.
    pub held: Held,
}

impl Reason {
    const LONGEST: usize = 500;

    /// Reads the field `/reason`.
    pub fn parse(raw: &str) -> Result<Self, IdentityError> {
        let text = raw.trim();
        let length = text.chars().count();
        if (1..=Self::LONGEST).contains(&length) && !text.chars().any(char::is_control) {
            return Ok(Self(text.to_owned()));
        }
        let detail = "1 to 500 characters in one line are expected";
        Err(IdentityError::invalid(FieldError::new(
            "/reason", "invalid", detail,
        )))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_something() {
        assert_eq!(Reason::parse(" Ticket 4711 ").unwrap().as_str(), "Ticket 4711");
        assert!(Reason::parse(&"é".repeat(500)).is_ok());
        for text in ["", "  ", "a\nb", "a\0", &"a".repeat(501)] {
            assert!(Reason::parse(text).is_err(), "{text:?}");
        }
    }
}
