//! The table `webhook_attempts`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Timestamp, WebhookDeliveryId};

use crate::model::delivery::Attempt;

impl FromRow for Attempt {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            attempt: row.column()?,
            status_code: row.column()?,
            error: row.column()?,
            request_headers: row.column()?,
            response_headers: row.column()?,
            response_body: row.column()?,
            duration_ms: row.column()?,
            occurred_at: row.column()?,
        })
    }
}

/// Writes an attempt down before it is made.
pub(crate) async fn insert(
    tx: &mut Tx,
    (delivery, attempt): (WebhookDeliveryId, i64),
    request_headers: serde_json::Value,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO webhook_attempts (delivery_id, attempt, request_headers, occurred_at) VALUES ($1, $2, $3, $4)",
        args![delivery, attempt, request_headers, now],
    )
    .await
    .map(drop)
}

/// What came of it.
pub(crate) async fn update(tx: &mut Tx, delivery: WebhookDeliveryId, made: &Attempt) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_attempts
         SET status_code = $3, error = $4, response_headers = $5, response_body = $6, duration_ms = $7
         WHERE delivery_id = $1 AND attempt = $2",
        args![
            delivery,
            made.attempt,
            made.status_code,
            &made.error,
            made.response_headers.as_ref(),
            made.response_body.as_ref(),
            made.duration_ms,
        ],
    )
    .await
    .map(drop)
}

/// The attempts at a delivery, in order. There are hardly ever more than eight.
pub(crate) async fn list(
    db: &mut impl Executor,
    delivery: WebhookDeliveryId,
) -> Result<Vec<Attempt>, DbError> {
    db.fetch_all(
        "SELECT attempt, status_code, error, request_headers, response_headers, response_body, duration_ms, occurred_at
         FROM webhook_attempts
         WHERE delivery_id = $1
         ORDER BY attempt
         LIMIT 100",
        args![delivery],
    )
    .await
}
