//! The table `usage_reservations`, and what is set aside in `usage_counters`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{FeatureKey, OrganizationId, Timestamp, UsageReservationId};
use serde_json::json;
use uuid::Uuid;

use super::model::{Reservation, ReservationStatus};
use crate::entitlement::model::period::Period;

impl FromRow for Reservation {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            feature: row.parsed()?,
            period: row.parsed()?,
            period_start: row.column()?,
            amount: row.column()?,
            from_limit: row.column()?,
            taken: row.json()?,
            status: row.parsed()?,
            committed_amount: row.column()?,
            expires_at: row.column()?,
            created_at: row.column()?,
            closed_at: row.column()?,
        })
    }
}

/// Sets `amount` aside if what is used and set aside leaves room for it under `limit`: one statement, so that of any
/// number at once none goes beyond. Says whether it did.
pub(super) async fn update_reserved(
    tx: &mut Tx,
    id: Uuid,
    (organization, feature): (OrganizationId, &FeatureKey),
    period: Period,
    (amount, limit): (i64, i64),
    now: Timestamp,
) -> Result<bool, DbError> {
    let changed = tx.execute(
        "INSERT INTO usage_counters
            (id, organization_id, feature, period, period_start, period_end, reserved, updated_at)
         SELECT $1{uuid}, $2{uuid}, $3{text}, $4{text}, $5{timestamptz}, $6{timestamptz}, $7{bigint}, $9{timestamptz}
         WHERE $7{bigint} <= $8{bigint}
         ON CONFLICT (organization_id, feature, period, period_start) DO UPDATE SET
            reserved = usage_counters.reserved + $7{bigint}, period_end = excluded.period_end,
            updated_at = excluded.updated_at
         WHERE usage_counters.used + usage_counters.reserved + $7{bigint} <= $8{bigint}",
        args![
            id,
            organization,
            feature.as_str(),
            period.kind.as_str(),
            period.start,
            period.end,
            amount,
            limit,
            now,
        ],
    );
    Ok(changed.await? == 1)
}

/// What is used and set aside; the row is held until the unit of work is over.
pub(super) async fn lock_counter(
    tx: &mut Tx,
    id: Uuid,
    (organization, feature): (OrganizationId, &FeatureKey),
    period: Period,
    now: Timestamp,
) -> Result<(i64, i64), DbError> {
    tx.fetch_one(
        "INSERT INTO usage_counters (id, organization_id, feature, period, period_start, period_end, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (organization_id, feature, period, period_start) DO UPDATE SET updated_at = excluded.updated_at
         RETURNING used, reserved",
        args![
            id,
            organization,
            feature.as_str(),
            period.kind.as_str(),
            period.start,
            period.end,
            now,
        ],
    )
    .await
}

/// What was set aside becomes what was used, of the plan and of credits. Says how much of the plan is used now.
pub(super) async fn update_settled(
    tx: &mut Tx,
    reservation: &Reservation,
    (used, credited): (i64, i64),
    now: Timestamp,
) -> Result<Option<i64>, DbError> {
    tx.fetch_optional(
        "UPDATE usage_counters SET reserved = reserved - $5, used = used + $6, credited = credited + $7, updated_at = $8
         WHERE organization_id = $1 AND feature = $2 AND period = $3 AND period_start = $4 AND reserved >= $5
         RETURNING used",
        args![
            reservation.organization,
            reservation.feature.as_str(),
            reservation.period.as_str(),
            reservation.period_start,
            reservation.from_limit,
            used,
            credited,
            now,
        ],
    )
    .await
}

pub(super) async fn insert(tx: &mut Tx, reservation: &Reservation) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO usage_reservations
            (id, organization_id, feature, period, period_start, amount, from_limit, taken, status, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            reservation.id,
            reservation.organization,
            reservation.feature.as_str(),
            reservation.period.as_str(),
            reservation.period_start,
            reservation.amount,
            reservation.from_limit,
            json!(reservation.taken),
            reservation.status.as_str(),
            reservation.expires_at,
            reservation.created_at,
        ],
    )
    .await
    .map(drop)
}

pub(super) async fn find(
    db: &mut impl Executor,
    organization: OrganizationId,
    id: UsageReservationId,
) -> Result<Option<Reservation>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, feature, period, period_start, amount, from_limit, taken, status, committed_amount,
                expires_at, created_at, closed_at
         FROM usage_reservations
         WHERE id = $1 AND organization_id = $2",
        args![id, organization],
    )
    .await
}

pub(super) async fn lock(
    tx: &mut Tx,
    organization: OrganizationId,
    id: UsageReservationId,
) -> Result<Option<Reservation>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, feature, period, period_start, amount, from_limit, taken, status, committed_amount,
                expires_at, created_at, closed_at
         FROM usage_reservations
         WHERE id = $1 AND organization_id = $2
         {for_update}",
        args![id, organization],
    )
    .await
}

/// Nothing when it was closed before.
pub(super) async fn update_closed(
    tx: &mut Tx,
    id: UsageReservationId,
    (status, committed_amount): (ReservationStatus, Option<i64>),
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE usage_reservations SET status = $2, committed_amount = $3, closed_at = $4
         WHERE id = $1 AND status = 'open'",
        args![id, status.as_str(), committed_amount, now],
    )
    .await
}

/// Those of a feature that are over, but for those that somebody else is closing.
pub(super) async fn lock_lapsed_of(
    tx: &mut Tx,
    (organization, feature): (OrganizationId, &FeatureKey),
    now: Timestamp,
) -> Result<Vec<Reservation>, DbError> {
    tx.fetch_all(
        "SELECT id, organization_id, feature, period, period_start, amount, from_limit, taken, status, committed_amount,
                expires_at, created_at, closed_at
         FROM usage_reservations
         WHERE organization_id = $1 AND feature = $2 AND status = 'open' AND expires_at <= $3
         ORDER BY expires_at
         LIMIT 100
         {for_update_skip_locked}",
        args![organization, feature.as_str(), now],
    )
    .await
}

/// The same of everybody.
pub(super) async fn lock_lapsed(tx: &mut Tx, now: Timestamp, most: i64) -> Result<Vec<Reservation>, DbError> {
    tx.fetch_all(
        "SELECT id, organization_id, feature, period, period_start, amount, from_limit, taken, status, committed_amount,
                expires_at, created_at, closed_at
         FROM usage_reservations
         WHERE status = 'open' AND expires_at <= $1
         ORDER BY expires_at
         LIMIT $2
         {for_update_skip_locked}",
        args![now, most],
    )
    .await
}

pub(super) async fn delete_closed_before(tx: &mut Tx, moment: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM usage_reservations
         WHERE id IN (SELECT id FROM usage_reservations WHERE closed_at < $1 ORDER BY closed_at LIMIT $2)",
        args![moment, most],
    )
    .await
}

pub(super) async fn delete_of(tx: &mut Tx, organization: OrganizationId, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM usage_reservations
         WHERE id IN (SELECT id FROM usage_reservations WHERE organization_id = $1 LIMIT $2)",
        args![organization, most],
    )
    .await
}
