//! Why a fact could not be published, which means that it does not happen.

use std::sync::Arc;

use db::DbError;
use kernel::{Failure, FailureKind};

/// Why publishing failed. It fails as its cause does: whoever asked sees the cause's own code.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PublishError {
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A subscriber refused.
    #[error("{0}")]
    Refused(#[source] Arc<dyn Failure>),
}

impl PublishError {
    /// A subscriber's own failure.
    pub fn refused(failure: impl Failure) -> Self {
        Self::Refused(Arc::new(failure))
    }

    fn cause(&self) -> &dyn Failure {
        match self {
            Self::Db(error) => error,
            Self::Refused(failure) => &**failure,
        }
    }
}

impl Failure for PublishError {
    fn inner(&self) -> Option<&dyn Failure> {
        Some(self.cause())
    }

    fn kind(&self) -> FailureKind {
        self.cause().kind()
    }

    fn code(&self) -> &'static str {
        self.cause().code()
    }
}
