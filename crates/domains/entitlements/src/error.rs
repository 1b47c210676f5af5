//! What can go wrong in this domain.

use std::borrow::Cow;

use db::DbError;
use events::PublishError;
use guard::IdempotencyError;
use kernel::{Failure, FailureKind, FieldError};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum EntitlementError {
    /// Absent, or somebody else's.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// So much of a feature may not be used now: the reason that a check would tell.
    #[error("so much of this feature may not be used now: {0}; check it to see what is left")]
    NotEntitled(&'static str),
    /// The reservation is committed, released or over.
    #[error("this reservation is committed, released or over; reserve anew")]
    ReservationClosed,
    /// Values that break a rule.
    #[error("some fields are not as they should be; see errors")]
    Invalid(Vec<FieldError>),
    /// The idempotency key stands for something else, or is in use.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// Another domain refused the change.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl EntitlementError {
    /// One field at fault.
    pub(crate) fn field(
        pointer: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }
}

impl Failure for EntitlementError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::Idempotency(error) => Some(error),
            Self::Publish(error) => Some(error),
            Self::Db(error) => Some(error),
            _ => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::NotEntitled(_) | Self::ReservationClosed => FailureKind::Conflict,
            Self::Invalid(_) => FailureKind::Invalid,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::NotEntitled(_) => "not_entitled",
            Self::ReservationClosed => "reservation_closed",
            Self::Invalid(_) => "validation_failed",
            _ => self.inner().map_or("internal", Failure::code),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => self.inner().map_or(&[], Failure::fields),
        }
    }
}
