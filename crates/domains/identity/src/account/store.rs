//! SQL of whole accounts: lists, and the changes that end sessions.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{PageRequest, PlatformRole, Timestamp, UserId};

use super::model::{AccountFilter, Found, Order, Profile};
use crate::user::model::{PersonName, User, UserStatus};

impl FromRow for Found {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            key: row.column()?,
            user: User::from_row(row)?,
        })
    }
}

/// By when they were made.
pub(crate) async fn list(
    db: &mut impl Executor,
    filter: &AccountFilter,
    page: &PageRequest,
) -> Result<Vec<User>, DbError> {
    let after = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let (beyond, tail) = match filter.order {
        Order::NewestFirst => (
            "(created_at, id) < ($?{timestamptz}, $?{uuid})",
            "ORDER BY created_at DESC, id DESC LIMIT $?",
        ),
        Order::OldestFirst => (
            "(created_at, id) > ($?{timestamptz}, $?{uuid})",
            "ORDER BY created_at, id LIMIT $?",
        ),
    };
    // A further page starts behind the last row, and at no other bound: there the index is to be entered.
    let is_first = after.is_none();
    let from = |order| is_first || filter.order != order;
    let filter = Filter::new(args![])
        .and_some("status = $?", filter.status.map(UserStatus::as_str))
        .and_some(
            "platform_role = $?",
            filter.platform_role.map(PlatformRole::as_str),
        )
        .and_some(
            "created_at >= $?",
            filter.created_after.filter(|_| from(Order::OldestFirst)),
        )
        .and_some(
            "created_at < $?",
            filter.created_before.filter(|_| from(Order::NewestFirst)),
        )
        .and_args(beyond, after);
    db.fetch_filtered(
        "SELECT id, email, email_verified_at, name, locale, status, platform_role, sec_epoch, version,
                created_at, updated_at
         FROM users WHERE TRUE",
        filter,
        tail,
        args![page.fetch_limit()],
    )
    .await
}

/// Those whose address lies in `range`, by address.
pub(crate) async fn list_by_email(
    db: &mut impl Executor,
    filter: &AccountFilter,
    range: &Range<'_>,
    page: &PageRequest,
) -> Result<Vec<Found>, DbError> {
    let found = Filter::new(args![])
        .and_some("email_norm >= $?", range.first(page))
        .and_args("(email_norm, id) > ($?{text}, $?{uuid})", after(page))
        .and_some("email_norm < $?", range.end);
    db.fetch_filtered(
        "SELECT email_norm, id, email, email_verified_at, name, locale, status, platform_role, sec_epoch,
                version, created_at, updated_at
         FROM users WHERE TRUE",
        narrowed(found, filter),
        "ORDER BY email_norm, id LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// Those whose name lies in `range`, by name.
pub(crate) async fn list_by_name(
    db: &mut impl Executor,
    filter: &AccountFilter,
    range: &Range<'_>,
    page: &PageRequest,
) -> Result<Vec<Found>, DbError> {
    let found = Filter::new(args![])
        .and_some("name_norm >= $?", range.first(page))
        .and_args("(name_norm, id) > ($?{text}, $?{uuid})", after(page))
        .and_some("name_norm < $?", range.end);
    db.fetch_filtered(
        "SELECT name_norm, id, email, email_verified_at, name, locale, status, platform_role, sec_epoch,
                version, created_at, updated_at
         FROM users WHERE TRUE",
        narrowed(found, filter),
        "ORDER BY name_norm, id LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// The texts from one to another, which does not belong to them.
pub(crate) struct Range<'a> {
    pub(crate) start: &'a str,
    pub(crate) end: Option<&'a str>,
}

impl Range<'_> {
    /// Where the first page starts. Further pages start behind the last row: one bound, so that the index is
    /// entered there.
    fn first(&self, page: &PageRequest) -> Option<&str> {
        page.after.is_none().then_some(self.start)
    }
}

fn after(page: &PageRequest) -> Option<Args> {
    let position = page.after.as_ref()?;
    Some(args![position.key.as_str(), position.id])
}

/// Of those found, the ones that are asked for. The columns are wrapped to keep their indexes out of it: SQLite
/// would rather go through all who are active, and sort them, than along the range.
fn narrowed(found: Filter, filter: &AccountFilter) -> Filter {
    found
        .and_some("coalesce(status, '') = $?", filter.status.map(UserStatus::as_str))
        .and_some(
            "coalesce(platform_role, '') = $?",
            filter.platform_role.map(PlatformRole::as_str),
        )
        .and_some("coalesce(created_at, created_at) >= $?", filter.created_after)
        .and_some("coalesce(created_at, created_at) < $?", filter.created_before)
}

/// Locks all owners of the platform who can sign in, always in the same order. Whoever takes one away holds this
/// lock, so that two who take one another away don't both count on the other.
pub(crate) async fn lock_owners(tx: &mut Tx) -> Result<Vec<UserId>, DbError> {
    tx.fetch_all(
        "SELECT id FROM users WHERE platform_role = 'owner' AND status = 'active' ORDER BY id {for_update}",
        args![],
    )
    .await
}

pub(crate) async fn update_profile(
    tx: &mut Tx,
    id: UserId,
    profile: &Profile,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET name = $2, name_norm = $3, locale = $4, version = version + 1, updated_at = $5
         WHERE id = $1",
        args![
            id,
            profile.name.as_ref().map(PersonName::as_str),
            profile.name.as_ref().map(PersonName::folded),
            &profile.locale,
            now
        ],
    )
    .await
}

/// A new epoch with it: no session that began under the other status goes on.
pub(crate) async fn update_status(
    tx: &mut Tx,
    id: UserId,
    status: UserStatus,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET status = $2, sec_epoch = sec_epoch + 1, version = version + 1, updated_at = $3
         WHERE id = $1",
        args![id, status.as_str(), now],
    )
    .await
}

/// A new epoch with it: sessions of staff are shorter.
pub(crate) async fn update_platform_role(
    tx: &mut Tx,
    id: UserId,
    role: Option<PlatformRole>,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET platform_role = $2, sec_epoch = sec_epoch + 1, version = version + 1, updated_at = $3
         WHERE id = $1",
        args![id, role.map(PlatformRole::as_str), now],
    )
    .await
}

/// Everything that is the person's own goes with the row.
pub(crate) async fn delete(tx: &mut Tx, id: UserId) -> Result<u64, DbError> {
    tx.execute("DELETE FROM users WHERE id = $1", args![id]).await
}
