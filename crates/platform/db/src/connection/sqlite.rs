//! Statements on one SQLite connection.

mod errors;

pub(crate) use errors::plain;

use std::time::Instant;

use rusqlite::types::{ToSqlOutput, Value as Owned, ValueRef};
use rusqlite::{CachedStatement, Connection, Row as SqliteRow, ToSql};

use super::SLOW;
use crate::dialect::{Engine, render, render_literal};
use crate::error::DbError;
use crate::row::{FromRow, Row, Source};
use crate::value::Value;

/// A connection, owned by the unit of work that it serves until that is done.
pub(crate) struct SqliteConnection(pub(crate) Connection);

impl SqliteConnection {
    pub(crate) fn fetch_optional<R: FromRow>(
        &self,
        sql: &'static str,
        args: &[Value],
    ) -> Result<Option<R>, DbError> {
        self.run(&render_literal(Engine::Sqlite, sql), args, |statement| {
            let mut rows = statement.raw_query();
            let first = rows.next()?.map(read).transpose();
            // Stepped to the end, a statement with RETURNING has changed all that it is to change.
            if matches!(first, Ok(Some(_))) {
                while rows.next()?.is_some() {}
            }
            Ok(first)
        })
    }

    pub(crate) fn fetch_all<R: FromRow>(&self, sql: &'static str, args: &[Value]) -> Result<Vec<R>, DbError> {
        self.all(&render_literal(Engine::Sqlite, sql), args)
    }

    pub(crate) fn fetch_all_text<R: FromRow>(&self, sql: &str, args: &[Value]) -> Result<Vec<R>, DbError> {
        self.all(&render(Engine::Sqlite, sql), args)
    }

    fn all<R: FromRow>(&self, sql: &str, args: &[Value]) -> Result<Vec<R>, DbError> {
        self.run(sql, args, |statement| {
            let mut rows = statement.raw_query();
            let mut values = Vec::new();
            while let Some(row) = rows.next()? {
                match read(row) {
                    Ok(value) => values.push(value),
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(values))
        })
    }

    pub(crate) fn execute(&self, sql: &'static str, args: &[Value]) -> Result<u64, DbError> {
        self.run(&render_literal(Engine::Sqlite, sql), args, |statement| {
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            Ok(Ok(()))
        })?;
        Ok(self.0.changes())
    }

    pub(crate) fn prepare(&self, sql: &str) -> Result<(), DbError> {
        self.0
            .prepare(&render(Engine::Sqlite, sql))
            .map(drop)
            .map_err(|error| errors::named(&self.0, &error))
    }

    pub(crate) fn script(&self, sql: &str) -> Result<(), DbError> {
        self.0
            .execute_batch(sql)
            .map_err(|error| errors::named(&self.0, &error))
    }

    fn run<T>(
        &self,
        sql: &str,
        args: &[Value],
        step: impl FnOnce(&mut CachedStatement<'_>) -> rusqlite::Result<Result<T, DbError>>,
    ) -> Result<T, DbError> {
        let started = Instant::now();
        let outcome = self.0.prepare_cached(sql).and_then(|mut statement| {
            for (place, value) in args.iter().enumerate() {
                statement.raw_bind_parameter(place + 1, value)?;
            }
            step(&mut statement)
        });
        let elapsed = started.elapsed();
        if elapsed > SLOW {
            tracing::warn!(duration_ms = elapsed.as_millis(), sql, "slow statement");
        }
        outcome.unwrap_or_else(|error| Err(errors::named(&self.0, &error)))
    }
}

fn read<R: FromRow>(row: &SqliteRow<'_>) -> Result<R, DbError> {
    R::from_row(&mut Row::new(Source::Sqlite(row)))
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Owned::Null),
            Self::Bool(value) => ToSqlOutput::Owned(Owned::Integer(i64::from(*value))),
            Self::Integer(value) => ToSqlOutput::Owned(Owned::Integer(*value)),
            Self::Float(value) => ToSqlOutput::Owned(Owned::Real(*value)),
            Self::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
            Self::Uuid(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value.as_bytes())),
            Self::Time(value) => ToSqlOutput::Owned(Owned::Text(value.to_micros_text())),
            Self::Json(value) => ToSqlOutput::Owned(Owned::Text(value.to_string())),
            Self::Bytes(value) => ToSqlOutput::Borrowed(ValueRef::Blob(value)),
        })
    }
}
