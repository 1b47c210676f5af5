//! Which roles a member holds.

use db::{DbError, Executor, FromRow, Row, args};
use kernel::{OrganizationId, PermissionSet, RoleId, Timestamp, UserId};

/// A role that is held; none of it for a member without any role.
pub(super) struct HeldRole {
    pub(super) id: Option<RoleId>,
    pub(super) permissions: PermissionSet,
}

impl FromRow for HeldRole {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let id = row.column()?;
        let permissions: Option<serde_json::Value> = row.column()?;
        let permissions = permissions.and_then(|names| serde_json::from_value(names).ok());
        Ok(Self {
            id,
            permissions: permissions.unwrap_or_default(),
        })
    }
}

/// From when on an organization asks for a second factor, as its policy says.
struct MfaPolicy {
    required_from: Option<Timestamp>,
}

impl FromRow for MfaPolicy {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            required_from: row.column()?,
        })
    }
}

/// None when the organization asks for none, or is gone.
pub(super) async fn find_mfa_required_from(
    tx: &mut impl Executor,
    organization: OrganizationId,
) -> Result<Option<Timestamp>, DbError> {
    let policy: Option<MfaPolicy> = tx
        .fetch_optional(
            "SELECT mfa_required_from FROM organizations WHERE id = $1",
            args![organization],
        )
        .await?;
    Ok(policy.and_then(|policy| policy.required_from))
}

/// No row means no member; who holds no role is one row without a role.
pub(super) async fn list_held(
    tx: &mut impl Executor,
    organization: OrganizationId,
    user: UserId,
) -> Result<Vec<HeldRole>, DbError> {
    tx.fetch_all(
        "SELECT r.id, r.permissions
         FROM user_org m
         LEFT JOIN user_role g ON g.organization_id = m.organization_id AND g.user_id = m.user_id
         LEFT JOIN roles r ON r.id = g.role_id
         WHERE m.organization_id = $1 AND m.user_id = $2",
        args![organization, user],
    )
    .await
}
