//! `/users/{userId}/impersonation`.

use std::time::Duration;

use axum::extract::State;
use garde::Validate;
use kernel::permission::ImpersonateUsers;
use kernel::{SessionId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Doc, Fresh, Json, NoContent, Operator, Path, Routes, UserReference};

use super::model::{Impersonated, Reason, StaffMember, Terms};
use super::service::Impersonations;
use crate::session::routes::TokenBody;

/// The routes of staff who act as somebody.
pub fn routes(impersonations: Impersonations) -> Api {
    const PATH: &str = "/users/{userId}/impersonation";
    Routes::new("users")
        .post(
            PATH,
            impersonate_user,
            Doc::new(
                "Act as somebody",
                "For staff. Begins a session of the API in which you act as the person, with their permissions, for \
                 the minutes that you say. You look, unless you say that you change something; what is the \
                 person's own, how they get in above all, is out of reach. The person is mailed, sees the session \
                 among theirs and can end it, and the activity log of each of their organizations says who acts.",
            ),
        )
        .delete(
            PATH,
            end_impersonation,
            Doc::new(
                "Stop acting as somebody",
                "For staff. Ends the sessions in which you act as the person. Signing out in such a session does \
                 the same for that one.",
            ),
        )
        .with_state(impersonations)
}

/// How to act as somebody.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct ImpersonateUser {
    /// Why: the person and their organizations read it.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "Ticket 4711: the invoice does not open"))]
    reason: String,
    /// Whether you only look.
    #[garde(skip)]
    #[serde(default = "only_look")]
    is_read_only: bool,
    /// For how long, at the most.
    #[garde(range(min = 1, max = 60))]
    #[serde(default = "half_an_hour")]
    minutes: u64,
}

const fn only_look() -> bool {
    true
}

const fn half_an_hour() -> u64 {
    30
}

/// A session in which you act as somebody.
#[derive(Debug, Serialize, JsonSchema)]
struct ImpersonationBody {
    /// The session.
    session_id: SessionId,
    /// Why, as you said it.
    #[schemars(extend("example" = "Ticket 4711: the invoice does not open"))]
    reason: String,
    /// Whether you only look.
    is_read_only: bool,
    /// When it ends, however often its tokens are renewed.
    expires_at: Timestamp,
    /// Its tokens, and who you act as.
    tokens: TokenBody,
}

impl From<&Impersonated> for ImpersonationBody {
    fn from(impersonated: &Impersonated) -> Self {
        let started = &impersonated.started;
        Self {
            session_id: started.session,
            reason: started.reason.clone(),
            is_read_only: started.is_read_only,
            expires_at: started.expires_at,
            tokens: TokenBody::from(&impersonated.held),
        }
    }
}

/// Which account.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
struct UserPath {
    /// The account; `me` is your own.
    #[serde(rename = "userId")]
    user: UserReference,
}

async fn impersonate_user(
    State(impersonations): State<Impersonations>,
    operator: Fresh<Operator<ImpersonateUsers>>,
    Path(path): Path<UserPath>,
    context: Context,
    Json(body): Json<ImpersonateUser>,
) -> ApiResult<Json<ImpersonationBody>> {
    let staff = StaffMember {
        user: operator.principal.user,
        aal: operator.principal.aal,
    };
    let terms = Terms {
        reason: Reason::parse(&body.reason)?,
        is_read_only: body.is_read_only,
        lasts: Duration::from_secs(body.minutes.saturating_mul(60)),
    };
    let user = path.user.or_self(staff.user);
    let impersonated = impersonations.start(&context, staff, user, terms).await?;
    Ok(Json(ImpersonationBody::from(&impersonated)))
}

async fn end_impersonation(
    State(impersonations): State<Impersonations>,
    operator: Operator<ImpersonateUsers>,
    Path(path): Path<UserPath>,
    context: Context,
) -> ApiResult<NoContent> {
    let staff = operator.principal.user;
    impersonations
        .end(&context, staff, path.user.or_self(staff))
        .await?;
    Ok(NoContent)
}
