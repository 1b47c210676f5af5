//! Changes of address over HTTP.

use axum::extract::State;
use garde::Validate;
use kernel::{EmailAddress, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Accepted, Api, ApiResult, Context, Doc, Fresh, Json, NoContent, Principal, Public, Routes};

use super::model::{Confirmed, Mailbox, NewAddress};
use super::service::EmailChanges;
use crate::password::routes::CheckEmailBody;

/// The routes of changes of address.
pub fn routes(email_changes: EmailChanges) -> Api {
    Routes::new("auth")
        .post(
            "/auth/change-email",
            change_email,
            Doc::new(
                "Ask for another e-mail address",
                "A link goes to the new address, and one to the old address while that is confirmed; the change \
                 comes about once both were followed. The answer is the same when somebody has the address.",
            ),
        )
        .post(
            "/auth/change-email/confirm",
            confirm_email_change,
            Doc::new(
                "Agree to another e-mail address",
                "With the token of the link in either mailbox. Once both have agreed, the account has the new \
                 address, and the old mailbox gets a link to take that back.",
            ),
        )
        .post(
            "/auth/change-email/undo",
            undo_email_change,
            Doc::new(
                "Take a change of e-mail address back",
                "With the token that the old mailbox got. All sessions end, and the password has to be set anew \
                 by the mail that follows.",
            ),
        )
        .with_state(email_changes)
}

/// What a person wants.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ChangeEmail {
    /// The address that the account is to have.
    #[garde(skip)]
    new_email: EmailAddress,
    /// The password of the account, where the client asks for it anew.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "quiet otters juggle 9 lanterns"))]
    password: Option<Secret<String>>,
}

/// The token of a link.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ConfirmEmailChange {
    /// The token of the link in the mail.
    #[garde(skip)]
    token: Secret<String>,
}

/// The token of a link.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct UndoEmailChange {
    /// The token of the link in the mail.
    #[garde(skip)]
    token: Secret<String>,
}

/// How far a change of address is.
#[derive(Debug, Serialize, JsonSchema)]
struct EmailChangeBody {
    /// `changed`, or `pending` while the other mailbox has not agreed.
    #[schemars(extend("example" = "pending"))]
    status: &'static str,
    /// The mailbox whose owner has to agree as well: `old` or `new`.
    waits_for: Option<Mailbox>,
}

async fn change_email(
    State(email_changes): State<EmailChanges>,
    principal: Fresh<Principal>,
    context: Context,
    Json(body): Json<ChangeEmail>,
) -> ApiResult<Accepted<CheckEmailBody>> {
    let new = NewAddress {
        email: body.new_email,
        password: body.password,
    };
    email_changes.request(&context, principal.user, new).await?;
    Ok(Accepted(CheckEmailBody::new()))
}

async fn confirm_email_change(
    State(email_changes): State<EmailChanges>,
    _: Public,
    context: Context,
    Json(body): Json<ConfirmEmailChange>,
) -> ApiResult<Json<EmailChangeBody>> {
    let confirmed = email_changes.confirm(&context, &body.token).await?;
    Ok(Json(EmailChangeBody::from(confirmed)))
}

async fn undo_email_change(
    State(email_changes): State<EmailChanges>,
    _: Public,
    context: Context,
    Json(body): Json<UndoEmailChange>,
) -> ApiResult<NoContent> {
    email_changes.undo(&context, &body.token).await?;
    Ok(NoContent)
}

impl From<Confirmed> for EmailChangeBody {
    fn from(confirmed: Confirmed) -> Self {
        match confirmed {
            Confirmed::Changed => Self {
                status: "changed",
                waits_for: None,
            },
            Confirmed::WaitsFor(mailbox) => Self {
                status: "pending",
                waits_for: Some(mailbox),
            },
        }
    }
}
