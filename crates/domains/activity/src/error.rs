//! What can go wrong with the activity log.

use db::DbError;
use kernel::{Failure, FailureKind};

/// Why the log could not be read or sealed.
#[derive(Debug, thiserror::Error)]
pub enum ActivityError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Failure for ActivityError {
    fn inner(&self) -> Option<&dyn Failure> {
        let Self::Db(error) = self;
        Some(error)
    }

    fn kind(&self) -> FailureKind {
        let Self::Db(error) = self;
        error.kind()
    }

    fn code(&self) -> &'static str {
        let Self::Db(error) = self;
        error.code()
    }
}
