//! What can go wrong in this domain.

use std::borrow::Cow;

use db::DbError;
use events::PublishError;
use guard::IdempotencyError;
use kernel::{Failure, FailureKind, FieldError};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// Absent, or not to be known about.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// Unknown, expired, revoked, from another network, or of a closed account: never which.
    #[error("the API key does not hold")]
    InvalidToken,
    /// The maker of a key lacks what the key is to do.
    #[error("you can't give a key a scope that you lack yourself")]
    ScopeNotGrantable,
    /// The owner has as many keys as there may be.
    #[error("there are {0} live keys, which is the most; revoke some first")]
    TooMany(u32),
    /// The secret before the last still holds.
    #[error("the last rotation is not over; wait until its overlap ends, or rotate with overlap_seconds 0")]
    RotationInProgress,
    /// The copy that the caller changed is not the present one.
    #[error("this was changed in the meantime; read it again and repeat the change")]
    Outdated,
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

impl ApiKeyError {
    /// One field at fault.
    pub(crate) fn field(
        pointer: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }
}

impl Failure for ApiKeyError {
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
            Self::InvalidToken => FailureKind::Unauthenticated,
            Self::ScopeNotGrantable => FailureKind::Forbidden,
            Self::TooMany(_) | Self::RotationInProgress => FailureKind::Conflict,
            Self::Outdated => FailureKind::Outdated,
            Self::Invalid(_) => FailureKind::Invalid,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::InvalidToken => "invalid_token",
            Self::ScopeNotGrantable => "scope_not_grantable",
            Self::TooMany(_) => "too_many_api_keys",
            Self::RotationInProgress => "rotation_in_progress",
            Self::Outdated => "version_mismatch",
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
