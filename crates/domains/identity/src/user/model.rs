//! An account and its standing.

use std::fmt;
use std::str::FromStr;

use kernel::{EmailAddress, Locale, PlatformRole, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The address, as its owner typed it.
    pub email: EmailAddress,
    /// When the owner showed that the mailbox is theirs.
    pub email_verified_at: Option<Timestamp>,
    /// What the person is called.
    pub name: Option<String>,
    /// The language they read.
    pub locale: Locale,
    /// Whether the account is open.
    pub status: UserStatus,
    /// Their standing on the platform's staff.
    pub platform_role: Option<PlatformRole>,
    /// Sessions that started under another number are over.
    pub sec_epoch: i64,
    /// Counts changes; the ETag.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl User {
    /// Whether the owner has shown that the mailbox is theirs.
    pub const fn is_verified(&self) -> bool {
        self.email_verified_at.is_some()
    }

    /// Whether the account is open to its owner.
    pub fn is_active(&self) -> bool {
        self.status == UserStatus::Active
    }
}

/// Whether an account is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// It is.
    Active,
    /// Staff closed it.
    Suspended,
}

impl UserStatus {
    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// There is no status of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserStatusError;

impl fmt::Display for UserStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status is expected: active or suspended")
    }
}

impl FromStr for UserStatus {
    type Err = UserStatusError;

    fn from_str(text: &str) -> Result<Self, UserStatusError> {
        match text {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            _ => Err(UserStatusError),
        }
    }
}

/// What an account is made from.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its address.
    pub email: EmailAddress,
    /// Whether the address is known to be the owner's.
    pub is_verified: bool,
    /// What the person is called.
    pub name: Option<String>,
    /// The language they read.
    pub locale: Locale,
}

/// The form of a name that people are looked up by.
pub fn fold_name(name: &str) -> String {
    name.to_lowercase()
}
