//! The table `refunds`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{PaymentId, RefundId, Timestamp};

use super::model::Refund;

/// The most refunds of a payment that are looked at.
const MOST: i64 = 1000;

impl FromRow for Refund {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            payment: row.column()?,
            requested_by: row.column()?,
            amount: row.column()?,
            currency: row.parsed()?,
            reason: row.column()?,
            status: row.parsed()?,
            status_reason: row.column()?,
            provider: row.column()?,
            provider_account: row.column()?,
            provider_reference: row.column()?,
            refunded_before: row.column()?,
            attempt: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// `false` when the provider's refund has a row already.
pub(crate) async fn insert(tx: &mut Tx, refund: &Refund) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO refunds
            (id, organization_id, payment_id, requested_by, amount, currency, reason, status, status_reason, provider,
             provider_account, provider_reference, refunded_before, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
         ON CONFLICT DO NOTHING",
        args![
            refund.id,
            refund.organization,
            refund.payment,
            refund.requested_by,
            refund.amount,
            refund.currency.code(),
            refund.reason.as_ref(),
            refund.status.as_str(),
            refund.status_reason.as_ref(),
            &refund.provider,
            &refund.provider_account,
            refund.provider_reference.as_ref(),
            refund.refunded_before,
            refund.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(crate) async fn find(db: &mut impl Executor, id: RefundId) -> Result<Option<Refund>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, payment_id, requested_by, amount, currency, reason, status, status_reason, provider,
                provider_account, provider_reference, refunded_before, attempt, created_at, updated_at
         FROM refunds
         WHERE id = $1",
        args![id],
    )
    .await
}

/// Those of a payment, the oldest first.
pub(crate) async fn list(db: &mut impl Executor, payment: PaymentId) -> Result<Vec<Refund>, DbError> {
    db.fetch_all(
        "SELECT id, organization_id, payment_id, requested_by, amount, currency, reason, status, status_reason, provider,
                provider_account, provider_reference, refunded_before, attempt, created_at, updated_at
         FROM refunds
         WHERE payment_id = $1
         ORDER BY created_at, id
         LIMIT $2",
        args![payment, MOST],
    )
    .await
}

/// Counts a question that is about to be asked. `false` where it is not to be asked any more.
pub(crate) async fn update_attempt(
    tx: &mut Tx,
    (id, attempt): (RefundId, i64),
    now: Timestamp,
) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE refunds SET attempt = attempt + 1, updated_at = $3
         WHERE id = $1 AND attempt = $2 AND status = 'pending' AND provider_reference IS NULL",
        args![id, attempt, now],
    );
    Ok(updated.await? == 1)
}

/// Where it stands from now on.
pub(crate) async fn update(tx: &mut Tx, refund: &Refund, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE refunds SET status = $2, status_reason = $3, provider_reference = $4, updated_at = $5 WHERE id = $1",
        args![
            refund.id,
            refund.status.as_str(),
            refund.status_reason.as_ref(),
            refund.provider_reference.as_ref(),
            now,
        ],
    )
    .await
    .map(drop)
}
