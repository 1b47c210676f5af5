//! `one_time_tokens`. Every change is one statement whose `WHERE` holds all conditions, so two that meet are
//! put in order by the row's lock and the second finds the condition gone.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Timestamp, UserId};
use uuid::Uuid;

use super::{NewToken, OneTimeTokenId, Purpose, TokenClaim};

pub(super) struct NewRow {
    pub(super) id: OneTimeTokenId,
    pub(super) new: NewToken,
    pub(super) secret_hash: [u8; 32],
    pub(super) code_hash: Option<[u8; 32]>,
    pub(super) max_attempts: i64,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

pub(super) struct Tried {
    pub(super) claim: TokenClaim,
    pub(super) is_match: bool,
    pub(super) attempts_left: i64,
}

/// The open token of the same person and purpose, if there is one, becomes this one.
pub(super) async fn insert(tx: &mut Tx, row: &NewRow) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO one_time_tokens (
            id, purpose, user_id, email_norm, subject_id, secret_hash, code_hash, flow_hash,
            attempts, max_attempts, created_at, expires_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11)
        ON CONFLICT (user_id, purpose) WHERE consumed_at IS NULL AND purpose <> 'email_undo' DO UPDATE SET
            id = excluded.id,
            email_norm = excluded.email_norm,
            subject_id = excluded.subject_id,
            secret_hash = excluded.secret_hash,
            code_hash = excluded.code_hash,
            flow_hash = excluded.flow_hash,
            attempts = 0,
            max_attempts = excluded.max_attempts,
            created_at = excluded.created_at,
            expires_at = excluded.expires_at",
        args![
            row.id,
            row.new.purpose.as_str(),
            row.new.user,
            &row.new.email_norm,
            row.new.subject,
            row.secret_hash,
            row.code_hash,
            row.new.flow,
            row.max_attempts,
            row.created_at,
            row.expires_at
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn consume(
    tx: &mut Tx,
    purpose: Purpose,
    secret_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<TokenClaim>, DbError> {
    tx.fetch_optional(
        "UPDATE one_time_tokens SET consumed_at = $3
        WHERE secret_hash = $1
            AND purpose = $2
            AND flow_hash IS NULL
            AND consumed_at IS NULL
            AND expires_at > $3
        RETURNING id, user_id, email_norm, subject_id",
        args![secret_hash, purpose.as_str(), now],
    )
    .await
}

pub(super) async fn consume_with_flow(
    tx: &mut Tx,
    purpose: Purpose,
    secret_hash: [u8; 32],
    flow_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<TokenClaim>, DbError> {
    tx.fetch_optional(
        "UPDATE one_time_tokens SET consumed_at = $4
        WHERE secret_hash = $1
            AND purpose = $2
            AND flow_hash = $3
            AND attempts < max_attempts
            AND consumed_at IS NULL
            AND expires_at > $4
        RETURNING id, user_id, email_norm, subject_id",
        args![secret_hash, purpose.as_str(), flow_hash, now],
    )
    .await
}

pub(super) async fn find(
    tx: &mut impl Executor,
    purpose: Purpose,
    secret_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<TokenClaim>, DbError> {
    tx.fetch_optional(
        "SELECT id, user_id, email_norm, subject_id
        FROM one_time_tokens
        WHERE secret_hash = $1
            AND purpose = $2
            AND (flow_hash IS NULL OR attempts < max_attempts)
            AND consumed_at IS NULL
            AND expires_at > $3",
        args![secret_hash, purpose.as_str(), now],
    )
    .await
}

pub(super) async fn find_by_flow(
    tx: &mut impl Executor,
    purpose: Purpose,
    flow_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<TokenClaim>, DbError> {
    tx.fetch_optional(
        "SELECT id, user_id, email_norm, subject_id
        FROM one_time_tokens
        WHERE flow_hash = $1
            AND purpose = $2
            AND consumed_at IS NULL
            AND expires_at > $3
        ORDER BY id DESC
        LIMIT 1",
        args![flow_hash, purpose.as_str(), now],
    )
    .await
}

pub(super) async fn try_code_of_user(
    tx: &mut Tx,
    purpose: Purpose,
    user: UserId,
    code_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Tried>, DbError> {
    tx.fetch_optional(
        "UPDATE one_time_tokens SET
            attempts = attempts + 1,
            consumed_at = CASE WHEN code_hash = $3 THEN $4{timestamptz} END
        WHERE id = (
                SELECT id FROM one_time_tokens
                WHERE user_id = $1 AND purpose = $2 AND consumed_at IS NULL AND code_hash IS NOT NULL
                ORDER BY id DESC
                LIMIT 1
            )
            AND attempts < max_attempts
            AND consumed_at IS NULL
            AND expires_at > $4
        RETURNING id, user_id, email_norm, subject_id, consumed_at IS NOT NULL, max_attempts - attempts",
        args![user, purpose.as_str(), code_hash, now],
    )
    .await
}

pub(super) async fn try_code_of_email(
    tx: &mut Tx,
    purpose: Purpose,
    email_norm: String,
    code_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Tried>, DbError> {
    tx.fetch_optional(
        "UPDATE one_time_tokens SET
            attempts = attempts + 1,
            consumed_at = CASE WHEN code_hash = $3 THEN $4{timestamptz} END
        WHERE id = (
                SELECT id FROM one_time_tokens
                WHERE email_norm = $1 AND purpose = $2 AND consumed_at IS NULL AND code_hash IS NOT NULL
                ORDER BY id DESC
                LIMIT 1
            )
            AND attempts < max_attempts
            AND consumed_at IS NULL
            AND expires_at > $4
        RETURNING id, user_id, email_norm, subject_id, consumed_at IS NOT NULL, max_attempts - attempts",
        args![email_norm, purpose.as_str(), code_hash, now],
    )
    .await
}

pub(super) async fn try_code_of_flow(
    tx: &mut Tx,
    purpose: Purpose,
    flow_hash: [u8; 32],
    code_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Tried>, DbError> {
    tx.fetch_optional(
        "UPDATE one_time_tokens SET
            attempts = attempts + 1,
            consumed_at = CASE WHEN code_hash = $3 THEN $4{timestamptz} END
        WHERE id = (
                SELECT id FROM one_time_tokens
                WHERE flow_hash = $1 AND purpose = $2 AND consumed_at IS NULL AND code_hash IS NOT NULL
                ORDER BY id DESC
                LIMIT 1
            )
            AND attempts < max_attempts
            AND consumed_at IS NULL
            AND expires_at > $4
        RETURNING id, user_id, email_norm, subject_id, consumed_at IS NOT NULL, max_attempts - attempts",
        args![flow_hash, purpose.as_str(), code_hash, now],
    )
    .await
}

pub(super) async fn try_code_of_subject(
    tx: &mut Tx,
    purpose: Purpose,
    subject: Uuid,
    code_hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Tried>, DbError> {
    tx.fetch_optional(
        "UPDATE one_time_tokens SET
            attempts = attempts + 1,
            consumed_at = CASE WHEN code_hash = $3 THEN $4{timestamptz} END
        WHERE id = (
                SELECT id FROM one_time_tokens
                WHERE subject_id = $1 AND purpose = $2 AND consumed_at IS NULL AND code_hash IS NOT NULL
                ORDER BY id DESC
                LIMIT 1
            )
            AND attempts < max_attempts
            AND consumed_at IS NULL
            AND expires_at > $4
        RETURNING id, user_id, email_norm, subject_id, consumed_at IS NOT NULL, max_attempts - attempts",
        args![subject, purpose.as_str(), code_hash, now],
    )
    .await
}

pub(super) async fn revoke(
    tx: &mut Tx,
    user: UserId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE one_time_tokens SET consumed_at = $3
        WHERE user_id = $1 AND purpose = $2 AND consumed_at IS NULL",
        args![user, purpose.as_str(), now],
    )
    .await
}

pub(super) async fn revoke_all(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE one_time_tokens SET consumed_at = $2
        WHERE user_id = $1 AND purpose <> 'email_undo' AND consumed_at IS NULL",
        args![user, now],
    )
    .await
}

/// Tokens of nobody have no unique index to meet at: two that are issued at the same moment both work.
pub(super) async fn revoke_unowned(tx: &mut Tx, new: &NewToken, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE one_time_tokens SET consumed_at = $3
        WHERE user_id IS NULL
            AND purpose = $1
            AND email_norm IS NOT DISTINCT FROM $2
            AND subject_id IS NOT DISTINCT FROM $4{uuid}
            AND consumed_at IS NULL",
        args![new.purpose.as_str(), &new.email_norm, now, new.subject],
    )
    .await
}

pub(super) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM one_time_tokens
        WHERE id IN (
            SELECT id FROM one_time_tokens
            WHERE expires_at <= $1
            ORDER BY expires_at
            LIMIT 500
            {for_update_skip_locked}
        )",
        args![now],
    )
    .await
}

impl FromRow for Tried {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            claim: TokenClaim::from_row(row)?,
            is_match: row.column()?,
            attempts_left: row.column()?,
        })
    }
}
