//! The tables `user_org` and `user_role`. Names and addresses are read from `users`, which is identity's.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{EmailAddress, Locale, OrganizationId, PageRequest, RoleId, Timestamp, UserId};

use super::model::{Member, MemberFilter, Person, in_order};
use crate::listing::{Search, after_time};
use crate::slug::Slug;
use crate::standing::built_in::BuiltInRole;

impl FromRow for Member {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let person = Person {
            id: row.column()?,
            email: row.column()?,
            name: row.column()?,
        };
        let joined_at = row.column()?;
        let keys: Option<String> = row.column()?;
        let roles: Vec<Slug> = keys
            .iter()
            .flat_map(|keys| keys.split(','))
            .filter_map(|key| key.parse().ok())
            .collect();
        Ok(Self {
            person,
            roles: in_order(roles),
            joined_at,
        })
    }
}

const MEMBERS: &str = "SELECT m.user_id, u.email, u.name, m.joined_at,
        (SELECT string_agg(r.key, ',')
         FROM user_role g
         JOIN roles r ON r.id = g.role_id
         WHERE g.organization_id = m.organization_id AND g.user_id = m.user_id)
     FROM user_org m
     JOIN users u ON u.id = m.user_id
     WHERE m.organization_id = $1";

/// In the order in which they joined.
pub(super) async fn list(
    tx: &mut impl Executor,
    organization: OrganizationId,
    filter: &MemberFilter,
    page: &PageRequest,
) -> Result<Vec<Member>, DbError> {
    let pattern = filter.search.as_ref().map(Search::pattern);
    let conditions = Filter::new(args![organization])
        .and_args(
            "(u.email_norm LIKE $? ESCAPE '\\' OR lower(u.name) LIKE $? ESCAPE '\\')",
            pattern.map(|pattern| args![&pattern, &pattern]),
        )
        .and_some(
            "EXISTS (SELECT 1 FROM user_role g JOIN roles r ON r.id = g.role_id
                 WHERE g.organization_id = m.organization_id AND g.user_id = m.user_id AND r.key = $?)",
            filter.role.as_ref(),
        )
        .and_args(
            "(m.joined_at, m.user_id) > ($?{timestamptz}, $?{uuid})",
            after_time(page),
        );
    let tail = "ORDER BY m.joined_at, m.user_id LIMIT $?";
    tx.fetch_filtered(MEMBERS, conditions, tail, args![page.fetch_limit()])
        .await
}

pub(super) async fn find(
    tx: &mut impl Executor,
    organization: OrganizationId,
    user: UserId,
) -> Result<Option<Member>, DbError> {
    let conditions = Filter::new(args![organization]).and("m.user_id = $?", args![user]);
    let found = tx.fetch_filtered(MEMBERS, conditions, "", args![]).await?;
    Ok(found.into_iter().next())
}

/// Locks the organization. Whoever adds, removes or demotes members holds this lock, so that seats are
/// counted and the last owner is looked for one after the other.
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

/// As [`lock_organization`], for all organizations of a person; by id, so that two such never wait for each other.
pub(super) async fn lock_organizations_of(tx: &mut Tx, user: UserId) -> Result<Vec<OrganizationId>, DbError> {
    tx.fetch_all(
        "SELECT id
         FROM organizations
         WHERE id IN (SELECT organization_id FROM user_org WHERE user_id = $1)
         ORDER BY id
         {for_update}",
        args![user],
    )
    .await
}

pub(super) async fn list_organizations_of(
    tx: &mut Tx,
    user: UserId,
    most: u32,
) -> Result<Vec<OrganizationId>, DbError> {
    tx.fetch_all(
        "SELECT organization_id
         FROM user_org
         WHERE user_id = $1
         ORDER BY joined_at DESC, organization_id DESC
         LIMIT $2",
        args![user, most],
    )
    .await
}

/// Adds a member while there is a free seat; no row changes when there is none.
pub(super) async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO user_org (organization_id, user_id, joined_at)
         SELECT o.id, $2{uuid}, $3{timestamptz}
         FROM organizations o
         WHERE o.id = $1
             AND (o.seat_limit IS NULL
                 OR (SELECT count(*) FROM user_org m WHERE m.organization_id = o.id) < o.seat_limit)",
        args![organization, user, now],
    )
    .await
}

pub(super) async fn count(tx: &mut impl Executor, organization: OrganizationId) -> Result<i64, DbError> {
    tx.fetch_one(
        "SELECT count(*) FROM user_org WHERE organization_id = $1",
        args![organization],
    )
    .await
}

/// Whether one more could join.
pub(super) async fn has_free_seat(
    tx: &mut impl Executor,
    organization: OrganizationId,
) -> Result<Option<bool>, DbError> {
    tx.fetch_optional(
        "SELECT o.seat_limit IS NULL
             OR (SELECT count(*) FROM user_org m WHERE m.organization_id = o.id) < o.seat_limit
         FROM organizations o
         WHERE o.id = $1",
        args![organization],
    )
    .await
}

/// A role and whom it is given.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    pub(super) organization: OrganizationId,
    pub(super) user: UserId,
    pub(super) role: RoleId,
}

pub(super) async fn insert_grant(
    tx: &mut Tx,
    grant: Grant,
    granted_by: Option<UserId>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO user_role (organization_id, user_id, role_id, granted_at, granted_by)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
        args![grant.organization, grant.user, grant.role, now, granted_by],
    )
    .await
    .map(drop)
}

pub(super) async fn list_grants(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
) -> Result<Vec<RoleId>, DbError> {
    tx.fetch_all(
        "SELECT role_id FROM user_role WHERE organization_id = $1 AND user_id = $2",
        args![organization, user],
    )
    .await
}

/// Takes a role away. The owner role stays, and no row changes, when nobody else who can sign in has it.
pub(super) async fn delete_grant(tx: &mut Tx, grant: Grant) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM user_role
         WHERE organization_id = $1
             AND user_id = $2
             AND role_id = $3
             AND (role_id <> $4
                 OR EXISTS (SELECT 1
                     FROM user_role other
                     JOIN users u ON u.id = other.user_id
                     WHERE other.organization_id = $1
                         AND other.role_id = $4
                         AND other.user_id <> $2
                         AND u.status = 'active'))",
        args![
            grant.organization,
            grant.user,
            grant.role,
            BuiltInRole::Owner.id()
        ],
    )
    .await
}

/// Removes a member. The last owner who can sign in stays, and no row changes.
pub(super) async fn delete(tx: &mut Tx, organization: OrganizationId, user: UserId) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM user_org
         WHERE organization_id = $1
             AND user_id = $2
             AND (NOT EXISTS (SELECT 1
                     FROM user_role own
                     WHERE own.organization_id = $1 AND own.user_id = $2 AND own.role_id = $3)
                 OR EXISTS (SELECT 1
                     FROM user_role other
                     JOIN users u ON u.id = other.user_id
                     WHERE other.organization_id = $1
                         AND other.role_id = $3
                         AND other.user_id <> $2
                         AND u.status = 'active'))",
        args![organization, user, BuiltInRole::Owner.id()],
    )
    .await
}

/// Whether others are in the organization beside `user`.
pub(super) async fn has_others(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
) -> Result<bool, DbError> {
    tx.fetch_one(
        "SELECT EXISTS (SELECT 1 FROM user_org WHERE organization_id = $1 AND user_id <> $2)",
        args![organization, user],
    )
    .await
}

/// One organization, if there is any, that nobody could run without `user` though others are in it.
pub(super) async fn find_dependent(tx: &mut Tx, user: UserId) -> Result<Option<OrganizationId>, DbError> {
    tx.fetch_optional(
        "SELECT m.organization_id
         FROM user_org m
         JOIN user_role g ON g.organization_id = m.organization_id
             AND g.user_id = m.user_id
             AND g.role_id = $2
         WHERE m.user_id = $1
             AND EXISTS (SELECT 1
                 FROM user_org others
                 WHERE others.organization_id = m.organization_id AND others.user_id <> $1)
             AND NOT EXISTS (SELECT 1
                 FROM user_role other
                 JOIN users u ON u.id = other.user_id
                 WHERE other.organization_id = m.organization_id
                     AND other.role_id = $2
                     AND other.user_id <> $1
                     AND u.status = 'active')
         LIMIT 1",
        args![user, BuiltInRole::Owner.id()],
    )
    .await
}

/// An owner who can be written to.
pub(super) struct Owner {
    pub(super) id: UserId,
    pub(super) email: EmailAddress,
    pub(super) locale: Locale,
}

impl FromRow for Owner {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            email: row.column()?,
            locale: row.column()?,
        })
    }
}

/// The owners whose accounts are open.
pub(super) async fn list_owners(
    tx: &mut Tx,
    organization: OrganizationId,
    most: u32,
) -> Result<Vec<Owner>, DbError> {
    tx.fetch_all(
        "SELECT u.id, u.email, u.locale
         FROM user_role g
         JOIN users u ON u.id = g.user_id
         WHERE g.organization_id = $1 AND g.role_id = $2 AND u.status = 'active'
         ORDER BY u.id
         LIMIT $3",
        args![organization, BuiltInRole::Owner.id(), most],
    )
    .await
}
