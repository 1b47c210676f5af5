//! Passkeys and challenges in the database.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{Page, PageRequest, PasskeyId, Position, Timestamp, UserId};
use uuid::Uuid;
use webauthn::{Asserted, Registered};

use super::model::{CHALLENGE_LIFETIME, Kept, Known, Passkey, Purpose};

impl FromRow for Passkey {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            name: row.column()?,
            transports: row.json()?,
            is_backed_up: row.column::<i64>()? != 0,
            created_at: row.column()?,
            last_used_at: row.column()?,
        })
    }
}

impl FromRow for Kept {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            user_id: row.column()?,
            public_key: row.column()?,
            sign_count: u32::try_from(row.column::<i64>()?).map_err(DbError::internal)?,
        })
    }
}

impl FromRow for Known {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            credential_id: row.column()?,
            transports: row.json()?,
        })
    }
}

pub(crate) async fn insert_challenge(
    tx: &mut Tx,
    id: Uuid,
    challenge_hash: [u8; 32],
    purpose: Purpose,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO webauthn_challenges (id, challenge_hash, ceremony, user_id, subject_id, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            id,
            challenge_hash,
            purpose.ceremony.as_str(),
            purpose.user,
            purpose.subject,
            now,
            now.plus(CHALLENGE_LIFETIME),
        ],
    )
    .await
    .map(drop)
}

/// The one statement that uses a challenge up; 0 when it is unknown, used, over, or was for something else.
pub(crate) async fn update_challenge_consumed(
    tx: &mut Tx,
    challenge_hash: [u8; 32],
    purpose: Purpose,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE webauthn_challenges SET consumed_at = $5
         WHERE challenge_hash = $1 AND ceremony = $2 AND user_id IS NOT DISTINCT FROM $3{uuid}
           AND subject_id IS NOT DISTINCT FROM $4{uuid} AND consumed_at IS NULL AND expires_at > $5",
        args![
            challenge_hash,
            purpose.ceremony.as_str(),
            purpose.user,
            purpose.subject,
            now,
        ],
    )
    .await
}

/// Deletes some of the challenges that were over before `before`.
pub(crate) async fn delete_expired_challenges(
    tx: &mut Tx,
    before: Timestamp,
    most: u32,
) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM webauthn_challenges WHERE id IN
            (SELECT id FROM webauthn_challenges WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        args![before, most],
    )
    .await
}

/// A passkey with what is kept of the credential.
pub(crate) struct NewRow<'a> {
    pub(crate) passkey: &'a Passkey,
    pub(crate) user: UserId,
    pub(crate) registered: &'a Registered,
}

/// 0 when the credential is somebody's already.
pub(crate) async fn insert(tx: &mut Tx, new: NewRow<'_>) -> Result<u64, DbError> {
    let NewRow {
        passkey,
        user,
        registered,
    } = new;
    tx.execute(
        "INSERT INTO webauthn_credentials
            (id, user_id, credential_id, public_key, sign_count, transports, aaguid, name, is_backed_up, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (credential_id) DO NOTHING",
        args![
            passkey.id,
            user,
            registered.credential_id.clone(),
            registered.public_key.clone(),
            i64::from(registered.sign_count),
            serde_json::Value::from(passkey.transports.clone()),
            Uuid::from_bytes(registered.aaguid),
            &passkey.name,
            i64::from(passkey.is_backed_up),
            passkey.created_at,
        ],
    )
    .await
}

pub(crate) async fn find(
    db: &mut impl Executor,
    user: UserId,
    id: PasskeyId,
) -> Result<Option<Passkey>, DbError> {
    db.fetch_optional(
        "SELECT id, name, transports, is_backed_up, created_at, last_used_at
         FROM webauthn_credentials WHERE id = $2 AND user_id = $1",
        args![user, id],
    )
    .await
}

/// The passkey that browsers know by this id.
pub(crate) async fn find_key(
    db: &mut impl Executor,
    credential_id: Vec<u8>,
) -> Result<Option<Kept>, DbError> {
    db.fetch_optional(
        "SELECT id, user_id, public_key, sign_count FROM webauthn_credentials WHERE credential_id = $1",
        args![credential_id],
    )
    .await
}

/// What browsers are told of a person's passkeys.
pub(crate) async fn list_known(db: &mut impl Executor, user: UserId) -> Result<Vec<Known>, DbError> {
    db.fetch_all(
        "SELECT credential_id, transports FROM webauthn_credentials
         WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 100",
        args![user],
    )
    .await
}

/// A person's passkeys, the newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    user: UserId,
    page: &PageRequest,
) -> Result<Page<Passkey>, DbError> {
    let after = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let filter = Filter::new(args![user]).and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<Passkey>(
            "SELECT id, name, transports, is_backed_up, created_at, last_used_at
             FROM webauthn_credentials WHERE user_id = $1",
            filter,
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |passkey| Position {
        key: passkey.created_at.to_micros_text(),
        id: passkey.id.uuid(),
    }))
}

pub(crate) async fn update_name(
    tx: &mut Tx,
    user: UserId,
    id: PasskeyId,
    name: &str,
) -> Result<Option<Passkey>, DbError> {
    tx.fetch_optional(
        "UPDATE webauthn_credentials SET name = $3 WHERE id = $2 AND user_id = $1
         RETURNING id, name, transports, is_backed_up, created_at, last_used_at",
        args![user, id, name],
    )
    .await
}

/// The one statement that keeps a counter: it grows, or is not in use at all. 0 when it does not, or the passkey is
/// gone.
pub(crate) async fn update_used(
    tx: &mut Tx,
    key: &Kept,
    asserted: &Asserted,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE webauthn_credentials SET sign_count = $3, is_backed_up = $4, last_used_at = $5
         WHERE id = $1 AND user_id = $2 AND (sign_count < $3 OR (sign_count = 0 AND sign_count = $3))",
        args![
            key.id,
            key.user_id,
            i64::from(asserted.sign_count),
            i64::from(asserted.is_backed_up),
            now,
        ],
    )
    .await
}

/// The one statement that takes a passkey away: another way in stays, or it is 0. The caller locked the account's
/// row, so that no other way is taken away meanwhile.
pub(crate) async fn delete(tx: &mut Tx, user: UserId, id: PasskeyId) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM webauthn_credentials WHERE id = $2 AND user_id = $1
           AND (EXISTS (SELECT 1 FROM password_credentials p WHERE p.user_id = $1)
             OR EXISTS (SELECT 1 FROM social_accounts s WHERE s.user_id = $1)
             OR EXISTS (SELECT 1 FROM webauthn_credentials o WHERE o.user_id = $1 AND o.id <> $2))",
        args![user, id],
    )
    .await
}

pub(crate) async fn count(db: &mut impl Executor, user: UserId) -> Result<i64, DbError> {
    db.fetch_one(
        "SELECT count(*) FROM webauthn_credentials WHERE user_id = $1",
        args![user],
    )
    .await
}
