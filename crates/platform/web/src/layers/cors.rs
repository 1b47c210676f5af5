//! Which other origins may read our answers (Fetch standard, CORS protocol): none, unless configured.
//! Cookies never count across origins, so credentials are never allowed; a token in a header is enough.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, idempotency-key, if-match, if-none-match, prefer");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag, location, link, retry-after, ratelimit, ratelimit-policy, idempotency-replayed, www-authenticate, x-request-id",
);
const AN_HOUR: HeaderValue = HeaderValue::from_static("3600");

/// The origins that may.
pub(super) struct Cors(Vec<HeaderValue>);

impl Cors {
    pub(super) const fn new(allowed_origins: Vec<HeaderValue>) -> Self {
        Self(allowed_origins)
    }

    /// The origin that asks, when it may.
    pub(super) fn origin_of(&self, request: &Request) -> Option<HeaderValue> {
        let origin = request.headers().get(header::ORIGIN)?;
        self.0.contains(origin).then(|| origin.clone())
    }

    /// The answer to a browser that asks first; other uses of OPTIONS go on to the routes.
    pub(super) fn preflight(&self, request: &Request) -> Option<Response> {
        let asks = request.method() == Method::OPTIONS
            && request
                .headers()
                .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        self.origin_of(request).filter(|_| asks)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, AN_HOUR);
        Some(response)
    }

    /// Tells the browser that `origin` may read this answer, and caches that another origin may not.
    pub(super) fn finish(&self, origin: Option<HeaderValue>, headers: &mut HeaderMap) {
        if self.0.is_empty() {
            return;
        }
        headers.append(header::VARY, HeaderValue::from_name(header::ORIGIN));
        if let Some(origin) = origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }
}
