//! `rate_counters`.

use db::{DbError, Executor, Tx, args};
use kernel::Timestamp;

/// One statement: the first of a window sets it, the others add while there is room for all that they are. No
/// row, no room; and those who are refused write nothing.
pub(super) async fn increment(
    tx: &mut Tx,
    key: &str,
    (added, max): (u32, u32),
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<Option<(u32, Timestamp)>, DbError> {
    tx.fetch_optional(
        "INSERT INTO rate_counters (key, window_ends_at, count)
        VALUES ($1, $2, $5)
        ON CONFLICT (key) DO UPDATE SET
            count = CASE WHEN rate_counters.window_ends_at <= $3
                THEN excluded.count ELSE rate_counters.count + excluded.count END,
            window_ends_at = CASE WHEN rate_counters.window_ends_at <= $3
                THEN excluded.window_ends_at ELSE rate_counters.window_ends_at END
        WHERE rate_counters.window_ends_at <= $3 OR rate_counters.count + excluded.count <= $4
        RETURNING count, window_ends_at",
        args![key, ends_at, now, max, added],
    )
    .await
}

pub(super) async fn find_end(tx: &mut Tx, key: &str) -> Result<Option<Timestamp>, DbError> {
    tx.fetch_optional(
        "SELECT window_ends_at FROM rate_counters WHERE key = $1",
        args![key],
    )
    .await
}

pub(super) async fn delete(tx: &mut Tx, key: &str) -> Result<(), DbError> {
    tx.execute("DELETE FROM rate_counters WHERE key = $1", args![key])
        .await?;
    Ok(())
}

pub(super) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM rate_counters
        WHERE key IN (
            SELECT key FROM rate_counters
            WHERE window_ends_at <= $1
            ORDER BY window_ends_at
            LIMIT 500
            {for_update_skip_locked}
        )",
        args![now],
    )
    .await
}
