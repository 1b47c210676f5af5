//! The table `webhook_secrets`.

use db::{DbError, Executor as _, Tx, args};
use kernel::{Timestamp, WebhookEndpointId, WebhookSecretId};

/// A secret, sealed.
pub(crate) type Sealed = (WebhookSecretId, Vec<u8>);

pub(crate) async fn insert(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    (id, sealed): Sealed,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO webhook_secrets (id, endpoint_id, sealed_secret, created_at) VALUES ($1, $2, $3, $4)",
        args![id, endpoint, sealed, now],
    )
    .await
    .map(drop)
}

/// The secrets that sign at this moment, the newest first.
pub(crate) async fn list_live(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    now: Timestamp,
) -> Result<Vec<Sealed>, DbError> {
    tx.fetch_all(
        "SELECT id, sealed_secret FROM webhook_secrets
         WHERE endpoint_id = $1 AND (expires_at IS NULL OR expires_at > $2)
         ORDER BY created_at DESC, id DESC",
        args![endpoint, now],
    )
    .await
}

/// Whether a secret of an earlier rotation still signs.
pub(crate) async fn find_ending(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let ending = tx.fetch_optional::<WebhookSecretId>(
        "SELECT id FROM webhook_secrets WHERE endpoint_id = $1 AND expires_at > $2 LIMIT 1",
        args![endpoint, now],
    );
    Ok(ending.await?.is_some())
}

/// Lets the secret that has no end sign until `end`, and no longer.
pub(crate) async fn update_end(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    end: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_secrets SET expires_at = $2 WHERE endpoint_id = $1 AND expires_at IS NULL",
        args![endpoint, end],
    )
    .await
    .map(drop)
}

/// Deletes the secrets that end by `end`; with none given, all of them.
pub(crate) async fn delete(
    tx: &mut Tx,
    endpoint: WebhookEndpointId,
    end: Option<Timestamp>,
) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM webhook_secrets WHERE endpoint_id = $1 AND ($2{timestamptz} IS NULL OR expires_at <= $2)",
        args![endpoint, end],
    )
    .await
    .map(drop)
}
