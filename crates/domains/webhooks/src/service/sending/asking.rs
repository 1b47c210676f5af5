//! One request to an endpoint, and its answer in our words.

use std::time::{Duration, Instant};

use kernel::{Timestamp, WebhookDeliveryId};
use ports::http::{HttpError, HttpMethod, HttpRequest, HttpResponse, Overlong};
use serde_json::{Map, Value};
use url::Url;

use crate::service::Webhooks;

/// How long an endpoint may take, from the resolution of its name to the end of its answer.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How many bytes of an answer are read.
const READ: usize = 64 * 1024;

/// How many bytes of an answer are kept.
const KEPT: usize = 4 * 1024;

/// How many headers of an answer are kept, and how many bytes of each.
const KEPT_HEADERS: (usize, usize) = (50, 256);

/// What is sent.
pub(super) struct Asked {
    pub(super) delivery: WebhookDeliveryId,
    pub(super) attempt: i64,
    pub(super) url: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
    pub(super) at: Timestamp,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) headers: Option<Value>,
    pub(super) body: Option<String>,
    pub(super) took: Duration,
}

/// The headers of Standard Webhooks, and the usual ones.
pub(super) fn headers(id: String, signature: String, now: Timestamp) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/json".to_owned()),
        (
            "user-agent",
            concat!("Mainstay-Webhooks/", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("webhook-id", id),
        ("webhook-timestamp", now.unix_seconds().to_string()),
        ("webhook-signature", signature),
    ]
}

impl Asked {
    pub(super) fn headers_as_json(&self) -> Value {
        let pairs = self.headers.iter();
        let pairs = pairs.map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())));
        Value::Object(pairs.collect())
    }
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        self.error.is_none()
    }

    /// Whether the endpoint says that it will never be there again.
    pub(super) fn is_gone(&self) -> bool {
        self.status == Some(410)
    }

    /// For a metric.
    pub(super) fn outcome(&self) -> &'static str {
        match self.status {
            _ if self.is_success() => "succeeded",
            Some(_) => "refused",
            None => "unreachable",
        }
    }

    fn of(response: &HttpResponse, now: Timestamp, took: Duration) -> Self {
        let status = response.status;
        let error = match status {
            200..=299 => None,
            300..=399 => Some(format!("it answered {status}; redirects are not followed")),
            _ => Some(format!("it answered {status}")),
        };
        let retry_after = matches!(status, 429 | 503).then(|| response.retry_after(now));
        Self {
            status: Some(status),
            error,
            retry_after: retry_after.flatten(),
            headers: Some(kept_headers(&response.headers)),
            body: Some(kept_body(&response.body)),
            took,
        }
    }

    fn none(error: String, took: Duration) -> Self {
        Self {
            status: None,
            error: Some(error),
            retry_after: None,
            headers: None,
            body: None,
            took,
        }
    }
}

impl Webhooks {
    pub(super) async fn ask(&self, asked: &Asked) -> Answer {
        let began = Instant::now();
        let Ok(url) = Url::parse(&asked.url) else {
            return Answer::none("the URL can't be read".to_owned(), Duration::ZERO);
        };
        let request = HttpRequest {
            method: HttpMethod::Post,
            url,
            headers: asked.headers.clone(),
            body: asked.body.clone().into_bytes(),
            timeout: TIMEOUT,
            max_bytes: READ,
            overlong: Overlong::Cut,
        };
        match self.machinery.http.send(request).await {
            Ok(response) => Answer::of(&response, self.machinery.clock.now(), began.elapsed()),
            Err(error) => Answer::none(words(&error), began.elapsed()),
        }
    }
}

/// With the causes, which tell a refused connection from a name that leads nowhere.
fn words(error: &HttpError) -> String {
    let mut words = error.to_string();
    let mut cause = match error {
        HttpError::Unreachable(cause) => cause.source(),
        _ => None,
    };
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    printable(&words).chars().take(500).collect()
}

/// PostgreSQL can't hold U+0000.
fn printable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn kept_body(body: &[u8]) -> String {
    let kept = body.get(..KEPT).unwrap_or(body);
    printable(&String::from_utf8_lossy(kept))
}

fn kept_headers(headers: &[(String, String)]) -> Value {
    let (most, longest) = KEPT_HEADERS;
    let mut kept = Map::new();
    for (name, value) in headers.iter().take(most) {
        let value: String = value.chars().take(longest).collect();
        kept.insert(name.chars().take(longest).collect(), Value::from(value));
    }
    Value::Object(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_no_more_than_a_person_reads() {
        assert_eq!(kept_body(&[b'x'; 5000]).len(), KEPT);
        assert_eq!(kept_body(b"a\0\xffb"), "a\u{fffd}\u{fffd}b");
        let headers: Vec<_> = (0..100)
            .map(|number| (format!("x-{number}"), "y".repeat(1000)))
            .collect();
        let kept = kept_headers(&headers);
        assert_eq!(kept.as_object().unwrap().len(), 50);
        assert_eq!(kept["x-0"].as_str().unwrap().len(), 256);
    }
}
