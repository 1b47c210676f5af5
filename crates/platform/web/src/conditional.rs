//! Conditional reads (RFC 9110 §13): every JSON answer to a `GET` has an entity tag, and a caller who has
//! the same already is spared the body.

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::problem::ApiError;

/// Larger answers are streams, whose tag would have to be known before their end.
const LARGEST: usize = 4 * 1024 * 1024;

/// Runs the handler and answers 304 when the caller's copy is the present one.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let had: Vec<HeaderValue> = request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let mut response = with_tag(response).await;
    let tag = response.headers().get(ETAG);
    if tag.is_some_and(|tag| had.iter().any(|had| names(had, tag))) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(CONTENT_LENGTH);
        response.headers_mut().remove(CONTENT_TYPE);
    }
    response
}

/// Handlers that know a version have set a tag; for the others it is made from the body.
async fn with_tag(response: Response) -> Response {
    let length = response
        .body()
        .size_hint()
        .exact()
        .and_then(|length| usize::try_from(length).ok());
    let is_small = length.is_some_and(|length| (1..=LARGEST).contains(&length));
    if response.headers().contains_key(ETAG) || !is_small || !is_json(response.headers()) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        return ApiError::internal().into_response();
    };
    if let Some(tag) = tag_of(&bytes) {
        parts.headers.insert(ETAG, tag);
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/json")
}

fn tag_of(body: &[u8]) -> Option<HeaderValue> {
    let digest = Sha256::digest(body);
    let start = digest.get(..16)?;
    HeaderValue::try_from(format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(start))).ok()
}

/// Weak comparison (RFC 9110 §8.8.3.2), which is what `If-None-Match` asks for.
fn names(header: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(header), Ok(tag)) = (header.to_str(), tag.to_str()) else {
        return false;
    };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header.trim() == "*" || header.split(',').any(|one| opaque(one) == opaque(tag))
}
