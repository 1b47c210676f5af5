//! The table `sandbox_requests`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;

/// What was asked for under a key.
pub(crate) struct Request {
    pub(crate) operation: String,
    pub(crate) fingerprint: [u8; 32],
    pub(crate) object: String,
}

impl FromRow for Request {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            operation: row.column()?,
            fingerprint: row.column()?,
            object: row.column()?,
        })
    }
}

/// `false` when the key stands for a request already; one that is under way is waited for.
pub(crate) async fn insert(
    tx: &mut Tx,
    key: &str,
    request: &Request,
    now: Timestamp,
) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO sandbox_requests (idempotency_key, operation, fingerprint, object_id, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        args![key, &request.operation, request.fingerprint, &request.object, now],
    );
    Ok(inserted.await? == 1)
}

pub(crate) async fn get(tx: &mut Tx, key: &str) -> Result<Request, DbError> {
    tx.fetch_one(
        "SELECT operation, fingerprint, object_id FROM sandbox_requests WHERE idempotency_key = $1",
        args![key],
    )
    .await
}

/// Keys live for a day.
pub(crate) async fn delete_old(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM sandbox_requests WHERE idempotency_key IN (
             SELECT idempotency_key FROM sandbox_requests WHERE created_at < $1 ORDER BY created_at LIMIT $2
         )",
        args![before, limit],
    )
    .await
}
