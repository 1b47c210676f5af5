//! What the provider refuses.

use db::DbError;
use kernel::{Failure, FailureKind};
use ports::payments::ProviderError;

/// Why the provider did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SandboxError {
    /// There is no such object.
    #[error("there is nothing here of this id")]
    NotFound,
    /// It is not in the state that this needs.
    #[error("{0}")]
    WrongState(&'static str),
    /// It makes no sense.
    #[error("{0}")]
    Refused(&'static str),
    /// More than there is.
    #[error("more than what is left of the payment")]
    TooMuch,
    /// The card was refused.
    #[error("the card was declined")]
    Declined,
    /// The idempotency key stands for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl SandboxError {
    fn refusal(&self) -> &'static str {
        match self {
            Self::TooMuch => "amount_too_large",
            Self::KeyReused => "idempotency_key_reused",
            Self::WrongState(_) => "wrong_state",
            _ => "invalid_request",
        }
    }
}

impl From<SandboxError> for ProviderError {
    fn from(error: SandboxError) -> Self {
        match error {
            SandboxError::NotFound => Self::NotFound,
            SandboxError::Declined => Self::Declined {
                code: "card_declined".to_owned(),
                message: error.to_string(),
            },
            SandboxError::Db(DbError::OutcomeUnknown(_)) => Self::OutcomeUnknown(error.to_string()),
            SandboxError::Db(_) => Self::Unavailable(error.to_string()),
            error => Self::Refused {
                code: error.refusal().to_owned(),
                message: error.to_string(),
            },
        }
    }
}

impl Failure for SandboxError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::Db(error) => Some(error),
            _ => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::Db(error) => error.kind(),
            _ => FailureKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::WrongState(_) | Self::Refused(_) | Self::KeyReused => "wrong_state",
            Self::TooMuch => "amount_too_large",
            Self::Declined => "payment_declined",
            Self::Db(error) => error.code(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        self.inner().and_then(Failure::retry_after)
    }
}
