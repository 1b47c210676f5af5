//! What can go wrong in this domain.

use std::borrow::Cow;

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
    /// It is on its way, or there is nothing to take back.
    #[error("this mail is on its way, gone or taken back already")]
    MessageGone,
    /// Nobody gave it up.
    #[error("only a mail that was given up can be tried again")]
    MessageNotFailed,
    /// Too much mail.
    #[error(transparent)]
    RateLimited(#[from] RateLimited),
    /// The template has a text, and none that is published.
    #[error("no text of this template is published; publish a version first")]
    Unpublished,
    /// A mail of the product's own, which can be worded anew and not deleted.
    #[error("this is a mail of the product's own; it can be worded anew, not deleted")]
    BuiltIn,
    /// A template of somebody's own has nothing to go back to.
    #[error("only a mail of the product's own has a text to go back to; publish an older version instead")]
    NotBuiltIn,
    /// Somebody else changed it meanwhile.
    #[error("it was changed meanwhile; read it again")]
    Outdated,
    /// There is no address of the caller's own to send to.
    #[error("test mails go to the caller's own, confirmed address, and there is none")]
    NoAddress,
    /// Mail that nobody can unsubscribe from.
    #[error("mail of this category can't be unsubscribed from")]
    CategoryMandatory,
    /// Who reports does not show that they know the secret.
    #[error("the report must be signed with the secret of mail_webhook_secret, or show it")]
    ReportUnproven,
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
}

impl From<TemplateError> for MessagingError {
    fn from(error: TemplateError) -> Self {
        let pointer = match error.part() {
            Some("subject") => "/subject",
            Some("preheader") => "/preheader",
            Some("html") => "/html",
            _ => "/text",
        };
        let code = if error.is_undeclared() {
            "undeclared_variable"
        } else {
            "template_error"
        };
        Self::field(pointer, code, error.reason().to_owned())
    }
}

impl Failure for MessagingError {
    fn inner(&self) -> Option<&dyn Failure> {
        match self {
            Self::Idempotency(error) => Some(error),
            Self::Publish(error) => Some(error),
            Self::Db(error) => Some(error),
            Self::RateLimited(error) => Some(error),
            Self::NotFound
            | Self::Invalid(_)
            | Self::MessageGone
            | Self::MessageNotFailed
            | Self::SenderExists
            | Self::SenderVerified
            | Self::Unpublished
            | Self::BuiltIn
            | Self::NotBuiltIn
            | Self::Outdated
            | Self::NoAddress
            | Self::CategoryMandatory
            | Self::ReportUnproven => None,
        }
    }

    fn kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::ReportUnproven => FailureKind::Unauthenticated,
            Self::Invalid(_) => FailureKind::Invalid,
            Self::CategoryMandatory
            | Self::MessageGone
            | Self::MessageNotFailed
            | Self::SenderExists
            | Self::SenderVerified
            | Self::Unpublished
            | Self::BuiltIn
            | Self::NotBuiltIn
            | Self::NoAddress => FailureKind::Conflict,
            Self::Outdated => FailureKind::Outdated,
            _ => self.inner().map_or(FailureKind::Internal, Failure::kind),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::CategoryMandatory => "category_mandatory",
            Self::ReportUnproven => "mail_report_unproven",
            Self::Invalid(_) => "validation_failed",
            Self::SenderExists => "sender_exists",
            Self::SenderVerified => "sender_verified",
            Self::MessageGone => "message_gone",
            Self::MessageNotFailed => "message_not_failed",
            Self::Unpublished => "template_unpublished",
            Self::BuiltIn => "template_built_in",
            Self::NotBuiltIn => "template_not_built_in",
            Self::Outdated => "version_mismatch",
            Self::NoAddress => "no_confirmed_address",
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
