//! One connection of either engine, and how statements run on it.

mod postgres;
mod sqlite;

use std::time::Duration;

pub(crate) use postgres::{PostgresConnection, Session, classify};
pub(crate) use sqlite::{SqliteConnection, plain};

/// Statements that take longer are logged.
const SLOW: Duration = Duration::from_millis(50);

/// The one connection that a unit of work talks to.
pub(crate) enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PostgresConnection),
}
