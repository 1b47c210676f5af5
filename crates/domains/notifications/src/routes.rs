//! `/notifications`: a person's feed. `/organizations/{orgId}/notifications`: how it is written into.

use axum::extract::State;
use kernel::NotificationId;
use kernel::permission::SendMessages;
use schemars::JsonSchema;
use serde::Deserialize;
use web::{
    Accepted, Api, ApiResult, Context, Doc, Json, PageBody, Paging, Path, Principal, Query, Routes, Tenant,
};

use self::bodies::{
    FeedQuery, NotificationBody, ReadAllNotifications, ReadNotificationsBody, SendNotifications,
    SentNotificationsBody, UnreadCountBody, UnreadQuery,
};
use crate::digest;
use crate::preferences;
use crate::push;
use crate::service::Notifications;
use crate::stream::service::Streams;

mod bodies;
mod stream;

/// The routes of notifications.
pub fn routes(notifications: Notifications, streams: Streams) -> Api {
    let rooms = preferences::routes::routes(notifications.preferences().clone())
        .merge(digest::routes::routes(notifications.digests()))
        .merge(push::routes::routes(notifications.push().clone()));
    Routes::new("notifications")
        .about("What people are told inside the product.")
        .post(
            "/organizations/{orgId}/notifications",
            send_notifications,
            Doc::new(
                "Notify members",
                "Writes the same notification into the feed of each of these members: all of them, or nobody. Whoever is named twice is told once; nobody hears of it by a way that they switched off for its category, and who wants nothing of it in the feed is not in the answer. A mail goes to who has a confirmed address, a message to the browsers that they allowed it.",
            ),
        )
        .get(
            "/notifications",
            list_notifications,
            Doc::new("List your notifications", "The newest first. Those that you archived are listed only when asked for."),
        )
        .get(
            "/notifications/unread-count",
            count_unread_notifications,
            Doc::new(
                "Count your unread notifications",
                "For the number beside a bell: up to 100, and whether there are more.",
            ),
        )
        .post(
            "/notifications/read-all",
            read_all_notifications,
            Doc::new("Mark your notifications as read", "All that you had not read, or those of an organization, or those up to a moment."),
        )
        .post(
            "/notifications/{notificationId}/read",
            read_notification,
            Doc::new("Mark a notification as read", "One that was read before keeps the time of that."),
        )
        .post(
            "/notifications/{notificationId}/unread",
            unread_notification,
            Doc::new("Mark a notification as unread", "It counts as unread again."),
        )
        .post(
            "/notifications/{notificationId}/archive",
            archive_notification,
            Doc::new("Archive a notification", "It leaves the feed and is no longer counted. It is deleted after 90 days."),
        )
        .with_state(notifications)
        .merge(rooms)
        .merge(stream::routes(streams))
}

/// Which notification.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NotificationPath {
    /// The notification.
    #[serde(rename = "notificationId")]
    id: NotificationId,
}

async fn send_notifications(
    State(notifications): State<Notifications>,
    tenant: Tenant<SendMessages>,
    context: Context,
    Json(body): Json<SendNotifications>,
) -> ApiResult<Accepted<SentNotificationsBody>> {
    let (users, message) = body.into_parts()?;
    let told = notifications
        .send(&context, tenant.organization, users, message)
        .await?;
    Ok(Accepted(told.into()))
}

async fn list_notifications(
    State(notifications): State<Notifications>,
    principal: Principal,
    Query(query): Query<FeedQuery>,
    paging: Paging,
) -> ApiResult<PageBody<NotificationBody>> {
    let page = notifications
        .list(principal.user, query.into(), paging.request().clone())
        .await?;
    Ok(paging.page(page.map(NotificationBody::from)))
}

async fn count_unread_notifications(
    State(notifications): State<Notifications>,
    principal: Principal,
    Query(query): Query<UnreadQuery>,
) -> ApiResult<Json<UnreadCountBody>> {
    let count = notifications
        .count_unread(principal.user, query.organization_id)
        .await?;
    Ok(Json(count.into()))
}

async fn read_all_notifications(
    State(notifications): State<Notifications>,
    principal: Principal,
    Json(body): Json<ReadAllNotifications>,
) -> ApiResult<Json<ReadNotificationsBody>> {
    let marked = notifications
        .read_all(principal.user, body.organization_id, body.before)
        .await?;
    Ok(Json(ReadNotificationsBody { marked }))
}

async fn read_notification(
    State(notifications): State<Notifications>,
    principal: Principal,
    Path(path): Path<NotificationPath>,
) -> ApiResult<Json<NotificationBody>> {
    let notification = notifications.read(principal.user, path.id).await?;
    Ok(Json(notification.into()))
}

async fn unread_notification(
    State(notifications): State<Notifications>,
    principal: Principal,
    Path(path): Path<NotificationPath>,
) -> ApiResult<Json<NotificationBody>> {
    let notification = notifications.unread(principal.user, path.id).await?;
    Ok(Json(notification.into()))
}

async fn archive_notification(
    State(notifications): State<Notifications>,
    principal: Principal,
    Path(path): Path<NotificationPath>,
) -> ApiResult<Json<NotificationBody>> {
    let notification = notifications.archive(principal.user, path.id).await?;
    Ok(Json(notification.into()))
}
