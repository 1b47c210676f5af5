//! What comes back: rows that are read column by column, in the order of the `SELECT`.

use kernel::id::Kind;
use kernel::{EmailAddress, Id, Locale, Timestamp};
use rusqlite::types::ValueRef;
use uuid::Uuid;

use crate::error::DbError;

/// A row on its way to becoming a value.
pub struct Row<'a> {
    source: Source<'a>,
    next: usize,
}

pub(crate) enum Source<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

/// A value made from a row.
pub trait FromRow: Sized {
    /// Reads the columns in the order in which they were selected.
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError>;
}

/// A value made from one column.
pub trait Column: Sized {
    /// From SQLite's own types.
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String>;
    /// From PostgreSQL's.
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String>;
}

impl<'a> Row<'a> {
    pub(crate) const fn new(source: Source<'a>) -> Self {
        Self { source, next: 0 }
    }

    /// The next column.
    pub fn column<T: Column>(&mut self) -> Result<T, DbError> {
        let index = self.next;
        self.next += 1;
        let value = match &self.source {
            Source::Sqlite(row) => row
                .get_ref(index)
                .map_err(|e| e.to_string())
                .and_then(T::from_sqlite),
            Source::Postgres(row) => T::from_postgres(row, index),
        };
        value.map_err(|reason| DbError::Column { index, reason })
    }

    /// The next column as text that is parsed: enumerations, slugs and the like.
    pub fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(&mut self) -> Result<T, DbError> {
        let index = self.next;
        self.column::<String>()?
            .parse()
            .map_err(|error: T::Err| DbError::Column {
                index,
                reason: error.to_string(),
            })
    }

    /// The next column as JSON that is read into `T`.
    pub fn json<T: serde::de::DeserializeOwned>(&mut self) -> Result<T, DbError> {
        let index = self.next;
        let value = self.column::<serde_json::Value>()?;
        serde_json::from_value(value).map_err(|error| DbError::Column {
            index,
            reason: error.to_string(),
        })
    }
}

fn unexpected(value: ValueRef<'_>) -> String {
    format!("unexpected {}", value.data_type())
}

fn postgres<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    index: usize,
) -> Result<T, String> {
    row.try_get(index).map_err(|error| error.to_string())
}

fn text(value: ValueRef<'_>) -> Result<&str, String> {
    value.as_str().map_err(|_| unexpected(value))
}

impl Column for String {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        text(value).map(str::to_owned)
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres(row, index)
    }
}

impl Column for bool {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        value
            .as_i64()
            .map(|number| number != 0)
            .map_err(|_| unexpected(value))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres(row, index)
    }
}

impl Column for i64 {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        value.as_i64().map_err(|_| unexpected(value))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        let wide = postgres::<Self>(row, index);
        // Literals such as 1 are of type integer.
        wide.or_else(|reason| postgres::<i32>(row, index).map(Self::from).map_err(|_| reason))
    }
}

impl Column for i32 {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        i64::from_sqlite(value)?
            .try_into()
            .map_err(|_| String::from("too large"))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        i64::from_postgres(row, index)?
            .try_into()
            .map_err(|_| String::from("too large"))
    }
}

impl Column for u32 {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        i64::from_sqlite(value)?
            .try_into()
            .map_err(|_| String::from("out of range"))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        i64::from_postgres(row, index)?
            .try_into()
            .map_err(|_| String::from("out of range"))
    }
}

impl Column for f64 {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        value.as_f64().map_err(|_| unexpected(value))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres(row, index)
    }
}

impl Column for Uuid {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        let bytes = value.as_bytes().map_err(|_| unexpected(value))?;
        Self::from_slice(bytes).map_err(|error| error.to_string())
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres(row, index)
    }
}

impl<K: Kind> Column for Id<K> {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        Uuid::from_sqlite(value).map(Self::from_uuid)
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        Uuid::from_postgres(row, index).map(Self::from_uuid)
    }
}

impl Column for Timestamp {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        text(value)?.parse().map_err(|_| String::from("not a time"))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres(row, index).map(Self::new)
    }
}

/// What was stored was parsed before; it is parsed again, so that nobody can write around the rules.
impl Column for EmailAddress {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        text(value)?
            .parse()
            .map_err(|_| String::from("not an e-mail address"))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres::<&str>(row, index)?
            .parse()
            .map_err(|_| String::from("not an e-mail address"))
    }
}

impl Column for Locale {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        text(value)?
            .parse()
            .map_err(|_| String::from("not a language tag"))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres::<&str>(row, index)?
            .parse()
            .map_err(|_| String::from("not a language tag"))
    }
}

impl Column for serde_json::Value {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        serde_json::from_str(text(value)?).map_err(|error| error.to_string())
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres(row, index)
    }
}

impl Column for Vec<u8> {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        value.as_blob().map(<[u8]>::to_vec).map_err(|_| unexpected(value))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres(row, index)
    }
}

impl<const N: usize> Column for [u8; N] {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        value
            .as_blob()
            .map_err(|_| unexpected(value))?
            .try_into()
            .map_err(|_| format!("{N} bytes are expected"))
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        postgres::<&[u8]>(row, index)?
            .try_into()
            .map_err(|_| format!("{N} bytes are expected"))
    }
}

impl<T: Column> Column for Option<T> {
    fn from_sqlite(value: ValueRef<'_>) -> Result<Self, String> {
        if value == ValueRef::Null {
            Ok(None)
        } else {
            T::from_sqlite(value).map(Some)
        }
    }
    fn from_postgres(row: &tokio_postgres::Row, index: usize) -> Result<Self, String> {
        let IsNull(is_null) = postgres(row, index)?;
        if is_null {
            Ok(None)
        } else {
            T::from_postgres(row, index).map(Some)
        }
    }
}

/// Looks whether a column of any type is NULL.
struct IsNull(bool);

impl tokio_postgres::types::FromSql<'_> for IsNull {
    fn from_sql(
        _: &tokio_postgres::types::Type,
        _: &[u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(false))
    }
    fn from_sql_null(
        _: &tokio_postgres::types::Type,
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(true))
    }
    fn accepts(_: &tokio_postgres::types::Type) -> bool {
        true
    }
}

impl<T: Column> FromRow for T {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        row.column()
    }
}

impl<A: Column, B: Column> FromRow for (A, B) {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok((row.column()?, row.column()?))
    }
}

impl<A: Column, B: Column, C: Column> FromRow for (A, B, C) {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok((row.column()?, row.column()?, row.column()?))
    }
}

impl<A: Column, B: Column, C: Column, D: Column> FromRow for (A, B, C, D) {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok((row.column()?, row.column()?, row.column()?, row.column()?))
    }
}
