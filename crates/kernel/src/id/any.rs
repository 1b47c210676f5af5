//! An id whose kind is not known beforehand: where things of every kind are recorded.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use super::{IdError, REGISTER, decode, text_of};

/// An id of one of the registered kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnyId {
    prefix: &'static str,
    noun: &'static str,
    uuid: Uuid,
}

impl AnyId {
    /// The id of a thing that is called `noun` ([`super::Kind::NOUN`]); `None` when there is no such kind.
    pub fn of(noun: &str, uuid: Uuid) -> Option<Self> {
        Self::find(uuid, |_, known| known == noun)
    }

    /// What it names, in words: `organization`.
    pub const fn noun(self) -> &'static str {
        self.noun
    }

    /// What the database holds.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }

    fn find(uuid: Uuid, is_it: impl Fn(&str, &str) -> bool) -> Option<Self> {
        let mut register = REGISTER.iter();
        let (prefix, noun) = register.find(|(prefix, noun)| is_it(prefix, noun))?;
        Some(Self { prefix, noun, uuid })
    }
}

impl fmt::Display for AnyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text_of(self.prefix, self.uuid))
    }
}

impl FromStr for AnyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let id = text.rsplit_once('_').and_then(|(prefix, suffix)| {
            Self::find(decode(suffix)?, |known, _| prefix.eq_ignore_ascii_case(known))
        });
        id.ok_or(IdError::Malformed { expected: "type" })
    }
}

impl Serialize for AnyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for AnyId {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "any_id".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Id of a thing of any kind.",
            "pattern": "^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$",
            "example": "usr_01k9q3v8x4f0r9y7t2m5n6p8w1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ApiKeyId, UserId};

    #[test]
    fn is_written_and_read_as_the_id_of_its_kind() {
        let uuid = Uuid::from_u128(42);
        let id = AnyId::of("API key", uuid).unwrap();
        assert_eq!(id.to_string(), ApiKeyId::from_uuid(uuid).to_string());
        let id: AnyId = UserId::from_uuid(uuid)
            .to_string()
            .to_uppercase()
            .parse()
            .unwrap();
        assert_eq!((id.noun(), id.uuid()), ("user", uuid));
    }

    #[test]
    fn kinds_that_are_not_registered_are_not_ids() {
        assert_eq!(AnyId::of("unicorn", Uuid::nil()), None);
        for text in ["", "usr", "xyz_00000000000000000000000000", "usr_0", "system"] {
            assert!(text.parse::<AnyId>().is_err(), "{text}");
        }
    }
}
