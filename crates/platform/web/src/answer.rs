//! Answers besides [`crate::Json`].

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, ETAG, LOCATION, VARY};
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::json::written;
use crate::openapi::{Operation, Output};

/// 201: something new, and where it is.
#[derive(Debug, Clone)]
pub struct Created<T> {
    location: String,
    version: Option<i64>,
    body: T,
}

/// 202: it will be done.
#[derive(Debug, Clone, Copy)]
pub struct Accepted<T>(pub T);

/// 204: done, and there is nothing more to say.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

/// 200 with nothing in it, for those outside who ask for exactly that.
#[derive(Debug, Clone, Copy)]
pub struct Empty;

/// 200 with the version of what it shows, which a change can then ask for by [`crate::IfMatch`].
#[derive(Debug, Clone, Copy)]
pub struct Tagged<T> {
    version: i64,
    body: T,
}

/// 200 that whoever asked may keep for a few seconds, and nobody else.
#[derive(Debug, Clone, Copy)]
pub struct ShortLived<T>(pub T);

/// Whose answer it is depends on what they show.
const OF_WHOM: &str = "authorization, cookie";

impl<T> Created<T> {
    /// `body`, newly made at `location`: a path on this server.
    pub fn at(location: impl Into<String>, body: T) -> Self {
        Self {
            location: location.into(),
            version: None,
            body,
        }
    }

    /// The same with the version of the new thing.
    pub fn tagged(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }
}

impl<T> Tagged<T> {
    /// `body` in its `version`.
    pub const fn new(version: i64, body: T) -> Self {
        Self { version, body }
    }
}

/// The entity tag of a version.
fn tag(version: i64) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"v{version}\"")).ok()
}

fn tag_schema() -> Value {
    json!({ "type": "string", "example": "\"v7\"" })
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = written(StatusCode::CREATED, &self.body);
        if response.status() == StatusCode::CREATED {
            let location = HeaderValue::try_from(self.location).ok();
            response
                .headers_mut()
                .extend(location.map(|location| (LOCATION, location)));
            response
                .headers_mut()
                .extend(self.version.and_then(tag).map(|tag| (ETAG, tag)));
        }
        response
    }
}

impl<T: JsonSchema> Output for Created<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<T>(201, "Created.");
        let schema = json!({ "type": "string", "format": "uri-reference" });
        operation.answer_header("Location", "Where the new thing is.", &schema);
    }
}

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        written(StatusCode::ACCEPTED, &self.0)
    }
}

impl<T: JsonSchema> Output for Accepted<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<T>(202, "Accepted; it will be done.");
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl Output for NoContent {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_answer(204, "Done.");
    }
}

impl IntoResponse for Empty {
    fn into_response(self) -> Response {
        StatusCode::OK.into_response()
    }
}

impl Output for Empty {
    fn describe(operation: &mut Operation<'_>) {
        operation.empty_answer(200, "Done.");
    }
}

impl<T: Serialize> IntoResponse for ShortLived<T> {
    fn into_response(self) -> Response {
        let mut response = written(StatusCode::OK, &self.0);
        if response.status() == StatusCode::OK {
            let kept = HeaderValue::from_static("private, max-age=5");
            response.headers_mut().insert(CACHE_CONTROL, kept);
            response
                .headers_mut()
                .append(VARY, HeaderValue::from_static(OF_WHOM));
        }
        response
    }
}

impl<T: JsonSchema> Output for ShortLived<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<T>(200, "Done.");
        let schema = json!({ "type": "string", "example": "private, max-age=5" });
        operation.answer_header("Cache-Control", "For how long the answer may be kept.", &schema);
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = written(StatusCode::OK, &self.body);
        if response.status() == StatusCode::OK {
            response
                .headers_mut()
                .extend(tag(self.version).map(|tag| (ETAG, tag)));
        }
        response
    }
}

impl<T: JsonSchema> Output for Tagged<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<T>(200, "Done.");
        operation.answer_header("ETag", "The version of what is shown.", &tag_schema());
    }
}
