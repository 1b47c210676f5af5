//! What a caller shows to be let in: a bearer token, or the cookie of a browser's session.

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Method};

use crate::cookies;
use crate::openapi::SESSION_COOKIE;
use crate::problem::ApiError;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The longest token that is looked at.
const LONGEST: usize = 4096;

/// What was shown.
pub(crate) enum Credentials<'a> {
    Bearer(&'a str),
    Cookie(String),
}

/// The credentials of a request, `None` when it has none. A token anywhere but in the header is none: query
/// strings end up in logs (RFC 9700 §4.3.2).
pub(crate) fn of(parts: &Parts) -> Result<Option<Credentials<'_>>, ApiError> {
    let mut given = parts.headers.get_all(AUTHORIZATION).iter();
    match (given.next(), given.next()) {
        (Some(_), Some(_)) => {
            let detail = "one Authorization header is expected";
            Err(ApiError::malformed("malformed_authorization", detail))
        }
        (Some(value), None) => {
            let text = value.to_str().unwrap_or_default();
            bearer(text).map(|token| Some(Credentials::Bearer(token)))
        }
        (None, _) => cookie(parts),
    }
}

/// `Bearer`, one space, and a token of RFC 6750 §2.1; to the letter, because what two readers read
/// differently is a way in.
fn bearer(text: &str) -> Result<&str, ApiError> {
    let Some(token) = text.strip_prefix("Bearer ") else {
        let detail = "the header must read: Authorization: Bearer <access token>";
        return Err(ApiError::unauthenticated("unauthenticated", detail));
    };
    let letters = token.trim_end_matches('=');
    let is_token = !letters.is_empty()
        && token.len() <= LONGEST
        && letters.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/')
        });
    if is_token {
        Ok(token)
    } else {
        Err(ApiError::unauthenticated(
            "invalid_token",
            "the access token does not hold; sign in again",
        ))
    }
}

/// A browser sends its cookie along with whatever page made it ask, so a change must come from our own.
fn cookie(parts: &Parts) -> Result<Option<Credentials<'_>>, ApiError> {
    let Some(token) = cookies::find(&parts.headers, SESSION_COOKIE) else {
        return Ok(None);
    };
    let is_read = parts.method == Method::GET || parts.method == Method::HEAD;
    if is_read || is_same_origin(parts) {
        Ok(Some(Credentials::Cookie(token)))
    } else {
        let detail = "a change with a session cookie must come from a page of this site";
        Err(ApiError::forbidden("cross_site_request", detail))
    }
}

/// Whether a page of this very origin made the browser ask. Browsers say so in `Sec-Fetch-Site`; older ones
/// only in `Origin`, which is compared with the host that we were asked under (and the layers let only our
/// own hosts in).
pub(crate) fn is_same_origin(parts: &Parts) -> bool {
    let header = |name: &HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = header(&SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    let host = header(&HOST).or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
    let origin = header(&ORIGIN).and_then(|origin| origin.split_once("://"));
    matches!((origin, host), (Some((_, origin)), Some(host)) if origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn parts(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    fn status_of(values: &[&[u8]]) -> u16 {
        let mut request = Request::get("/");
        for value in values {
            request = request.header(AUTHORIZATION, *value);
        }
        match of(&parts(request)) {
            Ok(Some(_)) => 200,
            Ok(None) => 0,
            Err(error) => error.status().as_u16(),
        }
    }

    #[test]
    fn a_bearer_token_is_read_to_the_letter() {
        assert_eq!(status_of(&[b"Bearer abc.DEF-1_2~3+4/5=="]), 200);
        assert_eq!(status_of(&[]), 0);
        for refused in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  x",
            "bearer x",
            "BEARER x",
            "Basic eDp5",
            "Bearer x y",
            "Bearer ==",
            "Bearer a=b",
            "Bearer\tx",
            "x",
        ] {
            assert_eq!(status_of(&[refused.as_bytes()]), 401, "{refused:?}");
        }
        assert_eq!(status_of(&[b"Bearer \xc3\xa9"]), 401);
        assert_eq!(
            status_of(&[format!("Bearer {}", "x".repeat(LONGEST + 1)).as_bytes()]),
            401
        );
        assert_eq!(status_of(&[b"Bearer x", b"Bearer x"]), 400);
    }

    #[test]
    fn a_token_in_the_query_is_none() {
        let parts = parts(Request::get("/users/me?access_token=abc"));
        assert!(of(&parts).unwrap().is_none());
    }

    #[test]
    fn a_cookie_changes_something_only_from_our_own_pages() {
        let is_let_in = |method: &str, headers: &[(&str, &str)]| {
            let mut request = Request::builder()
                .method(method)
                .uri("/")
                .header("host", "app.example.com:8443");
            request = request.header("cookie", format!("a=b; {SESSION_COOKIE}=secret"));
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            of(&parts(request)).is_ok_and(|credentials| credentials.is_some())
        };
        assert!(is_let_in("GET", &[]));
        assert!(is_let_in("POST", &[("sec-fetch-site", "same-origin")]));
        assert!(is_let_in("POST", &[("origin", "https://app.example.com:8443")]));
        for refused in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("x-nothing", "at all"),
        ] {
            assert!(!is_let_in("POST", &[refused]), "{refused:?}");
        }
    }
}
