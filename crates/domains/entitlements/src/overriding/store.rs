//! The table `entitlement_overrides`.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{FeatureKey, FeaturePeriod, OrganizationId, PageRequest};

use super::model::{Override, OverrideContent};

impl FromRow for Override {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, organization, feature) = (row.column()?, row.column()?, row.parsed()?);
        let (is_enabled, limit) = (row.column()?, row.column()?);
        let period: Option<String> = row.column()?;
        let period = period.map(|period| period.parse()).transpose();
        Ok(Self {
            id,
            organization,
            feature,
            content: OverrideContent {
                is_enabled,
                limit,
                period: period.map_err(DbError::internal)?,
                expires_at: row.column()?,
                reason: row.column()?,
            },
            created_by: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// Makes it, or replaces what was said before. Fails on a foreign key where there is no such organization.
pub(super) async fn update(tx: &mut Tx, wish: &Override) -> Result<Override, DbError> {
    let content = &wish.content;
    tx.fetch_one(
        "INSERT INTO entitlement_overrides
            (id, organization_id, feature, is_enabled, usage_limit, period, expires_at, reason, created_by, created_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
         ON CONFLICT (organization_id, feature) DO UPDATE SET
            is_enabled = excluded.is_enabled, usage_limit = excluded.usage_limit, period = excluded.period,
            expires_at = excluded.expires_at, reason = excluded.reason, created_by = excluded.created_by,
            updated_at = excluded.updated_at
         RETURNING id, organization_id, feature, is_enabled, usage_limit, period, expires_at, reason, created_by,
                   created_at, updated_at",
        args![
            wish.id,
            wish.organization,
            wish.feature.as_str(),
            content.is_enabled,
            content.limit,
            content.period.map(FeaturePeriod::as_str),
            content.expires_at,
            &content.reason,
            wish.created_by,
            wish.updated_at,
        ],
    )
    .await
}

pub(super) async fn delete(
    tx: &mut Tx,
    organization: OrganizationId,
    feature: &FeatureKey,
) -> Result<Option<Override>, DbError> {
    tx.fetch_optional(
        "DELETE FROM entitlement_overrides WHERE organization_id = $1 AND feature = $2
         RETURNING id, organization_id, feature, is_enabled, usage_limit, period, expires_at, reason, created_by,
                   created_at, updated_at",
        args![organization, feature.as_str()],
    )
    .await
}

/// By feature.
pub(super) async fn list(
    db: &mut impl Executor,
    organization: OrganizationId,
    page: &PageRequest,
) -> Result<Vec<Override>, DbError> {
    let after = page.after.as_ref().map(|position| position.key.clone());
    let filter = Filter::new(args![organization]).and_some("feature > $?", after);
    db.fetch_filtered(
        "SELECT id, organization_id, feature, is_enabled, usage_limit, period, expires_at, reason, created_by,
                created_at, updated_at
         FROM entitlement_overrides
         WHERE organization_id = $1",
        filter,
        "ORDER BY feature LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}
