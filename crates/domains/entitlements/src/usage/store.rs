//! The tables `usage_counters` and `usage_events`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{FeatureKey, OrganizationId, PageRequest, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Counter, MOST, UsageEvent};
use crate::entitlement::model::period::Period;

impl FromRow for Counter {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            feature: row.parsed()?,
            period: row.parsed()?,
            period_start: row.column()?,
            period_end: row.column()?,
            used: row.column()?,
            credited: row.column()?,
            reserved: row.column()?,
            updated_at: row.column()?,
        })
    }
}

impl FromRow for UsageEvent {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            feature: row.parsed()?,
            idempotency_key: row.column()?,
            amount: row.column()?,
            occurred_at: row.column()?,
            recorded_at: row.column()?,
        })
    }
}

/// Writes down what was not told before, and says which that is: feature and key.
pub(super) async fn insert_events(
    tx: &mut Tx,
    organization: OrganizationId,
    events: &[UsageEvent],
) -> Result<Vec<(String, String)>, DbError> {
    let events = events.iter().map(|event| {
        json!({
            "id": event.id,
            "feature": event.feature,
            "key": event.idempotency_key,
            "amount": event.amount.to_string(),
            "occurred_at": event.occurred_at.to_micros_text(),
            "recorded_at": event.recorded_at.to_micros_text(),
        })
    });
    tx.fetch_all(
        "INSERT INTO usage_events (id, organization_id, feature, idempotency_key, amount, occurred_at, recorded_at)
         SELECT {uuid_of:each.value->>'id'}, $1{uuid}, each.value->>'feature', each.value->>'key',
                CAST(each.value->>'amount' AS bigint), (each.value->>'occurred_at'){timestamptz},
                (each.value->>'recorded_at'){timestamptz}
         FROM {each:$2}
         WHERE 1 = 1
         ON CONFLICT (organization_id, feature, idempotency_key) DO NOTHING
         RETURNING feature, idempotency_key",
        args![organization, events.collect::<Value>()],
    )
    .await
}

/// What a counter says after a change.
pub(super) struct Counted {
    pub(super) used: i64,
    pub(super) has_told: bool,
}

impl FromRow for Counted {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            used: row.column()?,
            has_told: row.column()?,
        })
    }
}

/// Counts, never below zero.
pub(super) async fn add(
    tx: &mut Tx,
    id: Uuid,
    (organization, feature): (OrganizationId, &FeatureKey),
    period: Period,
    amount: i64,
    now: Timestamp,
) -> Result<Counted, DbError> {
    tx.fetch_one(
        "INSERT INTO usage_counters
            (id, organization_id, feature, period, period_start, period_end, used, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $7{bigint} < 0 THEN 0 ELSE $7{bigint} END, $8)
         ON CONFLICT (organization_id, feature, period, period_start) DO UPDATE SET
            used = CASE WHEN usage_counters.used + $7{bigint} < 0 THEN 0
                        WHEN usage_counters.used > $9{bigint} THEN usage_counters.used
                        ELSE usage_counters.used + $7{bigint} END,
            period_end = excluded.period_end, updated_at = excluded.updated_at
         RETURNING used, limit_reached_at IS NOT NULL",
        args![
            id,
            organization,
            feature.as_str(),
            period.kind.as_str(),
            period.start,
            period.end,
            amount,
            now,
            MOST,
        ],
    )
    .await
}

/// What credits cover is not of the limit. The row is held by who has just counted.
pub(super) async fn update_credited(
    tx: &mut Tx,
    (organization, feature): (OrganizationId, &FeatureKey),
    period: Period,
    amount: i64,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE usage_counters SET used = used - $5, credited = credited + $5
         WHERE organization_id = $1 AND feature = $2 AND period = $3 AND period_start = $4 AND used >= $5",
        args![
            organization,
            feature.as_str(),
            period.kind.as_str(),
            period.start,
            amount,
        ],
    )
    .await
}

/// Nothing when it was told before in this period.
pub(super) async fn update_limit_reached(
    tx: &mut Tx,
    (organization, feature): (OrganizationId, &FeatureKey),
    period: Period,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE usage_counters SET limit_reached_at = $5
         WHERE organization_id = $1 AND feature = $2 AND period = $3 AND period_start = $4
            AND limit_reached_at IS NULL",
        args![
            organization,
            feature.as_str(),
            period.kind.as_str(),
            period.start,
            now,
        ],
    )
    .await
}

/// Paid periods in which something was counted and that were not over at a moment.
pub(super) async fn list_paid_periods(
    tx: &mut Tx,
    organization: OrganizationId,
    features: &[&FeatureKey],
    moment: Timestamp,
) -> Result<Vec<(String, Timestamp, Option<Timestamp>)>, DbError> {
    tx.fetch_all(
        "SELECT feature, period_start, period_end FROM usage_counters
         WHERE organization_id = $1 AND feature {in_texts:$2} AND period = 'billing'
            AND (period_end IS NULL OR period_end > $3)
         ORDER BY period_start DESC",
        args![organization, json!(features), moment],
    )
    .await
}

fn after_of(page: &PageRequest) -> Result<Option<Args>, DbError> {
    let Some(position) = &page.after else {
        return Ok(None);
    };
    let moment: Timestamp = position.key.parse().map_err(DbError::internal)?;
    Ok(Some(args![moment, position.id]))
}

/// The newest period first.
pub(super) async fn list_counters(
    db: &mut impl Executor,
    organization: OrganizationId,
    feature: Option<&FeatureKey>,
    page: &PageRequest,
) -> Result<Vec<Counter>, DbError> {
    let filter = Filter::new(args![organization])
        .and_some("feature = $?", feature.map(FeatureKey::as_str))
        .and_args(
            "(period_start, id) < ($?{timestamptz}, $?{uuid})",
            after_of(page)?,
        );
    db.fetch_filtered(
        "SELECT id, feature, period, period_start, period_end, used, credited, reserved, updated_at
         FROM usage_counters
         WHERE organization_id = $1",
        filter,
        "ORDER BY period_start DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// The newest first.
pub(super) async fn list_events(
    db: &mut impl Executor,
    organization: OrganizationId,
    feature: Option<&FeatureKey>,
    page: &PageRequest,
) -> Result<Vec<UsageEvent>, DbError> {
    let filter = Filter::new(args![organization])
        .and_some("feature = $?", feature.map(FeatureKey::as_str))
        .and_args("(recorded_at, id) < ($?{timestamptz}, $?{uuid})", after_of(page)?);
    db.fetch_filtered(
        "SELECT id, feature, idempotency_key, amount, occurred_at, recorded_at
         FROM usage_events
         WHERE organization_id = $1",
        filter,
        "ORDER BY recorded_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

pub(super) async fn delete_events_before(tx: &mut Tx, moment: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM usage_events
         WHERE id IN (SELECT id FROM usage_events WHERE recorded_at < $1 ORDER BY recorded_at LIMIT $2)",
        args![moment, most],
    )
    .await
}

pub(super) async fn delete_events_of(
    tx: &mut Tx,
    organization: OrganizationId,
    most: u32,
) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM usage_events
         WHERE id IN (SELECT id FROM usage_events WHERE organization_id = $1 LIMIT $2)",
        args![organization, most],
    )
    .await
}

pub(super) async fn delete_counters_of(
    tx: &mut Tx,
    organization: OrganizationId,
    most: u32,
) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM usage_counters
         WHERE id IN (SELECT id FROM usage_counters WHERE organization_id = $1 LIMIT $2)",
        args![organization, most],
    )
    .await
}
