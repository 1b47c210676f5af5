//! The table `payment_drifts`.

pub(super) mod known;

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{Page, PageRequest, PaymentDriftId, Position, Timestamp, UserId};

use super::model::{Drift, DriftStatus, NewDrift};

impl FromRow for Drift {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            kind: row.parsed()?,
            provider: row.column()?,
            account: row.column()?,
            subject: row.column()?,
            detail: row.column()?,
            found_at: row.column()?,
            seen_at: row.column()?,
            resolved_at: row.column()?,
            resolved_by: row.column()?,
        })
    }
}

/// Gives the id under which it stands: another one where it had been found before and nobody has settled it.
pub(super) async fn insert(
    tx: &mut Tx,
    id: PaymentDriftId,
    drift: &NewDrift,
    now: Timestamp,
) -> Result<PaymentDriftId, DbError> {
    let account = drift.account.as_ref();
    tx.fetch_one(
        "INSERT INTO payment_drifts (id, kind, provider, provider_account, subject, detail, found_at, seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (kind, subject) WHERE resolved_at IS NULL
         DO UPDATE SET detail = excluded.detail, seen_at = excluded.seen_at
         RETURNING id",
        args![
            id,
            drift.kind.as_str(),
            account.map(|(provider, _)| provider.as_str()),
            account.map(|(_, account)| account.as_str()),
            &drift.subject,
            &drift.detail,
            now,
        ],
    )
    .await
}

pub(super) async fn find(tx: &mut Tx, id: PaymentDriftId) -> Result<Option<Drift>, DbError> {
    tx.fetch_optional(
        "SELECT id, kind, provider, provider_account, subject, detail, found_at, seen_at, resolved_at, resolved_by
         FROM payment_drifts
         WHERE id = $1",
        args![id],
    )
    .await
}

/// The newest first.
pub(super) async fn list(
    db: &mut impl Executor,
    status: Option<DriftStatus>,
    page: &PageRequest,
) -> Result<Page<Drift>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let found_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![found_at, position.id])
        }
        None => None,
    };
    let only = |wanted| (status == Some(wanted)).then(Args::new);
    let rows = db
        .fetch_filtered::<Drift>(
            "SELECT id, kind, provider, provider_account, subject, detail, found_at, seen_at, resolved_at, resolved_by
             FROM payment_drifts
             WHERE TRUE",
            Filter::new(args![])
                .and_args("resolved_at IS NULL", only(DriftStatus::Open))
                .and_args("resolved_at IS NOT NULL", only(DriftStatus::Resolved))
                .and_args("(found_at, id) < ($?{timestamptz}, $?{uuid})", after),
            "ORDER BY found_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |drift| Position {
        key: drift.found_at.to_micros_text(),
        id: drift.id.uuid(),
    }))
}

/// Settles it once; `false` when it was, or is not there.
pub(super) async fn update_resolved(
    tx: &mut Tx,
    id: PaymentDriftId,
    by: UserId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let resolved = tx.execute(
        "UPDATE payment_drifts SET resolved_at = $2, resolved_by = $3 WHERE id = $1 AND resolved_at IS NULL",
        args![id, now, by],
    );
    Ok(resolved.await? == 1)
}
