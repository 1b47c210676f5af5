//! The tables `notification_preferences` and `notification_categories`; of `user_org`, `users` and
//! `user_settings` it is read who is who.

use std::collections::HashMap;

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{OrganizationId, Timestamp, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Choice, Kept, Settings};
use crate::model::{Category, Channel};

impl FromRow for Kept {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (user, organization, category) = (row.column()?, row.column()?, row.column()?);
        let channel: String = row.column()?;
        let is_on: i64 = row.column()?;
        Ok(Self {
            user,
            organization,
            category,
            channel: Channel::from_word(&channel).ok_or(DbError::NoRow)?,
            is_on: is_on != 0,
        })
    }
}

/// What somebody's settings say.
pub(crate) struct SettingsOf {
    pub(crate) user: UserId,
    pub(crate) settings: Settings,
}

impl FromRow for SettingsOf {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user: row.column()?,
            settings: row.json()?,
        })
    }
}

/// Ids as a list to look up in.
fn texts(ids: impl Iterator<Item = Uuid>) -> Value {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().into()
}

/// Locks whose choices they are, so that they are made and counted one after the other.
pub(crate) async fn lock_user(tx: &mut Tx, user: UserId) -> Result<Option<UserId>, DbError> {
    tx.fetch_optional("SELECT id FROM users WHERE id = $1 {for_update}", args![user])
        .await
}

/// The organizations of a person after `after`, in the order of their ids.
pub(crate) async fn list_organizations(
    db: &mut impl Executor,
    user: UserId,
    after: Uuid,
    limit: i64,
) -> Result<Vec<OrganizationId>, DbError> {
    db.fetch_all(
        "SELECT organization_id FROM user_org WHERE user_id = $1 AND organization_id > $2
         ORDER BY organization_id LIMIT $3",
        args![user, after, limit],
    )
    .await
}

/// Which of these organizations a person is a member of.
pub(crate) async fn list_memberships(
    tx: &mut Tx,
    user: UserId,
    organizations: impl Iterator<Item = OrganizationId>,
) -> Result<Vec<OrganizationId>, DbError> {
    tx.fetch_all(
        "SELECT organization_id FROM user_org
         WHERE user_id = $1 AND organization_id {in_uuids:$2} {for_share}",
        args![user, texts(organizations.map(OrganizationId::uuid))],
    )
    .await
}

/// What a person chose in general and about these organizations.
pub(crate) async fn list(
    db: &mut impl Executor,
    user: UserId,
    organizations: impl Iterator<Item = OrganizationId>,
) -> Result<Vec<Kept>, DbError> {
    db.fetch_all(
        "SELECT user_id, organization_id, category, channel, is_on FROM notification_preferences
         WHERE user_id = $1 AND (organization_id IS NULL OR organization_id {in_uuids:$2})",
        args![user, texts(organizations.map(OrganizationId::uuid))],
    )
    .await
}

/// What these people chose about a category, in general and about an organization.
pub(crate) async fn list_of_category(
    tx: &mut Tx,
    users: &[UserId],
    organization: Option<OrganizationId>,
    category: &Category,
) -> Result<Vec<Kept>, DbError> {
    tx.fetch_all(
        "SELECT user_id, organization_id, category, channel, is_on FROM notification_preferences
         WHERE user_id {in_uuids:$1} AND category = $2
             AND (organization_id IS NULL OR organization_id = $3{uuid})",
        args![
            texts(users.iter().map(|user| user.uuid())),
            category.as_str(),
            organization
        ],
    )
    .await
}

/// What the settings of these people say.
pub(crate) async fn list_settings(
    db: &mut impl Executor,
    users: &[UserId],
) -> Result<Vec<SettingsOf>, DbError> {
    db.fetch_all(
        "SELECT user_id, notifications FROM user_settings WHERE user_id {in_uuids:$1}",
        args![texts(users.iter().map(|user| user.uuid()))],
    )
    .await
}

fn rows(choices: &[Choice]) -> Value {
    let rows = choices.iter().map(|choice| {
        json!({
            "organization": choice.organization.map(OrganizationId::uuid),
            "category": choice.category.as_str(),
            "channel": choice.channel.as_str(),
            "is_on": choice.is_enabled.map(i64::from),
        })
    });
    rows.collect()
}

/// Forgets what was chosen where there are choices now.
pub(crate) async fn delete(tx: &mut Tx, user: UserId, choices: &[Choice]) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM notification_preferences
         WHERE user_id = $1 AND EXISTS (
             SELECT 1 FROM {each:$2}
             WHERE each.value->>'category' = notification_preferences.category
                 AND each.value->>'channel' = notification_preferences.channel
                 AND {uuid_of:each.value->>'organization'} IS NOT DISTINCT FROM notification_preferences.organization_id)",
        args![user, rows(choices)],
    )
    .await
}

/// Writes down choices, each for a place of its own where there is none.
pub(crate) async fn insert(
    tx: &mut Tx,
    user: UserId,
    choices: &[Choice],
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO notification_preferences (user_id, organization_id, category, channel, is_on, updated_at)
         SELECT $1{uuid}, {uuid_of:each.value->>'organization'}, each.value->>'category', each.value->>'channel',
             CAST(each.value->>'is_on' AS BIGINT), $3{timestamptz}
         FROM {each:$2} WHERE each.value->>'is_on' IS NOT NULL",
        args![user, rows(choices), now],
    )
    .await
}

/// Counts a person's choices, up to `limit`.
pub(crate) async fn count(tx: &mut Tx, user: UserId, limit: i64) -> Result<i64, DbError> {
    tx.fetch_one(
        "SELECT count(*) FROM (SELECT 1 AS one FROM notification_preferences WHERE user_id = $1 LIMIT $2) AS few",
        args![user, limit],
    )
    .await
}

/// The categories that programs of these organizations use.
pub(crate) async fn list_categories(
    db: &mut impl Executor,
    organizations: impl Iterator<Item = OrganizationId>,
) -> Result<HashMap<OrganizationId, Vec<String>>, DbError> {
    let pairs: Vec<(OrganizationId, String)> = db
        .fetch_all(
            "SELECT organization_id, category FROM notification_categories WHERE organization_id {in_uuids:$1}",
            args![texts(organizations.map(OrganizationId::uuid))],
        )
        .await?;
    let mut categories: HashMap<_, Vec<String>> = HashMap::new();
    for (organization, category) in pairs {
        categories.entry(organization).or_default().push(category);
    }
    Ok(categories)
}

/// Remembers that programs of an organization use a category, unless they use `most` of them.
pub(crate) async fn insert_category(
    tx: &mut Tx,
    organization: OrganizationId,
    category: &Category,
    now: Timestamp,
    most: i64,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO notification_categories (organization_id, category, created_at)
         SELECT $1{uuid}, $2{text}, $3{timestamptz}
         WHERE (SELECT count(*) FROM (
             SELECT 1 AS one FROM notification_categories WHERE organization_id = $1 LIMIT $4) AS few) < $4
         ON CONFLICT (organization_id, category) DO NOTHING",
        args![organization, category.as_str(), now, most],
    )
    .await
}
