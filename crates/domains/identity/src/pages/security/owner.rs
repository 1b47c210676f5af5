//! Who is signed in in this browser and has just shown who they are.

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use web::{Fresh, Principal, SessionKind};

use super::HERE;
use crate::enrolment::model::Asking;
use crate::pages::with_parameter;
use kernel::UserId;

/// The person whose page it is. Whoever is not signed in is sent to the door, and whoever signed in a while ago
/// to show once more who they are; both come back.
pub(super) struct Owner {
    pub(super) user: UserId,
    pub(super) principal: Principal,
}

impl Owner {
    /// What services ask about them.
    pub(super) const fn asking(&self) -> Asking {
        Asking::of(&self.principal)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Owner {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        // What a form said is gone by then, so people come back to the page that had it.
        let here = match parts.method {
            Method::GET => parts.uri.path().to_owned(),
            _ => HERE.to_owned(),
        };
        let send = |page: &str| Redirect::to(&with_parameter(page, "return_to", Some(&here))).into_response();
        let principal = <Principal as FromRequestParts<S>>::from_request_parts(parts, state).await;
        let Some(principal) = principal
            .ok()
            .filter(|one| one.session_kind == SessionKind::Browser)
        else {
            return Err(send("/login"));
        };
        if Fresh::<Principal>::from_request_parts(parts, state)
            .await
            .is_err()
        {
            return Err(send("/account/confirm"));
        }
        Ok(Self {
            user: principal.user,
            principal,
        })
    }
}
