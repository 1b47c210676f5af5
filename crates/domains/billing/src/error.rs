//! What can go wrong in this domain.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use db::DbError;
use events::PublishError;
use guard::{IdempotencyError, RateLimited};
use kernel::{Failure, FailureKind, FieldError};
use ports::payments::{Capability, ProviderError, WebhookError};

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// Absent, or somebody else's.
    #[error("there is nothing here that you may see")]
    NotFound,
    /// The operator has set up no account at this provider.
    #[error("this server takes no payments through this provider")]
    ProviderNotConfigured,
    /// The provider can't do it.
    #[error("the provider can't do this: {0}")]
    CapabilityNotSupported(Capability),
    /// Another plan has this key.
    #[error("another plan has this key")]
    PlanKeyTaken,
    /// Another price has this name at the provider.
    #[error("another price has this reference at the provider")]
    PriceReferenceTaken,
    /// The organization has a subscription to the plan.
    #[error("the organization has a subscription to this plan already; change or cancel that one")]
    AlreadySubscribed,
    /// It is not in the state that this needs.
    #[error("{0}")]
    WrongState(&'static str),
    /// More than there is.
    #[error("{0}")]
    TooMuch(&'static str),
    /// The means of payment was refused.
    #[error("the payment was declined: {0}")]
    Declined(String),
    /// The provider does not do what it is asked.
    #[error("the payment provider refused this")]
    ProviderRefused(#[source] ProviderError),
    /// The provider can't be reached, or nobody knows whether it did it.
    #[error("the payment provider does not answer; what was asked for goes on as soon as it does")]
    ProviderUnavailable(#[source] ProviderError),
    /// What came in is not a provider's, or can't be made use of.
    #[error(transparent)]
    WebhookRefused(#[from] WebhookError),
    /// The entries of a transfer don't sum to zero.
    #[error("a transfer in the ledger is not balanced")]
    Unbalanced,
    /// The copy that the caller changed is not the present one.
    #[error("this was changed in the meantime; read it again and repeat the change")]
    Outdated,
    /// Values that break a rule.
    #[error("some fields are not as they should be; see errors")]
    Invalid(Vec<FieldError>),
    /// Too many at once.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// The idempotency key stands for something else, or is in use.
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    /// The domain of organizations refused.
    #[error(transparent)]
    Organizations(Arc<dyn Failure>),
    /// Another domain refused the change.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl BillingError {
    /// One field at fault.
    pub fn field(
        pointer: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, code, detail)])
    }
}

impl From<ProviderError> for BillingError {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Unsupported(capability) => Self::CapabilityNotSupported(capability),
            ProviderError::Declined { message, .. } => Self::Declined(message),
            error if error.is_transient() => Self::ProviderUnavailable(error),
            error => Self::ProviderRefused(error),
        }
    }
}

impl Failure for BillingError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::RateLimited(error) => Some(error),
            Self::Idempotency(error) => Some(error),
            Self::Organizations(error) => Some(&**error),
            Self::Publish(error) => Some(error),
            Self::Db(error) => Some(error),
            _ => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::ProviderNotConfigured
            | Self::CapabilityNotSupported(_)
            | Self::PlanKeyTaken
            | Self::PriceReferenceTaken
            | Self::AlreadySubscribed
            | Self::WrongState(_)
            | Self::TooMuch(_)
            | Self::Declined(_)
            | Self::ProviderRefused(_) => FailureKind::Conflict,
            Self::ProviderUnavailable(_) => FailureKind::Unavailable,
            Self::WebhookRefused(WebhookError::BadSignature | WebhookError::Stale) => {
                FailureKind::Unauthenticated
            }
            Self::WebhookRefused(_) => FailureKind::Malformed,
            Self::Outdated => FailureKind::Outdated,
            Self::Invalid(_) => FailureKind::Invalid,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::ProviderNotConfigured => "payment_provider_not_configured",
            Self::CapabilityNotSupported(_) => "capability_not_supported",
            Self::PlanKeyTaken => "plan_key_taken",
            Self::PriceReferenceTaken => "price_reference_taken",
            Self::AlreadySubscribed => "already_subscribed",
            Self::WrongState(_) => "wrong_state",
            Self::TooMuch(_) => "amount_too_large",
            Self::Declined(_) => "payment_declined",
            Self::ProviderRefused(_) => "payment_provider_refused",
            Self::ProviderUnavailable(_) => "payment_provider_unavailable",
            Self::WebhookRefused(WebhookError::BadSignature) => "webhook_signature_invalid",
            Self::WebhookRefused(WebhookError::Stale) => "webhook_stale",
            Self::WebhookRefused(WebhookError::Malformed) => "webhook_malformed",
            Self::WebhookRefused(WebhookError::WrongMode) => "webhook_wrong_mode",
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

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::ProviderUnavailable(ProviderError::RateLimited { retry_after }) => *retry_after,
            Self::ProviderUnavailable(_) => Some(Duration::from_secs(5)),
            _ => self.inner().and_then(Failure::retry_after),
        }
    }
}
