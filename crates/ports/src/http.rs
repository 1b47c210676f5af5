//! Asking servers of others over HTTP.

mod address;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use kernel::Timestamp;
use url::Url;

pub use address::{below, is_loopback, is_safe_base};

/// A client that asks the outside. One that implements this follows no redirect, connects to no private
/// address that its operator did not allow (looked at after the name was resolved), and reads no more than
/// it is asked to.
#[async_trait]
pub trait HttpClient: Send + Sync {
    /// The answer of the server, whatever its status.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError>;
}

/// What is asked.
#[derive(Clone)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: HttpMethod,
    /// Where.
    pub url: Url,
    /// Headers, by lower-case names. Values may be secret, so they are not printed.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// How long everything may take, the body of the answer included.
    pub timeout: Duration,
    /// How many bytes of the answer are read.
    pub max_bytes: usize,
    /// What becomes of an answer that is longer.
    pub overlong: Overlong,
}

/// What becomes of an answer that is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlong {
    /// It is an error: half of it is of no use.
    Refuse,
    /// It is cut off: the status counts, and the body is for people. One that breaks off, or takes longer than
    /// it may, ends there as well.
    Cut,
}

/// How it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// `GET`.
    Get,
    /// `POST`.
    Post,
    /// `PUT`.
    Put,
    /// `PATCH`.
    Patch,
    /// `DELETE`.
    Delete,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The media type, as the server says.
    pub content_type: Option<String>,
    /// For how long the answer may be kept, as `Cache-Control: max-age` says.
    pub max_age: Option<Duration>,
    /// The headers that are text, by lower-case names, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The name leads to an address that is not to be asked.
    #[error("{0} leads to a private address")]
    PrivateAddress(String),
    /// It took too long.
    #[error("there was no answer in time")]
    TimedOut,
    /// The answer is longer than it may be.
    #[error("the answer is too long")]
    TooLong,
    /// Nobody could be reached, or the connection broke.
    #[error("the server can't be reached: {0}")]
    Unreachable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl HttpResponse {
    /// How long to wait before asking again, as `Retry-After` says: seconds, or a date (RFC 9110 §10.2.3).
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        self.retry_after_seconds().or_else(|| {
            let date = chrono::DateTime::parse_from_rfc2822(self.retry_after_text()?).ok()?;
            Some(Timestamp::new(date.to_utc()).since(now))
        })
    }

    /// As [`Self::retry_after`], where dates are not known to come.
    pub fn retry_after_seconds(&self) -> Option<Duration> {
        self.retry_after_text()?.parse().ok().map(Duration::from_secs)
    }

    fn retry_after_text(&self) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(name, _)| name == "retry-after")?;
        Some(value.trim())
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} {}{}",
            self.method,
            self.url.origin().ascii_serialization(),
            self.url.path()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(headers: Vec<(String, String)>) -> HttpResponse {
        HttpResponse {
            status: 503,
            content_type: None,
            max_age: None,
            headers,
            body: Vec::new(),
        }
    }

    #[test]
    fn reads_how_long_to_wait() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", Some(0)),
        ] {
            let headers = vec![("retry-after".to_owned(), value.to_owned())];
            assert_eq!(
                answered(headers).retry_after(now),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        }
        assert_eq!(answered(vec![]).retry_after(now), None);
    }
}
