//! Signing in and stepping up with a passkey over HTTP.

use axum::extract::State;
use garde::Validate;
use kernel::Secret;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Doc, Json, Principal, Public, Routes};

use crate::enrolment::model::Asking;
use crate::entrance::routes::SignInBody;
use crate::passkey::answer::AuthenticationCredential;
use crate::passkey::options::RequestOptions;
use crate::passkey::service::{Passkeys, SecondStep};
use crate::session::routes::{RenewedAnswer, RenewedBody};

pub(super) fn routes(passkeys: Passkeys) -> Api {
    Routes::new("auth")
        .post(
            "/auth/passkeys/sign-in/options",
            start_passkey_sign_in,
            Doc::new(
                "Start to sign in with a passkey",
                "Answers what `navigator.credentials.get` takes, by way of \
                 `PublicKeyCredential.parseRequestOptionsFromJSON`. It names no account and is good for five \
                 minutes, for one answer.",
            ),
        )
        .post(
            "/auth/passkeys/sign-in",
            sign_in_by_passkey,
            Doc::new(
                "Sign in with a passkey",
                "With what `navigator.credentials.get` answered, by way of `toJSON()`. The authenticator has to \
                 have verified its user, which makes two factors of it, so no other is asked for.",
            ),
        )
        .post(
            "/auth/mfa/passkey/options",
            start_passkey_second_factor,
            Doc::new(
                "Start the second step with a passkey",
                "Answers what `navigator.credentials.get` takes for the passkeys of whoever holds the ticket.",
            ),
        )
        .post(
            "/auth/mfa/passkey/verify",
            verify_passkey_second_factor,
            Doc::new(
                "Take the second step with a passkey",
                "With the ticket of the first step. A ticket is good for five tries.",
            ),
        )
        .post(
            "/auth/step-up/passkey/options",
            start_passkey_step_up,
            Doc::new(
                "Start to show a passkey once more",
                "Answers what `navigator.credentials.get` takes for your passkeys, in this session.",
            ),
        )
        .post(
            "/auth/step-up/passkey",
            step_up_by_passkey,
            Doc::new(
                "Show a passkey once more",
                "What is sensitive wants that to have been within ten minutes (`step_up_required`). The session \
                 goes on with other tokens or another cookie.",
            ),
        )
        .with_state(passkeys)
}

/// What a browser is given to use a passkey.
#[derive(Debug, Serialize, JsonSchema)]
struct PasskeyRequestBody {
    /// For `PublicKeyCredential.parseRequestOptionsFromJSON`.
    public_key: RequestOptions,
}

/// What a browser answered.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct SignInByPasskey {
    /// What the browser answered.
    #[garde(dive)]
    credential: AuthenticationCredential,
}

/// Who takes the second step.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct StartPasskeySecondFactor {
    /// The ticket of the first step.
    #[garde(skip)]
    ticket: Secret<String>,
}

/// The second step.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct VerifyPasskeySecondFactor {
    /// The ticket of the first step.
    #[garde(skip)]
    ticket: Secret<String>,
    /// What the browser answered.
    #[garde(dive)]
    credential: AuthenticationCredential,
}

/// What a browser answered.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct StepUpByPasskey {
    /// What the browser answered.
    #[garde(dive)]
    credential: AuthenticationCredential,
}

async fn start_passkey_sign_in(
    State(passkeys): State<Passkeys>,
    _: Public,
    context: Context,
) -> ApiResult<Json<PasskeyRequestBody>> {
    let public_key = passkeys.start_sign_in(&context).await?;
    Ok(Json(PasskeyRequestBody { public_key }))
}

async fn sign_in_by_passkey(
    State(passkeys): State<Passkeys>,
    _: Public,
    context: Context,
    Json(body): Json<SignInByPasskey>,
) -> ApiResult<Json<SignInBody>> {
    let held = passkeys.sign_in(&context, body.credential).await?;
    Ok(Json(SignInBody::from(&held)))
}

async fn start_passkey_second_factor(
    State(passkeys): State<Passkeys>,
    _: Public,
    context: Context,
    Json(body): Json<StartPasskeySecondFactor>,
) -> ApiResult<Json<PasskeyRequestBody>> {
    let public_key = passkeys.start_second_factor(&context, &body.ticket).await?;
    Ok(Json(PasskeyRequestBody { public_key }))
}

async fn verify_passkey_second_factor(
    State(passkeys): State<Passkeys>,
    _: Public,
    context: Context,
    Json(body): Json<VerifyPasskeySecondFactor>,
) -> ApiResult<Json<SignInBody>> {
    let step = SecondStep {
        ticket: body.ticket,
        credential: body.credential,
    };
    let held = passkeys.complete(&context, step).await?;
    Ok(Json(SignInBody::from(&held)))
}

async fn start_passkey_step_up(
    State(passkeys): State<Passkeys>,
    principal: Principal,
) -> ApiResult<Json<PasskeyRequestBody>> {
    let public_key = passkeys.start_step_up(Asking::of(&principal)).await?;
    Ok(Json(PasskeyRequestBody { public_key }))
}

async fn step_up_by_passkey(
    State(passkeys): State<Passkeys>,
    principal: Principal,
    context: Context,
    Json(body): Json<StepUpByPasskey>,
) -> ApiResult<RenewedAnswer<RenewedBody>> {
    let asking = Asking::of(&principal);
    let renewed = passkeys.step_up(&context, asking, body.credential).await?;
    RenewedAnswer::new(&renewed, |session| session)
}
