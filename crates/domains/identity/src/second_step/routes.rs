//! The second step over HTTP.

use axum::extract::State;
use garde::Validate;
use kernel::Secret;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Api, ApiResult, Context, Cookies, Doc, Json, Public, Routes};

use super::service::{SecondStep, SecondSteps};
use crate::factor_code::model::FactorCode;
use crate::password::routes::{DEVICE_COOKIE, LoginAnswer};

/// The routes of second steps.
pub fn routes(second_steps: SecondSteps) -> Api {
    Routes::new("auth")
        .post(
            "/auth/mfa/totp/verify",
            verify_totp,
            Doc::new(
                "Take the second step with an authenticator app",
                "With the ticket of the first step and a code of the app. A ticket is good for five tries in five \
                 minutes, a code for one; whatever is wrong is answered alike.",
            ),
        )
        .post(
            "/auth/mfa/recovery-codes/verify",
            verify_recovery_code,
            Doc::new(
                "Take the second step with a recovery code",
                "With the ticket of the first step and one of the codes that were written down, which is void \
                 afterwards. The owner is told by mail how many are left.",
            ),
        )
        .with_state(second_steps)
}

/// The ticket, and a code of the app.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct VerifyTotp {
    /// What the first step answered.
    #[garde(skip)]
    #[schemars(extend("example" = "ms_mfa_mHk3b5aVw0c1Jm0bJ8n0qg9g8Jc7uZ3b4tQ1r2s3t4uQXo1Zw"))]
    ticket: Secret<String>,
    /// Six digits.
    #[garde(skip)]
    #[schemars(extend("example" = "287082"))]
    code: Secret<String>,
}

/// The ticket, and a recovery code.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct VerifyRecoveryCode {
    /// What the first step answered.
    #[garde(skip)]
    #[schemars(extend("example" = "ms_mfa_mHk3b5aVw0c1Jm0bJ8n0qg9g8Jc7uZ3b4tQ1r2s3t4uQXo1Zw"))]
    ticket: Secret<String>,
    /// As it was written down; blanks, hyphens and small letters don't matter.
    #[garde(skip)]
    #[schemars(extend("example" = "3-KMXQ2-7PLRT"))]
    code: Secret<String>,
}

async fn verify_totp(
    State(second_steps): State<SecondSteps>,
    _: Public,
    context: Context,
    cookies: Cookies,
    Json(body): Json<VerifyTotp>,
) -> ApiResult<LoginAnswer> {
    let step = SecondStep {
        ticket: body.ticket,
        code: FactorCode::Totp(body.code),
        device: cookies.get(DEVICE_COOKIE).map(Secret::new),
    };
    LoginAnswer::new(&second_steps.take(&context, step).await?)
}

async fn verify_recovery_code(
    State(second_steps): State<SecondSteps>,
    _: Public,
    context: Context,
    cookies: Cookies,
    Json(body): Json<VerifyRecoveryCode>,
) -> ApiResult<LoginAnswer> {
    let step = SecondStep {
        ticket: body.ticket,
        code: FactorCode::Recovery(body.code),
        device: cookies.get(DEVICE_COOKIE).map(Secret::new),
    };
    LoginAnswer::new(&second_steps.take(&context, step).await?)
}
