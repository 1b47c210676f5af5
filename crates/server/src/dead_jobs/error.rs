//! Why a job could not be tried again.

use db::DbError;
use events::PublishError;
use guard::IdempotencyError;
use kernel::{Failure, FailureKind};

/// Why a job could not be tried again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeadJobsError {
    /// There is none of that id, or somebody was first.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// The idempotency key stands for something else, or is in use.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// Somebody who heard of it refused.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Failure for DeadJobsError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::NotFound => None,
            Self::Idempotency(error) => Some(error),
            Self::Publish(error) => Some(error),
            Self::Db(error) => Some(error),
        }
    }

    fn kind(&self) -> FailureKind {
        self.inner().map_or(FailureKind::NotFound, Failure::kind)
    }

    fn code(&self) -> &'static str {
        self.inner().map_or("not_found", Failure::code)
    }
}
