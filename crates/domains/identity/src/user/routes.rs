//! Accounts over HTTP.

use kernel::{EmailAddress, Locale, PlatformRole, Timestamp, UserId};
use schemars::JsonSchema;
use serde::Serialize;
use web::Account;

use super::model::{Acting, PersonName, User, UserStatus};

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
    /// Their standing on the platform's staff; null for almost everybody.
    #[schemars(extend("example" = "support"))]
    pub platform_role: Option<PlatformRole>,
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
            platform_role: user.platform_role,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// In which capacity the caller asks.
pub(crate) fn acting<P>(account: &Account<P>) -> Acting {
    if account.is_self {
        Acting::Owner
    } else {
        Acting::Staff(account.principal.platform_role)
    }
}
