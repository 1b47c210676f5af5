//! What can go wrong in this domain.

use std::borrow::Cow;

use db::DbError;
use events::PublishError;
use guard::IdempotencyError;
use kernel::{Failure, FailureKind, FieldError};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Absent, or somebody else's.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// The owner has as many endpoints as there may be.
    #[error("there are {0} webhook endpoints, which is the most; delete some first")]
    TooMany(i64),
    /// The secret before the last still signs.
    #[error("the last rotation is not over; wait until its overlap ends, or rotate with overlap_seconds 0")]
    RotationInProgress,
    /// The endpoint hears of nothing.
    #[error("the endpoint is disabled; enable it first")]
    Disabled,
    /// The event is on its way to the endpoint.
    #[error("this event is on its way to the endpoint already")]
    Pending,
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

impl WebhookError {
    /// One field at fault.
    pub(crate) fn field(
        pointer: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }
}

impl Failure for WebhookError {
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
            Self::TooMany(_) | Self::RotationInProgress | Self::Disabled | Self::Pending => {
                FailureKind::Conflict
            }
            Self::Outdated => FailureKind::Outdated,
            Self::Invalid(_) => FailureKind::Invalid,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::TooMany(_) => "too_many_webhook_endpoints",
            Self::RotationInProgress => "rotation_in_progress",
            Self::Disabled => "webhook_endpoint_disabled",
            Self::Pending => "webhook_delivery_pending",
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
