//! What an error means, said once and without HTTP. `platform/web` turns it into a status.

use std::borrow::Cow;
use std::time::Duration;

/// The kinds of failure that a caller can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The request can't be read: 400.
    Malformed,
    /// The request can be read, but a value breaks a rule: 422.
    Invalid,
    /// No credentials, or none that hold: 401.
    Unauthenticated,
    /// The credentials hold but must be shown anew or stronger (RFC 9470): 401.
    StepUpRequired,
    /// Known, but not permitted: 403.
    Forbidden,
    /// Absent, or not to be known about: 404.
    NotFound,
    /// At odds with the present state: 409.
    Conflict,
    /// The caller's copy is out of date: 412.
    Outdated,
    /// Too often: 429.
    TooManyRequests,
    /// No room on the disk: 507.
    StorageFull,
    /// Too busy, or a part is away; trying again helps: 503.
    Unavailable,
    /// An outside party that is needed fails, or answers nonsense: 502.
    PartyFailed,
    /// Our fault: 500.
    Internal,
}

/// A fault in one field of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) to the field, `/email`; for a query or path parameter its name.
    pub pointer: Cow<'static, str>,
    /// Stable code: `too_short`.
    pub code: &'static str,
    /// What to do, for people.
    pub detail: Cow<'static, str>,
}

impl FieldError {
    /// A fault in the field at `pointer`.
    pub fn new(
        pointer: impl Into<Cow<'static, str>>,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code,
            detail: detail.into(),
        }
    }
}

/// An error of a domain or a machine, as its caller sees it. Its `Display` is the detail that
/// callers read, so it says what to do and nothing about the inside ([`FailureKind::Internal`]
/// is never shown).
pub trait Failure: std::error::Error + Send + Sync + 'static {
    /// What went wrong, in kind.
    fn kind(&self) -> FailureKind;

    /// Stable, documented code: `organization_slug_taken`.
    fn code(&self) -> &'static str;

    /// The error of another part that this one passes on.
    fn inner(&self) -> Option<&dyn Failure> {
        None
    }

    /// The fields at fault, all at once.
    fn fields(&self) -> &[FieldError] {
        self.inner().map_or(&[], Failure::fields)
    }

    /// When trying again makes sense.
    fn retry_after(&self) -> Option<Duration> {
        self.inner().and_then(Failure::retry_after)
    }
}
