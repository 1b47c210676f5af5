//! Signing in by mail over HTTP.

use axum::extract::State;
use garde::Validate;
use kernel::{EmailAddress, FieldError, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Accepted, Api, ApiResult, Context, Cookies, Doc, Json, Public, Routes, SetCookie};

use super::model::{MagicLinkProof, MagicLinkRequest, MagicLinkSignIn};
use super::service::MagicLinks;
use crate::entrance::routes::SignInBody;
use crate::error::IdentityError;

/// What binds a link to the browser that asked for it.
pub const FLOW_COOKIE: &str = "__Host-ml";

/// The routes of signing in by mail.
pub fn routes(magic_links: MagicLinks) -> Api {
    Routes::new("auth")
        .post(
            "/auth/magic-link",
            request_magic_link,
            Doc::new(
                "Ask for a mail to sign in with",
                "Mails a link and a code. The answer is always the same, be there an account with the address \
                 or not. It holds the flow, without which neither link nor code opens anything; a browser gets \
                 it as a cookie, too.",
            ),
        )
        .post(
            "/auth/magic-link/verify",
            sign_in_by_magic_link,
            Doc::new(
                "Sign in by mail",
                "With the token of the link or the code, and the flow that asking for them answered (a browser's \
                 cookie is as good). After five wrong codes the mail is of no use any more. Who has a second factor gets \
                 `mfa_required` and a ticket for the second step.",
            ),
        )
        .with_state(magic_links)
}

/// The address that the mail is sent to.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RequestMagicLink {
    /// The address of the account.
    #[garde(skip)]
    email: EmailAddress,
    /// Where the link leads in the end: a path of this site, or an address that the operator allows.
    #[garde(skip)]
    #[schemars(extend("example" = "/welcome"))]
    redirect_to: Option<String>,
}

/// What to keep until the mail has come.
#[derive(Debug, Serialize, JsonSchema)]
struct MagicLinkBody {
    /// Always `check_email`.
    #[schemars(extend("example" = "check_email"))]
    status: &'static str,
    /// To be sent with the code or the token.
    #[schemars(extend("example" = "ms_flow_mHk3b5aVw0c1Jm0bJ8n0qg9g8Jc7uZ3b4tQ1r2s3t4uQXo1Zw"))]
    flow: String,
}

/// What was in the mail, and the flow that it belongs to.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct SignInByMagicLink {
    /// What asking for the mail answered; a browser may leave it to its cookie.
    #[garde(skip)]
    flow: Option<Secret<String>>,
    /// The token of the link.
    #[garde(skip)]
    token: Option<Secret<String>>,
    /// The code.
    #[garde(skip)]
    #[schemars(extend("example" = "40351796"))]
    code: Option<Secret<String>>,
}

async fn request_magic_link(
    State(magic_links): State<MagicLinks>,
    _: Public,
    context: Context,
    Json(body): Json<RequestMagicLink>,
) -> ApiResult<(SetCookie, Accepted<MagicLinkBody>)> {
    let redirect_to = body.redirect_to.as_deref();
    let destination = match redirect_to {
        Some(text) => Some(magic_links.destination(text, "/redirect_to")?),
        None => None,
    };
    let request = MagicLinkRequest {
        email: body.email,
        destination,
    };
    let flow = magic_links.request(&context, request).await?;
    let cookie = SetCookie::keep(FLOW_COOKIE, flow.expose(), magic_links.lifetime())?;
    let body = MagicLinkBody {
        status: "check_email",
        flow: flow.expose().clone(),
    };
    Ok((cookie, Accepted(body)))
}

async fn sign_in_by_magic_link(
    State(magic_links): State<MagicLinks>,
    _: Public,
    context: Context,
    cookies: Cookies,
    Json(body): Json<SignInByMagicLink>,
) -> ApiResult<(SetCookie, Json<SignInBody>)> {
    let proof = match (body.token, body.code) {
        (Some(token), None) => MagicLinkProof::Token(token),
        (None, Some(code)) => MagicLinkProof::Code(code),
        _ => return Err(IdentityError::invalid(one_of_two()).into()),
    };
    let flow = body.flow.or_else(|| cookies.get(FLOW_COOKIE).map(Secret::new));
    let flow = flow.ok_or(IdentityError::OtpInvalid)?;
    let entered = magic_links
        .sign_in(&context, MagicLinkSignIn { flow, proof })
        .await?;
    Ok((SetCookie::forget(FLOW_COOKIE)?, Json(SignInBody::from(&entered))))
}

fn one_of_two() -> FieldError {
    FieldError::new("/token", "required", "give either token or code")
}
