//! What can go wrong at the data door. Constraints go by the names that the migrations give them,
//! on both engines.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use kernel::failure::{Failure, FailureKind};

/// The driver's own error, for the log.
pub type Source = Arc<dyn Error + Send + Sync>;

/// What went wrong.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DbError {
    /// A unique constraint or index of this name forbids it.
    #[error("unique constraint {0}")]
    Unique(String),
    /// A foreign key forbids it. SQLite does not tell which.
    #[error("foreign key {0}")]
    ForeignKey(String),
    /// A check of this name forbids it.
    #[error("check {0}")]
    Check(String),
    /// A row was promised, and there is none.
    #[error("no row")]
    NoRow,
    /// Too much waits already; trying again in a moment helps.
    #[error("the database is busy; try again in a moment")]
    Busy,
    /// The database can't be reached, or broke off.
    #[error("the database is not available; try again in a moment")]
    Unavailable(#[source] Source),
    /// The connection broke during `COMMIT`: it may have happened or not.
    #[error("the database did not confirm; try again in a moment")]
    OutcomeUnknown(#[source] Source),
    /// A lock was not to be had in time.
    #[error("somebody else is changing the same; try again in a moment")]
    LockTimeout(#[source] Source),
    /// The disk is full. Reads go on.
    #[error("there is no room left to store this")]
    StorageFull,
    /// The storage failed in a way after which nothing may be promised.
    #[error("the storage failed")]
    StorageFailed,
    /// The engine asks to run the unit of work again; seen outside only when that did not help.
    #[error("somebody else changed the same at the same time; try again")]
    Serialization(#[source] Source),
    /// A unit of work waited for something that is not the database.
    #[error("a unit of work awaited something that is not the database")]
    AwaitedOutside,
    /// A unit of work panicked.
    #[error("a unit of work panicked")]
    Panicked,
    /// A column does not hold what the row's type asks for.
    #[error("column {index}: {reason}")]
    Column {
        /// The column's place, from 0.
        index: usize,
        /// What does not fit.
        reason: String,
    },
    /// Anything else: a mistake in a statement, most likely.
    #[error("database: {0}")]
    Internal(#[source] Source),
}

impl DbError {
    /// Whether the unique constraint of this name forbade it.
    pub fn is_unique(&self, constraint: &str) -> bool {
        matches!(self, Self::Unique(name) if name == constraint)
    }

    /// An error that fits nowhere else.
    pub fn internal(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(source))
    }
}

impl Failure for DbError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Busy
            | Self::Unavailable(_)
            | Self::OutcomeUnknown(_)
            | Self::LockTimeout(_)
            | Self::Serialization(_)
            | Self::StorageFailed => FailureKind::Unavailable,
            Self::StorageFull => FailureKind::StorageFull,
            _ => FailureKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self.kind() {
            FailureKind::Unavailable => "database_unavailable",
            FailureKind::StorageFull => "storage_full",
            _ => "internal",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self.kind() {
            FailureKind::Unavailable | FailureKind::StorageFull => Some(Duration::from_secs(1)),
            _ => None,
        }
    }
}
