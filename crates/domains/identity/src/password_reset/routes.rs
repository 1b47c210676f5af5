//! Setting a new password by mail, over HTTP.

use axum::extract::State;
use garde::Validate;
use kernel::{EmailAddress, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Accepted, Api, ApiResult, Context, Doc, Json, NoContent, Public, Routes};

use super::service::PasswordResets;
use crate::password::routes::CheckEmailBody;

/// The routes of passwords that are set by mail.
pub fn routes(password_resets: PasswordResets) -> Api {
    Routes::new("auth")
        .post(
            "/auth/reset-password",
            request_password_reset,
            Doc::new(
                "Ask for a new password",
                "Mails a link. The answer is always the same, be there an account with the address or not.",
            ),
        )
        .post(
            "/auth/reset-password/confirm",
            reset_password,
            Doc::new(
                "Set a new password",
                "With the token of the link. Ends all sessions, every other link and code, and a change of \
                 address that is under way. It does not sign in.",
            ),
        )
        .with_state(password_resets)
}

/// The address that the mail is sent to.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RequestPasswordReset {
    /// The address of the account.
    #[garde(skip)]
    email: EmailAddress,
}

/// The token of the link, and the password to set.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ResetPassword {
    /// The token of the link in the mail.
    #[garde(skip)]
    token: Secret<String>,
    /// At least 12 characters, as letters count, and hard to guess.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "noisy badgers fold 7 umbrellas"))]
    new_password: Secret<String>,
}

async fn request_password_reset(
    State(password_resets): State<PasswordResets>,
    _: Public,
    context: Context,
    Json(body): Json<RequestPasswordReset>,
) -> ApiResult<Accepted<CheckEmailBody>> {
    password_resets.request(&context, body.email).await?;
    Ok(Accepted(CheckEmailBody::new()))
}

async fn reset_password(
    State(password_resets): State<PasswordResets>,
    _: Public,
    context: Context,
    Json(body): Json<ResetPassword>,
) -> ApiResult<NoContent> {
    password_resets
        .confirm(&context, &body.token, &body.new_password)
        .await?;
    Ok(NoContent)
}
