//! The table `user_settings`. Who has no row has the defaults.

use std::str::FromStr;

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Timestamp, UserId};

use super::model::{CurrentSettings, Settings, TimeZone};

impl FromRow for CurrentSettings {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (locale, version, updated_at): (_, i64, Timestamp) =
            (row.column()?, row.column()?, row.column()?);
        let Some(time_zone) = row.column::<Option<String>>()? else {
            return Ok(Self {
                locale,
                settings: Settings::default(),
                version,
                updated_at,
            });
        };
        Ok(Self {
            locale,
            settings: Settings {
                // A name that is not known any more is no reason to fail.
                time_zone: TimeZone::from_str(&time_zone).unwrap_or_default(),
                theme: row.parsed()?,
                notifications: row.json()?,
            },
            version: version + row.column::<i64>()?,
            updated_at: updated_at.max(row.column()?),
        })
    }
}

pub(crate) async fn find(db: &mut impl Executor, user: UserId) -> Result<Option<CurrentSettings>, DbError> {
    db.fetch_optional(
        "SELECT u.locale, u.version, u.updated_at, s.time_zone, s.theme, s.notifications, s.version, s.updated_at
         FROM users u LEFT JOIN user_settings s ON s.user_id = u.id
         WHERE u.id = $1",
        args![user],
    )
    .await
}

/// The caller locked the account.
pub(crate) async fn upsert(
    tx: &mut Tx,
    user: UserId,
    settings: &Settings,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO user_settings (user_id, time_zone, theme, notifications, version, updated_at)
         VALUES ($1, $2, $3, $4, 1, $5)
         ON CONFLICT (user_id) DO UPDATE
         SET time_zone = excluded.time_zone, theme = excluded.theme, notifications = excluded.notifications,
             version = user_settings.version + 1, updated_at = excluded.updated_at",
        args![
            user,
            settings.time_zone.as_str(),
            settings.theme.as_str(),
            serde_json::json!(settings.notifications),
            now
        ],
    )
    .await
}
