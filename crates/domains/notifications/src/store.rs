//! The tables `notifications` and `notification_feeds`.

use std::collections::HashMap;

use db::{Args, DbError, Executor, Filter, FromRow, ReadTx, Row, Tx, args};
use kernel::{NotificationId, OrganizationId, Page, PageRequest, Position, Timestamp, UserId};
use serde_json::{Value, json};

use crate::model::{Content, FeedFilter, Link, Notification, Sent, UnreadCount};

impl FromRow for Notification {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            category: row.column()?,
            title: row.column()?,
            body: row.column()?,
            link: row.column()?,
            data: row.json()?,
            created_at: row.column()?,
            read_at: row.column()?,
            archived_at: row.column()?,
        })
    }
}

/// A place in somebody's feed.
pub(crate) struct Number {
    pub(crate) user: UserId,
    pub(crate) seq: i64,
}

impl FromRow for Number {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user: row.column()?,
            seq: row.column()?,
        })
    }
}

/// The next place in the feed of each of these people. The rows stay locked until the transaction ends, so
/// whoever sees a place sees all before it. In the order of ids, so that no two wait for each other.
pub(crate) async fn update_feeds(
    tx: &mut Tx,
    users: impl Iterator<Item = UserId>,
) -> Result<Vec<Number>, DbError> {
    let mut users: Vec<_> = users.map(UserId::uuid).collect();
    users.sort_unstable();
    let users: Vec<_> = users
        .iter()
        .map(|user| json!({ "user": user.to_string() }))
        .collect();
    tx.fetch_all(
        "INSERT INTO notification_feeds (user_id, last_seq, updated_at)
         SELECT {uuid_of:each.value ->> 'user'}, 1, {now} FROM {each:$1} WHERE true
         ON CONFLICT (user_id) DO UPDATE SET last_seq = notification_feeds.last_seq + 1, updated_at = {now}
         RETURNING user_id, last_seq",
        args![Value::from(users)],
    )
    .await
}

/// Says that something in a person's feed is not as it was.
pub(crate) async fn update_feed_changed(tx: &mut Tx, user: UserId) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO notification_feeds (user_id, last_seq, updated_at) VALUES ($1, 0, {now})
         ON CONFLICT (user_id) DO UPDATE SET updated_at = {now}",
        args![user],
    )
    .await
    .map(drop)
}

/// The same notification for each of these people.
pub(crate) async fn insert(
    tx: &mut Tx,
    sent: &[Sent],
    numbers: &[Number],
    (organization, content): (Option<OrganizationId>, &Content),
    now: Timestamp,
) -> Result<(), DbError> {
    let seqs: HashMap<UserId, i64> = numbers.iter().map(|number| (number.user, number.seq)).collect();
    let each: Vec<_> = sent
        .iter()
        .map(|sent| {
            json!({
                "id": sent.id.uuid().to_string(),
                "user": sent.user.uuid().to_string(),
                "seq": seqs.get(&sent.user),
            })
        })
        .collect();
    tx.execute(
        "INSERT INTO notifications
            (id, user_id, seq, organization_id, category, title, body, link, data, created_at)
         SELECT {uuid_of:each.value ->> 'id'}, {uuid_of:each.value ->> 'user'}, CAST(each.value ->> 'seq' AS bigint),
                $2{uuid}, $3{text}, $4{text}, $5{text}, $6{text}, $7{jsonb}, $8{timestamptz}
         FROM {each:$1}",
        args![
            Value::from(each),
            organization,
            content.category.as_str(),
            &content.title,
            &content.body,
            content.link.as_ref().map(Link::as_str),
            json!(content.data),
            now,
        ],
    )
    .await
    .map(drop)
}

/// Who of these is a member, and stays one until the transaction ends.
pub(crate) async fn list_members(
    tx: &mut Tx,
    organization: OrganizationId,
    users: &[UserId],
) -> Result<Vec<UserId>, DbError> {
    let users: Vec<String> = users.iter().map(|user| user.uuid().to_string()).collect();
    tx.fetch_all(
        "SELECT user_id FROM user_org WHERE organization_id = $1 AND user_id {in_uuids:$2} {for_share}",
        args![organization, json!(users)],
    )
    .await
}

/// What an organization is called.
pub(crate) async fn find_organization_name(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Option<String>, DbError> {
    tx.fetch_optional(
        "SELECT name FROM organizations WHERE id = $1",
        args![organization],
    )
    .await
}

/// A person's notifications, the newest first.
pub(crate) async fn list(
    db: &mut ReadTx,
    user: UserId,
    filter: &FeedFilter,
    page: &PageRequest,
) -> Result<Page<Notification>, DbError> {
    let narrowed = narrowed(Filter::new(args![user]), filter, page)?;
    let rows = db.fetch_filtered::<Notification>(
        "SELECT id, organization_id, category, title, body, link, data, created_at, read_at, archived_at
         FROM notifications
         WHERE user_id = $1",
        narrowed,
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    );
    Ok(Page::from_fetched(rows.await?, page, |notification| Position {
        key: notification.created_at.to_micros_text(),
        id: notification.id.uuid(),
    }))
}

fn narrowed(to: Filter, filter: &FeedFilter, page: &PageRequest) -> Result<Filter, DbError> {
    let (archived, present) = (filter.is_archived, !filter.is_archived);
    let (unread, read) = (filter.is_unread == Some(true), filter.is_unread == Some(false));
    let after = page.after.as_ref().map(after).transpose()?;
    Ok(to
        .and_args("archived_at IS NOT NULL", archived.then(Args::new))
        .and_args("archived_at IS NULL", present.then(Args::new))
        .and_args("read_at IS NULL", unread.then(Args::new))
        .and_args("read_at IS NOT NULL", read.then(Args::new))
        .and_some("organization_id = $?", filter.organization)
        .and_some("category = $?", filter.category.as_ref())
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after))
}

fn after(position: &Position) -> Result<Args, DbError> {
    let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
    Ok(args![created_at, position.id])
}

/// Counts what is unread, one further than is answered.
pub(crate) async fn count_unread(
    db: &mut ReadTx,
    user: UserId,
    organization: Option<OrganizationId>,
) -> Result<u32, DbError> {
    db.fetch_one(
        "SELECT count(*) FROM (
             SELECT 1 AS one FROM notifications
             WHERE user_id = $1 AND read_at IS NULL AND archived_at IS NULL
                 AND ($2{uuid} IS NULL OR organization_id = $2)
             LIMIT $3) AS few",
        args![user, organization, UnreadCount::MOST + 1],
    )
    .await
}

/// Marks one as read; one that was read before keeps its time.
pub(crate) async fn update_read(
    tx: &mut Tx,
    user: UserId,
    id: NotificationId,
    now: Timestamp,
) -> Result<Option<Notification>, DbError> {
    tx.fetch_optional(
        "UPDATE notifications SET read_at = COALESCE(read_at, $3) WHERE id = $1 AND user_id = $2
         RETURNING id, organization_id, category, title, body, link, data, created_at, read_at, archived_at",
        args![id, user, now],
    )
    .await
}

/// Marks one as not read.
pub(crate) async fn update_unread(
    tx: &mut Tx,
    user: UserId,
    id: NotificationId,
) -> Result<Option<Notification>, DbError> {
    tx.fetch_optional(
        "UPDATE notifications SET read_at = NULL WHERE id = $1 AND user_id = $2
         RETURNING id, organization_id, category, title, body, link, data, created_at, read_at, archived_at",
        args![id, user],
    )
    .await
}

/// Puts one away; one that was put away before keeps its time.
pub(crate) async fn update_archived(
    tx: &mut Tx,
    user: UserId,
    id: NotificationId,
    now: Timestamp,
) -> Result<Option<Notification>, DbError> {
    tx.fetch_optional(
        "UPDATE notifications SET archived_at = COALESCE(archived_at, $3) WHERE id = $1 AND user_id = $2
         RETURNING id, organization_id, category, title, body, link, data, created_at, read_at, archived_at",
        args![id, user, now],
    )
    .await
}

/// Marks up to `limit` as read of those that were sent by `until`, and answers how many it were.
pub(crate) async fn update_all_read(
    tx: &mut Tx,
    user: UserId,
    organization: Option<OrganizationId>,
    (until, now): (Timestamp, Timestamp),
    limit: u32,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE notifications SET read_at = $4
         WHERE read_at IS NULL AND id IN (
             SELECT id FROM notifications
             WHERE user_id = $1 AND read_at IS NULL AND archived_at IS NULL AND created_at <= $3
                 AND ($2{uuid} IS NULL OR organization_id = $2)
             ORDER BY id
             LIMIT $5 {for_update})",
        args![user, organization, until, now, limit],
    )
    .await
}

/// Deletes up to `limit` that were put away by `until`.
pub(crate) async fn delete_archived(tx: &mut Tx, until: Timestamp, limit: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM notifications WHERE id IN (
             SELECT id FROM notifications WHERE archived_at <= $1 LIMIT $2 {for_update_skip_locked})",
        args![until, limit],
    )
    .await
}
