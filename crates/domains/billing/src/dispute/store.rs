//! The table `disputes`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{Page, PageRequest, PaymentId, Position, Timestamp};

use super::model::{Dispute, DisputeFilter, DisputeStatus};

impl FromRow for Dispute {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            payment: row.column()?,
            provider: row.column()?,
            provider_account: row.column()?,
            provider_reference: row.column()?,
            amount: row.column()?,
            withdrawn: row.column()?,
            currency: row.parsed()?,
            status: row.parsed()?,
            reason: row.column()?,
            due_at: row.column()?,
            version: row.column()?,
            synced_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// `false` when the provider's dispute has a row already.
pub(crate) async fn insert(tx: &mut Tx, dispute: &Dispute) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO disputes
            (id, organization_id, payment_id, provider, provider_account, provider_reference, amount, amount_withdrawn,
             currency, status, reason, due_at, synced_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
         ON CONFLICT DO NOTHING",
        args![
            dispute.id,
            dispute.organization,
            dispute.payment,
            &dispute.provider,
            &dispute.provider_account,
            &dispute.provider_reference,
            dispute.amount,
            dispute.withdrawn,
            dispute.currency.code(),
            dispute.status.as_str(),
            dispute.reason.as_ref(),
            dispute.due_at,
            dispute.synced_at,
            dispute.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

/// Those of a payment. There is hardly ever more than one.
pub(crate) async fn list_of(tx: &mut Tx, payment: PaymentId) -> Result<Vec<Dispute>, DbError> {
    tx.fetch_all(
        "SELECT id, organization_id, payment_id, provider, provider_account, provider_reference, amount, amount_withdrawn,
                currency, status, reason, due_at, version, synced_at, created_at, updated_at
         FROM disputes
         WHERE payment_id = $1
         ORDER BY created_at, id
         LIMIT 100",
        args![payment],
    )
    .await
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    filter: &DisputeFilter,
    page: &PageRequest,
) -> Result<Page<Dispute>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let narrowed = Filter::new(args![])
        .and_some("organization_id = $?{uuid}", filter.organization)
        .and_some("payment_id = $?{uuid}", filter.payment)
        .and_some("status = $?", filter.status.map(DisputeStatus::as_str))
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<Dispute>(
            "SELECT id, organization_id, payment_id, provider, provider_account, provider_reference, amount,
                    amount_withdrawn, currency, status, reason, due_at, version, synced_at, created_at, updated_at
             FROM disputes
             WHERE id IS NOT NULL",
            narrowed,
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |dispute| Position {
        key: dispute.created_at.to_micros_text(),
        id: dispute.id.uuid(),
    }))
}

/// Where it stands from now on. `false` where somebody else was faster.
pub(crate) async fn update(tx: &mut Tx, dispute: &Dispute, now: Timestamp) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE disputes
         SET amount = $3, amount_withdrawn = $4, status = $5, reason = $6, due_at = $7, synced_at = $8,
             version = version + 1, updated_at = $9
         WHERE id = $1 AND version = $2",
        args![
            dispute.id,
            dispute.version,
            dispute.amount,
            dispute.withdrawn,
            dispute.status.as_str(),
            dispute.reason.as_ref(),
            dispute.due_at,
            dispute.synced_at,
            now,
        ],
    );
    Ok(updated.await? == 1)
}
