//! The table `mail_senders`. Names of organizations are read from `organizations`, which is another domain's.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{OrganizationId, PageRequest, SenderId, Timestamp, UserId};

use super::model::{NewSender, Sender, SenderName};

impl FromRow for Sender {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, organization, email) = (row.column()?, row.column()?, row.column()?);
        let name: Option<String> = row.column()?;
        Ok(Self {
            id,
            organization,
            email,
            name: name.and_then(|name| name.parse::<SenderName>().ok()),
            locale: row.column()?,
            verified_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// Fails on `mail_senders_email_norm_key` when the organization has the address.
pub(super) async fn insert(
    tx: &mut Tx,
    (organization, id): (OrganizationId, SenderId),
    new: &NewSender,
    created_by: Option<UserId>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO mail_senders (id, organization_id, email, email_norm, name, locale, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            id,
            organization,
            &new.email,
            new.email.normalized(),
            new.name.as_ref().map(SenderName::as_str),
            &new.locale,
            created_by,
            now,
        ],
    )
    .await
    .map(drop)
}

pub(super) async fn find(
    db: &mut impl Executor,
    organization: OrganizationId,
    id: SenderId,
) -> Result<Option<Sender>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, email, name, locale, verified_at, created_at
         FROM mail_senders
         WHERE id = $1 AND organization_id = $2",
        args![id, organization],
    )
    .await
}

/// Whoever tries a code or asks for one holds the row.
pub(super) async fn lock(
    tx: &mut Tx,
    organization: OrganizationId,
    id: SenderId,
) -> Result<Option<Sender>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, email, name, locale, verified_at, created_at
         FROM mail_senders
         WHERE id = $1 AND organization_id = $2
         {for_update}",
        args![id, organization],
    )
    .await
}

/// The sender of this address, in its normal form, if it is verified.
pub(super) async fn find_verified(
    db: &mut impl Executor,
    organization: OrganizationId,
    email_norm: &str,
) -> Result<Option<Sender>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, email, name, locale, verified_at, created_at
         FROM mail_senders
         WHERE organization_id = $1 AND email_norm = $2 AND verified_at IS NOT NULL",
        args![organization, email_norm],
    )
    .await
}

/// By their addresses.
pub(super) async fn list(
    db: &mut impl Executor,
    organization: OrganizationId,
    page: &PageRequest,
) -> Result<Vec<Sender>, DbError> {
    let after = page.after.as_ref().map(|position| position.key.clone());
    let filter = Filter::new(args![organization]).and_some("email_norm > $?", after);
    db.fetch_filtered(
        "SELECT id, organization_id, email, name, locale, verified_at, created_at
         FROM mail_senders
         WHERE organization_id = $1",
        filter,
        "ORDER BY email_norm LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// Nothing when it was verified before, or is gone.
pub(super) async fn update_verified(
    tx: &mut Tx,
    organization: OrganizationId,
    id: SenderId,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE mail_senders SET verified_at = $3
         WHERE id = $1 AND organization_id = $2 AND verified_at IS NULL",
        args![id, organization, now],
    )
    .await
}

pub(super) async fn delete(
    tx: &mut Tx,
    organization: OrganizationId,
    id: SenderId,
) -> Result<Option<Sender>, DbError> {
    tx.fetch_optional(
        "DELETE FROM mail_senders
         WHERE id = $1 AND organization_id = $2
         RETURNING id, organization_id, email, name, locale, verified_at, created_at",
        args![id, organization],
    )
    .await
}

pub(super) async fn find_organization_name(
    db: &mut impl Executor,
    organization: OrganizationId,
) -> Result<Option<String>, DbError> {
    db.fetch_optional(
        "SELECT name FROM organizations WHERE id = $1",
        args![organization],
    )
    .await
}
