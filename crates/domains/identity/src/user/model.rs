//! An account and its standing.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use kernel::{EmailAddress, Locale, PlatformRole, Timestamp, UserId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::admission::model::Admitted;

/// A person's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The address, as its owner typed it.
    pub email: EmailAddress,
    /// When the owner showed that the mailbox is theirs.
    pub email_verified_at: Option<Timestamp>,
    /// What the person is called.
    pub name: Option<PersonName>,
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

/// Who acts on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acting {
    /// The person whose it is.
    Owner,
    /// A member of the platform's staff, with this standing.
    Staff(Option<PlatformRole>),
}

impl Acting {
    /// Whether whoever acts may change the account: staff not when its owner stands above them.
    pub fn may_change(self, user: &User) -> bool {
        match self {
            Self::Owner => true,
            Self::Staff(role) => user.platform_role <= role,
        }
    }

    /// Whether whoever acts may close, open or delete the account: staff only when its owner stands below them.
    pub fn stands_above(self, user: &User) -> bool {
        match self {
            Self::Owner => true,
            Self::Staff(role) => user.platform_role < role,
        }
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

/// What a person is called: up to 200 characters of one line, without blanks around.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonName(String);

/// The text is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersonNameError;

impl PersonName {
    const LONGEST: usize = 200;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form that people are looked up by.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl fmt::Display for PersonNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name of 1 to 200 characters in one line is expected")
    }
}

impl FromStr for PersonName {
    type Err = PersonNameError;

    fn from_str(text: &str) -> Result<Self, PersonNameError> {
        let text = text.trim();
        let length = text.chars().count();
        let is_name = (1..=Self::LONGEST).contains(&length) && !text.chars().any(char::is_control);
        if is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(PersonNameError)
        }
    }
}

impl Serialize for PersonName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PersonName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl JsonSchema for PersonName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "PersonName".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": 200, "example": "Ada Lovelace" })
    }
}

/// What an account is made from.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Its address, which somebody who may has let in.
    pub admitted: Admitted,
    /// Whether the address is known to be the owner's.
    pub is_verified: bool,
    /// What the person is called.
    pub name: Option<PersonName>,
    /// The language they read.
    pub locale: Locale,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_reach_those_who_stand_below() {
        use PlatformRole::{Admin, Owner, Support};
        let user = |platform_role| User {
            platform_role,
            ..ada()
        };
        let admin = Acting::Staff(Some(Admin));
        assert!(admin.may_change(&user(Some(Admin))) && !admin.may_change(&user(Some(Owner))));
        assert!(admin.stands_above(&user(Some(Support))) && admin.stands_above(&user(None)));
        assert!(!admin.stands_above(&user(Some(Admin))) && !admin.stands_above(&user(Some(Owner))));
        assert!(!Acting::Staff(None).stands_above(&user(None)));
        assert!(Acting::Owner.stands_above(&user(Some(Owner))));
    }

    fn ada() -> User {
        let now = "2026-03-05T17:30:00Z".parse().unwrap();
        User {
            id: UserId::from_uuid(uuid::Uuid::from_u128(1)),
            email: "ada@example.com".parse().unwrap(),
            email_verified_at: None,
            name: None,
            locale: Locale::ENGLISH,
            status: UserStatus::Active,
            platform_role: None,
            sec_epoch: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn names_are_one_line_of_something() {
        let name = |text: &str| text.parse::<PersonName>().map(|name| name.0);
        assert_eq!(name(" Ada Lovelace ").as_deref(), Ok("Ada Lovelace"));
        assert_eq!(name(&"é".repeat(200)).map(|name| name.chars().count()), Ok(200));
        for text in ["", "  ", "Ada\r\nBcc: eve", "A\0", &"a".repeat(201)] {
            assert_eq!(name(text), Err(PersonNameError), "{text:?}");
        }
    }
}
