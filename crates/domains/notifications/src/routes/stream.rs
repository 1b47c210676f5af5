//! `/notifications/stream`.

use std::time::Duration;

use axum::extract::State;
use futures_util::{StreamExt as _, stream};
use garde::Validate;
use kernel::OrganizationId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Api, ApiResult, Doc, EventStream, LastEventId, Principal, Query, Routes, ServerSentEvent, SessionKind,
};

use super::bodies::{NotificationBody, UnreadCountBody};
use crate::stream::model::{Listener, StreamEvent, TokenBounds};
use crate::stream::service::Streams;

/// How long clients wait before they come back, at least.
const COME_BACK: Duration = Duration::from_secs(2);
/// And so much more at most, so that not all come back at once.
const SPREAD_MS: u64 = 4000;

/// The route of streams.
pub(super) fn routes(streams: Streams) -> Api {
    Routes::new("notifications")
        .get(
            "/notifications/stream",
            stream_notifications,
            Doc::new(
                "Stream your notifications",
                "Server-sent events: `notification` with the same JSON as in the list, `unread` with the same as the count whenever that changes, and `reset` when more has happened than is told again: then load the list. Each has an id; a stream that is opened with the id of the last event goes on after it, and without one it begins with what happens from now on. It ends when the session ends or the access token expires.",
            ),
        )
        .with_state(streams)
}

/// What the stream is about, and where it begins.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct StreamQuery {
    /// Only what is about this organization.
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// The id of the last event that you have had, for clients that can't send the header `Last-Event-ID`; the
    /// header counts where both are there.
    #[garde(range(min = 0))]
    #[schemars(extend("minimum" = 0, "example" = 42))]
    last_event_id: Option<i64>,
}

/// There is nothing more to say.
#[derive(Debug, Serialize)]
struct Nothing {}

async fn stream_notifications(
    State(streams): State<Streams>,
    principal: Principal,
    LastEventId(header): LastEventId,
    Query(query): Query<StreamQuery>,
) -> ApiResult<EventStream> {
    let after = header.or(query.last_event_id);
    let events = streams.open(listener(&principal), after, query.organization_id)?;
    let first = stream::iter([ServerSentEvent::retry(come_back(&principal))]);
    Ok(EventStream::new(first.chain(events.map(written))))
}

fn listener(principal: &Principal) -> Listener {
    let is_api = principal.session_kind == SessionKind::Api;
    let expires_at = principal.token_expires_at.filter(|_| is_api);
    Listener {
        user: principal.user,
        session: principal.session,
        token: expires_at.map(|expires_at| TokenBounds {
            expires_at,
            aal: principal.aal,
        }),
    }
}

/// The same for all streams of a person, and another for the next.
fn come_back(principal: &Principal) -> Duration {
    let (_, low) = principal.user.uuid().as_u64_pair();
    COME_BACK + Duration::from_millis(low % SPREAD_MS)
}

fn written(event: StreamEvent) -> ServerSentEvent {
    match event {
        StreamEvent::Notification(seq, notification) => {
            let notification = (*notification).clone();
            ServerSentEvent::new("notification", seq, &NotificationBody::from(notification))
        }
        StreamEvent::Unread(seq, unread) => {
            ServerSentEvent::new("unread", seq, &UnreadCountBody::from(unread))
        }
        StreamEvent::Reset(seq) => ServerSentEvent::new("reset", seq, &Nothing {}),
        StreamEvent::Beat => ServerSentEvent::comment(),
    }
}
