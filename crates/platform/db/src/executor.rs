//! Where statements run: [`Tx`] inside a transaction that writes, [`ReadTx`] for reads.

use std::cell::Cell;

use crate::connection::{Connection, SqliteConnection};
use crate::dialect::Engine;
use crate::error::DbError;
use crate::filter::Filter;
use crate::row::FromRow;
use crate::unit::AfterCommit;
use crate::value::Args;

mod sealed {
    pub trait Sealed {
        fn link(&mut self) -> &mut super::Link;
    }
}

/// A connection, and what the last statement that failed on it said. Hidden from the public trait.
pub struct Link {
    connection: Connection,
    /// In a transaction nothing runs after a failure, because on PostgreSQL nothing can.
    is_transaction: bool,
    failure: Option<DbError>,
}

thread_local! {
    static RAN: Cell<u64> = const { Cell::new(0) };
}

/// How many statements ran on this thread until now.
pub(crate) fn ran_here() -> u64 {
    RAN.get()
}

impl Link {
    const fn new(connection: Connection, is_transaction: bool) -> Self {
        Self {
            connection,
            is_transaction,
            failure: None,
        }
    }

    fn usable(&mut self) -> Result<&mut Connection, DbError> {
        match &self.failure {
            Some(failure) if self.is_transaction => Err(failure.clone()),
            _ => {
                RAN.set(RAN.get() + 1);
                Ok(&mut self.connection)
            }
        }
    }

    fn note<T>(&mut self, outcome: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(error) = &outcome
            && !matches!(error, DbError::Column { .. })
        {
            self.failure = Some(error.clone());
        }
        outcome
    }
}

/// Runs statements. SQL texts are literals with `$1`, `$2`, …; see [`crate::dialect`].
#[expect(
    async_fn_in_trait,
    reason = "units of work stay on the thread of their connection, so no future needs Send"
)]
pub trait Executor: sealed::Sealed {
    /// The first row, if there is one.
    async fn fetch_optional<R: FromRow>(
        &mut self,
        sql: &'static str,
        args: Args,
    ) -> Result<Option<R>, DbError> {
        let link = self.link();
        let outcome = match link.usable()? {
            Connection::Sqlite(connection) => connection.fetch_optional(sql, &args),
            Connection::Postgres(connection) => connection.fetch_optional(sql, &args).await,
        };
        link.note(outcome)
    }

    /// The first row, which must be there.
    async fn fetch_one<R: FromRow>(&mut self, sql: &'static str, args: Args) -> Result<R, DbError> {
        self.fetch_optional(sql, args).await?.ok_or(DbError::NoRow)
    }

    /// All rows.
    async fn fetch_all<R: FromRow>(&mut self, sql: &'static str, args: Args) -> Result<Vec<R>, DbError> {
        let link = self.link();
        let outcome = match link.usable()? {
            Connection::Sqlite(connection) => connection.fetch_all(sql, &args),
            Connection::Postgres(connection) => connection.fetch_all(sql, &args).await,
        };
        link.note(outcome)
    }

    /// All rows of a statement with optional conditions; in `tail`, `$?` takes the next of `tail_args`.
    async fn fetch_filtered<R: FromRow>(
        &mut self,
        head: &'static str,
        filter: Filter,
        tail: &'static str,
        tail_args: Args,
    ) -> Result<Vec<R>, DbError> {
        let (sql, args) = filter.finish(head, tail, tail_args);
        let link = self.link();
        let outcome = match link.usable()? {
            Connection::Sqlite(connection) => connection.fetch_all_text(&sql, &args),
            Connection::Postgres(connection) => connection.fetch_all_text(&sql, &args).await,
        };
        link.note(outcome)
    }

    /// Changes rows and says how many.
    async fn execute(&mut self, sql: &'static str, args: Args) -> Result<u64, DbError> {
        let link = self.link();
        let outcome = match link.usable()? {
            Connection::Sqlite(connection) => connection.execute(sql, &args),
            Connection::Postgres(connection) => connection.execute(sql, &args).await,
        };
        link.note(outcome)
    }

    /// Asks the engine whether it would understand a statement, without running it.
    async fn prepare(&mut self, sql: &str) -> Result<(), DbError> {
        let link = self.link();
        let outcome = match link.usable()? {
            Connection::Sqlite(connection) => connection.prepare(sql),
            Connection::Postgres(connection) => connection.prepare(sql).await,
        };
        link.note(outcome)
    }

    /// Which engine this is. Stores don't ask; jobs of the data door's own upkeep do.
    fn engine(&mut self) -> Engine {
        match self.link().connection {
            Connection::Sqlite(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }
}

/// A transaction that writes. It commits when its unit of work returns `Ok`, and rolls back otherwise.
pub struct Tx {
    link: Link,
    after_commit: Vec<AfterCommit>,
}

/// A connection for reads. Each statement sees what was committed when it began.
pub struct ReadTx {
    link: Link,
}

impl Tx {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self {
            link: Link::new(connection, true),
            after_commit: Vec::new(),
        }
    }

    /// Runs `act` once the transaction is durable, and never when it is rolled back. It runs on the
    /// connection's thread, so it only pokes: wakes a worker, drops a cached value.
    pub fn after_commit(&mut self, act: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(act));
    }

    pub(crate) fn take_after_commit(&mut self) -> Vec<AfterCommit> {
        std::mem::take(&mut self.after_commit)
    }

    /// What failed in the unit of work that has just run.
    pub(crate) const fn take_failure(&mut self) -> Option<DbError> {
        self.link.failure.take()
    }

    pub(crate) fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match &self.link.connection {
            Connection::Sqlite(SqliteConnection(connection)) => Some(connection),
            Connection::Postgres(_) => None,
        }
    }

    /// Runs a script of several statements; only migrations have one.
    pub(crate) async fn script(&mut self, sql: &'static str) -> Result<(), DbError> {
        let link = &mut self.link;
        let outcome = match link.usable()? {
            Connection::Sqlite(connection) => connection.script(sql),
            Connection::Postgres(connection) => connection.script(sql).await,
        };
        link.note(outcome)
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.link.connection
    }
}

impl ReadTx {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self {
            link: Link::new(connection, false),
        }
    }

    pub(crate) const fn take_failure(&mut self) -> Option<DbError> {
        self.link.failure.take()
    }

    pub(crate) const fn sqlite_mut(&mut self) -> Option<&mut rusqlite::Connection> {
        match &mut self.link.connection {
            Connection::Sqlite(SqliteConnection(connection)) => Some(connection),
            Connection::Postgres(_) => None,
        }
    }

    pub(crate) fn into_connection(self) -> Connection {
        self.link.connection
    }
}

impl sealed::Sealed for Tx {
    fn link(&mut self) -> &mut Link {
        &mut self.link
    }
}
impl Executor for Tx {}

impl sealed::Sealed for ReadTx {
    fn link(&mut self) -> &mut Link {
        &mut self.link
    }
}
impl Executor for ReadTx {}
