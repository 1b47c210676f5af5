//! What staff who act as a person can't do, whatever the person may. The first check stands where every principal
//! comes from, so no operation has to think of it.

use axum::extract::OriginalUri;
use http::Method;
use http::request::Parts;

use crate::access::Principal;
use crate::problem::ApiError;

/// How people get in: credentials, sessions, second factors.
const SIGN_IN: &str = "/auth/";

/// Lets staff look. They change something only where that was agreed on, and never how the person gets in. Whoever
/// acts as a member of the staff has that member's account, but not their standing.
pub(super) fn restrain(parts: &Parts, principal: &mut Principal) -> Result<(), ApiError> {
    let Some(impersonation) = principal.impersonation else {
        return Ok(());
    };
    principal.platform_role = None;
    if parts.method == Method::GET || parts.method == Method::HEAD {
        return Ok(());
    }
    if impersonation.is_read_only {
        let detail = "you act as somebody else and may only look";
        return Err(ApiError::forbidden("impersonation_read_only", detail));
    }
    let original = parts.extensions.get::<OriginalUri>();
    let path = original.map_or(parts.uri.path(), |uri| uri.path());
    if path.starts_with(SIGN_IN) {
        return Err(not_allowed());
    }
    Ok(())
}

/// For what only the person themselves may do, and for the work of the staff, which they do as themselves.
pub(super) fn require_in_person(principal: &Principal) -> Result<(), ApiError> {
    match principal.impersonation {
        None => Ok(()),
        Some(_) => Err(not_allowed()),
    }
}

fn not_allowed() -> ApiError {
    let detail = "you act as somebody else; only they can do this themselves";
    ApiError::forbidden("impersonation_not_allowed", detail)
}
