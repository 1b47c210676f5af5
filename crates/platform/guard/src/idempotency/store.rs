//! `idempotency_keys`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;
use kernel::context::Idempotency;

pub(super) struct Kept {
    pub(super) fingerprint: [u8; 32],
    /// Missing only while the work is being done.
    pub(super) sealed_result: Option<Vec<u8>>,
    pub(super) expires_at: Timestamp,
}

/// Whether the key is ours now: it was new, or its time had run out. On PostgreSQL this waits for a
/// transaction that has just written the same key.
pub(super) async fn insert(
    tx: &mut Tx,
    idempotency: &Idempotency,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<bool, DbError> {
    let inserted: Option<i64> = tx
        .fetch_optional(
            "INSERT INTO idempotency_keys (scope, key, fingerprint, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (scope, key) DO UPDATE SET
                fingerprint = excluded.fingerprint,
                sealed_result = NULL,
                created_at = excluded.created_at,
                expires_at = excluded.expires_at
            WHERE idempotency_keys.expires_at <= $4
            RETURNING 1",
            args![
                &idempotency.scope,
                &idempotency.key,
                idempotency.fingerprint,
                now,
                expires_at
            ],
        )
        .await?;
    Ok(inserted.is_some())
}

pub(super) async fn update(tx: &mut Tx, idempotency: &Idempotency, sealed: Vec<u8>) -> Result<(), DbError> {
    tx.execute(
        "UPDATE idempotency_keys SET sealed_result = $3 WHERE scope = $1 AND key = $2",
        args![&idempotency.scope, &idempotency.key, sealed],
    )
    .await?;
    Ok(())
}

pub(super) async fn find(db: &mut impl Executor, idempotency: &Idempotency) -> Result<Option<Kept>, DbError> {
    db.fetch_optional(
        "SELECT fingerprint, sealed_result, expires_at FROM idempotency_keys WHERE scope = $1 AND key = $2",
        args![&idempotency.scope, &idempotency.key],
    )
    .await
}

pub(super) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM idempotency_keys
        WHERE (scope, key) IN (
            SELECT scope, key FROM idempotency_keys
            WHERE expires_at <= $1
            ORDER BY expires_at
            LIMIT 500
            {for_update_skip_locked}
        )",
        args![now],
    )
    .await
}

impl FromRow for Kept {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            fingerprint: row.column()?,
            sealed_result: row.column()?,
            expires_at: row.column()?,
        })
    }
}
