//! Accounts over HTTP.

use kernel::{EmailAddress, Locale, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;

use super::model::{PersonName, User, UserStatus};

/// A person's account.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UserBody {
    /// Its id.
    pub id: UserId,
    /// The address, as its owner typed it.
    pub email: EmailAddress,
    /// Whether the owner has shown that the mailbox is theirs.
    pub email_verified: bool,
    /// What the person is called.
    pub name: Option<PersonName>,
    /// The language they read.
    pub locale: Locale,
    /// Whether the account is open.
    pub status: UserStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            email: user.email.clone(),
            email_verified: user.is_verified(),
            name: user.name.clone(),
            locale: user.locale.clone(),
            status: user.status,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}
