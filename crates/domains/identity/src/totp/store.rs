//! Authenticator apps in the database.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Timestamp, UserId};

use super::model::{Match, TotpFactor};

impl FromRow for TotpFactor {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            sealed_secret: row.column()?,
            confirmed_at: row.column()?,
            last_used_at: row.column()?,
        })
    }
}

pub(crate) async fn find(db: &mut impl Executor, user: UserId) -> Result<Option<TotpFactor>, DbError> {
    db.fetch_optional(
        "SELECT sealed_secret, confirmed_at, last_used_at FROM totp_factors WHERE user_id = $1",
        args![user],
    )
    .await
}

/// An app that is not confirmed gives way; 0 when there is one that is.
pub(crate) async fn upsert(
    tx: &mut Tx,
    user: UserId,
    sealed_secret: Vec<u8>,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO totp_factors (user_id, sealed_secret, created_at) VALUES ($1, $2, $3)
         ON CONFLICT (user_id) DO UPDATE SET sealed_secret = $2, created_at = $3, last_step = 0
         WHERE totp_factors.confirmed_at IS NULL",
        args![user, sealed_secret, now],
    )
    .await
}

/// 0 when the app is confirmed already, is another by now, or showed the code before.
pub(crate) async fn update_confirmed(
    tx: &mut Tx,
    user: UserId,
    shown: &Match,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE totp_factors SET confirmed_at = $4, last_step = $3, last_used_at = $4
         WHERE user_id = $1 AND sealed_secret = $2 AND last_step < $3 AND confirmed_at IS NULL",
        args![user, shown.sealed_secret.clone(), shown.step, now],
    )
    .await
}

/// The one statement that uses a code up: of any number that show it at once, one finds an older step.
pub(crate) async fn update_step(
    tx: &mut Tx,
    user: UserId,
    shown: &Match,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE totp_factors SET last_step = $3, last_used_at = $4
         WHERE user_id = $1 AND sealed_secret = $2 AND last_step < $3 AND confirmed_at IS NOT NULL",
        args![user, shown.sealed_secret.clone(), shown.step, now],
    )
    .await
}

pub(crate) async fn delete(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM totp_factors WHERE user_id = $1", args![user])
        .await
}
