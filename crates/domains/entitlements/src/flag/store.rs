//! The tables `entitlement_flags` and `entitlement_flag_organizations`.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{FeatureKey, OrganizationId, PageRequest, Timestamp};
use serde_json::json;

use super::model::{Flag, FlagContent};

impl FromRow for Flag {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            feature: row.parsed()?,
            content: FlagContent {
                is_enabled: row.column()?,
                rollout_percent: row.column()?,
                description: row.column()?,
                organizations: Vec::new(),
            },
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// Makes it, or replaces what was said before.
pub(super) async fn update(
    tx: &mut Tx,
    feature: &FeatureKey,
    content: &FlagContent,
    now: Timestamp,
) -> Result<Flag, DbError> {
    tx.fetch_one(
        "INSERT INTO entitlement_flags (feature, is_enabled, rollout_percent, description, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (feature) DO UPDATE SET
            is_enabled = excluded.is_enabled, rollout_percent = excluded.rollout_percent,
            description = excluded.description, updated_at = excluded.updated_at
         RETURNING feature, is_enabled, rollout_percent, description, created_at, updated_at",
        args![
            feature.as_str(),
            content.is_enabled,
            content.rollout_percent,
            &content.description,
            now,
        ],
    )
    .await
}

pub(super) async fn delete_organizations(tx: &mut Tx, feature: &FeatureKey) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM entitlement_flag_organizations WHERE feature = $1",
        args![feature.as_str()],
    )
    .await
    .map(drop)
}

/// Those that there are not are left out: says how many are listed.
pub(super) async fn insert_organizations(
    tx: &mut Tx,
    feature: &FeatureKey,
    organizations: &[OrganizationId],
) -> Result<u64, DbError> {
    let ids: Vec<_> = organizations
        .iter()
        .map(|organization| organization.uuid())
        .collect();
    tx.execute(
        "INSERT INTO entitlement_flag_organizations (feature, organization_id)
         SELECT $1{text}, id FROM organizations WHERE id {in_uuids:$2}",
        args![feature.as_str(), json!(ids)],
    )
    .await
}

pub(super) async fn delete(tx: &mut Tx, feature: &FeatureKey) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM entitlement_flags WHERE feature = $1",
        args![feature.as_str()],
    )
    .await
}

/// By feature, without the organizations that are listed.
pub(super) async fn list(db: &mut impl Executor, page: &PageRequest) -> Result<Vec<Flag>, DbError> {
    let after = page.after.as_ref().map(|position| position.key.clone());
    let filter = Filter::new(args![]).and_some("feature > $?", after);
    db.fetch_filtered(
        "SELECT feature, is_enabled, rollout_percent, description, created_at, updated_at
         FROM entitlement_flags
         WHERE 1 = 1",
        filter,
        "ORDER BY feature LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// Features and the organizations that are listed for them.
pub(super) async fn list_organizations(
    db: &mut impl Executor,
    features: &[&FeatureKey],
) -> Result<Vec<(String, OrganizationId)>, DbError> {
    db.fetch_all(
        "SELECT feature, organization_id FROM entitlement_flag_organizations
         WHERE feature {in_texts:$1}
         ORDER BY feature, organization_id",
        args![json!(features)],
    )
    .await
}
