//! A document, whose it is, and what it is called.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use kernel::id::{Id, Kind};
use kernel::{FieldError, OrganizationId, Timestamp, UserId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::error::IdentityError;

/// How many bytes of JSON a document may have.
const LARGEST: usize = 64 * 1024;

/// How many lists and objects may lie in one another.
const DEEPEST: usize = 32;

/// How many documents a person or an organization may have.
pub(crate) const MOST: i64 = 1_000;

/// Names the row of a document. Nobody outside sees it: documents go by namespace and key.
#[derive(Debug)]
pub struct DocumentRow;

impl Kind for DocumentRow {
    const PREFIX: &'static str = "doc";
    const NOUN: &'static str = "document";
}

/// The id of a document's row.
pub type DocumentId = Id<DocumentRow>;

/// Whose a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentOwner {
    /// A person's.
    User(UserId),
    /// An organization's.
    Organization(OrganizationId),
}

/// Where a document is.
#[derive(Debug, Clone)]
pub struct DocumentPlace {
    /// Whose it is.
    pub owner: DocumentOwner,
    /// Where it is filed.
    pub namespace: Namespace,
    /// What it is called there.
    pub key: DocumentKey,
}

impl DocumentPlace {
    /// Namespace and key, as events name them.
    pub(crate) fn names(&self) -> (String, String) {
        (self.namespace.as_str().to_owned(), self.key.as_str().to_owned())
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its row.
    pub id: DocumentId,
    /// Where it is filed.
    pub namespace: Namespace,
    /// What it is called there.
    pub key: DocumentKey,
    /// What it says.
    pub value: Value,
    /// Counts its changes.
    pub version: i64,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// What must be there for a document to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// Whatever is there, or nothing.
    Anything,
    /// Nothing.
    Absent,
    /// Some version.
    Present,
    /// This version.
    Version(i64),
}

impl Expected {
    /// Whether what is there is what must be.
    pub fn check(self, found: Option<&Document>) -> Result<(), IdentityError> {
        match (self, found) {
            (Self::Absent, Some(_)) => Err(IdentityError::AlreadyExists),
            (Self::Present | Self::Version(_), None) => Err(IdentityError::Outdated),
            (Self::Version(version), Some(found)) if version != found.version => Err(IdentityError::Outdated),
            _ => Ok(()),
        }
    }
}

/// A document that was written.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It is new.
    Created(Document),
    /// It was there before.
    Replaced(Document),
}

/// What a document may say: JSON that is neither large nor deep.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentValue(Value);

impl DocumentValue {
    /// Takes the field `/value` of a body.
    pub fn new(value: Value) -> Result<Self, IdentityError> {
        let refused =
            |code, detail: String| Err(IdentityError::invalid(FieldError::new("/value", code, detail)));
        if value.to_string().len() > LARGEST {
            return refused("too_large", format!("at most {LARGEST} bytes of JSON"));
        }
        if !is_within(&value, DEEPEST) {
            return refused(
                "too_deep",
                format!("at most {DEEPEST} lists and objects in one another"),
            );
        }
        Ok(Self(value))
    }

    /// The JSON.
    pub const fn json(&self) -> &Value {
        &self.0
    }
}

fn is_within(value: &Value, depth: usize) -> bool {
    let Some(left) = depth.checked_sub(1) else {
        return !matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(items) => items.iter().all(|item| is_within(item, left)),
        Value::Object(fields) => fields.values().all(|item| is_within(item, left)),
        _ => true,
    }
}

/// Where a document is filed.
pub type Namespace = Label<63>;

/// What a document is called.
pub type DocumentKey = Label<255>;

/// Up to `LONGEST` of `a-z`, `0-9`, `.`, `_` and `-`, but not `.` or `..`, which mean something else in a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Label<const LONGEST: usize>(String);

/// The text is no such name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelError(usize);

impl<const LONGEST: usize> Label<LONGEST> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1 to {} of a-z, 0-9, '.', '_' and '-' are expected", self.0)
    }
}

impl<const LONGEST: usize> FromStr for Label<LONGEST> {
    type Err = LabelError;

    fn from_str(text: &str) -> Result<Self, LabelError> {
        let is_plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b'-')
        };
        let is_step = matches!(text, "." | "..");
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_plain) && !is_step {
            Ok(Self(text.to_owned()))
        } else {
            Err(LabelError(LONGEST))
        }
    }
}

impl<'de, const LONGEST: usize> Deserialize<'de> for Label<LONGEST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<'de, str>::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

impl<const LONGEST: usize> JsonSchema for Label<LONGEST> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Label".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": format!("^[a-z0-9._-]{{1,{LONGEST}}}$"),
            "example": "notes",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_fit_into_a_path() {
        for text in ["a", "ui.sidebar_2", "-", "...", &"k".repeat(63)] {
            assert!(text.parse::<Namespace>().is_ok(), "{text}");
        }
        for text in ["", ".", "..", "A", "a/b", "a b", "ä", "a\0", &"k".repeat(64)] {
            assert!(text.parse::<Namespace>().is_err(), "{text}");
        }
        assert!("k".repeat(255).parse::<DocumentKey>().is_ok());
    }

    #[test]
    fn values_are_neither_large_nor_deep() {
        assert!(DocumentValue::new(json!("a".repeat(LARGEST - 2))).is_ok());
        assert!(DocumentValue::new(json!("a".repeat(LARGEST - 1))).is_err());
        let nested = |depth| (0..depth).fold(Value::Null, |inner, _| json!([inner]));
        assert!(DocumentValue::new(nested(DEEPEST)).is_ok());
        assert!(DocumentValue::new(nested(DEEPEST + 1)).is_err());
    }

    #[test]
    fn what_must_be_there_is() {
        let now = "2026-03-05T17:30:00Z".parse().unwrap();
        let found = Document {
            id: DocumentId::from_uuid(uuid::Uuid::nil()),
            namespace: "notes".parse().unwrap(),
            key: "a".parse().unwrap(),
            value: Value::Null,
            version: 2,
            created_at: now,
            updated_at: now,
        };
        for (expected, when_absent, when_there) in [
            (Expected::Anything, true, true),
            (Expected::Absent, true, false),
            (Expected::Present, false, true),
            (Expected::Version(2), false, true),
            (Expected::Version(1), false, false),
        ] {
            assert_eq!(expected.check(None).is_ok(), when_absent, "{expected:?}");
            assert_eq!(expected.check(Some(&found)).is_ok(), when_there, "{expected:?}");
        }
    }
}
