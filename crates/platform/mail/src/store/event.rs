//! The table `message_events`.

use db::{DbError, Executor as _, FromRow, ReadTx, Row, Tx, args};
use kernel::MessageId;
use serde_json::{Value, json};

use crate::model::{MessageEvent, NewEvent};

impl FromRow for MessageEvent {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            kind: row.parsed()?,
            attempt: row.column()?,
            transport: row.column()?,
            reply: row.column()?,
            occurred_at: row.column()?,
        })
    }
}

/// Steps in the lives of mails.
pub(crate) async fn insert_events(tx: &mut Tx, events: &[NewEvent]) -> Result<(), DbError> {
    if let [event] = events {
        return insert_event(tx, event).await;
    }
    let rows: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "message": event.message.uuid(),
                "id": event.id.uuid(),
                "kind": event.kind.as_str(),
                "attempt": event.attempt.map(|attempt| attempt.to_string()),
                "transport": event.transport,
                "reply": event.reply,
                "occurred_at": event.occurred_at.to_micros_text(),
            })
        })
        .collect();
    tx.execute(
        "INSERT INTO message_events (message_id, id, kind, attempt, transport, reply, occurred_at)
        SELECT
            {uuid_of:each.value ->> 'message'},
            {uuid_of:each.value ->> 'id'},
            each.value ->> 'kind',
            CAST(each.value ->> 'attempt' AS bigint),
            each.value ->> 'transport',
            each.value ->> 'reply',
            (each.value ->> 'occurred_at'){timestamptz}
        FROM {each:$1}",
        args![json!(rows)],
    )
    .await
    .map(drop)
}

async fn insert_event(tx: &mut Tx, event: &NewEvent) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO message_events (message_id, id, kind, attempt, transport, reply, occurred_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            event.message,
            event.id,
            event.kind.as_str(),
            event.attempt,
            event.transport.as_deref(),
            event.reply.as_deref(),
            event.occurred_at,
        ],
    )
    .await
    .map(drop)
}

/// `false` when the same step is there already.
pub(crate) async fn insert_event_once(tx: &mut Tx, event: &NewEvent) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO message_events (message_id, id, kind, reply, occurred_at)
        SELECT $1{uuid}, $2{uuid}, $3{text}, $4{text}, $5{timestamptz}
        WHERE NOT EXISTS (
            SELECT 1 FROM message_events
            WHERE message_id = $1{uuid} AND kind = $3{text} AND occurred_at = $5{timestamptz}
        )",
        args![
            event.message,
            event.id,
            event.kind.as_str(),
            event.reply.as_deref(),
            event.occurred_at,
        ],
    );
    Ok(inserted.await? == 1)
}

/// The oldest first.
pub(crate) async fn list_events(db: &mut ReadTx, message: MessageId) -> Result<Vec<MessageEvent>, DbError> {
    db.fetch_all(
        "SELECT id, kind, attempt, transport, reply, occurred_at
        FROM message_events
        WHERE message_id = $1
        ORDER BY id",
        args![message],
    )
    .await
}
