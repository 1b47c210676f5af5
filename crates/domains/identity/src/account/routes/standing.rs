//! `/users/{userId}/suspend`, `/restore` and `/platform-role`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{WriteStaff, WriteUsers};
use kernel::{PlatformRole, UserId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::routes::{Doc, Routes};
use web::{ApiResult, Context, Fresh, IfMatch, Json, Operator, Path, Principal, Tagged, UserReference};

use super::super::service::Accounts;
use crate::user::model::Acting;
use crate::user::routes::UserBody;

pub(super) fn add_to(routes: Routes<Accounts>) -> Routes<Accounts> {
    routes
        .post(
            "/users/{userId}/suspend",
            suspend_user,
            Doc::new(
                "Suspend an account",
                "For staff. Ends the sessions of its owner, and lets them start none until it is restored.",
            ),
        )
        .post(
            "/users/{userId}/restore",
            restore_user,
            Doc::new("Restore an account", "For staff. Opens a suspended account again."),
        )
        .put(
            "/users/{userId}/platform-role",
            update_user_platform_role,
            Doc::new(
                "Set an account's platform role",
                "For owners of the platform. Makes somebody a member of the staff, or not any longer, and ends \
                 their sessions. The last owner keeps their role.",
            ),
        )
}

/// Somebody's standing on the platform's staff from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdatePlatformRole {
    /// The role; null for none.
    #[serde(deserialize_with = "Option::deserialize")]
    #[garde(skip)]
    role: Option<PlatformRole>,
}

/// Which account.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) struct UserPath {
    /// The account; `me` is your own.
    #[serde(rename = "userId")]
    user: UserReference,
}

async fn suspend_user(
    State(accounts): State<Accounts>,
    operator: Operator<WriteUsers>,
    Path(path): Path<UserPath>,
    context: Context,
    IfMatch(version): IfMatch,
) -> ApiResult<Tagged<UserBody>> {
    let (acting, id) = by_staff(&operator.principal, path);
    let user = accounts.suspend(&context, acting, id, version).await?;
    Ok(Tagged::new(user.version, UserBody::from(&user)))
}

async fn restore_user(
    State(accounts): State<Accounts>,
    operator: Operator<WriteUsers>,
    Path(path): Path<UserPath>,
    context: Context,
    IfMatch(version): IfMatch,
) -> ApiResult<Tagged<UserBody>> {
    let (acting, id) = by_staff(&operator.principal, path);
    let user = accounts.restore(&context, acting, id, version).await?;
    Ok(Tagged::new(user.version, UserBody::from(&user)))
}

async fn update_user_platform_role(
    State(accounts): State<Accounts>,
    operator: Fresh<Operator<WriteStaff>>,
    Path(path): Path<UserPath>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdatePlatformRole>,
) -> ApiResult<Tagged<UserBody>> {
    let (_, id) = by_staff(&operator.principal, path);
    let user = accounts
        .set_platform_role(&context, id, body.role, version)
        .await?;
    Ok(Tagged::new(user.version, UserBody::from(&user)))
}

/// Staff act as such on their own accounts too: nobody stands above themselves.
const fn by_staff(principal: &Principal, path: UserPath) -> (Acting, UserId) {
    (
        Acting::Staff(principal.platform_role),
        path.user.or_self(principal.user),
    )
}
