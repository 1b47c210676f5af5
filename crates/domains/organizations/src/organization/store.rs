//! The table `organizations`.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{OrganizationId, PageRequest, Timestamp};

use super::model::{
    CurrentSettings, ListedOrganization, Organization, OrganizationContent, OrganizationFilter, Settings,
    Whose,
};
use crate::listing::{Search, after_time};

impl FromRow for Organization {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            name: row.column()?,
            slug: row.parsed()?,
            version: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
            mfa_required_from: row.column()?,
        })
    }
}

impl FromRow for ListedOrganization {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            organization: Organization::from_row(row)?,
            since: row.column()?,
        })
    }
}

impl FromRow for CurrentSettings {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            settings: row.json()?,
            seat_limit: row.column()?,
            mfa_required_from: row.column()?,
            version: row.column()?,
            updated_at: row.column()?,
        })
    }
}

const OF_A_PERSON: &str =
    "SELECT o.id, o.name, o.slug, o.version, o.created_at, o.updated_at, o.mfa_required_from,
            m.joined_at
     FROM user_org m
     JOIN organizations o ON o.id = m.organization_id
     WHERE m.user_id = $1";

const EVERYBODYS: &str =
    "SELECT o.id, o.name, o.slug, o.version, o.created_at, o.updated_at, o.mfa_required_from,
            o.created_at
     FROM organizations o
     WHERE TRUE";

const SEARCH: &str = "(o.slug LIKE $? ESCAPE '\\' OR lower(o.name) LIKE $? ESCAPE '\\')";

pub(super) async fn list(
    tx: &mut impl Executor,
    filter: &OrganizationFilter,
    page: &PageRequest,
) -> Result<Vec<ListedOrganization>, DbError> {
    let pattern = filter.search.as_ref().map(Search::pattern);
    let searched = pattern.map(|pattern| args![&pattern, &pattern]);
    match filter.whose {
        Whose::Of(user) => {
            let conditions = Filter::new(args![user]).and_args(SEARCH, searched).and_args(
                "(m.joined_at, m.organization_id) < ($?{timestamptz}, $?{uuid})",
                after_time(page),
            );
            let tail = "ORDER BY m.joined_at DESC, m.organization_id DESC LIMIT $?";
            tx.fetch_filtered(OF_A_PERSON, conditions, tail, args![page.fetch_limit()])
                .await
        }
        Whose::Everybodys => {
            let conditions = Filter::new(args![]).and_args(SEARCH, searched).and_args(
                "(o.created_at, o.id) < ($?{timestamptz}, $?{uuid})",
                after_time(page),
            );
            let tail = "ORDER BY o.created_at DESC, o.id DESC LIMIT $?";
            tx.fetch_filtered(EVERYBODYS, conditions, tail, args![page.fetch_limit()])
                .await
        }
    }
}

pub(super) async fn find(
    tx: &mut impl Executor,
    id: OrganizationId,
) -> Result<Option<Organization>, DbError> {
    tx.fetch_optional(
        "SELECT id, name, slug, version, created_at, updated_at, mfa_required_from FROM organizations WHERE id = $1",
        args![id],
    )
    .await
}

pub(super) async fn lock(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>, DbError> {
    tx.fetch_optional(
        "SELECT id, name, slug, version, created_at, updated_at, mfa_required_from
         FROM organizations
         WHERE id = $1
         {for_update}",
        args![id],
    )
    .await
}

/// No row changes when another organization has the slug.
pub(super) async fn insert(tx: &mut Tx, organization: &Organization) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO organizations (id, name, slug, settings, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (slug) DO NOTHING",
        args![
            organization.id,
            &organization.name,
            &organization.slug,
            serde_json::json!(Settings::default()),
            organization.version,
            organization.created_at,
            organization.updated_at,
        ],
    )
    .await
}

pub(super) async fn update(
    tx: &mut Tx,
    id: OrganizationId,
    content: &OrganizationContent,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE organizations
         SET name = $2, slug = $3, version = version + 1, updated_at = $4
         WHERE id = $1",
        args![id, &content.name, &content.slug, now],
    )
    .await
    .map(drop)
}

/// Members, roles and invites go with it; what must be kept refuses by its foreign key.
pub(super) async fn delete(tx: &mut Tx, id: OrganizationId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM organizations WHERE id = $1", args![id])
        .await
}

pub(super) async fn find_settings(
    tx: &mut impl Executor,
    id: OrganizationId,
) -> Result<Option<CurrentSettings>, DbError> {
    tx.fetch_optional(
        "SELECT settings, seat_limit, mfa_required_from, version, updated_at FROM organizations WHERE id = $1",
        args![id],
    )
    .await
}

pub(super) async fn update_settings(
    tx: &mut Tx,
    id: OrganizationId,
    settings: &Settings,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE organizations SET settings = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        args![id, serde_json::json!(settings), now],
    )
    .await
    .map(drop)
}

pub(super) async fn update_seat_limit(
    tx: &mut Tx,
    id: OrganizationId,
    seat_limit: Option<u32>,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE organizations SET seat_limit = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        args![id, seat_limit, now],
    )
    .await
}

pub(super) async fn update_mfa_required_from(
    tx: &mut Tx,
    id: OrganizationId,
    from: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE organizations SET mfa_required_from = $2, version = version + 1, updated_at = $3 WHERE id = $1",
        args![id, from, now],
    )
    .await
    .map(drop)
}
