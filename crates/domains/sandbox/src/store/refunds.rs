//! The table `sandbox_refunds`. The currency is that of the payment.

use db::{DbError, Executor, FromRow, Row, Tx, args};

use crate::model::payment::Refund;
use crate::store::money;

impl FromRow for Refund {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            payment: row.column()?,
            reference: row.column()?,
            amount: money(row)?,
            created_at: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, refund: &Refund) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_refunds (id, payment_id, reference, amount, created_at) VALUES ($1, $2, $3, $4, $5)",
        args![
            &refund.id,
            &refund.payment,
            refund.reference.as_deref(),
            refund.amount.minor(),
            refund.created_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<Refund>, DbError> {
    db.fetch_optional(
        "SELECT sandbox_refunds.id, payment_id, sandbox_refunds.reference, sandbox_refunds.amount, currency,
                sandbox_refunds.created_at
         FROM sandbox_refunds JOIN sandbox_payments ON sandbox_payments.id = payment_id
         WHERE sandbox_refunds.id = $1",
        args![id],
    )
    .await
}

/// Those of a payment, the first one first.
pub(crate) async fn list(db: &mut impl Executor, payment: &str) -> Result<Vec<Refund>, DbError> {
    db.fetch_all(
        "SELECT sandbox_refunds.id, payment_id, sandbox_refunds.reference, sandbox_refunds.amount, currency,
                sandbox_refunds.created_at
         FROM sandbox_refunds JOIN sandbox_payments ON sandbox_payments.id = payment_id
         WHERE payment_id = $1
         ORDER BY sandbox_refunds.created_at, sandbox_refunds.id",
        args![payment],
    )
    .await
}
