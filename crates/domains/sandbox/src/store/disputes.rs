//! The table `sandbox_disputes`. The currency is that of the payment.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Money, Timestamp};

use crate::model::payment::Dispute;
use crate::store::money;

impl FromRow for Dispute {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, payment) = (row.column()?, row.column()?);
        let amount = money(row)?;
        Ok(Self {
            id,
            payment,
            amount,
            withdrawn: Money::new(row.column()?, amount.currency()),
            status: row.parsed()?,
            reason: row.column()?,
            due_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// `false` when there is one about the payment.
pub(crate) async fn insert(tx: &mut Tx, dispute: &Dispute) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO sandbox_disputes
            (id, payment_id, amount, amount_withdrawn, status, reason, due_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT DO NOTHING",
        args![
            &dispute.id,
            &dispute.payment,
            dispute.amount.minor(),
            dispute.withdrawn.minor(),
            dispute.status.as_str(),
            &dispute.reason,
            dispute.due_at,
            dispute.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<Dispute>, DbError> {
    db.fetch_optional(
        "SELECT sandbox_disputes.id, payment_id, sandbox_disputes.amount, currency, amount_withdrawn,
                sandbox_disputes.status, reason, due_at, sandbox_disputes.created_at
         FROM sandbox_disputes JOIN sandbox_payments ON sandbox_payments.id = payment_id
         WHERE sandbox_disputes.id = $1",
        args![id],
    )
    .await
}

/// The one about a payment.
pub(crate) async fn find_of(db: &mut impl Executor, payment: &str) -> Result<Option<Dispute>, DbError> {
    db.fetch_optional(
        "SELECT sandbox_disputes.id, payment_id, sandbox_disputes.amount, currency, amount_withdrawn,
                sandbox_disputes.status, reason, due_at, sandbox_disputes.created_at
         FROM sandbox_disputes JOIN sandbox_payments ON sandbox_payments.id = payment_id
         WHERE payment_id = $1",
        args![payment],
    )
    .await
}

/// Those about these payments.
pub(crate) async fn list_of(db: &mut impl Executor, payments: &[&str]) -> Result<Vec<Dispute>, DbError> {
    db.fetch_all(
        "SELECT sandbox_disputes.id, payment_id, sandbox_disputes.amount, currency, amount_withdrawn,
                sandbox_disputes.status, reason, due_at, sandbox_disputes.created_at
         FROM sandbox_disputes JOIN sandbox_payments ON sandbox_payments.id = payment_id
         WHERE payment_id {in_texts:$1}",
        args![serde_json::json!(payments)],
    )
    .await
}

/// `false` when the bank has decided before.
pub(crate) async fn update_decided(tx: &mut Tx, dispute: &Dispute, now: Timestamp) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE sandbox_disputes SET status = $2, amount_withdrawn = $3, updated_at = $4
         WHERE id = $1 AND status = 'needs_response'",
        args![
            &dispute.id,
            dispute.status.as_str(),
            dispute.withdrawn.minor(),
            now
        ],
    );
    Ok(updated.await? == 1)
}
