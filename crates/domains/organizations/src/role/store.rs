//! The table `roles`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{OrganizationId, RoleId, Timestamp};

use super::model::{Role, RoleContent};
use crate::standing::built_in::BuiltInRole;

impl FromRow for Role {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let id = row.column()?;
        let mut role = Self {
            id,
            organization: row.column()?,
            key: row.parsed()?,
            name: row.column()?,
            description: row.column()?,
            permissions: row.json()?,
            version: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        };
        if let Some(built_in) = BuiltInRole::by_id(id) {
            role.permissions = built_in.permissions();
        }
        Ok(role)
    }
}

/// The organization's own roles and those that are built in.
pub(super) async fn list(tx: &mut impl Executor, organization: OrganizationId) -> Result<Vec<Role>, DbError> {
    tx.fetch_all(
        "SELECT id, organization_id, key, name, description, permissions, version, created_at, updated_at
         FROM roles
         WHERE organization_id = $1
         UNION ALL
         SELECT id, organization_id, key, name, description, permissions, version, created_at, updated_at
         FROM roles
         WHERE organization_id IS NULL AND id IN ($2, $3, $4, $5, $6)",
        args![
            organization,
            BuiltInRole::Owner.id(),
            BuiltInRole::Admin.id(),
            BuiltInRole::Billing.id(),
            BuiltInRole::Member.id(),
            BuiltInRole::Viewer.id(),
        ],
    )
    .await
}

pub(super) async fn find(
    tx: &mut impl Executor,
    organization: OrganizationId,
    id: RoleId,
) -> Result<Option<Role>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, key, name, description, permissions, version, created_at, updated_at
         FROM roles
         WHERE id = $2 AND (organization_id = $1 OR organization_id IS NULL)",
        args![organization, id],
    )
    .await
}

/// Locks the organization, so that its roles are counted, made, changed and deleted one after the other.
pub(super) async fn lock_organization(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Option<OrganizationId>, DbError> {
    tx.fetch_optional(
        "SELECT id FROM organizations WHERE id = $1 {for_update}",
        args![organization],
    )
    .await
}

pub(super) async fn count(tx: &mut Tx, organization: OrganizationId) -> Result<i64, DbError> {
    tx.fetch_one(
        "SELECT count(*) FROM roles WHERE organization_id = $1",
        args![organization],
    )
    .await
}

pub(super) async fn insert(tx: &mut Tx, role: &Role) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO roles
             (id, organization_id, key, name, description, permissions, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            role.id,
            role.organization,
            &role.key,
            &role.name,
            &role.description,
            serde_json::json!(role.permissions),
            role.version,
            role.created_at,
            role.updated_at,
        ],
    )
    .await
    .map(drop)
}

pub(super) async fn update(
    tx: &mut Tx,
    role: &Role,
    content: &RoleContent,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE roles
         SET name = $3, description = $4, permissions = $5, version = version + 1, updated_at = $6
         WHERE organization_id = $1 AND id = $2",
        args![
            role.organization,
            role.id,
            &content.name,
            &content.description,
            serde_json::json!(content.permissions),
            now,
        ],
    )
    .await
    .map(drop)
}

/// Invites that nobody can accept any more keep no role from being deleted.
pub(super) async fn delete_closed_invites(
    tx: &mut Tx,
    organization: OrganizationId,
    id: RoleId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM invites
         WHERE organization_id = $1
             AND role_id = $2
             AND (accepted_at IS NOT NULL OR declined_at IS NOT NULL OR revoked_at IS NOT NULL OR expires_at <= $3)",
        args![organization, id, now],
    )
    .await
    .map(drop)
}

/// The foreign keys of members and invites refuse it while somebody has the role.
pub(super) async fn delete(tx: &mut Tx, organization: OrganizationId, id: RoleId) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM roles WHERE organization_id = $1 AND id = $2",
        args![organization, id],
    )
    .await
}
