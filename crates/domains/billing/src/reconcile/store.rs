//! What reconciliation reads of `payments` and `subscriptions`, and the table `payment_cursors`.

use db::{DbError, Executor as _, FromRow, Row, Tx, args};
use kernel::id::Kind;
use kernel::{Id, Timestamp};

use super::model::Due;

/// A row with the id of its kind.
struct DueRow<K> {
    id: Id<K>,
    due: Due,
}

impl<K: Kind> FromRow for DueRow<K> {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let id: Id<K> = row.column()?;
        Ok(Self {
            id,
            due: Due {
                reference: id.to_string(),
                provider: row.column()?,
                account: row.column()?,
                provider_reference: row.column()?,
                checkout_reference: row.column()?,
                attempt: row.column()?,
            },
        })
    }
}

/// Takes up to `limit` payments whose time to be asked about has come, and puts the next time off to `later`, in case
/// that asking does not help.
pub(super) async fn update_due_payments(
    tx: &mut Tx,
    (now, later): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    let rows = tx.fetch_all::<DueRow<kernel::id::Payment>>(
        "UPDATE payments SET next_sync_at = $2
         WHERE id IN (
             SELECT id FROM payments WHERE next_sync_at <= $1 ORDER BY next_sync_at, id LIMIT $3 {for_update_skip_locked}
         )
         RETURNING id, provider, provider_account, provider_reference, checkout_reference, attempt",
        args![now, later, limit],
    );
    Ok(in_order(rows.await?))
}

/// As [`update_due_payments`], of subscriptions.
pub(super) async fn update_due_subscriptions(
    tx: &mut Tx,
    (now, later): (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    let rows = tx.fetch_all::<DueRow<kernel::id::Subscription>>(
        "UPDATE subscriptions SET next_sync_at = $2
         WHERE id IN (
             SELECT id FROM subscriptions WHERE next_sync_at <= $1 ORDER BY next_sync_at, id LIMIT $3
             {for_update_skip_locked}
         )
         RETURNING id, provider, provider_account, provider_reference, checkout_reference, attempt",
        args![now, later, limit],
    );
    Ok(in_order(rows.await?))
}

fn in_order<K: Kind>(mut rows: Vec<DueRow<K>>) -> Vec<Due> {
    rows.sort_by_key(|row| row.id.uuid());
    rows.into_iter().map(|row| row.due).collect()
}

/// Until when a provider's list was read.
pub(super) async fn find_read_until(
    tx: &mut Tx,
    provider: &str,
    account: &str,
) -> Result<Option<Timestamp>, DbError> {
    tx.fetch_optional(
        "SELECT read_until FROM payment_cursors WHERE provider = $1 AND provider_account = $2",
        args![provider, account],
    )
    .await
}

/// Only forwards.
pub(super) async fn update_read_until(
    tx: &mut Tx,
    (provider, account): (&str, &str),
    read_until: Timestamp,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO payment_cursors (provider, provider_account, read_until, updated_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (provider, provider_account)
         DO UPDATE SET read_until = excluded.read_until, updated_at = excluded.updated_at
         WHERE payment_cursors.read_until < excluded.read_until",
        args![provider, account, read_until, now],
    )
    .await
    .map(drop)
}
