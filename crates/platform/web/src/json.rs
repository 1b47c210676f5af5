//! [`Json`]: a body that is read, checked and written as JSON.

mod object;
mod scan;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use garde::Validate;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::body;
use crate::faults::{self, Naming};
use crate::json::object::Object;
use crate::openapi::{Input, Operation, Output};
use crate::problem::ApiError;

/// As a parameter: a JSON body that has the shape of `T` and keeps its rules. As an answer: `T` with 200.
///
/// Refused are other media types (415), too much (413), what is no JSON or ambiguous (400), and with the
/// fields at fault (422) what has another shape, breaks a rule or contains U+0000, which PostgreSQL can't
/// keep.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (_, bytes) = read(request).await?;
        parse(&bytes).map(Self)
    }
}

/// A body that says to be JSON.
pub(crate) async fn read(request: Request) -> Result<(Parts, Bytes), ApiError> {
    let is_json = is_json(request.headers());
    let (parts, bytes) = body::read(request).await?;
    if bytes.is_empty() {
        return Err(ApiError::malformed("body_required", "a JSON body is expected"));
    }
    if !is_json {
        let detail = "the body must be JSON, with the header content-type: application/json";
        return Err(ApiError::unsupported_media_type(detail));
    }
    Ok((parts, bytes))
}

/// `application/json` or a type built on it (RFC 6839 §3.1), in UTF-8.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let kind = kind.to_ascii_lowercase();
    let mut parts = kind.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let is_json =
        essence == "application/json" || essence.starts_with("application/") && essence.ends_with("+json");
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some(("charset", charset)) => charset.trim_matches('"') == "utf-8",
        _ => true,
    });
    is_json && is_utf8
}

pub(crate) fn parse<T: DeserializeOwned + Validate<Context = ()>>(bytes: &[u8]) -> Result<T, ApiError> {
    scan::check(bytes)?;
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(Object(&mut json)).map_err(|error| {
        let message = error.inner().to_string();
        ApiError::invalid(&[faults::of_shape(error.path(), &message, Naming::Pointer)])
    })?;
    let faults = faults::of_rules(&value, Naming::Pointer);
    if faults.is_empty() {
        Ok(value)
    } else {
        Err(ApiError::invalid(&faults))
    }
}

impl<T: JsonSchema> Input for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_body::<T>();
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        written(StatusCode::OK, &self.0)
    }
}

impl<T: JsonSchema> Output for Json<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<T>(200, "Done.");
    }
}

/// `value` as JSON under `status`.
pub(crate) fn written(status: StatusCode, value: &impl Serialize) -> Response {
    let body = match serde_json::to_vec(value) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(error.message = %error, "an answer can't be written as JSON");
            return ApiError::internal().into_response();
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
