//! Where feeds stand, and what is new in them: for any number of listeners at once.

use std::time::Duration;

use db::{Args, DbError, Executor as _, Filter, FromRow, ReadTx, Row, args};
use kernel::{OrganizationId, Timestamp, UserId};
use serde_json::{Value, json};

use crate::model::{Notification, UnreadCount};

/// A part of somebody's feed: after one place, up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    pub(super) user: UserId,
    pub(super) after: i64,
    pub(super) until: i64,
}

/// A notification of a span.
pub(super) struct InSpan {
    /// Which of the spans that were asked for.
    pub(super) span: i64,
    pub(super) seq: i64,
    pub(super) notification: Notification,
}

/// A feed, and how far it has come.
pub(super) struct Feed {
    pub(super) user: UserId,
    pub(super) last_seq: i64,
}

/// A feed that has changed, and when.
pub(super) struct ChangedFeed {
    pub(super) user: UserId,
    pub(super) at: Timestamp,
}

/// How many are unread.
pub(super) struct Unread {
    /// Which of those that were asked for.
    pub(super) place: i64,
    pub(super) counted: u32,
}

impl FromRow for InSpan {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            span: row.column()?,
            seq: row.column()?,
            notification: Notification::from_row(row)?,
        })
    }
}

impl FromRow for Feed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user: row.column()?,
            last_seq: row.column()?,
        })
    }
}

impl FromRow for ChangedFeed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            user: row.column()?,
            at: row.column()?,
        })
    }
}

impl FromRow for Unread {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            place: row.column()?,
            counted: row.column()?,
        })
    }
}

/// How far the feeds of these people have come; nobody has written into those that are missing.
pub(super) async fn list_feeds(db: &mut ReadTx, users: &[UserId]) -> Result<Vec<Feed>, DbError> {
    let users: Vec<String> = users.iter().map(|user| user.uuid().to_string()).collect();
    db.fetch_all(
        "SELECT user_id, last_seq FROM notification_feeds WHERE user_id {in_uuids:$1}",
        args![json!(users)],
    )
    .await
}

/// What is in these spans, in the order of the feeds.
pub(super) async fn list_spans(db: &mut ReadTx, spans: &[Span]) -> Result<Vec<InSpan>, DbError> {
    let asked: Vec<_> = spans
        .iter()
        .enumerate()
        .map(|(place, span)| {
            json!({
                "place": place,
                "user": span.user.uuid().to_string(),
                "after": span.after,
                "until": span.until,
            })
        })
        .collect();
    db.fetch_all(
        "SELECT CAST(each.value ->> 'place' AS bigint), n.seq,
                n.id, n.organization_id, n.category, n.title, n.body, n.link, n.data, n.created_at, n.read_at,
                n.archived_at
         FROM {each:$1}
         JOIN notifications n ON n.user_id = {uuid_of:each.value ->> 'user'}
              AND n.seq > CAST(each.value ->> 'after' AS bigint)
              AND n.seq <= CAST(each.value ->> 'until' AS bigint)
         ORDER BY n.user_id, n.seq",
        args![Value::from(asked)],
    )
    .await
}

/// How many of each of these people wait to be read, in all or about an organization: one further than is
/// answered.
pub(super) async fn list_unread(
    db: &mut ReadTx,
    asked: &[(UserId, Option<OrganizationId>)],
) -> Result<Vec<Unread>, DbError> {
    let asked: Vec<_> = asked
        .iter()
        .enumerate()
        .map(|(place, (user, organization))| {
            json!({
                "place": place,
                "user": user.uuid().to_string(),
                "organization": organization.map(|organization| organization.uuid().to_string()),
            })
        })
        .collect();
    db.fetch_all(
        "SELECT CAST(each.value ->> 'place' AS bigint),
                (SELECT count(*) FROM (
                     SELECT 1 AS one FROM notifications n
                     WHERE n.user_id = {uuid_of:each.value ->> 'user'}
                         AND n.read_at IS NULL AND n.archived_at IS NULL
                         AND (each.value ->> 'organization' IS NULL
                              OR n.organization_id = {uuid_of:each.value ->> 'organization'})
                     LIMIT $2) AS counted)
         FROM {each:$1}",
        args![Value::from(asked), UnreadCount::MOST + 1],
    )
    .await
}

/// Feeds that have changed since so long ago by the database's clock, the earliest first.
pub(super) async fn list_changed(
    db: &mut ReadTx,
    within: Duration,
    after: Option<&ChangedFeed>,
    limit: u32,
) -> Result<Vec<ChangedFeed>, DbError> {
    let back = i64::try_from(within.as_millis()).unwrap_or(i64::MAX);
    let after: Option<Args> = after.map(|feed| args![feed.at, feed.user]);
    let filter = Filter::new(args![back.saturating_neg()])
        .and_args("(updated_at, user_id) > ($?{timestamptz}, $?{uuid})", after);
    db.fetch_filtered(
        "SELECT user_id, updated_at FROM notification_feeds WHERE updated_at > {after_ms:$1}",
        filter,
        "ORDER BY updated_at, user_id LIMIT $?",
        args![limit],
    )
    .await
}
