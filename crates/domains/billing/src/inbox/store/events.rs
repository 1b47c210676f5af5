//! The table `payment_events`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{Page, PageRequest, PaymentEventId, Position, Timestamp};
use ports::payments::ProviderEvent;
use serde_json::{Value, json};

use crate::inbox::model::{EventFilter, EventStatus, Object, PaymentEvent};

impl FromRow for PaymentEvent {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            provider: row.column()?,
            account: row.column()?,
            key: row.column()?,
            event_type: row.column()?,
            object_kind: row.column::<Option<String>>()?.and_then(|kind| kind.parse().ok()),
            object_reference: row.column()?,
            reference: row.column()?,
            status: row.parsed()?,
            error: row.column()?,
            deliveries: row.column()?,
            occurred_at: row.column()?,
            received_at: row.column()?,
            processed_at: row.column()?,
        })
    }
}

/// An event that waits for its object to be asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    pub(crate) id: PaymentEventId,
    pub(crate) status: EventStatus,
    pub(crate) received_at: Timestamp,
}

impl FromRow for Waiting {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            status: row.parsed()?,
            received_at: row.column()?,
        })
    }
}

impl FromRow for Object {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            provider: row.column()?,
            account: row.column()?,
            kind: row.parsed()?,
            id: row.column()?,
        })
    }
}

/// An event on its way into the table.
pub(crate) struct NewEvent<'a> {
    pub(crate) id: PaymentEventId,
    pub(crate) provider: &'a str,
    pub(crate) account: &'a str,
    pub(crate) event: &'a ProviderEvent,
    /// The same in our words.
    pub(crate) object: Option<&'a Object>,
    pub(crate) body: Option<&'a [u8]>,
}

/// `false` when it is there already.
pub(crate) async fn insert(tx: &mut Tx, new: &NewEvent<'_>, now: Timestamp) -> Result<bool, DbError> {
    let status = match new.object {
        Some(_) => EventStatus::Received,
        None => EventStatus::Ignored,
    };
    let inserted = tx.execute(
        "INSERT INTO payment_events
            (id, provider, provider_account, event_key, event_type, object_kind, object_reference, reference, body,
             status, occurred_at, received_at, processed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (provider, provider_account, event_key) DO NOTHING",
        args![
            new.id,
            new.provider,
            new.account,
            &new.event.key,
            &new.event.event_type,
            new.object.map(|object| object.kind.as_str()),
            new.object.map(|object| object.id.as_str()),
            &new.event.reference,
            new.body,
            status.as_str(),
            new.event.occurred_at,
            now,
            (status == EventStatus::Ignored).then_some(now),
        ],
    );
    Ok(inserted.await? == 1)
}

/// It was told once more.
pub(crate) async fn update_repeated(
    tx: &mut Tx,
    provider: &str,
    account: &str,
    key: &str,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payment_events SET deliveries = deliveries + 1
         WHERE provider = $1 AND provider_account = $2 AND event_key = $3",
        args![provider, account, key],
    )
    .await
    .map(drop)
}

/// The events about an object that nothing came of yet, the oldest first.
pub(crate) async fn list_waiting(tx: &mut Tx, object: &Object, limit: u32) -> Result<Vec<Waiting>, DbError> {
    tx.fetch_all(
        "SELECT id, status, received_at FROM payment_events
         WHERE provider = $1 AND provider_account = $2 AND object_kind = $3 AND object_reference = $4
           AND status IN ('received', 'failed')
         ORDER BY received_at, id
         LIMIT $5",
        args![
            &object.provider,
            &object.account,
            object.kind.as_str(),
            &object.id,
            limit
        ],
    )
    .await
}

/// What the newest of the events that tell it says which payment or subscription of ours an object belongs to.
pub(crate) async fn find_reference(tx: &mut Tx, object: &Object) -> Result<Option<String>, DbError> {
    tx.fetch_optional(
        "SELECT reference FROM payment_events
         WHERE provider = $1 AND provider_account = $2 AND object_kind = $3 AND object_reference = $4
           AND reference IS NOT NULL
         ORDER BY received_at DESC, id DESC
         LIMIT 1",
        args![
            &object.provider,
            &object.account,
            object.kind.as_str(),
            &object.id
        ],
    )
    .await
}

/// Says what came of events that nothing had come of.
pub(crate) async fn update_settled(
    tx: &mut Tx,
    ids: &[PaymentEventId],
    (status, error): (EventStatus, Option<&str>),
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE payment_events SET status = $2, error = $3, processed_at = $4
         WHERE id {in_uuids:$1} AND status IN ('received', 'failed')",
        args![uuids(ids), status.as_str(), error, now],
    )
    .await
}

/// Lets an event wait once more; none when there is no such event. One without an object is given as it is.
pub(crate) async fn update_waiting(tx: &mut Tx, id: PaymentEventId) -> Result<Option<PaymentEvent>, DbError> {
    tx.fetch_optional(
        "UPDATE payment_events
         SET status = CASE WHEN object_kind IS NULL THEN status ELSE 'received' END,
             processed_at = CASE WHEN object_kind IS NULL THEN processed_at ELSE NULL END
         WHERE id = $1
         RETURNING id, provider, provider_account, event_key, event_type, object_kind, object_reference, reference,
                   status, error, deliveries, occurred_at, received_at, processed_at",
        args![id],
    )
    .await
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    filter: &EventFilter,
    page: &PageRequest,
) -> Result<Page<PaymentEvent>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let received_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![received_at, position.id])
        }
        None => None,
    };
    let narrowed = Filter::new(args![])
        .and_some("status = $?", filter.status.map(EventStatus::as_str))
        .and_some("provider = $?", filter.provider.as_ref())
        .and_some("object_reference = $?", filter.object_reference.as_ref())
        .and_args("(received_at, id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<PaymentEvent>(
            "SELECT id, provider, provider_account, event_key, event_type, object_kind, object_reference, reference,
                    status, error, deliveries, occurred_at, received_at, processed_at
             FROM payment_events
             WHERE TRUE",
            narrowed,
            "ORDER BY received_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |event| Position {
        key: event.received_at.to_micros_text(),
        id: event.id.uuid(),
    }))
}

/// Objects that events have waited for since before `since`.
pub(crate) async fn list_forgotten(
    tx: &mut Tx,
    since: Timestamp,
    limit: u32,
) -> Result<Vec<Object>, DbError> {
    tx.fetch_all(
        "SELECT DISTINCT provider, provider_account, object_kind, object_reference FROM (
             SELECT provider, provider_account, object_kind, object_reference FROM payment_events
             WHERE status = 'received' AND received_at < $1 AND object_kind IS NOT NULL
             ORDER BY received_at DESC, id DESC
             LIMIT $2
         ) AS forgotten",
        args![since, limit],
    )
    .await
}

/// Takes out up to `limit` bodies of events that were settled before `before`.
pub(crate) async fn update_bodies_deleted(
    tx: &mut Tx,
    before: Timestamp,
    limit: u32,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE payment_events SET body = NULL
         WHERE id IN (SELECT id FROM payment_events WHERE body IS NOT NULL AND processed_at < $1 LIMIT $2)",
        args![before, limit],
    )
    .await
}

fn uuids(ids: &[PaymentEventId]) -> Value {
    ids.iter().map(|id| json!(id.uuid())).collect()
}
