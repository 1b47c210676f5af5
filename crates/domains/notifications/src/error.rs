//! What can go wrong in this domain.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use db::DbError;
use events::PublishError;
use guard::IdempotencyError;
use kernel::{Failure, FailureKind, FieldError};

/// When it makes sense to ask for a stream again.
const COME_BACK: Duration = Duration::from_secs(15);

/// Why something was refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotificationError {
    /// Absent, or somebody else's.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// Values that break a rule.
    #[error("some fields are not as they should be; see errors")]
    Invalid(Vec<FieldError>),
    /// A person has as many choices as they can have.
    #[error("1,000 choices are the most; forget some first")]
    TooManyPreferences,
    /// The person listens in too many places at once.
    #[error("you have too many streams open; close one of them")]
    TooManyStreams,
    /// Too many people listen, or the server is about to stop.
    #[error("the server has no stream left; come back in a moment, or ask for the list")]
    NoStreamLeft,
    /// The sessions of those who listen can't be looked at.
    #[error("the sessions can't be looked at")]
    Sessions(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// A person has as many browsers as they can have.
    #[error("20 browsers are the most; unsubscribe one first")]
    TooManyPushSubscriptions,
    /// Something was sealed under another master key.
    #[error("what is kept of push messages can't be opened: was the master key changed?")]
    Sealed,
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

impl NotificationError {
    /// One field at fault.
    pub(crate) fn field(
        pointer: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }
}

impl Failure for NotificationError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::Idempotency(error) => Some(error),
            Self::Publish(error) => Some(error),
            Self::Db(error) => Some(error),
            Self::NotFound
            | Self::Invalid(_)
            | Self::TooManyPreferences
            | Self::TooManyStreams
            | Self::NoStreamLeft
            | Self::Sessions(_)
            | Self::TooManyPushSubscriptions
            | Self::Sealed => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::Invalid(_) => FailureKind::Invalid,
            Self::TooManyPreferences | Self::TooManyPushSubscriptions => FailureKind::Conflict,
            Self::TooManyStreams => FailureKind::TooManyRequests,
            Self::NoStreamLeft => FailureKind::Unavailable,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Invalid(_) => "validation_failed",
            Self::TooManyPreferences => "too_many_preferences",
            Self::TooManyStreams => "too_many_streams",
            Self::NoStreamLeft => "no_stream_left",
            Self::TooManyPushSubscriptions => "too_many_push_subscriptions",
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
        match self {
            Self::TooManyStreams | Self::NoStreamLeft => Some(COME_BACK),
            _ => self.inner().and_then(Failure::retry_after),
        }
    }
}
