//! Sign-up, confirmation of the address and sign-in over HTTP.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use garde::Validate;
use kernel::{EmailAddress, Locale, Secret};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::openapi::{Operation, Output};
use web::{
    Accepted, Api, ApiResult, Context, Cookies, Created, Doc, Json, NoContent, Public, Routes, SetCookie,
};

use super::model::{Confirmation, SignIn, SignUp, SignedIn, SignedUp};
use super::service::{DEVICE_LIFETIME, Passwords};
use crate::admission::model::Solution;
use crate::entrance::routes::SignInBody;
use crate::error::IdentityError;
use crate::session::model::Held;
use crate::session::routes::TokenBody;
use crate::user::model::PersonName;
use crate::user::routes::UserBody;

/// What makes a browser known that has signed in before.
pub const DEVICE_COOKIE: &str = "__Host-ms_device";

/// The routes of passwords.
pub fn routes(passwords: Passwords) -> Api {
    Routes::new("auth")
        .about("Signing up, signing in, and the sessions that come of it.")
        .post(
            "/auth/signup",
            signup,
            Doc::new(
                "Sign up",
                "Where addresses are confirmed by mail, the answer is 202 and always the same, be there an \
                 account with the address or not; the mail tells. Elsewhere, and with the token of an invite \
                 that was mailed to the address, the account is open at once: 201 with tokens.",
            ),
        )
        .post(
            "/auth/verify-email",
            verify_email,
            Doc::new(
                "Confirm an e-mail address",
                "With the token of the link, or with the address and the code beside it. This opens the \
                 account; it does not sign in.",
            ),
        )
        .post(
            "/auth/resend-verification",
            resend_verification,
            Doc::new(
                "Send the confirmation mail again",
                "The answer is always the same, be there an account that waits for confirmation or not.",
            ),
        )
        .post(
            "/auth/login",
            login,
            Doc::new(
                "Sign in",
                "A wrong password, an unknown address and a closed account are answered alike. After five wrong \
                 passwords in a row each further one has to wait. Who has a second factor gets no tokens yet, but \
                 `mfa_required` and a ticket for the second step.",
            ),
        )
        .with_state(passwords)
}

/// A person who wants an account.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Signup {
    /// The address of the account.
    #[garde(skip)]
    email: EmailAddress,
    /// At least 12 characters, as letters count, and hard to guess.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "quiet otters juggle 9 lanterns"))]
    password: Secret<String>,
    /// What the person is called.
    #[garde(skip)]
    name: Option<PersonName>,
    /// The language that the person reads; `en` when absent.
    #[garde(skip)]
    locale: Option<Locale>,
    /// The token of the invite that brought them here.
    #[garde(skip)]
    invite_token: Option<Secret<String>>,
    /// The solved challenge, where `getSignUpRules` says that one is required.
    #[garde(skip)]
    challenge: Option<SolvedChallenge>,
}

/// A challenge and what solves it.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct SolvedChallenge {
    /// The challenge, as it was answered.
    #[garde(skip)]
    #[schemars(extend("example" = "AZ4HcLwAcACMxh6tCkLz0RJ0k4Yb9mE7o2vVqX1s8uTfW3gR5hN6jK7lP9qS0dF1aQ"))]
    challenge: String,
    /// Up to 20 digits.
    #[garde(skip)]
    #[schemars(extend("example" = "248193"))]
    nonce: String,
}

/// What comes of signing up: `status` when a mail has to be read first, otherwise everything else.
#[derive(Debug, Serialize, JsonSchema)]
struct SignupBody {
    /// `check_email`: the rest happens in the mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("example" = "check_email"))]
    status: Option<String>,
    /// For the header `Authorization: Bearer …`.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<String>,
    /// For how many seconds the access token holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
    /// For the next pair, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// The new account.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserBody>,
}

/// 201 or 202.
enum SignupAnswer {
    In(Created<SignupBody>),
    CheckEmail(Accepted<SignupBody>),
}

/// What a person signs in with.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Login {
    /// The address of the account.
    #[garde(skip)]
    email: EmailAddress,
    /// Its password.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "quiet otters juggle 9 lanterns"))]
    password: Secret<String>,
}

/// 200, with the cookie that makes the browser known when the person is in.
pub(crate) struct LoginAnswer {
    device: Option<SetCookie>,
    body: Json<SignInBody>,
}

/// The token of the link, or the address and the code.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct VerifyEmail {
    /// The token of the link in the mail.
    #[garde(skip)]
    token: Option<Secret<String>>,
    /// The address that the mail was sent to.
    #[garde(skip)]
    email: Option<EmailAddress>,
    /// The code in the mail.
    #[garde(skip)]
    #[schemars(extend("example" = "40351796"))]
    code: Option<Secret<String>>,
}

/// The address that the mail is sent to.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ResendVerification {
    /// The address.
    #[garde(skip)]
    email: EmailAddress,
}

/// The rest happens in the mailbox.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CheckEmailBody {
    /// Always `check_email`.
    #[schemars(extend("example" = "check_email"))]
    status: String,
}

async fn signup(
    State(passwords): State<Passwords>,
    _: Public,
    context: Context,
    Json(body): Json<Signup>,
) -> ApiResult<SignupAnswer> {
    let new = SignUp {
        email: body.email,
        password: body.password,
        name: body.name,
        locale: body.locale.unwrap_or_default(),
        invite_token: body.invite_token,
        solution: body.challenge.map(|solved| Solution {
            challenge: solved.challenge,
            nonce: solved.nonce,
        }),
    };
    Ok(match passwords.sign_up(&context, new).await? {
        SignedUp::CheckEmail => SignupAnswer::CheckEmail(Accepted(SignupBody::check_email())),
        SignedUp::In(held) => {
            let location = format!("/users/{}", held.user.id);
            SignupAnswer::In(Created::at(location, SignupBody::from(TokenBody::from(&held))))
        }
    })
}

async fn verify_email(
    State(passwords): State<Passwords>,
    _: Public,
    context: Context,
    Json(body): Json<VerifyEmail>,
) -> ApiResult<NoContent> {
    let confirmation = match (body.token, body.email, body.code) {
        (Some(token), None, None) => Confirmation::Token(token),
        (None, Some(email), Some(code)) => Confirmation::Code { email, code },
        _ => return Err(IdentityError::invalid(one_or_the_other()).into()),
    };
    passwords.verify_email(&context, confirmation).await?;
    Ok(NoContent)
}

async fn resend_verification(
    State(passwords): State<Passwords>,
    _: Public,
    context: Context,
    Json(body): Json<ResendVerification>,
) -> ApiResult<Accepted<CheckEmailBody>> {
    passwords.resend_verification(&context, body.email).await?;
    Ok(Accepted(CheckEmailBody::new()))
}

async fn login(
    State(passwords): State<Passwords>,
    _: Public,
    context: Context,
    cookies: Cookies,
    Json(body): Json<Login>,
) -> ApiResult<LoginAnswer> {
    let sign_in = SignIn {
        email: body.email,
        password: body.password,
        device: cookies.get(DEVICE_COOKIE).map(Secret::new),
    };
    let signed_in = passwords.sign_in(&context, sign_in).await?;
    LoginAnswer::new(&signed_in)
}

fn one_or_the_other() -> kernel::FieldError {
    kernel::FieldError::new("/token", "required", "give either token, or email and code")
}

impl CheckEmailBody {
    /// The one answer.
    pub fn new() -> Self {
        Self {
            status: String::from("check_email"),
        }
    }
}

impl Default for CheckEmailBody {
    fn default() -> Self {
        Self::new()
    }
}

impl SignupBody {
    fn check_email() -> Self {
        Self {
            status: Some(CheckEmailBody::new().status),
            access_token: None,
            token_type: None,
            expires_in: None,
            refresh_token: None,
            user: None,
        }
    }
}

impl From<TokenBody> for SignupBody {
    fn from(body: TokenBody) -> Self {
        Self {
            status: None,
            access_token: Some(body.access_token),
            token_type: Some(body.token_type),
            expires_in: Some(body.expires_in),
            refresh_token: Some(body.refresh_token),
            user: Some(body.user),
        }
    }
}

impl IntoResponse for SignupAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::In(created) => created.into_response(),
            Self::CheckEmail(accepted) => accepted.into_response(),
        }
    }
}

impl LoginAnswer {
    /// What comes of a step that concerns passwords.
    pub(crate) fn new(signed_in: &SignedIn<Held>) -> ApiResult<Self> {
        let device = signed_in.device.as_ref();
        let device = device.map(|device| SetCookie::keep(DEVICE_COOKIE, device.expose(), DEVICE_LIFETIME));
        Ok(Self {
            device: device.transpose()?,
            body: Json(SignInBody::from(&signed_in.entered)),
        })
    }
}

impl IntoResponse for LoginAnswer {
    fn into_response(self) -> Response {
        match self.device {
            Some(device) => (device, self.body).into_response(),
            None => self.body.into_response(),
        }
    }
}

impl Output for LoginAnswer {
    fn describe(operation: &mut Operation<'_>) {
        <(SetCookie, Json<SignInBody>)>::describe(operation);
    }
}

impl Output for SignupAnswer {
    fn describe(operation: &mut Operation<'_>) {
        Created::<SignupBody>::describe(operation);
        Accepted::<SignupBody>::describe(operation);
    }
}
