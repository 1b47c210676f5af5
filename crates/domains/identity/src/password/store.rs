//! Passwords, wrong ones, and the browsers that signed in, in the database.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Timestamp, UserId};

use super::model::{Bucket, Streak};

impl FromRow for Streak {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            consecutive: row.column()?,
            next_allowed_at: row.column()?,
        })
    }
}

/// The hash of the person's password.
pub(crate) async fn find(db: &mut impl Executor, user: UserId) -> Result<Option<String>, DbError> {
    db.fetch_optional(
        "SELECT phc_hash FROM password_credentials WHERE user_id = $1",
        args![user],
    )
    .await
}

pub(crate) async fn upsert(tx: &mut Tx, user: UserId, phc: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO password_credentials (user_id, phc_hash, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET phc_hash = excluded.phc_hash, changed_at = excluded.changed_at",
        args![user, phc, now],
    )
    .await
    .map(drop)
}

pub(crate) async fn delete(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM password_credentials WHERE user_id = $1", args![user])
        .await
}

/// The same password under newer parameters: not a change.
pub(crate) async fn update_hash(tx: &mut Tx, user: UserId, old: &str, new: &str) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE password_credentials SET phc_hash = $3 WHERE user_id = $1 AND phc_hash = $2",
        args![user, old, new],
    )
    .await
}

pub(crate) async fn find_streak(
    db: &mut impl Executor,
    hash: [u8; 32],
    bucket: &Bucket,
) -> Result<Option<Streak>, DbError> {
    db.fetch_optional(
        "SELECT consecutive, next_allowed_at FROM login_failures WHERE address_hash = $1 AND bucket = $2",
        args![hash, bucket.name()],
    )
    .await
}

/// One statement, so that each of any number of wrong passwords at once is counted.
pub(crate) async fn increment_streak(
    tx: &mut Tx,
    hash: [u8; 32],
    bucket: &Bucket,
    now: Timestamp,
) -> Result<u32, DbError> {
    tx.fetch_one(
        "INSERT INTO login_failures (address_hash, bucket, consecutive, next_allowed_at, updated_at)
         VALUES ($1, $2, 1, $3, $3)
         ON CONFLICT (address_hash, bucket) DO UPDATE
             SET consecutive = login_failures.consecutive + 1, updated_at = excluded.updated_at
         RETURNING consecutive",
        args![hash, bucket.name(), now],
    )
    .await
}

pub(crate) async fn update_next_allowed(
    tx: &mut Tx,
    hash: [u8; 32],
    bucket: &Bucket,
    next_allowed_at: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE login_failures SET next_allowed_at = $3 WHERE address_hash = $1 AND bucket = $2",
        args![hash, bucket.name(), next_allowed_at],
    )
    .await
}

pub(crate) async fn delete_streak(tx: &mut Tx, hash: [u8; 32], bucket: &Bucket) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM login_failures WHERE address_hash = $1 AND bucket = $2",
        args![hash, bucket.name()],
    )
    .await
}

pub(crate) async fn delete_streaks(tx: &mut Tx, hash: [u8; 32]) -> Result<u64, DbError> {
    tx.execute("DELETE FROM login_failures WHERE address_hash = $1", args![hash])
        .await
}

pub(crate) async fn delete_old_streaks(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM login_failures WHERE (address_hash, bucket) IN
            (SELECT address_hash, bucket FROM login_failures WHERE updated_at < $1 ORDER BY updated_at LIMIT $2)",
        args![before, most],
    )
    .await
}

/// When a browser of this person was last seen; `None` when it never was.
pub(crate) async fn find_device(
    db: &mut impl Executor,
    user: UserId,
    token_hash: [u8; 32],
) -> Result<Option<Timestamp>, DbError> {
    db.fetch_optional(
        "SELECT last_seen_at FROM known_devices WHERE user_id = $1 AND token_hash = $2",
        args![user, token_hash],
    )
    .await
}

pub(crate) async fn upsert_device(
    tx: &mut Tx,
    user: UserId,
    token_hash: [u8; 32],
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO known_devices (user_id, token_hash, created_at, last_seen_at) VALUES ($1, $2, $3, $3)
         ON CONFLICT (user_id, token_hash) DO UPDATE SET last_seen_at = excluded.last_seen_at",
        args![user, token_hash, now],
    )
    .await
    .map(drop)
}

/// Keeps the `most` browsers that were seen last.
pub(crate) async fn delete_surplus_devices(tx: &mut Tx, user: UserId, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM known_devices WHERE user_id = $1 AND token_hash IN
            (SELECT token_hash FROM known_devices WHERE user_id = $1
             ORDER BY last_seen_at DESC, token_hash LIMIT 1000 OFFSET $2)",
        args![user, most],
    )
    .await
}

pub(crate) async fn delete_devices(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM known_devices WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_old_devices(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM known_devices WHERE (user_id, token_hash) IN
            (SELECT user_id, token_hash FROM known_devices
             WHERE last_seen_at < $1 ORDER BY last_seen_at LIMIT $2)",
        args![before, most],
    )
    .await
}
