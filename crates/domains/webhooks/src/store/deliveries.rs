//! The table `webhook_deliveries`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::id::EventId;
use kernel::{Page, PageRequest, Position, Timestamp, WebhookDeliveryId, WebhookEndpointId};
use uuid::Uuid;

use crate::model::delivery::{Delivery, DeliveryFilter, DeliveryStatus};
use crate::model::replay::Replay;

impl FromRow for Delivery {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            endpoint: row.column()?,
            event: row.column()?,
            event_type: row.column()?,
            status: row.parsed()?,
            attempts: row.column()?,
            is_replay: row.column()?,
            next_attempt_at: row.column()?,
            created_at: row.column()?,
            completed_at: row.column()?,
        })
    }
}

/// A delivery whose turn it is.
pub(crate) struct Due {
    pub(crate) id: WebhookDeliveryId,
    pub(crate) event: EventId,
    pub(crate) attempts: i64,
    pub(crate) body: String,
}

impl FromRow for Due {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            event: row.column()?,
            attempts: row.column()?,
            body: row.column()?,
        })
    }
}

/// `false` when the event is on its way to the endpoint already.
pub(crate) async fn insert(tx: &mut Tx, delivery: &Delivery) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO webhook_deliveries
            (id, endpoint_id, event_id, event_type, is_replay, next_attempt_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT DO NOTHING",
        args![
            delivery.id,
            delivery.endpoint,
            delivery.event,
            &delivery.event_type,
            delivery.is_replay,
            delivery.next_attempt_at,
            delivery.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(crate) async fn find(
    db: &mut impl Executor,
    endpoint: WebhookEndpointId,
    id: WebhookDeliveryId,
) -> Result<Option<Delivery>, DbError> {
    db.fetch_optional(
        "SELECT id, endpoint_id, event_id, event_type, status, attempts, is_replay, next_attempt_at, created_at, completed_at
         FROM webhook_deliveries
         WHERE id = $1 AND endpoint_id = $2",
        args![id, endpoint],
    )
    .await
}

/// What the delivery sends.
pub(crate) async fn find_body(
    db: &mut impl Executor,
    id: WebhookDeliveryId,
) -> Result<Option<String>, DbError> {
    db.fetch_optional(
        "SELECT webhook_events.body
         FROM webhook_deliveries JOIN webhook_events ON webhook_events.id = webhook_deliveries.event_id
         WHERE webhook_deliveries.id = $1",
        args![id],
    )
    .await
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    endpoint: WebhookEndpointId,
    filter: &DeliveryFilter,
    page: &PageRequest,
) -> Result<Page<Delivery>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let narrowed = Filter::new(args![endpoint])
        .and_some("status = $?", filter.status.map(DeliveryStatus::as_str))
        .and_some("event_type = $?", filter.event_type.as_ref())
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<Delivery>(
            "SELECT id, endpoint_id, event_id, event_type, status, attempts, is_replay, next_attempt_at, created_at,
                    completed_at
             FROM webhook_deliveries
             WHERE endpoint_id = $1",
            narrowed,
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |delivery| Position {
        key: delivery.created_at.to_micros_text(),
        id: delivery.id.uuid(),
    }))
}

/// What an endpoint was to hear in the time of a replay, after a place in it, in the order of the events. Of those
/// that were sent several times the first stands for all.
pub(crate) async fn list_to_replay(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    (replay, (created_at, id)): (Replay, (Timestamp, Uuid)),
    limit: u32,
) -> Result<Vec<Delivery>, DbError> {
    tx.fetch_all(
        "SELECT id, endpoint_id, event_id, event_type, status, attempts, is_replay, next_attempt_at, created_at, completed_at
         FROM webhook_deliveries
         WHERE endpoint_id = $1 AND (created_at, id) > ($2{timestamptz}, $3{uuid}) AND created_at < $4 AND NOT is_replay
           AND event_type <> 'webhook.test'
           AND (NOT $5{boolean} OR NOT EXISTS (
               SELECT 1 FROM webhook_deliveries AS other
               WHERE other.event_id = webhook_deliveries.event_id AND other.endpoint_id = webhook_deliveries.endpoint_id
                 AND other.status <> 'failed'
           ))
         ORDER BY created_at, id
         LIMIT $6",
        args![endpoint, created_at, id, replay.until, replay.only_failed, limit],
    )
    .await
}

/// The one whose turn it is: the longest due.
pub(crate) async fn find_due(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    now: Timestamp,
) -> Result<Option<Due>, DbError> {
    tx.fetch_optional(
        "SELECT webhook_deliveries.id, webhook_deliveries.event_id, webhook_deliveries.attempts, webhook_events.body
         FROM webhook_deliveries JOIN webhook_events ON webhook_events.id = webhook_deliveries.event_id
         WHERE webhook_deliveries.endpoint_id = $1 AND webhook_deliveries.status = 'pending'
           AND webhook_deliveries.next_attempt_at <= $2
         ORDER BY webhook_deliveries.next_attempt_at, webhook_deliveries.id
         LIMIT 1",
        args![endpoint, now],
    )
    .await
}

/// When the endpoint's next turn is.
pub(crate) async fn find_next_turn(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
) -> Result<Option<Timestamp>, DbError> {
    tx.fetch_optional(
        "SELECT next_attempt_at FROM webhook_deliveries
         WHERE endpoint_id = $1 AND status = 'pending'
         ORDER BY next_attempt_at, id
         LIMIT 1",
        args![endpoint],
    )
    .await
}

/// Counts an attempt that begins.
pub(crate) async fn update_begun(tx: &mut Tx, id: WebhookDeliveryId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_deliveries SET attempts = attempts + 1, updated_at = $2 WHERE id = $1",
        args![id, now],
    )
    .await
    .map(drop)
}

/// It was taken, whatever else was decided about it meanwhile.
pub(crate) async fn update_succeeded(
    tx: &mut Tx,
    id: WebhookDeliveryId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_deliveries
         SET status = 'succeeded', next_attempt_at = NULL, completed_at = $2, updated_at = $2
         WHERE id = $1 AND status <> 'succeeded'",
        args![id, now],
    )
    .await
    .map(drop)
}

/// That attempt failed: it is tried again at `next`, or with none given up. An attempt that was overtaken by
/// another says nothing.
pub(crate) async fn update_failed(
    tx: &mut Tx,
    (id, attempt): (WebhookDeliveryId, i64),
    next: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), DbError> {
    let (status, completed_at) = match next {
        Some(_) => (DeliveryStatus::Pending, None),
        None => (DeliveryStatus::Failed, Some(now)),
    };
    tx.execute(
        "UPDATE webhook_deliveries
         SET status = $3, next_attempt_at = $4, completed_at = $5, updated_at = $6
         WHERE id = $1 AND attempts = $2 AND status = 'pending'",
        args![id, attempt, status.as_str(), next, completed_at, now],
    )
    .await
    .map(drop)
}

/// Gives up some of what an endpoint that is disabled was to hear, and says how many.
pub(crate) async fn update_given_up(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    now: Timestamp,
    limit: u32,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE webhook_deliveries
         SET status = 'failed', next_attempt_at = NULL, completed_at = $2, updated_at = $2
         WHERE id IN (
             SELECT id FROM webhook_deliveries
             WHERE endpoint_id = $1 AND status = 'pending'
             ORDER BY next_attempt_at, id
             LIMIT $3
         )",
        args![endpoint, now, limit],
    )
    .await
}
