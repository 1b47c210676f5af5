//! What invites need to know of people. Their accounts are identity's: these statements read.

use db::{DbError, Executor, FromRow, Row, args};
use kernel::{EmailAddress, Locale, OrganizationId, Timestamp, UserId};

/// Whose account an invite is answered from.
pub(crate) struct Account {
    pub(crate) email: EmailAddress,
    /// Whether it is known that the address is theirs.
    pub(crate) is_verified: bool,
}

/// What there is at an address that is to be invited.
pub(crate) struct Invitee {
    pub(crate) user: Option<UserId>,
    pub(crate) locale: Option<Locale>,
    pub(crate) is_member: bool,
    pub(crate) has_open_invite: bool,
}

/// Somebody whom we write to.
pub(crate) struct Correspondent {
    pub(crate) email: EmailAddress,
    pub(crate) locale: Locale,
}

impl FromRow for Account {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            email: row.column()?,
            is_verified: row.column()?,
        })
    }
}

impl FromRow for Invitee {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user: row.column()?,
            locale: row.column()?,
            is_member: row.column()?,
            has_open_invite: row.column()?,
        })
    }
}

impl FromRow for Correspondent {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            email: row.column()?,
            locale: row.column()?,
        })
    }
}

pub(crate) async fn find_account(tx: &mut impl Executor, user: UserId) -> Result<Option<Account>, DbError> {
    tx.fetch_optional(
        "SELECT email, email_verified_at IS NOT NULL FROM users WHERE id = $1 AND status = 'active'",
        args![user],
    )
    .await
}

pub(crate) async fn find_name(tx: &mut impl Executor, user: UserId) -> Result<Option<String>, DbError> {
    let found: Option<Option<String>> = tx
        .fetch_optional("SELECT name FROM users WHERE id = $1", args![user])
        .await?;
    Ok(found.flatten())
}

/// One row in any case, whether there is an account or not.
pub(crate) async fn find_invitee(
    tx: &mut impl Executor,
    organization: OrganizationId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<Invitee, DbError> {
    tx.fetch_one(
        "SELECT
             (SELECT u.id FROM users u WHERE u.email_norm = $2),
             (SELECT u.locale FROM users u WHERE u.email_norm = $2),
             EXISTS (SELECT 1
                 FROM users u
                 JOIN user_org m ON m.user_id = u.id
                 WHERE u.email_norm = $2 AND m.organization_id = $1),
             EXISTS (SELECT 1
                 FROM invites i
                 WHERE i.organization_id = $1
                     AND i.email_norm = $2
                     AND i.accepted_at IS NULL
                     AND i.declined_at IS NULL
                     AND i.revoked_at IS NULL
                     AND i.expires_at > $3)",
        args![organization, email.normalized(), now],
    )
    .await
}

/// How to write to somebody who is still a member.
pub(crate) async fn find_correspondent(
    tx: &mut impl Executor,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Correspondent>, DbError> {
    tx.fetch_optional(
        "SELECT u.email, u.locale
         FROM user_org m
         JOIN users u ON u.id = m.user_id
         WHERE m.organization_id = $1 AND m.user_id = $2 AND u.status = 'active'",
        args![organization, user],
    )
    .await
}
