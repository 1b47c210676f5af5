//! What is bound to `$1`, `$2`, … in a statement.

use kernel::id::Kind;
use kernel::{EmailAddress, Id, Locale, Timestamp};
use uuid::Uuid;

/// One bound value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// `boolean`; 0 or 1 on SQLite.
    Bool(bool),
    /// `bigint`.
    Integer(i64),
    /// `double precision`.
    Float(f64),
    /// `text`.
    Text(String),
    /// `uuid`; 16 bytes on SQLite.
    Uuid(Uuid),
    /// `timestamptz`; text of fixed width on SQLite.
    Time(Timestamp),
    /// `jsonb`; text on SQLite.
    Json(serde_json::Value),
    /// `bytea`, `BLOB`.
    Bytes(Vec<u8>),
}

/// The values of a statement, in the order of their numbers.
pub type Args = Vec<Value>;

/// The values of a statement: `args![organization.id, &name, now]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::Value::from($value)),*] };
}

macro_rules! conversions {
    ($($type:ty => $variant:ident),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

conversions! {
    bool => Bool, i16 => Integer, i32 => Integer, i64 => Integer, u8 => Integer, u16 => Integer, u32 => Integer,
    f64 => Float, String => Text, &str => Text, Uuid => Uuid, Timestamp => Time, serde_json::Value => Json,
    Vec<u8> => Bytes, &[u8] => Bytes,
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(value.to_vec())
    }
}

impl<K: Kind> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        Self::Uuid(id.uuid())
    }
}

/// As typed; what addresses are compared by is [`EmailAddress::normalized`].
impl From<EmailAddress> for Value {
    fn from(address: EmailAddress) -> Self {
        Self::Text(address.as_str().to_owned())
    }
}

impl From<Locale> for Value {
    fn from(locale: Locale) -> Self {
        Self::Text(locale.as_str().to_owned())
    }
}

/// A reference is cloned.
impl<T: Clone + Into<Self>> From<&T> for Value {
    fn from(value: &T) -> Self {
        value.clone().into()
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
