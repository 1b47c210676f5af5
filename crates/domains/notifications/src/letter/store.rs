//! Where mail goes, and what organizations are called.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{EmailAddress, Locale, OrganizationId, UserId};

/// Somebody who gets mail.
pub(crate) struct Reader {
    pub(crate) user: UserId,
    pub(crate) email: EmailAddress,
    pub(crate) locale: Locale,
}

impl FromRow for Reader {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user: row.column()?,
            email: row.column()?,
            locale: row.column()?,
        })
    }
}

/// Those of `users` whose accounts are open and whose addresses are theirs.
pub(crate) async fn list_readers(tx: &mut Tx, users: &[UserId]) -> Result<Vec<Reader>, DbError> {
    let users: Vec<String> = users.iter().map(|user| user.uuid().to_string()).collect();
    tx.fetch_all(
        "SELECT id, email, locale FROM users
         WHERE id {in_uuids:$1} AND status = 'active' AND email_verified_at IS NOT NULL
         ORDER BY id",
        args![serde_json::json!(users)],
    )
    .await
}

/// What an organization is called.
pub(crate) async fn find_organization_name(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Option<String>, DbError> {
    tx.fetch_optional(
        "SELECT name FROM organizations WHERE id = $1",
        args![organization],
    )
    .await
}
