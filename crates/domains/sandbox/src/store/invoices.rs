//! The table `sandbox_invoices`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Money;

use crate::model::subscription::Invoice;
use crate::store::money;

impl FromRow for Invoice {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, subscription, payment) = (row.column()?, row.column()?, row.column()?);
        let (status, reason) = (row.parsed()?, row.column()?);
        let total = money(row)?;
        Ok(Self {
            id,
            subscription,
            payment,
            status,
            reason,
            total,
            paid: Money::new(row.column()?, total.currency()),
            attempts: row.column()?,
            next_attempt_at: row.column()?,
            period_start: row.column()?,
            period_end: row.column()?,
            paid_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, invoice: &Invoice) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_invoices
            (id, subscription_id, payment_id, status, billing_reason, total, currency, amount_paid, attempts,
             next_attempt_at, period_start, period_end, paid_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            &invoice.id,
            &invoice.subscription,
            invoice.payment.as_deref(),
            invoice.status.as_str(),
            &invoice.reason,
            invoice.total.minor(),
            invoice.total.currency().code(),
            invoice.paid.minor(),
            invoice.attempts,
            invoice.next_attempt_at,
            invoice.period_start,
            invoice.period_end,
            invoice.paid_at,
            invoice.created_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<Invoice>, DbError> {
    db.fetch_optional(
        "SELECT id, subscription_id, payment_id, status, billing_reason, total, currency, amount_paid, attempts,
                next_attempt_at, period_start, period_end, paid_at, created_at
         FROM sandbox_invoices
         WHERE id = $1",
        args![id],
    )
    .await
}

/// The last one of a subscription.
pub(crate) async fn find_latest(
    db: &mut impl Executor,
    subscription: &str,
) -> Result<Option<Invoice>, DbError> {
    db.fetch_optional(
        "SELECT id, subscription_id, payment_id, status, billing_reason, total, currency, amount_paid, attempts,
                next_attempt_at, period_start, period_end, paid_at, created_at
         FROM sandbox_invoices
         WHERE subscription_id = $1
         ORDER BY period_start DESC, created_at DESC, id DESC
         LIMIT 1",
        args![subscription],
    )
    .await
}

/// What changes about an invoice whose subscription is locked.
pub(crate) async fn update(tx: &mut Tx, invoice: &Invoice) -> Result<(), DbError> {
    tx.execute(
        "UPDATE sandbox_invoices
         SET status = $2, amount_paid = $3, attempts = $4, next_attempt_at = $5, paid_at = $6
         WHERE id = $1",
        args![
            &invoice.id,
            invoice.status.as_str(),
            invoice.paid.minor(),
            invoice.attempts,
            invoice.next_attempt_at,
            invoice.paid_at,
        ],
    )
    .await
    .map(drop)
}
