//! [`RawBody`]: a body as it came.

use std::marker::PhantomData;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use garde::Validate;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::body;
use crate::json;
use crate::openapi::{Input, Operation};
use crate::problem::ApiError;

/// A body as it came, with the headers, for what has to be looked at as a whole before it is read: whoever signs
/// what they send signs its bytes. `T` says what it may hold.
#[derive(Debug, Clone)]
pub struct RawBody<T> {
    /// The headers of the request.
    pub headers: HeaderMap,
    /// The body, within the limit that the layers set.
    pub bytes: Bytes,
    holds: PhantomData<fn() -> T>,
}

impl<T> RawBody<T> {
    /// The media type in small letters and without its parameters; empty when there is none.
    pub fn media_type(&self) -> String {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }
}

impl<T: DeserializeOwned + Validate<Context = ()>> RawBody<T> {
    /// Reads it as [`crate::Json`] reads a body, whatever its media type says.
    ///
    /// # Errors
    /// What is no JSON (400), has another shape or breaks a rule (422).
    pub fn json(&self) -> Result<T, ApiError> {
        json::parse(&self.bytes)
    }
}

impl<S: Send + Sync, T> FromRequest<S> for RawBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, bytes) = body::read(request).await?;
        Ok(Self {
            headers: parts.headers,
            bytes,
            holds: PhantomData,
        })
    }
}

/// As JSON, whatever else it may be: generators of clients know few other media types.
impl<T: JsonSchema> Input for RawBody<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_body::<T>();
    }
}
