//! The tables `push_keys` and `push_subscriptions`.

use db::{DbError, Executor, FromRow, ReadTx, Row, Tx, args};
use kernel::{Page, PageRequest, Position, PushSubscriptionId, Timestamp, UserId};
use serde_json::json;

/// A subscription as it is kept.
pub(crate) struct SealedSubscription {
    pub(crate) id: PushSubscriptionId,
    pub(crate) endpoint_hash: [u8; 32],
    pub(crate) sealed: Vec<u8>,
    pub(crate) user_agent: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
}

impl FromRow for SealedSubscription {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            endpoint_hash: row.column()?,
            sealed: row.column()?,
            user_agent: row.column()?,
            created_at: row.column()?,
            last_used_at: row.column()?,
        })
    }
}

/// The private half of the one key, sealed.
pub(crate) async fn find_key(db: &mut impl Executor) -> Result<Option<Vec<u8>>, DbError> {
    db.fetch_optional("SELECT sealed_private_key FROM push_keys WHERE id = 1", args![])
        .await
}

/// 0 when another node was faster.
pub(crate) async fn insert_key(tx: &mut Tx, sealed: &[u8], now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO push_keys (id, sealed_private_key, created_at) VALUES (1, $1, $2)
         ON CONFLICT (id) DO NOTHING",
        args![sealed, now],
    )
    .await
}

/// Locks whose subscriptions they are, so that they are made and counted one after the other.
pub(crate) async fn lock_user(tx: &mut Tx, user: UserId) -> Result<Option<UserId>, DbError> {
    tx.fetch_optional("SELECT id FROM users WHERE id = $1 {for_update}", args![user])
        .await
}

/// A browser has one subscription: it moves to who has it now. One that stays with its person keeps its id.
pub(crate) async fn upsert(
    tx: &mut Tx,
    user: UserId,
    new: &SealedSubscription,
) -> Result<PushSubscriptionId, DbError> {
    tx.fetch_one(
        "INSERT INTO push_subscriptions (id, user_id, endpoint_hash, sealed_subscription, user_agent, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (endpoint_hash) DO UPDATE
         SET id = CASE WHEN push_subscriptions.user_id = excluded.user_id
                 THEN push_subscriptions.id ELSE excluded.id END,
             user_id = excluded.user_id, sealed_subscription = excluded.sealed_subscription,
             user_agent = excluded.user_agent, created_at = excluded.created_at, last_used_at = NULL
         RETURNING id",
        args![
            new.id,
            user,
            new.endpoint_hash,
            new.sealed.as_slice(),
            new.user_agent.clone(),
            new.created_at
        ],
    )
    .await
}

/// Counts a person's subscriptions, up to `limit`.
pub(crate) async fn count(tx: &mut Tx, user: UserId, limit: i64) -> Result<i64, DbError> {
    tx.fetch_one(
        "SELECT count(*) FROM (SELECT 1 AS one FROM push_subscriptions WHERE user_id = $1 LIMIT $2) AS few",
        args![user, limit],
    )
    .await
}

/// A person's subscriptions, the newest first.
pub(crate) async fn list(
    db: &mut ReadTx,
    user: UserId,
    page: &PageRequest,
) -> Result<Page<SealedSubscription>, DbError> {
    let after = page.after.as_ref();
    let created_at = after.map(|after| after.key.parse::<Timestamp>()).transpose();
    let rows = db.fetch_all::<SealedSubscription>(
        "SELECT id, endpoint_hash, sealed_subscription, user_agent, created_at, last_used_at
         FROM push_subscriptions
         WHERE user_id = $1
             AND ($2{timestamptz} IS NULL OR (created_at, id) < ($2{timestamptz}, $3{uuid}))
         ORDER BY created_at DESC, id DESC LIMIT $4",
        args![
            user,
            created_at.map_err(DbError::internal)?,
            after.map(|after| after.id),
            page.fetch_limit()
        ],
    );
    Ok(Page::from_fetched(rows.await?, page, |one| Position {
        key: one.created_at.to_micros_text(),
        id: one.id.uuid(),
    }))
}

pub(crate) async fn find(
    db: &mut impl Executor,
    id: PushSubscriptionId,
) -> Result<Option<SealedSubscription>, DbError> {
    db.fetch_optional(
        "SELECT id, endpoint_hash, sealed_subscription, user_agent, created_at, last_used_at
         FROM push_subscriptions WHERE id = $1",
        args![id],
    )
    .await
}

/// Those of all these people.
pub(crate) async fn list_of(
    tx: &mut Tx,
    users: &[UserId],
) -> Result<Vec<(PushSubscriptionId, UserId)>, DbError> {
    let users: Vec<String> = users.iter().map(|user| user.uuid().to_string()).collect();
    tx.fetch_all(
        "SELECT id, user_id FROM push_subscriptions WHERE user_id {in_uuids:$1} ORDER BY user_id, id",
        args![json!(users)],
    )
    .await
}

pub(crate) async fn update_used(tx: &mut Tx, id: PushSubscriptionId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE push_subscriptions SET last_used_at = $2 WHERE id = $1",
        args![id, now],
    )
    .await
}

pub(crate) async fn delete(tx: &mut Tx, user: UserId, id: PushSubscriptionId) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM push_subscriptions WHERE id = $1 AND user_id = $2",
        args![id, user],
    )
    .await
}

/// Deletes one that the push service does not know (any more), unless the browser has renewed it since.
pub(crate) async fn delete_gone(
    tx: &mut Tx,
    id: PushSubscriptionId,
    created_at: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM push_subscriptions WHERE id = $1 AND created_at = $2",
        args![id, created_at],
    )
    .await
}
