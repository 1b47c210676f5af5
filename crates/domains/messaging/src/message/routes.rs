//! `/messages`.

mod bodies;
mod recipients;
mod shown;

use axum::extract::State;
use kernel::permission::{ReadPlatformMessages, SendMessages, SendPlatformMessages};
use web::routes::{Doc, Routes};
use web::{Accepted, Api, ApiResult, Context, Json, PageBody, Paging, Path, Query, Scope, Scoped};

use self::bodies::SendEmail;
use self::shown::{MessageBody, MessageHistoryBody, MessagePath, MessageQuery, SentMessagesBody};
use super::model::From;
use super::service::Messages;

/// Who sees mail.
type Readers = Scope<SendMessages, ReadPlatformMessages>;
/// Who sends it.
type Posters = Scope<SendMessages, SendPlatformMessages>;

/// The most bytes of a request with mail: files of 5 MiB in base64, and what else there is.
const MOST_BYTES: usize = 8 * 1024 * 1024;

/// The routes of mail.
pub fn routes(messages: Messages) -> Api {
    const ALL: &str = "/messages";
    const ONE: &str = "/messages/{messageId}";
    Routes::new("messages")
        .post_up_to(
            MOST_BYTES,
            "/messages/email",
            send_email,
            Doc::new(
                "Send mail",
                "To one address, or to up to 1,000, each of which gets a mail of its own and sees no other: of a \
                 template with its variables, or in words that are taken as they are. All of them are accepted, \
                 or none is. A body may have 8 MiB. Send an `Idempotency-Key`, and ask again when no answer comes.",
            ),
        )
        .get(
            ALL,
            list_messages,
            Doc::new(
                "List mail",
                "Where each is, the newest first. What it said is not kept to be read.",
            ),
        )
        .get(
            ONE,
            get_message,
            Doc::new("Get a mail", "With its time line: each attempt, and what was answered."),
        )
        .post(
            "/messages/{messageId}/cancel",
            cancel_message,
            Doc::new(
                "Take a mail back",
                "One that is scheduled, or that no mail server was asked to take yet. What it said is wiped.",
            ),
        )
        .post(
            "/messages/{messageId}/retry",
            retry_message,
            Doc::new(
                "Try a mail again",
                "One that was given up, under the same `Message-ID`.",
            ),
        )
        .with_state(messages)
}

async fn send_email(
    State(messages): State<Messages>,
    scoped: Scoped<SendMessages, SendPlatformMessages, SendEmail>,
) -> ApiResult<Accepted<SentMessagesBody>> {
    let Scoped { scope, context, body } = scoped;
    let from = From {
        organization: scope.organization,
        key: scope.key().map(|key| key.id),
    };
    let sent = messages.send(&context, from, body.into_new()?).await?;
    Ok(Accepted(sent.into()))
}

async fn list_messages(
    State(messages): State<Messages>,
    scope: Readers,
    Query(query): Query<MessageQuery>,
    paging: Paging,
) -> ApiResult<PageBody<MessageBody>> {
    let page = messages
        .list(scope.organization, query.into(), paging.request().clone())
        .await?;
    Ok(paging.page(page.map(MessageBody::from)))
}

async fn get_message(
    State(messages): State<Messages>,
    scope: Readers,
    Path(path): Path<MessagePath>,
) -> ApiResult<Json<MessageHistoryBody>> {
    Ok(Json(messages.get(scope.organization, path.id).await?.into()))
}

async fn cancel_message(
    State(messages): State<Messages>,
    scope: Posters,
    Path(path): Path<MessagePath>,
    context: Context,
) -> ApiResult<Json<MessageHistoryBody>> {
    let cancelled = messages.cancel(&context, scope.organization, path.id).await?;
    Ok(Json(cancelled.into()))
}

async fn retry_message(
    State(messages): State<Messages>,
    scope: Posters,
    Path(path): Path<MessagePath>,
    context: Context,
) -> ApiResult<Json<MessageHistoryBody>> {
    let queued = messages.retry(&context, scope.organization, path.id).await?;
    Ok(Json(queued.into()))
}
