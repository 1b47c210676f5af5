//! Second factors over HTTP.

use axum::extract::State;
use garde::Validate;
use kernel::permission::WriteUsers;
use kernel::{Secret, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Api, ApiResult, Context, Doc, Fresh, Json, NoContent, Operator, Path, Principal, Routes, UserReference,
};

use super::model::{Asking, Overview};
use super::service::Enrolments;
use crate::session::routes::{RenewedAnswer, RenewedBody};
use crate::user::model::Acting;

/// The routes of second factors.
pub fn routes(enrolments: Enrolments) -> Api {
    own_routes(enrolments.clone()).merge(staff_routes(enrolments))
}

fn own_routes(enrolments: Enrolments) -> Api {
    Routes::new("auth")
        .get(
            "/auth/mfa",
            get_mfa,
            Doc::new(
                "Get your second factors",
                "What is asked for after a password or a mail, and how many recovery codes are left.",
            ),
        )
        .post(
            "/auth/mfa/totp",
            start_totp,
            Doc::new(
                "Set up an authenticator app",
                "Answers a secret for the app. It counts for nothing before a code confirms it; starting again \
                 replaces one that was not confirmed.",
            ),
        )
        .post(
            "/auth/mfa/totp/confirm",
            confirm_totp,
            Doc::new(
                "Confirm an authenticator app",
                "With a code that it shows. From now on signing in takes a second step. Answers ten recovery codes, \
                 once, when there were none, and raises the session, which goes on with other tokens or another \
                 cookie; with the first second factor all other sessions end.",
            ),
        )
        .delete(
            "/auth/mfa/totp",
            delete_totp,
            Doc::new(
                "Remove your authenticator app",
                "Recovery codes go with the last second factor.",
            ),
        )
        .post(
            "/auth/mfa/recovery-codes",
            create_recovery_codes,
            Doc::new(
                "Make new recovery codes",
                "Ten, each good for one second step in place of the factor. Those from before are void. Only for who \
                 has a second factor.",
            ),
        )
        .with_state(enrolments)
}

fn staff_routes(enrolments: Enrolments) -> Api {
    Routes::new("users")
        .delete(
            "/users/{userId}/mfa",
            reset_user_mfa,
            Doc::new(
                "Reset an account's second factors",
                "For staff, when a person has lost theirs. Removes the authenticator app, passkeys and recovery \
                 codes, ends all sessions and tells the owner by mail.",
            ),
        )
        .with_state(enrolments)
}

/// What a person has beside their first factor.
#[derive(Debug, Serialize, JsonSchema)]
struct MfaBody {
    /// The authenticator app; null when there is none that is confirmed.
    totp: Option<TotpBody>,
    /// How many passkeys there are.
    #[schemars(extend("example" = 1, "format" = "int32"))]
    passkeys: u32,
    /// How many recovery codes are left.
    #[schemars(extend("example" = 9, "format" = "int32"))]
    recovery_codes_left: u32,
}

/// An authenticator app.
#[derive(Debug, Serialize, JsonSchema)]
struct TotpBody {
    /// Since when it counts.
    confirmed_at: Timestamp,
    /// When it was last used.
    last_used_at: Option<Timestamp>,
}

/// What the app is given, once.
#[derive(Debug, Serialize, JsonSchema)]
struct NewTotpBody {
    /// Base32, to be typed.
    #[schemars(extend("example" = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))]
    secret: String,
    /// The same as an address, to be shown as a QR code.
    #[schemars(extend("example" = "otpauth://totp/Mainstay:ada%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mainstay&algorithm=SHA1&digits=6&period=30"))]
    otpauth_uri: String,
}

/// A code of the app.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ConfirmTotp {
    /// Six digits.
    #[garde(skip)]
    #[schemars(extend("example" = "287082"))]
    code: Secret<String>,
}

/// The app counts from now on.
#[derive(Debug, Serialize, JsonSchema)]
struct ConfirmedTotpBody {
    /// To be written down; empty when there are some from before.
    #[schemars(extend("example" = ["0-KMXQ2-7PLRT"]))]
    recovery_codes: Vec<String>,
    /// The session as it goes on.
    session: RenewedBody,
}

/// To be written down: nobody can read them again.
#[derive(Debug, Serialize, JsonSchema)]
struct RecoveryCodesBody {
    /// All ten.
    #[schemars(extend("example" = ["0-KMXQ2-7PLRT"]))]
    codes: Vec<String>,
}

/// Which account.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct MfaPath {
    /// The account; `me` is your own.
    #[serde(rename = "userId")]
    user: UserReference,
}

async fn get_mfa(State(enrolments): State<Enrolments>, principal: Principal) -> ApiResult<Json<MfaBody>> {
    Ok(Json(MfaBody::from(enrolments.get(principal.user).await?)))
}

async fn start_totp(
    State(enrolments): State<Enrolments>,
    principal: Fresh<Principal>,
    context: Context,
) -> ApiResult<Json<NewTotpBody>> {
    let new = enrolments.start_totp(&context, principal.user).await?;
    Ok(Json(NewTotpBody {
        secret: new.secret.expose().clone(),
        otpauth_uri: new.otpauth_uri.expose().clone(),
    }))
}

async fn confirm_totp(
    State(enrolments): State<Enrolments>,
    principal: Fresh<Principal>,
    context: Context,
    Json(body): Json<ConfirmTotp>,
) -> ApiResult<RenewedAnswer<ConfirmedTotpBody>> {
    let asking = Asking {
        user: principal.user,
        session: principal.session,
    };
    let enrolled = enrolments.confirm_totp(&context, asking, &body.code).await?;
    RenewedAnswer::new(&enrolled.renewed, |session| ConfirmedTotpBody {
        recovery_codes: enrolled.recovery_codes,
        session,
    })
}

async fn delete_totp(
    State(enrolments): State<Enrolments>,
    principal: Fresh<Principal>,
    context: Context,
) -> ApiResult<NoContent> {
    enrolments.delete_totp(&context, principal.user).await?;
    Ok(NoContent)
}

async fn create_recovery_codes(
    State(enrolments): State<Enrolments>,
    principal: Fresh<Principal>,
    context: Context,
) -> ApiResult<Json<RecoveryCodesBody>> {
    let codes = enrolments.make_recovery_codes(&context, principal.user).await?;
    Ok(Json(RecoveryCodesBody { codes }))
}

/// Staff act as such on their own accounts too: nobody stands above themselves.
async fn reset_user_mfa(
    State(enrolments): State<Enrolments>,
    operator: Fresh<Operator<WriteUsers>>,
    context: Context,
    Path(path): Path<MfaPath>,
) -> ApiResult<NoContent> {
    let acting = Acting::Staff(operator.principal.platform_role);
    let user = path.user.or_self(operator.principal.user);
    enrolments.reset(&context, acting, user).await?;
    Ok(NoContent)
}

impl From<Overview> for MfaBody {
    fn from(overview: Overview) -> Self {
        Self {
            totp: overview.totp.map(|totp| TotpBody {
                confirmed_at: totp.confirmed_at,
                last_used_at: totp.last_used_at,
            }),
            passkeys: overview.passkeys,
            recovery_codes_left: overview.recovery_codes,
        }
    }
}
