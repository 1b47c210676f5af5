//! What can go wrong in this domain.

use std::borrow::Cow;
use std::time::Duration;

use db::DbError;
use events::PublishError;
use guard::{IdempotencyError, RateLimited};
use kernel::{Failure, FailureKind, FieldError};
use mail::TemplateError;

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum MessagingError {
    /// Absent, or not to be known about.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// Values that break a rule.
    #[error("some fields are not as they should be; see errors")]
    Invalid(Vec<FieldError>),
    /// The organization has the address as a sender.
    #[error("the organization has this address among its senders")]
    SenderExists,
    /// There is nothing left to show.
    #[error("this sender is verified")]
    SenderVerified,
    /// Too much mail.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
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

impl MessagingError {
    /// One field at fault.
    pub(crate) fn field(
        pointer: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }

    /// The error of another crate that says itself what it means.
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::Idempotency(error) => Some(error),
            Self::Publish(error) => Some(error),
            Self::Db(error) => Some(error),
            Self::RateLimited(error) => Some(error),
            Self::NotFound | Self::Invalid(_) | Self::SenderExists | Self::SenderVerified => None,
        }
    }
}

impl From<TemplateError> for MessagingError {
    fn from(error: TemplateError) -> Self {
        let pointer = match error.part() {
            Some("subject") => "/subject",
            Some("preheader") => "/preheader",
            Some("html") => "/html",
            _ => "/text",
        };
        Self::field(pointer, "template_error", error.reason().to_owned())
    }
}

impl Failure for MessagingError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::Invalid(_) => FailureKind::Invalid,
            Self::SenderExists | Self::SenderVerified => FailureKind::Conflict,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Invalid(_) => "validation_failed",
            Self::SenderExists => "sender_exists",
            Self::SenderVerified => "sender_verified",
            _ => self.inner().map_or("internal", Failure::code),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => self.inner().map_or(&[], Failure::fields),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        self.inner().and_then(Failure::retry_after)
    }
}
