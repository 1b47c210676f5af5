//! Recovery codes in the database.

use db::{DbError, Executor, Tx, args};
use kernel::{Timestamp, UserId};

pub(crate) async fn find(
    db: &mut impl Executor,
    user: UserId,
    position: u8,
) -> Result<Option<String>, DbError> {
    db.fetch_optional(
        "SELECT phc_hash FROM recovery_codes WHERE user_id = $1 AND position = $2 AND used_at IS NULL",
        args![user, position],
    )
    .await
}

pub(crate) async fn insert(
    tx: &mut Tx,
    user: UserId,
    position: u8,
    phc: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO recovery_codes (user_id, position, phc_hash, created_at) VALUES ($1, $2, $3, $4)",
        args![user, position, phc, now],
    )
    .await
    .map(drop)
}

/// The one statement that uses a code up; 0 when somebody was faster, or there are others by now.
pub(crate) async fn update_used(
    tx: &mut Tx,
    user: UserId,
    position: u8,
    phc: &str,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE recovery_codes SET used_at = $4
         WHERE user_id = $1 AND position = $2 AND phc_hash = $3 AND used_at IS NULL",
        args![user, position, phc, now],
    )
    .await
}

pub(crate) async fn delete(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", args![user])
        .await
}
