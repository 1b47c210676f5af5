//! The table `sandbox_portals`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;

/// A page of a customer.
pub(crate) struct Portal {
    pub(crate) customer: String,
    pub(crate) return_url: String,
}

impl FromRow for Portal {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            customer: row.column()?,
            return_url: row.column()?,
        })
    }
}

pub(crate) async fn insert(
    tx: &mut Tx,
    id: &str,
    portal: &Portal,
    expires_at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_portals (id, customer_id, return_url, expires_at) VALUES ($1, $2, $3, $4)",
        args![id, &portal.customer, &portal.return_url, expires_at],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(
    db: &mut impl Executor,
    id: &str,
    now: Timestamp,
) -> Result<Option<Portal>, DbError> {
    db.fetch_optional(
        "SELECT customer_id, return_url FROM sandbox_portals WHERE id = $1 AND expires_at > $2",
        args![id, now],
    )
    .await
}

pub(crate) async fn delete_old(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM sandbox_portals WHERE id IN (
             SELECT id FROM sandbox_portals WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
         )",
        args![now, limit],
    )
    .await
}
