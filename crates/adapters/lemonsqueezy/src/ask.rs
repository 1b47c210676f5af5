//! Asking Lemon Squeezy (<https://docs.lemonsqueezy.com/api/getting-started/requests>). Nothing is asked twice here:
//! it has no idempotency keys.

use std::sync::Arc;
use std::time::Duration;

use kernel::Secret;
use ports::http::{HttpClient, HttpMethod, HttpRequest, HttpResponse, Overlong, below};
use ports::payments::{Effect, ProviderError, printable};
use serde_json::Value;
use url::Url;

use crate::api::{self, Attributes, Listing, Resource};

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The longest answer that is read: a hundred orders with their links have a quarter of that.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// The media type of JSON:API.
const MEDIA_TYPE: &str = "application/vnd.api+json";

/// Somebody who can be asked.
pub(crate) struct Api {
    http: Arc<dyn HttpClient>,
    key: Secret<String>,
    base_url: Url,
}

impl Api {
    pub(crate) fn new(http: Arc<dyn HttpClient>, key: Secret<String>, base_url: Url) -> Self {
        Self { http, key, base_url }
    }

    /// One thing.
    pub(crate) async fn get<A: Attributes>(&self, id: &str) -> Result<Resource<A>, ProviderError> {
        let answer = self.send(HttpMethod::Get, &[A::KIND, id], &[], None).await?;
        api::one(&answer.body).ok_or_else(|| unreadable(Effect::None))
    }

    /// Some of them.
    pub(crate) async fn list<A: Attributes>(
        &self,
        query: &[(&str, String)],
    ) -> Result<Listing<A>, ProviderError> {
        let answer = self.send(HttpMethod::Get, &[A::KIND], query, None).await?;
        api::list(&answer.body).ok_or_else(|| unreadable(Effect::None))
    }

    /// Asks for a change; answers the thing as it is after it.
    pub(crate) async fn change<A: Attributes>(
        &self,
        method: HttpMethod,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Resource<A>, ProviderError> {
        let answer = self.send(method, path, &[], body).await?;
        api::one(&answer.body).ok_or_else(|| unreadable(Effect::Some))
    }

    async fn send(
        &self,
        method: HttpMethod,
        path: &[&str],
        query: &[(&str, String)],
        body: Option<Value>,
    ) -> Result<HttpResponse, ProviderError> {
        let url = below(&self.base_url, path, query);
        let url = url.ok_or_else(|| ProviderError::Unavailable("the base URL has no path".to_owned()))?;
        let request = HttpRequest {
            method,
            url,
            headers: vec![
                ("accept", MEDIA_TYPE.to_owned()),
                ("content-type", MEDIA_TYPE.to_owned()),
                ("authorization", format!("Bearer {}", self.key.expose())),
            ],
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            timeout: TIMEOUT,
            max_bytes: MAX_BYTES,
            overlong: Overlong::Refuse,
        };
        let effect = match method {
            HttpMethod::Get => Effect::None,
            _ => Effect::Some,
        };
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|error| effect.unclear(error.to_string()))?;
        match answer.status {
            200..=299 => Ok(answer),
            _ => Err(refusal(&answer, effect)),
        }
    }
}

fn unreadable(effect: Effect) -> ProviderError {
    effect.unclear("an answer that can't be read".to_owned())
}

fn refusal(answer: &HttpResponse, effect: Effect) -> ProviderError {
    let status = answer.status;
    match status {
        401 | 403 => ProviderError::Unauthorized(said(answer)),
        404 => ProviderError::NotFound,
        429 => ProviderError::RateLimited {
            retry_after: answer.retry_after_seconds(),
        },
        400..=499 => ProviderError::refused(&status.to_string(), said(answer)),
        _ => effect.unclear(format!("an answer of status {status}")),
    }
}

/// What is wrong, in a few plain characters.
fn said(answer: &HttpResponse) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |pointer| body.pointer(pointer).and_then(Value::as_str);
    let words = [
        text("/errors/0/title"),
        text("/errors/0/detail"),
        text("/errors/0/source/pointer"),
    ];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    if words.is_empty() {
        return format!("status {}", answer.status);
    }
    plain(&words.join(": "))
}

/// What somebody else wrote, fit for a log.
pub(crate) fn plain(text: &str) -> String {
    printable(text, 200)
}
