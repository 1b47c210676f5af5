//! Cookies, in and out. All of ours are for this host alone, over https, and out of reach of scripts.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponseParts, ResponseParts};
use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use serde_json::json;

use crate::openapi::{Input, Operation, Output};
use crate::problem::ApiError;

/// The cookies that came with a request.
#[derive(Debug, Clone)]
pub struct Cookies(HeaderMap);

/// A cookie to be kept or forgotten by the browser: beside an answer, `(cookie, answer)`.
#[derive(Clone)]
pub struct SetCookie(HeaderValue);

impl Cookies {
    /// The value of the first cookie of this name.
    pub fn get(&self, name: &str) -> Option<String> {
        find(&self.0, name)
    }
}

/// The first cookie of this name among the headers.
pub(crate) fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok());
    let mut cookies = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='));
    cookies
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned())
}

impl SetCookie {
    /// A cookie that is kept for `max_age`. Its name must begin with `__Host-`, which makes browsers hold it
    /// to the rest.
    ///
    /// # Errors
    /// When name or value have letters that a cookie can't have.
    pub fn keep(name: &str, value: &str, max_age: Duration) -> Result<Self, ApiError> {
        let is_sound = name.starts_with("__Host-") && name.bytes().chain(value.bytes()).all(is_cookie_byte);
        let line = format!(
            "{name}={value}; Path=/; Max-Age={}; HttpOnly; Secure; SameSite=Lax",
            max_age.as_secs()
        );
        let line = HeaderValue::try_from(line).ok().filter(|_| is_sound);
        line.map(Self).ok_or_else(|| {
            tracing::error!(cookie.name = name, "this can't be a cookie");
            ApiError::internal()
        })
    }

    /// The end of a cookie.
    ///
    /// # Errors
    /// See [`Self::keep`].
    pub fn forget(name: &str) -> Result<Self, ApiError> {
        Self::keep(name, "", Duration::ZERO)
    }
}

/// RFC 6265 §4.1.1, for names and values alike.
fn is_cookie_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\=".contains(&byte)
}

impl<S: Send + Sync> FromRequestParts<S> for Cookies {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let lines = parts.headers.get_all(COOKIE).iter();
        Ok(Self(lines.map(|line| (COOKIE, line.clone())).collect()))
    }
}

/// Cookies bind a flow to the browser that began it; no program has to send one.
impl Input for Cookies {
    fn describe(_: &mut Operation<'_>) {}
}

impl IntoResponseParts for SetCookie {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        response.headers_mut().append(SET_COOKIE, self.0);
        Ok(response)
    }
}

impl Output for SetCookie {
    fn describe(operation: &mut Operation<'_>) {
        let description = "Binds what follows to this browser.";
        operation.answer_header("Set-Cookie", description, &json!({ "type": "string" }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_first_of_a_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; b=2;c=x=y"));
        headers.append(COOKIE, HeaderValue::from_static("b=3"));
        assert_eq!(find(&headers, "b").as_deref(), Some("2"));
        assert_eq!(find(&headers, "c").as_deref(), Some("x=y"));
        assert_eq!(find(&headers, "d"), None);
    }

    #[test]
    fn is_for_this_host_and_https_alone() {
        let cookie = SetCookie::keep("__Host-ml", "abc", Duration::from_mins(10)).unwrap();
        assert_eq!(
            cookie.0,
            "__Host-ml=abc; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"
        );
        assert!(SetCookie::keep("ml", "abc", Duration::ZERO).is_err());
        assert!(SetCookie::keep("__Host-ml", "a;b", Duration::ZERO).is_err());
        assert!(SetCookie::keep("__Host-ml", "a\r\nb", Duration::ZERO).is_err());
    }
}
