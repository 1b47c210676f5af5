//! The table `webhook_events`.

use db::{DbError, Executor as _, Tx, args};
use kernel::Timestamp;

use crate::model::message::Message;

pub(crate) async fn insert(tx: &mut Tx, message: &Message) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO webhook_events (id, organization_id, event_type, body, occurred_at) VALUES ($1, $2, $3, $4, $5)",
        args![
            message.id,
            message.organization,
            &message.event_type,
            &message.body,
            message.occurred_at,
        ],
    )
    .await
    .map(drop)
}

/// Deletes some of what happened before `until`, with its deliveries and attempts, and says how many there were.
pub(crate) async fn delete_old(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM webhook_events
         WHERE id IN (
             SELECT id FROM webhook_events
             WHERE occurred_at < $1
             ORDER BY occurred_at, id
             LIMIT $2
         )",
        args![until, limit],
    )
    .await
}
