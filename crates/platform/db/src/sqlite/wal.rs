//! The write-ahead log is copied into the file by the writer itself, after it has answered. SQLite
//! would do so inside somebody's `COMMIT`, and would not tell when the disk does not confirm it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rusqlite::Connection;
use rusqlite::hooks::Wal;

use crate::connection::plain;
use crate::error::DbError;

/// Pages of the log that are worth copying.
const WORTH_COPYING: i32 = 1000;

/// How long the log is.
#[derive(Clone, Default)]
pub(super) struct LogLength(Arc<AtomicI32>);

impl LogLength {
    /// Follows the commits of `connection`.
    pub(super) fn follow(&self, connection: &mut Connection) -> Result<(), DbError> {
        let length = Arc::clone(&self.0);
        let hook = move |_: &mut Wal, pages| {
            length.store(pages, Ordering::Relaxed);
            Ok(())
        };
        connection.wal_hook(Some(hook)).map_err(|error| plain(&error))
    }

    /// Copies what no reader needs any more, when there is enough of it.
    pub(super) fn copy_back(&self, connection: &Connection) -> Result<(), DbError> {
        if self.0.load(Ordering::Relaxed) < WORTH_COPYING {
            return Ok(());
        }
        self.0.store(0, Ordering::Relaxed);
        connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .map_err(|error| plain(&error))
    }
}
