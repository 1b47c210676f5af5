//! The table `sandbox_events`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;
use ports::payments::{ObjectKind, ObjectRef};

use crate::model::event::{SandboxEvent, kind_name, kind_named};

impl FromRow for SandboxEvent {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, event_type) = (row.column()?, row.column()?);
        let kind: String = row.column()?;
        Ok(Self {
            id,
            event_type,
            object: ObjectRef {
                kind: kind_named(&kind).unwrap_or(ObjectKind::Reference),
                id: row.column()?,
            },
            reference: row.column()?,
            delivery: row.parsed()?,
            attempts: row.column()?,
            last_error: row.column()?,
            delivered_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, event: &SandboxEvent) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_events (id, event_type, object_kind, object_id, reference, delivery, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            &event.id,
            &event.event_type,
            kind_name(event.object.kind),
            &event.object.id,
            event.reference.as_deref(),
            event.delivery.as_str(),
            event.created_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<SandboxEvent>, DbError> {
    db.fetch_optional(
        "SELECT id, event_type, object_kind, object_id, reference, delivery, attempts, last_error, delivered_at, created_at
         FROM sandbox_events
         WHERE id = $1",
        args![id],
    )
    .await
}

/// What happened after a place in the list, in the order in which it happened.
pub(crate) async fn list_after(
    db: &mut impl Executor,
    (created_at, id): (Timestamp, &str),
    limit: u32,
) -> Result<Vec<SandboxEvent>, DbError> {
    db.fetch_all(
        "SELECT id, event_type, object_kind, object_id, reference, delivery, attempts, last_error, delivered_at, created_at
         FROM sandbox_events
         WHERE (created_at, id) > ($1{timestamptz}, $2{text})
         ORDER BY created_at, id
         LIMIT $3",
        args![created_at, id, limit],
    )
    .await
}

/// What happened last.
pub(crate) async fn list_latest(db: &mut impl Executor, limit: u32) -> Result<Vec<SandboxEvent>, DbError> {
    db.fetch_all(
        "SELECT id, event_type, object_kind, object_id, reference, delivery, attempts, last_error, delivered_at, created_at
         FROM sandbox_events
         ORDER BY created_at DESC, id DESC
         LIMIT $1",
        args![limit],
    )
    .await
}

/// Counts an attempt; with an error it failed, without it was taken.
pub(crate) async fn update_attempted(
    tx: &mut Tx,
    id: &str,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), DbError> {
    let delivered_at = error.is_none().then_some(now);
    tx.execute(
        "UPDATE sandbox_events
         SET attempts = attempts + 1, last_error = $2, delivered_at = COALESCE(delivered_at, $3{timestamptz})
         WHERE id = $1",
        args![id, error, delivered_at],
    )
    .await
    .map(drop)
}

/// Events are listed for a month.
pub(crate) async fn delete_old(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM sandbox_events WHERE id IN (
             SELECT id FROM sandbox_events WHERE created_at < $1 ORDER BY created_at, id LIMIT $2
         )",
        args![before, limit],
    )
    .await
}
