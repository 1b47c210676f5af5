//! The table `webhook_events`.

use db::{DbError, Executor as _, Tx, args};

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
