//! The headers that every answer has.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::layers::client::{Caller, REQUEST_ID};

/// Where a handler did not say otherwise: nothing is stored, nothing is run, nobody frames us.
const USUAL: [(HeaderName, &str); 7] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

const A_YEAR_OF_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");

pub(super) struct AnswerHeaders {
    is_https: bool,
}

impl AnswerHeaders {
    pub(super) const fn new(is_https: bool) -> Self {
        Self { is_https }
    }

    pub(super) fn finish(&self, caller: &Caller, headers: &mut HeaderMap) {
        headers.reserve(USUAL.len() + 2);
        for (name, value) in USUAL {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        if self.is_https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, A_YEAR_OF_HTTPS);
        }
        if let Some(id) = caller.request_id.to_header() {
            headers.insert(REQUEST_ID, id);
        }
    }
}
