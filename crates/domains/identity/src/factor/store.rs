//! Second factors in the database, all kinds at once.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::UserId;

use super::model::HeldFactors;

impl FromRow for HeldFactors {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            has_totp: row.column::<i64>()? > 0,
            has_passkey: row.column::<i64>()? > 0,
            recovery_codes: u32::try_from(row.column::<i64>()?).map_err(DbError::internal)?,
        })
    }
}

pub(crate) async fn find(db: &mut impl Executor, user: UserId) -> Result<HeldFactors, DbError> {
    db.fetch_one(
        "SELECT (SELECT count(*) FROM totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL),
                (SELECT count(*) FROM webauthn_credentials WHERE user_id = $1),
                (SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL)",
        args![user],
    )
    .await
}

pub(crate) async fn delete_totp(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM totp_factors WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_passkeys(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM webauthn_credentials WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn delete_recovery_codes(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", args![user])
        .await
}

pub(crate) async fn count_passkeys(db: &mut impl Executor, user: UserId) -> Result<u32, DbError> {
    let count: i64 = db
        .fetch_one(
            "SELECT count(*) FROM webauthn_credentials WHERE user_id = $1",
            args![user],
        )
        .await?;
    u32::try_from(count).map_err(DbError::internal)
}
