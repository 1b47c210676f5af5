//! Changes of address in the database.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::id::EmailChangeId;
use kernel::{Timestamp, UserId};

use super::model::EmailChange;

impl FromRow for EmailChange {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            user_id: row.column()?,
            old_email: row.column()?,
            new_email: row.column()?,
            old_confirmed_at: row.column()?,
            new_confirmed_at: row.column()?,
            created_at: row.column()?,
            expires_at: row.column()?,
            completed_at: row.column()?,
            cancelled_at: row.column()?,
            undone_at: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, change: &EmailChange) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO email_changes
            (id, user_id, old_email, new_email, new_email_norm, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            change.id,
            change.user_id,
            &change.old_email,
            &change.new_email,
            change.new_email.normalized(),
            change.created_at,
            change.expires_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: EmailChangeId) -> Result<Option<EmailChange>, DbError> {
    db.fetch_optional(
        "SELECT id, user_id, old_email, new_email, old_confirmed_at, new_confirmed_at, created_at, expires_at,
                completed_at, cancelled_at, undone_at
         FROM email_changes WHERE id = $1",
        args![id],
    )
    .await
}

/// What both confirmations wait for in turn, so that the second sees the first.
pub(crate) async fn lock(tx: &mut Tx, id: EmailChangeId) -> Result<Option<EmailChange>, DbError> {
    tx.fetch_optional(
        "SELECT id, user_id, old_email, new_email, old_confirmed_at, new_confirmed_at, created_at, expires_at,
                completed_at, cancelled_at, undone_at
         FROM email_changes WHERE id = $1 {for_update}",
        args![id],
    )
    .await
}

pub(crate) async fn update_confirmed(tx: &mut Tx, change: &EmailChange) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE email_changes SET old_confirmed_at = $2, new_confirmed_at = $3 WHERE id = $1",
        args![change.id, change.old_confirmed_at, change.new_confirmed_at],
    )
    .await
}

pub(crate) async fn update_completed(tx: &mut Tx, id: EmailChangeId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE email_changes SET completed_at = $2 WHERE id = $1",
        args![id, now],
    )
    .await
}

/// Drops the change that the person has begun and not ended.
pub(crate) async fn update_cancelled(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE email_changes SET cancelled_at = $2
         WHERE user_id = $1 AND completed_at IS NULL AND cancelled_at IS NULL",
        args![user, now],
    )
    .await
}

/// With a change those are taken back that were made after it: the same stranger made them, or they start
/// from an address that the account does not have any more.
pub(crate) async fn update_undone(
    tx: &mut Tx,
    user: UserId,
    since: Timestamp,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE email_changes SET undone_at = $3
         WHERE user_id = $1 AND created_at >= $2 AND completed_at IS NOT NULL AND undone_at IS NULL",
        args![user, since, now],
    )
    .await
}

pub(crate) async fn delete_expired(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM email_changes WHERE id IN
            (SELECT id FROM email_changes WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        args![before, most],
    )
    .await
}
