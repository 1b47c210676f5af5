//! The embedded engine: one file, one writer, a pool of readers.

mod files;
mod pending;
mod readers;
mod wal;
mod writer;

pub(crate) use files::{DataLock, copy_file, explain_open};
pub(crate) use readers::{AsideReaders, Readers};
pub(crate) use writer::Writer;

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::connection::plain;
use crate::error::DbError;

/// Older releases can corrupt a file in WAL mode (<https://sqlite.org/wal.html#walresetbug>).
const OLDEST: i32 = 3_051_003;

/// Statements kept prepared on each connection.
const STATEMENTS: usize = 256;

pub(crate) fn open_writer(path: &Path) -> Result<Connection, DbError> {
    let version = rusqlite::version_number();
    if version < OLDEST {
        return Err(DbError::internal(std::io::Error::other(format!(
            "SQLite {} has a bug that can corrupt the file; 3.51.3 or newer is needed",
            rusqlite::version()
        ))));
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| plain(&error))?;
    connection
        .execute_batch(
            // The page size is that of the file system; auto_vacuum must be chosen before the first table.
            "PRAGMA auto_vacuum = INCREMENTAL;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA busy_timeout = 5000;
             PRAGMA cache_size = -16384;
             PRAGMA temp_store = MEMORY;
             PRAGMA mmap_size = 0;
             PRAGMA journal_size_limit = 67108864;
             PRAGMA wal_autocheckpoint = 0;
             PRAGMA trusted_schema = OFF;",
        )
        .map_err(|error| plain(&error))?;
    keep_statements(&connection)?;
    Ok(connection)
}

pub(crate) fn open_reader(path: &Path) -> Result<Connection, DbError> {
    // Opened for writing, so that the reader can use the WAL's index; `query_only` holds it to reads.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| plain(&error))?;
    connection
        .execute_batch(
            "PRAGMA query_only = ON;
             PRAGMA cache_size = -16384;
             PRAGMA temp_store = MEMORY;
             PRAGMA mmap_size = 0;
             PRAGMA trusted_schema = OFF;",
        )
        .map_err(|error| plain(&error))?;
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(|error| plain(&error))?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Prepared is prepared: without the stability guarantee the planner looks at the values that are bound (a
/// `LIMIT` is enough), and then makes a new plan each time that they change, which costs more than the read.
fn keep_statements(connection: &Connection) -> Result<(), DbError> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map(drop)
        .map_err(|error| plain(&error))
}
