//! Step-up over HTTP.

use axum::extract::State;
use garde::Validate;
use kernel::{FieldError, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Api, ApiResult, Context, Doc, Json, Principal, Routes};

use super::service::{StepUp, StepUps};
use crate::enrolment::model::Asking;
use crate::error::IdentityError;
use crate::factor_code::model::FactorCode;
use crate::session::routes::{RenewedAnswer, RenewedBody};

/// The routes of step-ups.
pub fn routes(step_ups: StepUps) -> Api {
    Routes::new("auth")
        .post(
            "/auth/step-up",
            step_up,
            Doc::new(
                "Show once more who you are",
                "What is sensitive wants that to have been within ten minutes (`step_up_required`). With the password, \
                 or, for who has a second factor, with a code of it. The session goes on with other tokens or another \
                 cookie.",
            ),
        )
        .with_state(step_ups)
}

/// One of the three.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields, rename = "StepUp")]
struct StepUpWith {
    /// The password: enough for who has no second factor.
    #[garde(skip)]
    #[schemars(extend("format" = "password", "example" = "quiet otters juggle 9 lanterns"))]
    password: Option<Secret<String>>,
    /// A code of the authenticator app.
    #[garde(skip)]
    #[schemars(extend("example" = "287082"))]
    code: Option<Secret<String>>,
    /// A recovery code.
    #[garde(skip)]
    #[schemars(extend("example" = "3-KMXQ2-7PLRT"))]
    recovery_code: Option<Secret<String>>,
}

async fn step_up(
    State(step_ups): State<StepUps>,
    principal: Principal,
    context: Context,
    Json(body): Json<StepUpWith>,
) -> ApiResult<RenewedAnswer<RenewedBody>> {
    let with = match (body.password, body.code, body.recovery_code) {
        (Some(password), None, None) => StepUp::Password(password),
        (None, Some(code), None) => StepUp::Code(FactorCode::Totp(code)),
        (None, None, Some(code)) => StepUp::Code(FactorCode::Recovery(code)),
        _ => return Err(IdentityError::invalid(one_of_three()).into()),
    };
    let asking = Asking {
        user: principal.user,
        session: principal.session,
    };
    let renewed = step_ups.take(&context, asking, with).await?;
    RenewedAnswer::new(&renewed, |session| session)
}

fn one_of_three() -> FieldError {
    FieldError::new(
        "/password",
        "required",
        "give either password, code or recovery_code",
    )
}
