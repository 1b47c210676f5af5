//! The tables `api_keys` and `api_key_secrets`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{ApiKeyId, OrganizationId, Page, PageRequest, Position, Timestamp, UserId};

use crate::model::{ApiKey, ApiKeyChange, KeyOwner};

impl FromRow for ApiKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            user: row.column()?,
            created_by: row.column()?,
            name: row.column()?,
            start: row.column()?,
            scopes: row.json()?,
            allowed_networks: row.json()?,
            version: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
            expires_at: row.column()?,
            last_used_at: row.column()?,
            last_used_ip: row.column()?,
        })
    }
}

/// A key that was found by a secret.
pub(crate) struct FoundKey {
    pub(crate) secret_expires_at: Option<Timestamp>,
    pub(crate) key: ApiKey,
}

impl FromRow for FoundKey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            secret_expires_at: row.column()?,
            key: ApiKey::from_row(row)?,
        })
    }
}

/// Locks whose keys they are, so that keys are counted and made one after the other.
pub(crate) async fn lock_owner(tx: &mut Tx, owner: KeyOwner) -> Result<bool, DbError> {
    match owner {
        KeyOwner::Organization(id) => tx
            .fetch_optional::<OrganizationId>(
                "SELECT id FROM organizations WHERE id = $1 {for_update}",
                args![id],
            )
            .await
            .map(|found| found.is_some()),
        KeyOwner::Person(id) => tx
            .fetch_optional::<UserId>("SELECT id FROM users WHERE id = $1 {for_update}", args![id])
            .await
            .map(|found| found.is_some()),
    }
}

pub(crate) async fn count_live(tx: &mut Tx, owner: KeyOwner, now: Timestamp) -> Result<i64, DbError> {
    match owner {
        KeyOwner::Organization(id) => {
            tx.fetch_one(
                "SELECT count(*) FROM api_keys
                 WHERE organization_id = $1 AND user_id IS NULL AND revoked_at IS NULL
                   AND (expires_at IS NULL OR expires_at > $2)",
                args![id, now],
            )
            .await
        }
        KeyOwner::Person(id) => {
            tx.fetch_one(
                "SELECT count(*) FROM api_keys
                 WHERE user_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
                args![id, now],
            )
            .await
        }
    }
}

pub(crate) async fn insert(tx: &mut Tx, key: &ApiKey) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO api_keys
            (id, organization_id, user_id, created_by, name, start, scopes, allowed_networks, created_at,
             updated_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
        args![
            key.id,
            key.organization,
            key.user,
            key.created_by,
            &key.name,
            &key.start,
            serde_json::json!(key.scopes),
            serde_json::json!(key.allowed_networks),
            key.created_at,
            key.expires_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn insert_secret(
    tx: &mut Tx,
    key: ApiKeyId,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO api_key_secrets (secret_hash, api_key_id, created_at) VALUES ($1, $2, $3)",
        args![hash, key, now],
    )
    .await
    .map(drop)
}

/// The key behind a secret.
pub(crate) async fn find_by_secret(
    db: &mut impl Executor,
    hash: [u8; 32],
) -> Result<Option<FoundKey>, DbError> {
    db.fetch_optional(
        "SELECT s.expires_at,
                k.id, k.organization_id, k.user_id, k.created_by, k.name, k.start, k.scopes, k.allowed_networks,
                k.version, k.created_at, k.updated_at, k.expires_at, k.last_used_at, k.last_used_ip
         FROM api_key_secrets s JOIN api_keys k ON k.id = s.api_key_id
         WHERE s.secret_hash = $1 AND k.revoked_at IS NULL",
        args![hash],
    )
    .await
}

pub(crate) async fn find(
    db: &mut impl Executor,
    owner: KeyOwner,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, DbError> {
    match owner {
        KeyOwner::Organization(organization) => {
            db.fetch_optional(
                "SELECT id, organization_id, user_id, created_by, name, start, scopes, allowed_networks, version,
                        created_at, updated_at, expires_at, last_used_at, last_used_ip
                 FROM api_keys
                 WHERE organization_id = $1 AND id = $2 AND user_id IS NULL AND revoked_at IS NULL",
                args![organization, id],
            )
            .await
        }
        KeyOwner::Person(user) => {
            db.fetch_optional(
                "SELECT id, organization_id, user_id, created_by, name, start, scopes, allowed_networks, version,
                        created_at, updated_at, expires_at, last_used_at, last_used_ip
                 FROM api_keys
                 WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL",
                args![user, id],
            )
            .await
        }
    }
}

/// The row itself, so that a key is changed, rotated and revoked by one after the other.
pub(crate) async fn lock(tx: &mut Tx, id: ApiKeyId) -> Result<bool, DbError> {
    let found: Option<ApiKeyId> = tx
        .fetch_optional("SELECT id FROM api_keys WHERE id = $1 {for_update}", args![id])
        .await?;
    Ok(found.is_some())
}

/// The keys that were not revoked, the newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    owner: KeyOwner,
    page: &PageRequest,
) -> Result<Page<ApiKey>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let (sql, whose) = match owner {
        KeyOwner::Organization(id) => (
            "SELECT id, organization_id, user_id, created_by, name, start, scopes, allowed_networks, version,
                    created_at, updated_at, expires_at, last_used_at, last_used_ip
             FROM api_keys
             WHERE organization_id = $1 AND user_id IS NULL AND revoked_at IS NULL",
            args![id],
        ),
        KeyOwner::Person(id) => (
            "SELECT id, organization_id, user_id, created_by, name, start, scopes, allowed_networks, version,
                    created_at, updated_at, expires_at, last_used_at, last_used_ip
             FROM api_keys
             WHERE user_id = $1 AND revoked_at IS NULL",
            args![id],
        ),
    };
    let rows = db
        .fetch_filtered::<ApiKey>(
            sql,
            Filter::new(whose).and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after),
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |key| Position {
        key: key.created_at.to_micros_text(),
        id: key.id.uuid(),
    }))
}

pub(crate) async fn update(
    tx: &mut Tx,
    key: &ApiKey,
    change: &ApiKeyChange,
    now: Timestamp,
) -> Result<(), DbError> {
    let name = change
        .name
        .as_ref()
        .map_or(key.name.as_str(), |name| name.as_str());
    let networks = change.allowed_networks.as_ref().unwrap_or(&key.allowed_networks);
    tx.execute(
        "UPDATE api_keys SET name = $2, allowed_networks = $3, version = version + 1, updated_at = $4
         WHERE id = $1",
        args![key.id, name, serde_json::json!(networks), now],
    )
    .await
    .map(drop)
}

pub(crate) async fn update_start(
    tx: &mut Tx,
    id: ApiKeyId,
    start: &str,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE api_keys SET start = $2, expires_at = $3, version = version + 1, updated_at = $4 WHERE id = $1",
        args![id, start, expires_at, now],
    )
    .await
    .map(drop)
}

/// 0 when it was revoked before.
pub(crate) async fn update_revoked(tx: &mut Tx, id: ApiKeyId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE api_keys SET revoked_at = $2, updated_at = $2, version = version + 1
         WHERE id = $1 AND revoked_at IS NULL",
        args![id, now],
    )
    .await
}

/// Ends the keys that a person has or made, and answers them.
pub(crate) async fn update_revoked_of(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<ApiKey>, DbError> {
    tx.fetch_all(
        "UPDATE api_keys SET revoked_at = $2, updated_at = $2, version = version + 1
         WHERE (user_id = $1 OR created_by = $1) AND revoked_at IS NULL
         RETURNING id, organization_id, user_id, created_by, name, start, scopes, allowed_networks, version, created_at,
                   updated_at, expires_at, last_used_at, last_used_ip",
        args![user, now],
    )
    .await
}

/// Writes down a use, if none was written down since `before`.
pub(crate) async fn update_used(
    tx: &mut Tx,
    id: ApiKeyId,
    ip: Option<String>,
    now: Timestamp,
    before: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE api_keys SET last_used_at = $2, last_used_ip = $3
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $4)",
        args![id, now, ip, before],
    )
    .await
}

/// Whether a secret of an earlier rotation still holds.
pub(crate) async fn find_ending(tx: &mut Tx, id: ApiKeyId, now: Timestamp) -> Result<bool, DbError> {
    let ending: i64 = tx
        .fetch_one(
            "SELECT count(*) FROM api_key_secrets WHERE api_key_id = $1 AND expires_at > $2",
            args![id, now],
        )
        .await?;
    Ok(ending > 0)
}

/// Lets the valid secret hold until `end`, and no longer.
pub(crate) async fn update_secret_end(tx: &mut Tx, id: ApiKeyId, end: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE api_key_secrets SET expires_at = $2 WHERE api_key_id = $1 AND expires_at IS NULL",
        args![id, end],
    )
    .await
}

/// Deletes the secrets that end by `end`; with none given, all of them.
pub(crate) async fn delete_secrets(
    tx: &mut Tx,
    id: ApiKeyId,
    end: Option<Timestamp>,
) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM api_key_secrets WHERE api_key_id = $1 AND ($2{timestamptz} IS NULL OR expires_at <= $2)",
        args![id, end],
    )
    .await
}
