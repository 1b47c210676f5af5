//! What stands in paths, beside the organization.

use std::borrow::Cow;

use kernel::UserId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// Which member.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) struct MemberPath {
    /// The member; `me` is yourself.
    #[serde(rename = "userId")]
    pub(crate) user: UserReference,
}

/// An id, or `me`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UserReference {
    Me,
    Id(UserId),
}

impl UserReference {
    /// The person, when `me` is `caller`.
    pub(crate) const fn or_self(self, caller: UserId) -> UserId {
        match self {
            Self::Me => caller,
            Self::Id(user) => user,
        }
    }
}

impl<'de> Deserialize<'de> for UserReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        if text == "me" {
            return Ok(Self::Me);
        }
        text.parse().map(Self::Id).map_err(de::Error::custom)
    }
}

impl JsonSchema for UserReference {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "UserReference".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(me|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$",
            "example": "me",
        })
    }
}
