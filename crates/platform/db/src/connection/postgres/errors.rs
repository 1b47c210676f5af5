//! PostgreSQL's errors in our words.

use std::error::Error;
use std::sync::Arc;

use crate::error::DbError;

/// By their codes (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
pub(crate) fn classify(error: &tokio_postgres::Error) -> DbError {
    let source = || -> Arc<dyn Error + Send + Sync> {
        let mut text = error.to_string();
        if let Some(database) = error.as_db_error() {
            text = format!("{}: {}", database.code().code(), database.message());
        }
        Arc::new(std::io::Error::other(text))
    };
    let Some(database) = error.as_db_error() else {
        let is_broken =
            error.is_closed() || Error::source(error).is_some_and(<dyn Error>::is::<std::io::Error>);
        return if is_broken {
            DbError::Unavailable(source())
        } else {
            DbError::Internal(source())
        };
    };
    let constraint = || database.constraint().unwrap_or_default().to_owned();
    match database.code().code() {
        "23505" => DbError::Unique(constraint()),
        "23503" | "23001" => DbError::ForeignKey(constraint()),
        "23514" => DbError::Check(constraint()),
        "23502" => DbError::Check(format!(
            "{}.{} is required",
            database.table().unwrap_or_default(),
            database.column().unwrap_or_default()
        )),
        // The last two: somebody made the same table at the same time, and was faster.
        "40001" | "40P01" | "42P07" | "42710" => DbError::Serialization(source()),
        "55P03" | "57014" => DbError::LockTimeout(source()),
        "53100" => DbError::StorageFull,
        // A statement that this session had prepared is not what it was; a new session prepares it anew.
        "26000" => DbError::Unavailable(source()),
        "0A000" if database.message().contains("cached plan") => DbError::Unavailable(source()),
        // Connection trouble, too many connections, the server going down or being a standby.
        code if code.starts_with("08")
            || code.starts_with("53")
            || code.starts_with("57P")
            || code == "25006"
            || code == "25P03" =>
        {
            DbError::Unavailable(source())
        }
        _ => DbError::Internal(source()),
    }
}
