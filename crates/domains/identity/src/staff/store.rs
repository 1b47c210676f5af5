//! SQL of the platform's staff.

use db::{DbError, Executor, Tx, args};
use kernel::{PlatformRole, Timestamp, UserId};

/// Whether somebody has this role.
pub(crate) async fn find_any(db: &mut impl Executor, role: PlatformRole) -> Result<Option<UserId>, DbError> {
    db.fetch_optional(
        "SELECT id FROM users WHERE platform_role = $1 LIMIT 1",
        args![role.as_str()],
    )
    .await
}

/// 0 when the person has the role already.
pub(crate) async fn update_role(
    tx: &mut Tx,
    id: UserId,
    role: PlatformRole,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET platform_role = $2, version = version + 1, updated_at = $3
         WHERE id = $1 AND (platform_role IS NULL OR platform_role <> $2)",
        args![id, role.as_str(), now],
    )
    .await
}
