//! Accounts in the database.

use std::fmt::Display;
use std::str::FromStr;

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{EmailAddress, Locale, Timestamp, UserId};

use super::model::{PersonName, User};

impl FromRow for User {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            email: row.column()?,
            email_verified_at: row.column()?,
            name: optional(row.column::<Option<String>>()?)?,
            locale: row.column()?,
            status: row.parsed()?,
            platform_role: optional(row.column::<Option<String>>()?)?,
            sec_epoch: row.column()?,
            version: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// What was stored was parsed before; it is parsed again, so that nobody can write around the rules.
fn optional<T: FromStr<Err: Display>>(text: Option<String>) -> Result<Option<T>, DbError> {
    let parsed = text.map(|text| text.parse()).transpose();
    parsed.map_err(|error: T::Err| DbError::internal(std::io::Error::other(error.to_string())))
}

pub(crate) async fn find(db: &mut impl Executor, id: UserId) -> Result<Option<User>, DbError> {
    db.fetch_optional(
        "SELECT id, email, email_verified_at, name, locale, status, platform_role, sec_epoch, version,
                created_at, updated_at
         FROM users WHERE id = $1",
        args![id],
    )
    .await
}

pub(crate) async fn find_by_email(
    db: &mut impl Executor,
    email: &EmailAddress,
) -> Result<Option<User>, DbError> {
    db.fetch_optional(
        "SELECT id, email, email_verified_at, name, locale, status, platform_role, sec_epoch, version,
                created_at, updated_at
         FROM users WHERE email_norm = $1",
        args![email.normalized()],
    )
    .await
}

pub(crate) async fn lock(tx: &mut Tx, id: UserId) -> Result<Option<User>, DbError> {
    tx.fetch_optional(
        "SELECT id, email, email_verified_at, name, locale, status, platform_role, sec_epoch, version,
                created_at, updated_at
         FROM users WHERE id = $1 {for_update}",
        args![id],
    )
    .await
}

pub(crate) async fn lock_by_email(tx: &mut Tx, email: &EmailAddress) -> Result<Option<User>, DbError> {
    tx.fetch_optional(
        "SELECT id, email, email_verified_at, name, locale, status, platform_role, sec_epoch, version,
                created_at, updated_at
         FROM users WHERE email_norm = $1 {for_update}",
        args![email.normalized()],
    )
    .await
}

/// 0 when somebody else has the address: no error, because that would end the transaction on PostgreSQL.
pub(crate) async fn insert(tx: &mut Tx, user: &User) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO users
            (id, email, email_norm, email_verified_at, name, name_norm, locale, status, platform_role, sec_epoch,
             version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (email_norm) DO NOTHING",
        args![
            user.id,
            &user.email,
            user.email.normalized(),
            user.email_verified_at,
            user.name.as_ref().map(PersonName::as_str),
            user.name.as_ref().map(PersonName::folded),
            &user.locale,
            user.status.as_str(),
            user.platform_role.map(kernel::PlatformRole::as_str),
            user.sec_epoch,
            user.version,
            user.created_at,
            user.updated_at,
        ],
    )
    .await
}

/// 0 when the address was verified already.
pub(crate) async fn update_verified(tx: &mut Tx, id: UserId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET email_verified_at = $2, version = version + 1, updated_at = $2
         WHERE id = $1 AND email_verified_at IS NULL",
        args![id, now],
    )
    .await
}

/// Fails on `users_email_norm_key` when another account has the address.
pub(crate) async fn update_email(
    tx: &mut Tx,
    id: UserId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET email = $2, email_norm = $3, email_verified_at = $4, version = version + 1, updated_at = $4
         WHERE id = $1",
        args![id, email, email.normalized(), now],
    )
    .await
}

pub(crate) async fn update_locale(
    tx: &mut Tx,
    id: UserId,
    locale: &Locale,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET locale = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        args![id, locale, now],
    )
    .await
}

pub(crate) async fn delete_unverified(tx: &mut Tx, id: UserId) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM users WHERE id = $1 AND email_verified_at IS NULL",
        args![id],
    )
    .await
}

pub(crate) async fn update_epoch(tx: &mut Tx, id: UserId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET sec_epoch = sec_epoch + 1, version = version + 1, updated_at = $2 WHERE id = $1",
        args![id, now],
    )
    .await
}

/// What a stranger may have written about an account that nobody has confirmed, written anew.
pub(crate) async fn update_unverified(
    tx: &mut Tx,
    id: UserId,
    name: Option<&PersonName>,
    locale: &Locale,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET name = $2, name_norm = $3, locale = $4, sec_epoch = sec_epoch + 1,
                version = version + 1, updated_at = $5
         WHERE id = $1 AND email_verified_at IS NULL",
        args![
            id,
            name.map(PersonName::as_str),
            name.map(PersonName::folded),
            locale,
            now
        ],
    )
    .await
}
