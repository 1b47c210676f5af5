//! The table `usage_credits`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{CreditId, FeatureKey, OrganizationId, PageRequest, Timestamp};

use super::model::Credit;

impl FromRow for Credit {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            feature: row.parsed()?,
            amount: row.column()?,
            remaining: row.column()?,
            expires_at: row.column()?,
            reason: row.column()?,
            granted_by: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// Fails on a foreign key where there is no such organization.
pub(super) async fn insert(tx: &mut Tx, credit: &Credit) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO usage_credits
            (id, organization_id, feature, amount, remaining, expires_at, reason, granted_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            credit.id,
            credit.organization,
            credit.feature.as_str(),
            credit.amount,
            credit.remaining,
            credit.expires_at,
            &credit.reason,
            credit.granted_by,
            credit.created_at,
        ],
    )
    .await
    .map(drop)
}

/// What has something left, the oldest end first; each is held until the unit of work is over.
pub(super) async fn lock_left(
    tx: &mut Tx,
    (organization, feature): (OrganizationId, &FeatureKey),
    now: Timestamp,
) -> Result<Vec<(CreditId, i64)>, DbError> {
    tx.fetch_all(
        "SELECT id, remaining FROM usage_credits
         WHERE organization_id = $1 AND feature = $2 AND remaining > 0 AND (expires_at IS NULL OR expires_at > $3)
         ORDER BY expires_at NULLS LAST, created_at, id
         LIMIT 20
         {for_update}",
        args![organization, feature.as_str(), now],
    )
    .await
}

/// Nothing when so much is not left.
pub(super) async fn update_taken(tx: &mut Tx, id: CreditId, amount: i64) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE usage_credits SET remaining = remaining - $2 WHERE id = $1 AND remaining >= $2",
        args![id, amount],
    )
    .await
}

pub(super) async fn update_given_back(tx: &mut Tx, id: CreditId, amount: i64) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE usage_credits SET remaining = remaining + $2 WHERE id = $1 AND remaining + $2 <= amount",
        args![id, amount],
    )
    .await
}

/// The newest first.
pub(super) async fn list(
    db: &mut impl Executor,
    organization: OrganizationId,
    feature: Option<&FeatureKey>,
    page: &PageRequest,
) -> Result<Vec<Credit>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let filter = Filter::new(args![organization])
        .and_some("feature = $?", feature.map(FeatureKey::as_str))
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    db.fetch_filtered(
        "SELECT id, organization_id, feature, amount, remaining, expires_at, reason, granted_by, created_at
         FROM usage_credits
         WHERE organization_id = $1",
        filter,
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}
