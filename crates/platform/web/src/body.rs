//! Reading a body whole, within the limit that the layers set.

use axum::extract::{FromRequest as _, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::problem::ApiError;

/// The body of `request`, beside the rest of it.
pub(crate) async fn read(request: Request) -> Result<(Parts, Bytes), ApiError> {
    let (parts, body) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await;
    match bytes {
        Ok(bytes) => Ok((parts, bytes)),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(ApiError::too_large()),
        Err(_) => Err(ApiError::malformed(
            "malformed_body",
            "the body broke off or can't be read",
        )),
    }
}
