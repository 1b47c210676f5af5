//! Tickets in the database.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;
use uuid::Uuid;

use super::model::{Pending, TICKET_ATTEMPTS};

impl FromRow for Pending {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            user_id: row.column()?,
            sec_epoch: row.column()?,
            kind: row.parsed()?,
            method: row.column()?,
            amr: row.json()?,
        })
    }
}

pub(crate) async fn insert(
    tx: &mut Tx,
    pending: &Pending,
    secret_hash: [u8; 32],
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO mfa_tickets (id, secret_hash, user_id, sec_epoch, kind, method, amr, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            pending.id,
            secret_hash,
            pending.user_id,
            pending.sec_epoch,
            pending.kind.as_str(),
            &pending.method,
            serde_json::Value::from(pending.amr.clone()),
            now,
            expires_at,
        ],
    )
    .await
    .map(drop)
}

/// The one statement that counts a try: no ticket is tried more often than it may be.
pub(crate) async fn update_attempt(
    tx: &mut Tx,
    secret_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Pending>, DbError> {
    tx.fetch_optional(
        "UPDATE mfa_tickets SET attempts = attempts + 1
         WHERE secret_hash = $1 AND consumed_at IS NULL AND expires_at > $2 AND attempts < $3
         RETURNING id, user_id, sec_epoch, kind, method, amr",
        args![secret_hash, now, TICKET_ATTEMPTS],
    )
    .await
}

/// The ticket as it is, with nothing counted.
pub(crate) async fn find(
    db: &mut impl Executor,
    secret_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Pending>, DbError> {
    db.fetch_optional(
        "SELECT id, user_id, sec_epoch, kind, method, amr FROM mfa_tickets
         WHERE secret_hash = $1 AND consumed_at IS NULL AND expires_at > $2 AND attempts < $3",
        args![secret_hash, now, TICKET_ATTEMPTS],
    )
    .await
}

/// The one statement that uses a ticket up; 0 when somebody was faster.
pub(crate) async fn update_consumed(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE mfa_tickets SET consumed_at = $2 WHERE id = $1 AND consumed_at IS NULL",
        args![id, now],
    )
    .await
}

/// Deletes some of the tickets that ended before `before`.
pub(crate) async fn delete_expired(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM mfa_tickets WHERE id IN
            (SELECT id FROM mfa_tickets WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        args![before, most],
    )
    .await
}
