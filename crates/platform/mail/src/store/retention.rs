//! What is kept of `messages` no longer.

use db::{DbError, Executor as _, Tx, args};
use kernel::Timestamp;

/// Deletes up to `limit` mails that were written before `before` and wait for nothing; their events go with them.
pub(crate) async fn delete_old(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM messages WHERE id IN (
            SELECT id FROM messages
            WHERE created_at < $1 AND status NOT IN ('scheduled', 'queued')
            ORDER BY created_at, id
            LIMIT $2 {for_update_skip_locked})",
        args![before, limit],
    )
    .await
}
