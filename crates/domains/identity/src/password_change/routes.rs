//! Changing a password over HTTP.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use garde::Validate;
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use web::openapi::{Operation, Output};
use web::{
    Api, ApiResult, Context, Doc, Fresh, Json, NoContent, Principal, Routes, SESSION_COOKIE, SetCookie,
};

use super::model::{Changed, Changing, NewPassword};
use super::service::PasswordChanges;
use crate::session::model::SessionKind;

/// The routes of changed passwords.
pub fn routes(password_changes: PasswordChanges) -> Api {
    Routes::new("auth")
        .post(
            "/auth/change-password",
            change_password,
            Doc::new(
                "Change your password",
                "Ends your other sessions, every link and code that is open, and a change of address that is \
                 under way. A browser gets another cookie.",
            ),
        )
        .with_state(password_changes)
}

/// The old password and the new.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// The password that holds.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "quiet otters juggle 9 lanterns"))]
    current_password: Secret<String>,
    /// At least 12 characters, as letters count, and hard to guess.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "noisy badgers fold 7 umbrellas"))]
    new_password: Secret<String>,
}

/// 204, for browsers with another cookie.
struct PasswordAnswer(Option<SetCookie>);

async fn change_password(
    State(password_changes): State<PasswordChanges>,
    principal: Fresh<Principal>,
    context: Context,
    Json(body): Json<ChangePassword>,
) -> ApiResult<PasswordAnswer> {
    let changing = Changing {
        user: principal.user,
        session: principal.session,
        kind: match principal.session_kind {
            web::SessionKind::Api => SessionKind::Api,
            web::SessionKind::Browser => SessionKind::Browser,
        },
    };
    let password = NewPassword {
        current: body.current_password,
        new: body.new_password,
    };
    let changed = password_changes.change(&context, changing, password).await?;
    let cookie = match changed {
        Changed::Same => None,
        Changed::Cookie(cookie, expires_at) => {
            let max_age = password_changes.until(expires_at);
            Some(SetCookie::keep(SESSION_COOKIE, cookie.expose(), max_age)?)
        }
    };
    Ok(PasswordAnswer(cookie))
}

impl IntoResponse for PasswordAnswer {
    fn into_response(self) -> Response {
        match self.0 {
            Some(cookie) => (cookie, NoContent).into_response(),
            None => NoContent.into_response(),
        }
    }
}

impl Output for PasswordAnswer {
    fn describe(operation: &mut Operation<'_>) {
        NoContent::describe(operation);
    }
}
