//! Server-sent events (WHATWG HTML §9.2): [`EventStream`], [`ServerSentEvent`], [`LastEventId`].

use std::fmt::{self, Write as _};
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::openapi::{Input, Operation, Output};
use crate::problem::ApiError;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// What nginx and those after it look at: events are to be passed on as they come.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// 200: events as they happen, until one of both sides has had enough. It is no longer a request when it begins:
/// it has no deadline and takes no room from requests.
pub struct EventStream(Body);

/// In the extensions of an answer that goes on for long with little to say: whoever holds the connection gives
/// up soon on a reader that does not read, and notices when they hang up.
#[derive(Debug, Clone, Copy)]
pub struct GoesOn;

/// One event, or a comment, which keeps a connection open that nothing else moves on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSentEvent(String);

/// The id of the last event that a client has had, which browsers send by themselves when they come back.
/// What is no number from 0 up is refused (400).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastEventId(pub Option<i64>);

impl EventStream {
    /// Sends `events` as they come; it is dropped when the client hangs up.
    pub fn new(events: impl Stream<Item = ServerSentEvent> + Send + 'static) -> Self {
        let lines = events.map(|event| Ok::<_, std::convert::Infallible>(Bytes::from(event.0)));
        Self(Body::from_stream(lines))
    }
}

impl ServerSentEvent {
    /// An event called `name`, with `data` as JSON in one line, and the id by which its reader goes on after it.
    pub fn new(name: &'static str, id: i64, data: &impl Serialize) -> Self {
        // What is sent are bodies of answers, which are always JSON.
        let data = serde_json::to_string(data).unwrap_or_else(|_| "null".to_owned());
        let mut text = String::with_capacity(data.len() + name.len() + 40);
        let _ = write!(text, "event: {name}\nid: {id}\ndata: {data}\n\n");
        Self(text)
    }

    /// A comment: readers pass over it.
    pub fn comment() -> Self {
        Self(":\n\n".to_owned())
    }

    /// How long a client waits before it comes back.
    pub fn retry(after: Duration) -> Self {
        Self(format!("retry: {}\n\n", after.as_millis()))
    }
}

/// As it is sent.
impl fmt::Display for ServerSentEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl IntoResponse for EventStream {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.0);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
        response.extensions_mut().insert(GoesOn);
        response
    }
}

impl Output for EventStream {
    fn describe(operation: &mut Operation<'_>) {
        operation.file_answer(
            200,
            "text/event-stream",
            "Server-sent events (WHATWG HTML §9.2), until the client hangs up or may no longer listen.",
        );
    }
}

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut given = parts.headers.get_all(LAST_EVENT_ID).iter();
        match (given.next(), given.next()) {
            (None, _) => Ok(Self(None)),
            (Some(id), None) => parse(id).map(|id| Self(Some(id))),
            (Some(_), Some(_)) => Err(malformed()),
        }
    }
}

fn parse(value: &HeaderValue) -> Result<i64, ApiError> {
    let text = value.to_str().map_err(|_| malformed())?;
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| is_number);
    id.ok_or_else(malformed)
}

fn malformed() -> ApiError {
    let detail = "Last-Event-ID takes the id of one event, as it was sent";
    ApiError::malformed("malformed_last_event_id", detail)
}

/// Browsers send it by themselves. It is not described, because generators of clients make one name of it and of
/// the parameter that others send in its place.
impl Input for LastEventId {
    fn describe(_: &mut Operation<'_>) {}
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use http::Request;

    async fn read(ids: &[&str]) -> Result<Option<i64>, u16> {
        let mut request = Request::get("/");
        for id in ids {
            request = request.header(LAST_EVENT_ID, *id);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        let read = LastEventId::from_request_parts(&mut parts, &()).await;
        read.map(|LastEventId(id)| id)
            .map_err(|error| error.status().as_u16())
    }

    #[tokio::test]
    async fn an_id_is_a_number_from_nought_up() {
        assert_eq!(read(&[]).await, Ok(None));
        assert_eq!(read(&["0"]).await, Ok(Some(0)));
        assert_eq!(read(&["9223372036854775807"]).await, Ok(Some(i64::MAX)));
        for ids in [
            &[""][..],
            &["-1"],
            &["+1"],
            &["1 "],
            &["x"],
            &["9223372036854775808"],
            &["1", "2"],
        ] {
            assert_eq!(read(ids).await, Err(400), "{ids:?}");
        }
    }

    #[tokio::test]
    async fn events_are_sent_as_browsers_read_them() {
        let events = [
            ServerSentEvent::retry(Duration::from_secs(3)),
            ServerSentEvent::comment(),
            ServerSentEvent::new("news", 7, &json!({ "title": "two\nlines" })),
        ];
        let response = EventStream::new(futures_util::stream::iter(events)).into_response();
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream");
        let body = axum::body::to_bytes(response.into_body(), 200).await.unwrap();
        assert_eq!(
            &body[..],
            b"retry: 3000\n\n:\n\nevent: news\nid: 7\ndata: {\"title\":\"two\\nlines\"}\n\n"
        );
    }
}
