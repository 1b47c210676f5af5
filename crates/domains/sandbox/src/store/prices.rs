//! The table `sandbox_prices`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;

use crate::model::subscription::Price;
use crate::store::money;

impl FromRow for Price {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            reference: row.column()?,
            name: row.column()?,
            amount: money(row)?,
            interval: row.parsed()?,
            interval_count: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, price: &Price, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_prices (id, reference, name, amount, currency, interval, interval_count, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            &price.id,
            &price.reference,
            &price.name,
            price.amount.minor(),
            price.amount.currency().code(),
            price.interval.as_str(),
            price.interval_count,
            now,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<Price>, DbError> {
    db.fetch_optional(
        "SELECT id, reference, name, amount, currency, interval, interval_count FROM sandbox_prices WHERE id = $1",
        args![id],
    )
    .await
}
